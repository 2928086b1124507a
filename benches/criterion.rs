//! Criterion benches, for following one figure over time: pair check, screening, intake, cards, handler, pack load.

mod synthetic;

use caveat::clinical::time::Moment;
use caveat::engine::screen::Screener;
use caveat::hooks::call::Hook;
use caveat::hooks::{cards, request};
use caveat::pack::format::{decode, encode};
use caveat::pack::ids::IngredientId;
use caveat::serve::answer::plainly;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::sync::Arc;
use synthetic::Dice;
use synthetic::bodies::{SHAPES, body};
use synthetic::tables::{INGREDIENTS, pack};

const NOW: Moment = Moment(1_793_000_000);

fn figures(c: &mut Criterion) {
    let bytes = encode(&pack(2_000_000, 42));
    let pack = Arc::new(decode(&bytes).unwrap_or_else(|e| panic!("the synthetic pack is refused: {e}")));
    let mut dice = Dice(3);
    c.bench_function("pair_check_1x20", |b| {
        b.iter_batched(
            || -> [u16; 21] { std::array::from_fn(|_| dice.below(INGREDIENTS) as u16) },
            |query| {
                let row = pack.meeting_row(IngredientId(query[0]));
                query[1..].iter().fold(0, |sum, other| sum ^ row.meets(IngredientId(*other)).unwrap_or(0))
            },
            BatchSize::SmallInput,
        )
    });
    let screener = Screener::new(Arc::clone(&pack));
    for shape in &SHAPES {
        let body = body(shape);
        let Ok(call) = request::read(Hook::OrderSign, &body, NOW) else { panic!("the body is a call") };
        let screening = screener.screen(&call.chart);
        let mut group = c.benchmark_group(shape.name);
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function("intake", |b| b.iter(|| request::read(Hook::OrderSign, black_box(&body), NOW).is_ok()));
        group.bench_function("screening", |b| {
            b.iter(|| black_box(screener.screen(black_box(&call.chart)).findings.len()))
        });
        group.bench_function("cards", |b| b.iter(|| cards::write(black_box(&call), black_box(&screening)).len()));
        group.bench_function("handler", |b| b.iter(|| plainly(&pack, Hook::OrderSign, black_box(&body), NOW).status));
        group.finish();
    }
    c.bench_function("load_2m_pairs", |b| b.iter(|| decode(black_box(&bytes)).is_ok()));
}

criterion_group!(benches, figures);
criterion_main!(benches);
