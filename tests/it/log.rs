//! What the code under test logs, taken on the thread that runs the test, at every level.

use std::cell::RefCell;
use std::io::Write;
use std::sync::Once;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::prelude::*;

thread_local! {
    static LINES: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// The log of this thread from the moment it is taken. A test that takes it runs on one thread (`#[tokio::test]` does).
#[derive(Debug)]
pub struct Log(());

struct Writer;

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LINES.with_borrow_mut(|lines| {
            if let Some(lines) = lines {
                lines.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Takes what this thread logs from now on.
    pub fn taken() -> Log {
        // One subscriber for all threads: one of each thread's own would race with what the others have cached.
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let taken = dynamic_filter_fn(|_, _| LINES.with_borrow(Option::is_some));
            let lines = tracing_subscriber::fmt::layer().json().with_writer(|| Writer);
            tracing_subscriber::registry().with(lines.with_filter(taken)).init();
        });
        LINES.set(Some(Vec::new()));
        Log(())
    }

    /// What was logged so far.
    pub fn text(&self) -> String {
        LINES.with_borrow(|lines| String::from_utf8(lines.clone().unwrap_or_default()).unwrap())
    }
}
