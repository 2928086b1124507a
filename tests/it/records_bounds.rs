//! What the record holds in memory while the disk hangs is bounded by bytes, reads copy nothing under a lock, and feedback that was
//! taken is written though its sender has gone.

use crate::records::{Folder, Pupil, answer, comment, fickle, means, still, until};
use bytes::Bytes;
use caveat::clinical::remembered::{Override, Remembered};
use caveat::record::decision::{DecidedFinding, DecidedGap, Decision, FeedbackRecord};
use caveat::record::health::{BEHIND_BYTES_TOLD, Health};
use caveat::record::opening::Means;
use caveat::record::queue::{FEEDBACK_BYTES_MAX, HELD_BYTES_MAX, Queue, Taken, Waiting, Whole};
use caveat::record::recorder::Recorder;
use caveat::record::rings::{KEPT_BYTES_MAX, KEPT_MAX, Rings};
use caveat::record::weight::Weighed;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::oneshot;

/// An answer whose record has so many bytes more than another.
fn large(bytes: usize) -> Decision {
    Decision { remembered: "x".repeat(bytes), ..answer("large", "p", still()) }
}

fn waiting(bytes: usize) -> Waiting {
    let record = FeedbackRecord { comment: "x".repeat(bytes), ..comment("card") };
    Waiting { records: vec![record], told: oneshot::channel().0 }
}

#[test]
fn every_text_of_an_answer_and_of_feedback_has_its_weight() {
    let whole = |whole: Whole| Taken { decision: Decision::default(), whole: Some(whole) };
    let decided = |decision: Decision| Taken { decision, whole: None };
    let finding = |text: &str| DecidedFinding { participants: vec![text.to_owned()], ..DecidedFinding::default() };
    let comment = |text: &str| Override { comment: text.to_owned(), ..Override::default() };
    let remembered = |text: &str| Remembered { overrides: vec![comment(text)], ..Remembered::default() };
    type Made<'a> = &'a dyn Fn(&str) -> Taken;
    let parts: [(&str, Made<'_>); 8] = [
        ("body", &|t| whole(Whole { body: Bytes::copy_from_slice(t.as_bytes()), ..Whole::default() })),
        ("answer", &|t| whole(Whole { answer: Bytes::copy_from_slice(t.as_bytes()), ..Whole::default() })),
        ("fetched", &|t| whole(Whole { fetched: Some(t.to_owned()), ..Whole::default() })),
        ("a comment remembered", &|t| whole(Whole { remembered: remembered(t), ..Whole::default() })),
        ("hookInstance", &|t| decided(Decision { instance: t.to_owned(), ..Decision::default() })),
        ("an order", &|t| decided(Decision { asked: vec![t.to_owned()], ..Decision::default() })),
        ("a finding", &|t| decided(Decision { findings: vec![finding(t)], ..Decision::default() })),
        ("a gap", &|t| {
            let gap = DecidedGap { rule: t.to_owned(), ..DecidedGap::default() };
            decided(Decision { gaps: vec![gap], ..Decision::default() })
        }),
    ];
    for (name, made) in parts {
        assert_eq!(made(&"x".repeat(1_000)).bytes() - made("").bytes(), 1_000, "{name}");
    }
    assert_eq!(waiting(1_000).bytes() - waiting(0).bytes(), 1_000);
}

#[test]
fn answers_that_wait_are_bounded_by_bytes_until_the_writer_comes_for_more() {
    let queue = Queue::new(1_000);
    let push = |decision: Decision| queue.push(Taken { decision, whole: None });
    for n in 0..7 {
        assert!(push(large(HELD_BYTES_MAX / 8)), "{n}");
    }
    assert!(!push(large(HELD_BYTES_MAX / 8)));
    assert!(push(answer("small", "p", still())));
    assert!(queue.push_feedback(waiting(FEEDBACK_BYTES_MAX / 2)).is_ok(), "feedback has room of its own");
    let in_hand = queue.take(4);
    assert!(!push(large(HELD_BYTES_MAX / 8)), "what the writer has in hand is in memory still");
    assert_eq!((in_hand.decisions.len(), queue.answers().len()), (4, 8));
    drop(in_hand);
    assert_eq!(queue.take(1).decisions.len(), 1);
    assert!(push(large(HELD_BYTES_MAX / 8)));
}

#[test]
fn feedback_that_waits_is_bounded_by_bytes_until_the_writer_comes_for_more() {
    let queue = Queue::new(1_000);
    for n in 0..3 {
        assert!(queue.push_feedback(waiting(FEEDBACK_BYTES_MAX / 4)).is_ok(), "{n}");
    }
    assert!(queue.push_feedback(waiting(FEEDBACK_BYTES_MAX / 4)).is_err());
    assert!(queue.push_feedback(waiting(100)).is_ok());
    assert_eq!(queue.take(1).feedback.len(), 4);
    assert!(
        queue.push_feedback(waiting(FEEDBACK_BYTES_MAX / 4)).is_err(),
        "in the writer's hand it is in memory still"
    );
    queue.take(1);
    assert!(queue.push_feedback(waiting(FEEDBACK_BYTES_MAX / 4)).is_ok());
}

#[tokio::test]
async fn what_does_not_fit_is_refused_or_counted_and_of_a_large_answer_the_record_is_kept() {
    let folder = Folder::new();
    let recorder = folder.open();
    let too_much = FeedbackRecord { comment: "x".repeat(FEEDBACK_BYTES_MAX), ..comment("too much") };
    let refused = recorder.feedback(vec![too_much]).await.unwrap_err();
    assert!(refused.why.contains("too much feedback waits"), "{refused}");
    recorder.feedback(vec![comment("kept")]).await.unwrap();
    recorder.record(large(HELD_BYTES_MAX));
    let body = Bytes::from(vec![b' '; HELD_BYTES_MAX]);
    recorder.record_whole(answer("without its body", "p", still()), Whole { body, ..Whole::default() });
    let health = recorder.health();
    assert_eq!((health.decisions, health.lost, health.feedback, health.feedback_refused), (2, 1, 1, 1));
    let kept = recorder.last_decisions(9);
    assert_eq!((kept.len(), kept[0].request.len()), (1, 64), "its hash stands for its body");
    recorder.close();
    assert_eq!(folder.verify().unwrap().entries, 3, "genesis, feedback, one answer");
}

#[test]
fn what_is_remembered_last_is_bounded_by_number_and_by_bytes() {
    let rings = Rings::default();
    let push = |decision: Decision| rings.answered(std::iter::once(Arc::new(decision)));
    for n in 0..KEPT_MAX + 10 {
        push(answer(&n.to_string(), "p", still()));
    }
    assert_eq!(
        (rings.decisions().len(), rings.decisions()[0].id.as_str()),
        (KEPT_MAX, (KEPT_MAX + 9).to_string().as_str())
    );
    for _ in 0..9 {
        push(large(KEPT_BYTES_MAX / 8));
    }
    assert_eq!(rings.decisions().len(), 7);
    push(answer("small", "p", still()));
    assert_eq!((rings.decisions().len(), rings.decisions()[0].id.as_str()), (8, "small"));
    push(large(KEPT_BYTES_MAX * 2));
    assert_eq!(rings.decisions().len(), 1, "the newest stays, however large");
    for _ in 0..9 {
        rings.commented(waiting(KEPT_BYTES_MAX / 8).records);
    }
    rings.commented(vec![comment("small")]);
    assert_eq!((rings.feedback().len(), rings.feedback()[0].card.as_str()), (8, "small"));
}

#[tokio::test]
async fn reads_share_what_is_kept_and_find_these_cards_alone() {
    let rings = Rings::default();
    let kept = Arc::new(answer("d", "p", still()));
    rings.answered(std::iter::once(Arc::clone(&kept)));
    assert!(Arc::ptr_eq(&rings.decisions()[0], &kept), "not a copy");
    let queue = Queue::new(9);
    assert!(queue.push(Taken { decision: answer("d", "p", still()), whole: None }));
    assert!(Arc::ptr_eq(&queue.answers()[0], &queue.answers()[0]), "not a copy");
    let folder = Folder::new();
    let recorder = folder.open();
    let cards: Vec<String> = (0..500).map(|n| format!("card-{n}")).collect();
    recorder.feedback(cards.iter().map(|c| comment(c)).collect()).await.unwrap();
    until("the store has it too", || recorder.health().bytes_behind == 0);
    let found: Vec<_> = recorder.feedback_on(&cards[10..499]).await.unwrap().into_iter().map(|f| f.card).collect();
    assert_eq!(found, cards[10..499], "each once, oldest first");
    assert_eq!(recorder.feedback_on(&["card-500".to_owned()]).await.unwrap(), []);
}

#[tokio::test]
async fn feedback_whose_sender_has_gone_is_written_and_learnt_all_the_same() {
    let folder = Folder::new();
    let (disk, fickle) = fickle(1 << 30);
    let recorder = Recorder::open(&folder.recording(), &fickle).unwrap();
    recorder.feedback(vec![comment("the disk is well")]).await.unwrap();
    disk.held.store(true, Ordering::SeqCst);
    for card in ["in the writer's hand or waiting", "waiting"] {
        let mut taken = Box::pin(recorder.feedback(vec![comment(card)]));
        tokio::select! {
            biased;
            done = &mut taken => panic!("the disk hangs: {done:?}"),
            () = std::future::ready(()) => {}
        }
    }
    drop(recorder.feedback(vec![comment("never taken")]));
    disk.held.store(false, Ordering::SeqCst);
    until("it is written", || recorder.health().feedback == 3);
    let mut heard: Vec<_> = recorder.last_feedback(9).into_iter().map(|f| f.card).collect();
    heard.reverse();
    assert_eq!(heard, ["the disk is well", "in the writer's hand or waiting", "waiting"]);
    recorder.close();
    drop(recorder);
    let pupil = Arc::new(Pupil::default());
    Recorder::open(&folder.recording(), &Means { learner: Arc::<Pupil>::clone(&pupil), ..means() }).unwrap().close();
    let learnt = pupil.0.lock().unwrap().clone();
    assert!(
        heard.iter().all(|card| learnt.contains(card)) && !learnt.contains(&"never taken".to_owned()),
        "{learnt:?}"
    );
    folder.verify().unwrap();
}

#[test]
fn a_journal_that_the_store_is_far_behind_is_said() {
    assert_eq!(Health::default().behind(BEHIND_BYTES_TOLD).trouble, None);
    let far = Health::default().behind(BEHIND_BYTES_TOLD + 1);
    assert!(far.trouble.unwrap().contains("1024 MiB behind"));
    let away = Health { trouble: Some("the store is away".to_owned()), ..Health::default() };
    assert_eq!(away.clone().behind(BEHIND_BYTES_TOLD).trouble, away.trouble);
    let both = away.behind(BEHIND_BYTES_TOLD + 1).trouble.unwrap();
    assert!(both.starts_with("the store is away; the store is 1024 MiB behind"), "{both}");
}
