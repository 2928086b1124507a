//! A bar that shows how far the reading of a file is; on a terminal alone.

use crate::import::table::Step;
use indicatif::{ProgressBar, ProgressStyle};
use std::cell::RefCell;

/// Shows the steps of reading on a bar, one file after the other.
pub fn bar() -> impl Fn(Step<'_>) {
    let current: RefCell<Option<ProgressBar>> = RefCell::new(None);
    move |step| match step {
        Step::Begin { name, bytes } => {
            let bar = ProgressBar::new(bytes).with_message(name.to_owned());
            if let Ok(style) = ProgressStyle::with_template("{msg:32} [{bar:40}] {bytes}/{total_bytes} {eta}") {
                bar.set_style(style.progress_chars("=> "));
            }
            current.replace(Some(bar));
        }
        Step::Read(bytes) => {
            if let Some(bar) = current.borrow().as_ref() {
                bar.inc(bytes);
            }
        }
        Step::End => {
            if let Some(bar) = current.take() {
                bar.finish_and_clear();
            }
        }
    }
}
