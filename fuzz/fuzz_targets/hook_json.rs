//! Any body is answered 200, 400 or 412, never with a panic, and the judge of the tests finds nothing wrong with the answer.
#![no_main]

use caveat::clinical::time::Moment;
use caveat::commands::screen::pack_of;
use caveat::engine::print::plain;
use caveat::engine::screen::Screener;
use caveat::hooks::call::Hook;
use caveat::hooks::request::read;
use caveat::pack::read::Pack;
use caveat::serve::answer::plainly;
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

#[allow(dead_code, reason = "the tests use what this target does not")]
#[path = "../../tests/it/judge.rs"]
mod judge;

static PACK: LazyLock<Arc<Pack>> = LazyLock::new(|| Arc::new(pack_of(None).expect("the built-in rules compile")));

const AS_OF: Moment = Moment(1_600_000_000);

fuzz_target!(|body: &[u8]| {
    let hook = hook_of(body);
    let answer = plainly(&PACK, hook, body, AS_OF);
    match answer.status {
        200 => {
            judge::judge_response(hook, 200, &answer.body);
            if body.len() % 4 == 0 {
                explain(hook, body);
            }
        }
        400 | 412 => judge::judge_outcome(answer.status, &answer.body),
        other => panic!("status {other}"),
    }
});

/// The hook that the body names first, so that bodies of every hook reach their reader; without one, any.
fn hook_of(body: &[u8]) -> Hook {
    let named = |text: &str| {
        let (_, value) = text.split_once("\"hook\"")?;
        Hook::of_name(value.trim_start_matches([' ', '\n', ':', '"']).split('"').next()?)
    };
    std::str::from_utf8(body).ok().and_then(named).unwrap_or(Hook::ALL[body.len() % Hook::ALL.len()])
}

/// With the trace the answer is the same, and both can be printed.
fn explain(hook: Hook, body: &[u8]) {
    let Ok(call) = read(hook, body, AS_OF) else { panic!("answered, but not read") };
    let screener = Screener::new(Arc::clone(&PACK));
    let (answer, traced) = (screener.screen(&call.chart), screener.explain(&call.chart));
    assert_eq!(plain(&call.chart, &answer), plain(&call.chart, &traced), "the trace changed the answer");
}
