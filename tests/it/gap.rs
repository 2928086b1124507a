//! What binding leaves unsaid: the gaps of a chart, and what a set of drugs holds.

use crate::tiny::{Set, allergy, chart, ingredient, pack, pack_with};
use caveat::clinical::chart::*;
use caveat::clinical::code::Concept;
use caveat::clinical::route::Route;
use caveat::engine::bind::bind;
use caveat::pack::ids::IngredientId;

const SETS: &[Set] = &[(&["omeprazole"], &[], &[]), (&["ibuprofen"], &[], &[Route::Topical])];

fn edited(edit: impl FnOnce(&mut Chart)) -> Chart {
    let mut chart = chart("");
    edit(&mut chart);
    chart
}

/// The gaps of a chart, in a line.
fn gaps(chart: &Chart) -> String {
    let pack = pack();
    let line = |g: &caveat::engine::finding::Gap| {
        format!("{}{}: {}", g.kind.word(), if g.on_card { "!" } else { "" }, g.words)
    };
    bind(chart, &pack).gaps.iter().map(line).collect::<Vec<_>>().join("; ")
}

#[test]
fn what_was_not_received_is_said() {
    assert_eq!(gaps(&chart("")), "");
    let mut lists = chart("");
    lists.received.medications = Receipt::NotSent;
    lists.received.problems = Receipt::Partial;
    lists.received.labs = Receipt::Failed("timeout".into());
    assert_eq!(gaps(&lists), "not-sent: medications; incomplete: problems; source-failed: labs: timeout");
    assert_eq!(gaps(&edited(|c| c.allergy_status = AllergyStatus::NotAsked)), "allergies-not-asked: allergies");
    let unsent = edited(|c| {
        c.allergy_status = AllergyStatus::NotAsked;
        c.received.allergies = Receipt::NotSent;
    });
    assert_eq!(gaps(&unsent), "not-sent: allergies");
    let unread = edited(|c| {
        c.unread.push(Unread {
            why: UnreadWhy::OtherPatient,
            place: "MedicationRequest/9".into(),
            words: "Patient/2".into(),
            in_hand: false,
        });
        c.unread.push(Unread {
            why: UnreadWhy::Malformed,
            place: "draftOrders[0]".into(),
            words: "no object".into(),
            in_hand: true,
        });
    });
    assert_eq!(gaps(&unread), "other-patient: MedicationRequest/9: Patient/2; malformed!: draftOrders[0]: no object");
}

#[test]
fn allergies_that_name_nothing_are_gaps() {
    let recorded = |snomed: &str, words: &'static str, edit: fn(&mut Allergy)| {
        let mut a = allergy(snomed);
        a.substance.text = (!words.is_empty()).then(|| words.into());
        edit(&mut a);
        edited(|c| {
            c.allergies.push(a);
            c.allergy_status = AllergyStatus::NotAsked;
        })
    };
    assert_eq!(gaps(&recorded("372687004", "", |_| ())), "");
    assert_eq!(gaps(&recorded("", "some antibiotic", |_| ())), "uncoded-allergy: some antibiotic");
    assert_eq!(
        gaps(&recorded("416098002", "Sulfa", |_| ())),
        "generic-allergy: http://snomed.info/sct|416098002 (Sulfa)"
    );
    assert_eq!(gaps(&recorded("12345", "Foo", |_| ())), "unknown-code: http://snomed.info/sct|12345 (Foo)");
    assert_eq!(gaps(&recorded("256277009", "", |_| ())), "", "pollen is known, and no drug bears it");
    assert_eq!(gaps(&recorded("12345", "Foo", |a| a.verification = Verification::Refuted)), "");
    let mistaken = recorded("12345", "Foo", |a| a.verification = Verification::EnteredInError);
    assert_eq!(gaps(&mistaken), "allergies-not-asked: allergies");
    for (negation, expect) in [("716186003", ""), ("409137002", ""), ("428607008", "allergies-not-asked: allergies")] {
        let chart = recorded(negation, "", |_| ());
        assert_eq!(gaps(&chart), expect, "{negation}");
        assert!(bind(&chart, &pack()).allergies.is_empty());
    }
    let pack = pack();
    let severe = recorded("372687004", "", |a| {
        let words = Concept { text: Some(" SJS ".into()), ..Concept::default() };
        a.reactions.push(Reaction { manifestations: vec![words], ..Reaction::default() });
    });
    assert!(bind(&severe, &pack).allergies[0].severe_delayed);
}

#[test]
fn a_dose_that_may_follow_is_not_asked_for() {
    let mut select = chart("orders ref=o");
    select.doses_may_follow = true;
    assert_eq!(gaps(&select), "");
    let mut select = chart("orders 1001 ; takes 1001 dose=1_tablet times=1");
    assert_eq!(gaps(&select), "replacing-or-adding: warfarin");
    select.doses_may_follow = true;
    assert_eq!(gaps(&select), "");
    let mut verify = chart("takes 999999 words=Foo");
    verify.focus = Focus::OrdersAndExisting;
    assert_eq!(gaps(&verify), "unknown-code!: http://www.nlm.nih.gov/research/umls/rxnorm|999999 (Foo)");
}

#[test]
fn a_set_filters_by_route() {
    let pack = pack_with(&[], SETS);
    let member = |records: &str| {
        let chart = chart(records);
        let bound = bind(&chart, &pack);
        caveat::engine::drug_set::matches(&pack, 1, &bound.exposures[0], IngredientId(ingredient("ibuprofen")))
    };
    assert!(member("takes 1003"));
    assert!(!member("takes 1004"));
    assert!(member("takes 5640"), "an unknown route counts as systemic");
    assert!(!member("takes 5640 route=topical"));
}
