//! The speed table: every figure of the product beside its floor or its rival, measured in the same run, interleaved.
//!
//! `cargo bench --bench ratios`; `-- --only pairs` (or `screening`, `handler`, `turn`, `load`, `swap`,
//! `builtin`) runs one part. Absolute times
//! are this machine's; trust the ratios. Percentiles come from one timed call after another; ratios from medians of rounds
//! in which the two sides take turns. `benches/README.md` tells of `--count`, for instructions instead of times.
#![allow(clippy::expect_used)]

mod synthetic;

/// The allocator of the server, so that both sides of every ratio pay for memory as it does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use caveat::clinical::chart::Chart;
use caveat::clinical::time::Moment;
use caveat::commands::builtin;
use caveat::engine::screen::Screener;
use caveat::hooks::call::Hook;
use caveat::hooks::{cards, request};
use caveat::live::lineup::Lineup;
use caveat::pack::case;
use caveat::pack::format::{decode, encode};
use caveat::pack::ids::IngredientId;
use caveat::pack::read::Pack;
use caveat::serve::answer::plainly;
use hashbrown::HashMap;
use serde::de::IgnoredAny;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use synthetic::Dice;
use synthetic::bodies::{SHAPES, Shape, body, crowd, describe, write};
use synthetic::tables::{INGREDIENTS, pack};

const ROUNDS: usize = 41;
const NOW: Moment = Moment(1_793_000_000);

/// Medians of nanoseconds a call for each side, taking turns.
fn duel(batch: usize, sides: &mut [&mut dyn FnMut()]) -> Vec<f64> {
    let mut times = vec![Vec::with_capacity(ROUNDS); sides.len()];
    for _ in 0..ROUNDS {
        for (n, side) in sides.iter_mut().enumerate() {
            let begun = Instant::now();
            for _ in 0..batch {
                side();
            }
            times[n].push(begun.elapsed().as_nanos() as f64 / batch as f64);
        }
    }
    times
        .iter_mut()
        .map(|t| {
            t.sort_by(f64::total_cmp);
            t[ROUNDS / 2]
        })
        .collect()
}

/// Percentiles of single calls in nanoseconds: p50, p99, p99.9, p99.99.
fn percentiles(calls: usize, mut side: impl FnMut()) -> [f64; 4] {
    let mut times = Vec::with_capacity(calls);
    for _ in 0..calls {
        let begun = Instant::now();
        side();
        times.push(begun.elapsed().as_nanos() as u64);
    }
    times.sort_unstable();
    [0.5, 0.99, 0.999, 0.9999].map(|p| times[((calls - 1) as f64 * p) as usize] as f64)
}

fn row(what: &str, figure: f64, beside: &str, floor: f64, aim: &str) {
    println!(
        "{what:<58} {figure:>10.0} ns   {beside:<34} {floor:>10.0} ns   ratio {:>6.2}   aim {aim}",
        figure / floor
    );
}

/// One order's ingredient and those it may meet, drawn at random: far more than fit a cache. Half of them are drawn as
/// often as they interact, half evenly, for what patients take is mostly what many drugs interact with.
struct Queries {
    list: Vec<u16>,
    width: usize,
    at: usize,
}

impl Queries {
    fn new(pack: &Pack, width: usize, seed: u64) -> Queries {
        let (mut dice, table) = (Dice(seed), &pack.raw().meetings);
        let mut draw = || match dice.below(2) {
            0 => dice.below(INGREDIENTS) as u16,
            _ => {
                let meeting = dice.below(2 * pack.pairs_met()) as u32;
                (table.starts.partition_point(|start| *start <= meeting) - 1) as u16
            }
        };
        Queries { list: (0..(width + 1) * 50_000).map(|_| draw()).collect(), width, at: 0 }
    }

    /// How many of a query's drugs its order meets, on average.
    fn hits(&self, pack: &Pack) -> f64 {
        let queries = self.list.chunks_exact(self.width + 1);
        let hits: usize = queries
            .map(|query| {
                let row = pack.meeting_row(IngredientId(query[0]));
                query[1..].iter().filter(|other| row.meets(IngredientId(**other)).is_some()).count()
            })
            .sum();
        hits as f64 / (self.list.len() / (self.width + 1)) as f64
    }

    fn next(&mut self) -> &[u16] {
        let from = self.at;
        self.at = (self.at + self.width + 1) % self.list.len();
        &self.list[from..from + self.width + 1]
    }
}

fn check_pairs(pack: &Pack, queries: &mut Queries) -> u32 {
    let query = queries.next();
    let row = pack.meeting_row(IngredientId(query[0]));
    let mut sum = 0;
    row.meet_each(&query[1..], |other| IngredientId(*other), |_, set| sum ^= set);
    sum
}

fn pair_checks(small: &Pack, middle: &Pack, large: &Pack) {
    println!("\nPair check, random queries");
    let (pairs, bytes) = (large.pairs_met(), large.meeting_bytes());
    println!("bytes a pair at 2 M pairs: {:.1} (aim at most 16)", bytes as f64 / pairs as f64);
    let lines = vec![1u64; bytes / 8];
    let mut dice = Dice(7);
    let places: Vec<u32> = (0..50_000 * 20).map(|_| dice.below(lines.len() / 8) as u32).collect();
    let mut map: HashMap<(u32, u32), u32> = HashMap::with_capacity(pairs);
    for a in 0..INGREDIENTS as u16 {
        let row = large.meeting_row(IngredientId(a));
        for b in a + 1..INGREDIENTS as u16 {
            if let Some(set) = row.meets(IngredientId(b)) {
                map.insert((u32::from(a), u32::from(b)), set);
            }
        }
    }
    let (mut q, mut q_map, mut at) = (Queries::new(large, 20, 1), Queries::new(large, 20, 2), 0);
    println!("meetings found in a query of 1 x 20, on average: {:.1}", q.hits(large));
    let times = duel(
        20_000,
        &mut [
            &mut || {
                black_box(check_pairs(large, &mut q));
            },
            &mut || {
                let sum = places[at..at + 20].iter().fold(0u64, |s, p| s ^ lines[*p as usize * 8]);
                at = (at + 20) % places.len();
                black_box(sum);
            },
            &mut || {
                let query = q_map.next();
                let a = u32::from(query[0]);
                let sum = query[1..].iter().fold(0, |s, b| {
                    let b = u32::from(*b);
                    s ^ map.get(&(a.min(b), a.max(b))).copied().unwrap_or(0)
                });
                black_box(sum);
            },
        ],
    );
    row("1 x 20, 2 M pairs", times[0], "20 random cache lines", times[1], "<= 2");
    row("foldhash map, 1 x 20, 2 M pairs", times[2], "bit rows", times[0], ">= 2.5");
    let (mut a, mut b) = (Queries::new(small, 20, 3), Queries::new(middle, 20, 4));
    let (mut c, mut d, mut e) = (Queries::new(large, 100, 5), Queries::new(large, 20, 6), Queries::new(large, 20, 8));
    let growth = duel(
        10_000,
        &mut [
            &mut || {
                black_box(check_pairs(small, &mut a));
            },
            &mut || {
                black_box(check_pairs(middle, &mut b));
            },
            &mut || {
                black_box(check_pairs(large, &mut c));
            },
            &mut || {
                black_box(check_pairs(large, &mut d));
            },
            &mut || {
                for _ in 0..5 {
                    black_box(check_pairs(large, &mut e));
                }
            },
        ],
    );
    row("1 x 100, 2 M pairs", growth[2], "1 x 20", growth[3], "<= 3");
    row("1 x 20, 2 M pairs", growth[3], "10 k pairs", growth[0], "<= 5");
    row("1 x 20, 250 k pairs", growth[1], "10 k pairs", growth[0], "");
    row("5 x 20, 2 M pairs", growth[4], "1 x 20", growth[3], "<= 6");
}

fn chart_of(body: &[u8]) -> Chart {
    request::read(Hook::OrderSign, body, NOW).expect("the body is a call").chart
}

fn screenings(large: &Arc<Pack>) {
    println!("\nWhole screening, 2 M pairs with allergies, doses, duplicates, contraindications, modifiers");
    let screener = Screener::new(Arc::clone(large));
    for shape in &SHAPES {
        let bytes = body(shape);
        let chart = chart_of(&bytes);
        let screening = screener.screen(&chart);
        println!(
            "{}: {} bytes, {} findings, {} gaps",
            shape.name,
            bytes.len(),
            screening.findings.len(),
            screening.gaps.len()
        );
        let times = duel(
            300,
            &mut [
                &mut || {
                    black_box(screener.screen(black_box(&chart)));
                },
                &mut || {
                    black_box(serde_json::from_slice::<IgnoredAny>(black_box(&bytes)).is_ok());
                },
            ],
        );
        row(
            &format!("screening of the {} chart", shape.name),
            times[0],
            "bare serde_json scan",
            times[1],
            "<= 0.20 (60 KB)",
        );
        let p = percentiles(40_000, || {
            black_box(screener.screen(black_box(&chart)));
        });
        println!(
            "{:<58} p50 {:.0}  p99 {:.0}  p99.9 {:.0} ns; p99 / p50 {:.2}   aim < 5",
            "",
            p[0],
            p[1],
            p[2],
            p[1] / p[0]
        );
    }
    for (orders, exposures) in [(1, 1), (1, 5), (1, 20), (1, 50), (1, 100), (5, 20), (20, 20), (20, 100)] {
        let shape = Shape { name: "", orders, exposures, allergies: 2, problems: 5, labs: 5, terse: false, hash: "" };
        let chart = chart_of(write(&shape).as_bytes());
        let times = duel(
            200,
            &mut [&mut || {
                black_box(screener.screen(black_box(&chart)));
            }],
        );
        let found = screener.screen(&chart).findings.len();
        println!("{:<58} {:>10.0} ns   {found} findings", format!("{orders} orders x {exposures} exposures"), times[0]);
    }
}

/// The same for sixteen patients in turn, as a service meets them.
fn in_turn(large: &Arc<Pack>) {
    println!("\nSixteen bodies of about 60 KB in turn");
    let screener = Screener::new(Arc::clone(large));
    let bodies = crowd();
    let charts: Vec<Chart> = bodies.iter().map(|body| chart_of(body)).collect();
    let found: usize = charts.iter().map(|chart| screener.screen(chart).findings.len()).sum();
    let bytes: usize = bodies.iter().map(Vec::len).sum();
    println!("on average {} bytes and {:.1} findings", bytes / bodies.len(), found as f64 / charts.len() as f64);
    let turn = || (0..bodies.len()).cycle();
    let (mut a, mut b, mut c, mut d) = (turn(), turn(), turn(), turn());
    let next = |turn: &mut std::iter::Cycle<std::ops::Range<usize>>| turn.next().unwrap_or(0);
    let times = duel(
        20 * bodies.len(),
        &mut [
            &mut || {
                black_box(screener.screen(black_box(&charts[next(&mut a)])));
            },
            &mut || {
                black_box(serde_json::from_slice::<IgnoredAny>(black_box(&bodies[next(&mut b)])).is_ok());
            },
            &mut || {
                black_box(plainly(large, Hook::OrderSign, black_box(&bodies[next(&mut c)]), NOW));
            },
            &mut || {
                black_box(request::parse_only(black_box(&bodies[next(&mut d)])));
            },
        ],
    );
    row("screening, sixteen charts in turn", times[0], "bare serde_json scan", times[1], "<= 0.20");
    row("handler, sixteen bodies in turn", times[2], "parse by the intake types", times[3], "<= 1.6");
    row("  parse by the intake types", times[3], "bare serde_json scan", times[1], "");
}

fn handlers(large: &Arc<Pack>) {
    println!("\nHandler in process, bytes in, bytes out, unsigned");
    let screener = Screener::new(Arc::clone(large));
    for shape in &SHAPES {
        let bytes = body(shape);
        let call = request::read(Hook::OrderSign, &bytes, NOW).expect("a call");
        let screening = screener.screen(&call.chart);
        let times = duel(
            100,
            &mut [
                &mut || {
                    black_box(plainly(large, Hook::OrderSign, black_box(&bytes), NOW));
                },
                &mut || {
                    black_box(request::parse_only(black_box(&bytes)));
                },
                &mut || {
                    black_box(request::read(Hook::OrderSign, black_box(&bytes), NOW).is_ok());
                },
                &mut || {
                    black_box(screener.screen(black_box(&call.chart)));
                },
                &mut || {
                    black_box(cards::write(&call, black_box(&screening)));
                },
                &mut || {
                    black_box(serde_json::from_slice::<IgnoredAny>(black_box(&bytes)).is_ok());
                },
            ],
        );
        row(&format!("handler, {} body", shape.name), times[0], "parse by the intake types", times[1], "<= 1.6");
        row("  intake to a chart", times[2], "parse by the intake types", times[1], "");
        row("  screening", times[3], "parse by the intake types", times[1], "");
        row("  cards", times[4], "parse by the intake types", times[1], "");
        row("  parse by the intake types", times[1], "bare serde_json scan", times[5], "");
    }
}

fn loads(bytes: &[u8]) {
    println!("\nPack of 2 M pairs: {} bytes", bytes.len());
    let file = std::env::temp_dir().join(format!("caveat-bench-{}.pack", std::process::id()));
    if std::fs::write(&file, bytes).is_err() {
        println!("cannot write {}; loads were not measured", file.display());
        return;
    }
    let read = || std::fs::read(&file).unwrap_or_default();
    let times = duel(
        1,
        &mut [
            &mut || {
                black_box(decode(&read()).is_ok());
            },
            &mut || {
                black_box(blake3::hash(&read()));
            },
        ],
    );
    row("file to a verified pack", times[0], "read and hash alone", times[1], "<= 4");
    let _ = std::fs::remove_file(&file);
}

/// A reader looks up pairs, one snapshot each, in three conditions: alone; while the other core loads packs and throws them
/// away; while it swaps them in. The second tells what two busy cores cost; the third, beside it, what the swap does.
fn swaps(bytes: &[u8]) {
    println!("\nA reader while packs are loaded or swapped 20 ms after each other");
    let lineup = Arc::new(Lineup::new());
    if lineup.activate(bytes, "bench", NOW).is_err() {
        println!("the pack was refused; swaps were not measured");
        return;
    }
    let mut dice = Dice(11);
    let mut read = || {
        if let Some(pack) = lineup.snapshot() {
            let row = pack.meeting_row(IngredientId(dice.below(INGREDIENTS) as u16));
            black_box((0..20).fold(0, |s, n| s ^ row.meets(IngredientId(n * 250)).unwrap_or(0)));
        }
    };
    let calm = percentiles(2_000_000, &mut read);
    let loading = beside(|| drop(black_box(decode(bytes))), || percentiles(2_000_000, &mut read));
    let swapping = beside(|| drop(lineup.activate(bytes, "bench", NOW)), || percentiles(2_000_000, &mut read));
    println!("swaps during the run: {}", lineup.status().swaps - 1);
    for (n, name) in ["p50", "p99", "p99.9", "p99.99"].into_iter().enumerate() {
        let aim = if n == 3 { "<= 2" } else { "" };
        row(&format!("reader with swaps, {name}"), swapping[n], "alone", calm[n], aim);
        row("", swapping[n], "packs loaded, not swapped", loading[n], aim);
    }
}

/// Measures while the other core works.
fn beside<T>(work: impl Fn() + Sync, measure: impl FnOnce() -> T) -> T {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                work();
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let measured = measure();
        stop.store(true, Ordering::Relaxed);
        measured
    })
}

/// The built-in knowledge: its load, its own cases and vignettes as charts, and the real requests where they are at hand.
fn built_in() {
    let bytes = builtin::PACK;
    println!("\nBuilt-in pack: {} bytes", bytes.len());
    let pack = Arc::new(decode(bytes).expect("the built-in pack is sound"));
    let load = duel(
        1,
        &mut [
            &mut || {
                black_box(decode(bytes).is_ok());
            },
            &mut || {
                black_box(blake3::hash(bytes));
            },
        ],
    );
    row("bytes to a verified pack", load[0], "hash alone", load[1], "");
    let cases = case::decode(&pack.raw().cases).expect("the cases of the built-in pack");
    let screener = Screener::new(Arc::clone(&pack));
    let mut next = cases.iter().cycle();
    let calls = cases.len() * 5;
    let p = percentiles(calls, || {
        if let Some(case) = next.next() {
            black_box(screener.screen(black_box(&case.chart)));
        }
    });
    println!(
        "{} charts of cases and vignettes, screened in turn: p50 {:.0}  p99 {:.0}  p99.9 {:.0} ns; p99 / p50 {:.2}",
        cases.len(),
        p[0],
        p[1],
        p[2],
        p[1] / p[0]
    );
    real_calls(&pack);
}

/// Every hook call of the folder of real requests, all together: the whole answer beside the parse and a bare scan.
fn real_calls(pack: &Arc<Pack>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/requests");
    let mut files = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path => files.extend(std::fs::read(path).ok()),
            }
        }
    }
    let hook_of = |body: &Vec<u8>| request::read_any(body, NOW).ok().map(|call| call.hook);
    let calls: Vec<(Hook, Vec<u8>)> =
        files.into_iter().filter_map(|body| hook_of(&body).map(|hook| (hook, body))).collect();
    if calls.is_empty() {
        return println!("real requests are not at hand: they were not measured");
    }
    let bytes: usize = calls.iter().map(|(_, body)| body.len()).sum();
    println!("{} real hook calls, {bytes} bytes in all", calls.len());
    let times = duel(
        1,
        &mut [
            &mut || calls.iter().for_each(|(hook, body)| drop(black_box(plainly(pack, *hook, body, NOW)))),
            &mut || {
                calls.iter().for_each(|(_, body)| {
                    black_box(request::parse_only(body));
                });
            },
            &mut || {
                calls.iter().for_each(|(_, body)| {
                    black_box(serde_json::from_slice::<IgnoredAny>(body).is_ok());
                });
            },
        ],
    );
    row("handler, all of them", times[0], "parse by the intake types", times[1], "");
    row("  parse by the intake types", times[1], "bare serde_json scan", times[2], "");
    println!("  a call on average: {:.0} ns", times[0] / calls.len() as f64);
}

/// One kind of work a given number of times and nothing else, for a profiler that counts what happens in here.
#[inline(never)]
fn counted(times: usize, mut work: impl FnMut()) {
    (0..times).for_each(|_| work());
}

/// `--count WHAT BODY TIMES PACK`: runs `counted` with one kind of work on one body, the pack read from a file.
fn count(what: &str, body_name: &str, times: usize, file: &str) {
    let bytes = std::fs::read(file).expect("`--write-pack FILE` makes the pack to count with");
    let pack = Arc::new(decode(&bytes).expect("a sound pack"));
    let shape = SHAPES.iter().find(|s| s.name.starts_with(body_name)).expect("one of the three bodies");
    let body = body(shape);
    let call = request::read(Hook::OrderSign, &body, NOW).expect("a call");
    let screener = Screener::new(Arc::clone(&pack));
    let screening = screener.screen(&call.chart);
    match what {
        "scan" => counted(times, || {
            black_box(serde_json::from_slice::<IgnoredAny>(black_box(&body)).is_ok());
        }),
        "parse" => counted(times, || {
            black_box(request::parse_only(black_box(&body)));
        }),
        "intake" => counted(times, || {
            black_box(request::read(Hook::OrderSign, black_box(&body), NOW).is_ok());
        }),
        "screening" => counted(times, || {
            black_box(screener.screen(black_box(&call.chart)));
        }),
        "cards" => counted(times, || {
            black_box(cards::write(&call, black_box(&screening)));
        }),
        "handler" => counted(times, || {
            black_box(plainly(&pack, Hook::OrderSign, black_box(&body), NOW));
        }),
        "load" => counted(times, || {
            black_box(decode(black_box(&bytes)).is_ok());
        }),
        other => panic!("`{other}` is none of scan, parse, intake, screening, cards, handler, load"),
    }
}

fn tables(only: Option<&str>) {
    let load = |pairs| {
        let bytes = encode(&pack(pairs, 42));
        let pack = decode(&bytes).unwrap_or_else(|e| panic!("the synthetic pack of {pairs} pairs is refused: {e}"));
        (bytes, Arc::new(pack))
    };
    let wanted = |part: &str| only.is_none_or(|o| o == part);
    let (bytes, large) = load(2_000_000);
    if wanted("pairs") {
        pair_checks(&load(10_000).1, &load(250_000).1, &large);
    }
    if wanted("screening") {
        screenings(&large);
    }
    if wanted("handler") {
        handlers(&large);
    }
    if wanted("turn") {
        in_turn(&large);
    }
    if wanted("load") {
        loads(&bytes);
    }
    if wanted("swap") {
        swaps(&bytes);
    }
    if wanted("builtin") {
        built_in();
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        // `cargo test --benches` passes `--test`: build, and say that nothing was measured.
        ["--test", ..] => println!("ratios are measured by `cargo bench --bench ratios` alone"),
        ["--bodies"] => print!("{}", describe()),
        ["--write-pack", file] => std::fs::write(file, encode(&pack(2_000_000, 42))).expect("a place to write"),
        ["--count", what, body, times, file] => count(what, body, times.parse().expect("a number"), file),
        ["--only", part] => tables(Some(part)),
        _ => tables(None),
    }
}
