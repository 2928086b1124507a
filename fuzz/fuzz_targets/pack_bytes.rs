//! Hostile pack bytes are refused with a reason, within bounded memory and time; what is accepted can screen.
#![no_main]

use caveat::clinical::chart::Chart;
use caveat::clinical::time::Moment;
use caveat::engine::screen::Screener;
use caveat::pack::format::{decode, reseal};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(|bytes: &[u8]| {
    let _ = decode(bytes);
    // The same bytes with a right hash over them, so that the fuzzer reaches `verify` behind it.
    if let Some(sealed) = reseal(bytes)
        && let Ok(pack) = decode(&sealed)
    {
        let screening = Screener::new(Arc::new(pack));
        let _ = screening.screen(&Chart::empty(Moment(1_700_000_000)));
    }
});
