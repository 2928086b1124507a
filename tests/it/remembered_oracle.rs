//! The book of overrides against a slow, obvious one: a list of all that happened, filtered at every question.

use caveat::clinical::remembered::{Override, Remembered};
use caveat::record::book::{AHEAD_MAX, Asking, Book, JUST_SHOWN_LASTS_MS, TOLD_LASTS};
use caveat::record::decision::{DecidedFinding, Decision, FeedbackRecord};
use proptest::prelude::*;

/// What happens: a card is shown, or something is done with one.
#[derive(Clone, Debug)]
enum Event {
    Shown(Box<Decision>),
    Done(Box<FeedbackRecord>),
}

fn decision() -> impl Strategy<Value = Event> {
    let finding = (0..3u8, 0..3u8, 0..3u8, any::<bool>());
    let who = (0..2u8, 0..3u8, 0..2u8);
    let findings = proptest::collection::vec(finding, 1..3);
    (findings, who, 0..40i64, 0..3u8).prop_map(|(findings, (patient, user, client), at, hook)| {
        Event::Shown(Box::new(Decision {
            at_ms: at * 3_600_000,
            client: format!("c{client}"),
            patient: format!("p{patient}"),
            user: if user == 2 { String::new() } else { format!("u{user}") },
            hook: ["order-sign", "order-select", "patient-view"][usize::from(hook)].to_owned(),
            findings: findings.into_iter().map(finding_of).collect(),
            ..Decision::default()
        }))
    })
}

fn finding_of((card, form, days, never_silence): (u8, u8, u8, bool)) -> DecidedFinding {
    DecidedFinding {
        card: format!("card-{card}"),
        fingerprint: format!("print-{card}-{form}"),
        rule: format!("rule-{card}"),
        participants: vec!["b".to_owned(), "a".to_owned()],
        override_days: [0, 1, 10][usize::from(days)],
        never_silence,
        ..DecidedFinding::default()
    }
}

fn feedback() -> impl Strategy<Value = Event> {
    (0..4u8, 0..2u8, 0..5u8, 0..40i64, proptest::option::of(0..50i64)).prop_map(|(card, client, act, arrived, at)| {
        Event::Done(Box::new(FeedbackRecord {
            arrived_ms: arrived * 3_600_000,
            client: format!("c{client}"),
            card: format!("card-{card}"),
            accepted: [Some(true), Some(false), Some(false), Some(false), None][usize::from(act)],
            reason_code: if act == 1 { "will-monitor".to_owned() } else { String::new() },
            comment: if act == 2 { "words".to_owned() } else { String::new() },
            done_at: at.map(|at| at * 3_600),
            ..FeedbackRecord::default()
        }))
    })
}

/// When it was done, in seconds: as told, but not after it arrived.
fn when(done: &FeedbackRecord) -> i64 {
    done.done_at.unwrap_or(i64::MAX).min(done.arrived_ms / 1_000)
}

/// Every override in force, by reading everything that ever happened.
fn oracle(events: &[Event], asking: &Asking<'_>) -> Vec<Override> {
    let now = asking.now_ms / 1_000;
    let mut found = Vec::new();
    for client in ["c0", "c1"] {
        for card in ["card-0", "card-1", "card-2", "card-3"] {
            // How the card was shown: (when, user, patient, the finding; none where it told several).
            let mut shown: Vec<(i64, String, String, Option<DecidedFinding>)> = Vec::new();
            for event in events {
                let Event::Shown(d) = event else { continue };
                let on: Vec<_> = d.findings.iter().filter(|f| f.card == card).collect();
                if d.client == client && !on.is_empty() {
                    let whole = on.len() == 1 && d.hook != "patient-view";
                    let finding = whole.then(|| on[0].clone());
                    shown.push((d.at_ms / 1_000, d.user.clone(), d.patient.clone(), finding));
                }
            }
            let print = |f: &Option<DecidedFinding>| f.as_ref().map(|f| f.fingerprint.clone()).unwrap_or_default();
            let days = |f: &Option<DecidedFinding>| f.as_ref().map(|f| (f.override_days, f.never_silence));
            shown.sort_by_key(|s| (s.0, s.2.clone(), s.1.clone(), print(&s.3), days(&s.3)));
            let own = shown.iter().all(|s| s.1 == asking.user) && !asking.user.is_empty();
            let mut done: Vec<&FeedbackRecord> = Vec::new();
            for event in events {
                let Event::Done(d) = event else { continue };
                if d.client == client && d.card == card && d.accepted.is_some() {
                    done.push(d);
                }
            }
            let reasoned = |d: &FeedbackRecord| !d.reason_code.is_empty() || !d.comment.is_empty();
            done.sort_by_key(|d| (when(d), d.accepted == Some(true), reasoned(d)));
            for (n, d) in done.iter().enumerate() {
                let about = |at: i64| shown.iter().rfind(|s| s.0 <= at).or(shown.first());
                let Some((_, user, patient, Some(finding))) = about(when(d)) else { continue };
                let is_override = d.accepted == Some(false) && reasoned(d);
                let is_undone = done[n + 1..].iter().any(|later| {
                    let same = about(when(later)).map(|s| print(&s.3)) == Some(finding.fingerprint.clone());
                    later.accepted == Some(true) || (later.accepted == Some(false) && reasoned(later) && same)
                });
                let days = if finding.never_silence { 0 } else { i64::from(finding.override_days) };
                let until = when(d) + days * 86_400;
                let is_known = now < until.max(when(d) + TOLD_LASTS) && when(d) <= now + AHEAD_MAX;
                if is_override && !is_undone && is_known && patient == asking.patient {
                    found.push(Override {
                        fingerprint: finding.fingerprint.clone(),
                        by: user.clone(),
                        own,
                        at: when(d),
                        until,
                        card: card.to_owned(),
                        ..Override::default()
                    });
                }
            }
        }
    }
    found
}

/// What the comparison is about.
fn essence(overrides: &[Override]) -> Vec<String> {
    let line = |o: &Override| format!("{} {} {} {} {} {}", o.card, o.fingerprint, o.by, o.own, o.at, o.until);
    let mut all: Vec<String> = overrides.iter().map(line).collect();
    all.sort_unstable();
    all
}

fn told(events: &[Event], asking: &Asking<'_>) -> Remembered {
    let book = Book::new();
    for event in events {
        match event {
            Event::Shown(decision) => book.learn_decision(decision),
            Event::Done(feedback) => book.learn_feedback(feedback),
        }
    }
    book.remembered(asking)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happened in whatever order, told once or twice: the book says what a list of everything says.
    #[test]
    fn the_book_says_what_a_list_of_everything_says(
        events in proptest::collection::vec(prop_oneof![decision(), feedback()], 0..14),
        turned in any::<prop::sample::Index>(),
        user in 0..3u8,
        now in 0..1_500i64,
    ) {
        let user = if user == 2 { String::new() } else { format!("u{user}") };
        let asking = Asking { patient: "p0", user: &user, now_ms: now * 3_600_000, ..Asking::default() };
        let wanted = essence(&oracle(&events, &asking));
        prop_assert_eq!(&essence(&told(&events, &asking).overrides), &wanted);
        let mut other = events.clone();
        if !other.is_empty() {
            let at = turned.index(other.len());
            other.rotate_left(at);
            other.reverse();
            let twice = other[..at].to_vec();
            other.extend(twice);
        }
        prop_assert_eq!(&told(&other, &asking), &told(&events, &asking), "in another order, some told twice");
    }

    /// What was just shown is what order-select showed this user of this patient within ten minutes.
    #[test]
    fn just_shown_is_what_was_shown_within_ten_minutes(minutes in proptest::collection::vec(0..40i64, 0..8), now in 0..50i64) {
        let shown = |n: usize, at: i64| Event::Shown(Box::new(Decision {
            at_ms: at * 60_000,
            patient: "p0".to_owned(),
            user: if n.is_multiple_of(3) { "u1".to_owned() } else { "u0".to_owned() },
            hook: if n.is_multiple_of(2) { "order-select".to_owned() } else { "order-sign".to_owned() },
            findings: vec![finding_of((0, (n % 3) as u8, 1, false))],
            ..Decision::default()
        }));
        let events: Vec<Event> = minutes.iter().enumerate().map(|(n, at)| shown(n, *at)).collect();
        let asking = Asking { patient: "p0", user: "u0", now_ms: now * 60_000, just_shown: true, ..Asking::default() };
        let within = |at: i64| at <= now && (now - at) * 60_000 <= JUST_SHOWN_LASTS_MS;
        let mut wanted: Vec<String> = minutes
            .iter()
            .enumerate()
            .filter(|(n, at)| within(**at) && n % 2 == 0 && n % 3 != 0)
            .map(|(n, _)| format!("print-0-{}", n % 3))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        prop_assert_eq!(told(&events, &asking).just_shown, wanted);
    }
}
