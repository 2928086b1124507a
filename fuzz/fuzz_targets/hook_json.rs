//! Any body is answered 200, 400 or 412, never with a panic, and every 200 is JSON with a `cards` array.
#![no_main]

use caveat::clinical::time::Moment;
use caveat::commands::screen::pack_of;
use caveat::hooks::call::Hook;
use caveat::pack::read::Pack;
use caveat::serve::answer::answer;
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

static PACK: LazyLock<Arc<Pack>> = LazyLock::new(|| Arc::new(pack_of(None).expect("the built-in rules compile")));

fuzz_target!(|input: (u8, &[u8])| {
    let (hook, body) = input;
    let hook = Hook::ALL[usize::from(hook) % Hook::ALL.len()];
    let answer = answer(&PACK, hook, body, Moment(1_600_000_000));
    assert!([200, 400, 412].contains(&answer.status), "status {}", answer.status);
    if answer.status == 200 {
        assert!(answer.body.starts_with(b"{\"cards\":["));
    }
});
