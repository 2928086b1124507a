//! Whether drugs that take part are given hours apart: by the times written in their instructions, never by a guess.

use crate::clinical::apart::Givings;
use crate::engine::change::instructed;
use crate::engine::condition::{Situation, Truth, Verdict};
use crate::engine::condition_node::{Node, Say, drug_name, exposure_at, unsaid};
use smallvec::SmallVec;

/// Whether every giving of the drugs the condition is about stands far enough before or after each giving of every other
/// participant. Unknown where times are not written, unless two that are written stand too near.
pub fn answer(situation: &Situation<'_, '_>, node: &Node, say: &mut Say<'_>) -> Verdict {
    let all: SmallVec<[Givings; 2]> =
        (0..situation.participants.len()).map(|place| givings(situation, place)).collect();
    let mut verdict: Option<Verdict> = None;
    for place in node.subjects(situation) {
        for (other, givings) in all.iter().enumerate().filter(|(other, _)| *other != place) {
            let answer = match all.get(place).and_then(|own| own.keep_from(givings, node.first, node.second)) {
                Some(kept) => Verdict::of(kept),
                None => unwritten(situation, &all, [place, other]),
            };
            verdict = Some(match verdict {
                Some(before) => before.and(answer),
                None => answer,
            });
        }
    }
    let verdict = verdict.unwrap_or_else(|| Verdict::of(false));
    if verdict.truth != Truth::Unknown {
        say.put(|| {
            let one =
                |(place, givings): (usize, &Givings)| format!("{} {}", drug_name(situation, place), givings.words());
            let words: Vec<String> = all.iter().enumerate().map(one).collect();
            words.join(", ")
        });
    }
    verdict
}

fn givings(situation: &Situation<'_, '_>, place: usize) -> Givings {
    let record = exposure_at(situation, place).and_then(|exposure| instructed(situation.bound.chart, exposure));
    record.map_or_else(Givings::default, |m| Givings::of(&m.regimen))
}

/// Unknown for want of the times of those who lack them; of both where each has its own kind.
fn unwritten(situation: &Situation<'_, '_>, all: &[Givings], places: [usize; 2]) -> Verdict {
    let lacks = |place: &usize| all.get(*place).is_none_or(|givings| !givings.are_known());
    let anybody = places.iter().any(lacks);
    let wanting = places.iter().filter(|place| !anybody || lacks(place));
    let answers = wanting.map(|place| unsaid(situation, *place, "times of day"));
    answers.reduce(Verdict::and).unwrap_or_else(|| Verdict::of(false))
}
