//! What was fetched goes the way of what was prefetched; what was wanted and did not come is said.

use crate::clinical::chart::{Receipt, Standing, Unread, UnreadWhy};
use crate::hooks::fetched::{Further, Lack, Why};
use crate::hooks::fhir::Resource;
use crate::hooks::intake_chart::{Intake, Place, Root};
use crate::hooks::intake_receipts::{Brought, Counted, Unplaced, bit, named, worsen};

/// Takes what was fetched. `sent` says how much the client sent of what was fetched on. A server that says that there are more than it
/// gave on all its pages has not given the whole list. A record fetched by its reference says nothing about the list it belongs to.
pub fn further<'a>(
    intake: &mut Intake<'a>,
    fetched: &mut Further<'a>,
    sent: &[(String, Counted)],
    standing: &dyn Fn(&Resource<'a>) -> Standing,
) {
    for (key, resource) in &mut fetched.items {
        if !key.contains('/') {
            let mut brought = Brought::of(resource);
            let before = sent.iter().find(|(k, _)| k == key).map(|(_, counted)| *counted).unwrap_or_default();
            brought.settle(before.and(Counted::of(resource)).is_short());
            if let Unplaced::Failure(words) = brought.enter(key, &mut intake.chart.received) {
                let words = format!("the FHIR server failed to send it: {words}").into();
                let place = key.as_ref().into();
                intake.say(Unread { why: UnreadWhy::FetchFailed, place, words, in_hand: false });
            }
        }
        let mut place = Place { root: Root::Prefetch, key, index: 0, asked: false };
        intake.walk(resource, &mut place, standing);
    }
}

/// Says what did not come. `lists` tells of the client's own keys which lists they are about, one bit each.
pub fn lacking(intake: &mut Intake<'_>, fetched: &Further<'_>, lists: &[(String, u8)]) {
    for lack in fetched.all_lacks() {
        let known = lists.iter().find(|(key, _)| *key == lack.key).map(|(_, bits)| *bits);
        let bits = known.unwrap_or_else(|| of_key(lack));
        if bits == 0 {
            intake.say(unread(lack));
        } else {
            worsen(&mut intake.chart.received, bits, &receipt(lack));
        }
    }
}

/// The list one of our keys is about. Where a server has no such resource as a statement at all, the list of medications
/// lacks nothing by it.
fn of_key(lack: &Lack) -> u8 {
    let part = matches!(lack.key.as_str(), "statements" | "dispenses" | "administrations");
    if lack.key.contains('/') || (part && lack.why == Why::NotOffered) {
        return 0;
    }
    named(&lack.key).map_or(0, bit)
}

fn receipt(lack: &Lack) -> Receipt {
    match lack.why {
        Why::Late => Receipt::Late,
        Why::More => Receipt::Partial,
        Why::Failed | Why::NotOffered => Receipt::Failed(lack.words.as_str().into()),
    }
}

fn unread(lack: &Lack) -> Unread {
    let why = match lack.why {
        Why::Late => UnreadWhy::FetchLate,
        Why::More => UnreadWhy::TooMany,
        Why::Failed | Why::NotOffered => UnreadWhy::FetchFailed,
    };
    Unread { why, place: lack.key.as_str().into(), words: lack.words.as_str().into(), in_hand: false }
}
