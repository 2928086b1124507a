//! Which findings get a card: not what its prescriber overrode, nor what was just shown, nor more than the client shows; but
//! always what may never be silenced, and never without saying so in the extension.

use crate::clinical::remembered::Override;
use crate::clinical::severity::{Audience, Loudness};
use crate::engine::finding::{Finding, Screening};
use crate::hooks::call::{Call, Hook};
use crate::hooks::cards_overview::{GAP_CARDS_MAX, gaps_on_cards, is_anything_unchecked};
use crate::hooks::manner::Manner;

/// What becomes of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It has a card, or a line of a review's card.
    Shown,
    /// This user overrode the same finding, and that still holds.
    Overridden,
    /// The same card was just shown at order-select.
    Repeated,
    /// The client shows no more cards.
    TooMany,
    /// It is for pharmacists alone.
    Audience,
    /// No drug was chosen yet.
    NothingChosen,
}

impl Fate {
    /// The word in the record and in the extension; empty for what is shown.
    pub fn word(self) -> &'static str {
        match self {
            Fate::Shown => "",
            Fate::Overridden => "overridden",
            Fate::Repeated => "repeated",
            Fate::TooMany => "too-many",
            Fate::Audience => "audience",
            Fate::NothingChosen => "nothing-chosen",
        }
    }
}

/// What becomes of each finding, and of the cards that are no findings.
#[derive(Debug)]
pub struct Plan {
    /// For each finding, in order.
    pub fates: Vec<Fate>,
    /// Cards there may be for gaps; more are told on one, and at 0 in words on another card.
    pub gap_cards_max: usize,
    /// Whether there is a card for what is remembered (promised monitoring, staleness), where it has no other place.
    pub remembered_card: bool,
    /// Whether such a card had no room, so that it is told with the rest.
    pub remembered_in_rest: bool,
    /// The finding on whose card the rest is told; `None`: nothing is left out for want of room.
    pub tells_rest: Option<usize>,
}

/// Decides. `prints` holds the fingerprint of each finding; it may be empty where nothing is remembered.
pub fn plan(call: &Call<'_>, screening: &Screening<'_>, manner: &Manner<'_>, prints: &[String]) -> Plan {
    let fate = |(at, finding): (usize, &Finding<'_>)| {
        let print = prints.get(at).map_or("", String::as_str);
        if call.nothing_chosen {
            Fate::NothingChosen
        } else if is_review(call.hook) {
            Fate::Shown
        } else if !is_for(call.hook, finding.audience) {
            Fate::Audience
        } else if is_quieted(call.hook, screening, finding, manner, print) {
            Fate::Overridden
        } else if is_repeated(call.hook, finding, manner, print) {
            Fate::Repeated
        } else {
            Fate::Shown
        }
    };
    let mut plan = Plan {
        fates: screening.findings.iter().enumerate().map(fate).collect(),
        gap_cards_max: GAP_CARDS_MAX,
        remembered_card: has_remembered_card(call.hook, screening, manner),
        remembered_in_rest: false,
        tells_rest: None,
    };
    if let Some(most) = manner.client.cards_max.filter(|_| !call.nothing_chosen && !is_review(call.hook)) {
        make_room(&mut plan, call.hook, screening, most.max(1));
        // On verification the card of what was not checked tells of promises too.
        let homeless = plan.gap_cards_max == 0 && !plan.remembered_card && call.hook == Hook::MedicationVerify;
        plan.remembered_in_rest |= homeless && is_told(manner);
    }
    plan
}

/// Whether a hook is answered with the one card of a review.
pub fn is_review(hook: Hook) -> bool {
    matches!(hook, Hook::PatientView | Hook::EncounterDischarge)
}

/// Whether a hook speaks to pharmacists, who see what prescribers overrode.
pub fn is_for_pharmacists(hook: Hook) -> bool {
    matches!(hook, Hook::MedicationVerify | Hook::MedicationRefill)
}

/// Whether a finding for this audience is shown by a hook: what is meant for pharmacists alone stays off the prescriber's
/// screen (and in the extension); the pharmacist sees everything.
fn is_for(hook: Hook, audience: Audience) -> bool {
    match hook {
        Hook::OrderSelect | Hook::OrderSign | Hook::MedicationPrescribe => audience != Audience::Pharmacist,
        _ => true,
    }
}

/// Whether this user's own override of the same finding holds, at a hook where a prescriber would be asked again.
fn is_quieted(hook: Hook, screening: &Screening<'_>, finding: &Finding<'_>, manner: &Manner<'_>, print: &str) -> bool {
    let asks = [Hook::OrderSelect, Hook::OrderSign, Hook::MedicationPrescribe, Hook::MedicationRefill].contains(&hook);
    let may = asks && !finding.never_silence && finding.override_days > 0 && !print.is_empty();
    let holds = |o: &Override| o.own && o.fingerprint == print && screening.as_of.0 < o.until;
    may && manner.remembered.overrides.iter().any(holds)
}

/// Whether order-select has just shown the same card to this user. What interrupts and may never be silenced is shown twice.
fn is_repeated(hook: Hook, finding: &Finding<'_>, manner: &Manner<'_>, print: &str) -> bool {
    let may = manner.client.quiet_repeats && hook == Hook::OrderSign && !print.is_empty();
    let never = finding.never_silence && finding.loudness == Loudness::Interruptive;
    may && !never && manner.remembered.just_shown.iter().any(|shown| shown == print)
}

/// A card of its own for what is remembered: for pharmacists, where no other card tells it.
fn has_remembered_card(hook: Hook, screening: &Screening<'_>, manner: &Manner<'_>) -> bool {
    is_told(manner) && is_for_pharmacists(hook) && !(hook == Hook::MedicationVerify && is_anything_unchecked(screening))
}

/// Whether promises or staleness are to be told.
fn is_told(manner: &Manner<'_>) -> bool {
    manner.remembered.stale_for.is_some() || !manner.remembered.obligations.is_empty()
}

/// Takes cards away until no more than `most` are left: of the findings the last, but those that may never be silenced stay
/// longest. What could not be checked keeps a card as long as there is room for two.
fn make_room(plan: &mut Plan, hook: Hook, screening: &Screening<'_>, most: usize) {
    let findings = plan.fates.iter().filter(|f| **f == Fate::Shown).count();
    let gaps = match hook {
        Hook::MedicationVerify => usize::from(is_anything_unchecked(screening)),
        _ => gaps_on_cards(&screening.gaps, GAP_CARDS_MAX).len(),
    };
    if findings + gaps + usize::from(plan.remembered_card) <= most {
        return;
    }
    let others = if findings == 0 { most } else { most / 2 };
    let gap_cards = if gaps <= others { gaps } else { others.min(1) };
    plan.gap_cards_max = gap_cards;
    plan.remembered_in_rest = plan.remembered_card && gap_cards >= others;
    plan.remembered_card &= !plan.remembered_in_rest;
    let mut room = most - gap_cards - usize::from(plan.remembered_card);
    let keeps = |at: usize| screening.findings.get(at).is_some_and(|f| f.never_silence);
    let (never, others): (Vec<usize>, Vec<usize>) =
        (0..plan.fates.len()).filter(|at| plan.fates[*at] == Fate::Shown).partition(|at| keeps(*at));
    for at in never.into_iter().chain(others) {
        match room.checked_sub(1) {
            Some(left) => room = left,
            None => plan.fates[at] = Fate::TooMany,
        }
    }
    plan.tells_rest = plan.fates.iter().rposition(|f| *f == Fate::Shown);
}
