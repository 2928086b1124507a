//! Rows of meetings against a plain map: whoever is asked about, alone or among many, gets the rule set of the map.

use caveat::pack::column::Column;
use caveat::pack::ids::IngredientId;
use caveat::pack::meeting::Meetings;
use caveat::pack::tables::{ListTable, MeetingColumns};
use proptest::prelude::*;
use std::collections::BTreeMap;

type Pairs = BTreeMap<(u16, u16), u32>;

/// The columns of some pairs, both ways.
fn columns(ingredients: u16, sets: u32, pairs: &Pairs) -> MeetingColumns {
    let (rows, words) = (usize::from(ingredients), usize::from(ingredients).div_ceil(64));
    let mut bits = vec![0u64; rows * words];
    let (mut starts, mut rule_sets) = (vec![0u32], Vec::new());
    for a in 0..ingredients {
        for b in 0..ingredients {
            if let Some(set) = pairs.get(&(a.min(b), a.max(b))) {
                bits[usize::from(a) * words + usize::from(b) / 64] |= 1 << (b % 64);
                rule_sets.push(*set);
            }
        }
        starts.push(rule_sets.len() as u32);
    }
    MeetingColumns {
        ingredients: u32::from(ingredients),
        bits: Column::new(bits),
        starts: Column::new(starts),
        rule_sets: Column::new(rule_sets),
        sets: ListTable { starts: (0..=sets).collect(), items: (0..sets).collect() },
    }
}

/// Every pair asked alone, and rows of all asked at once, beside what the map says.
fn agrees(ingredients: u16, sets: u32, pairs: &Pairs) {
    let meetings = Meetings::taken_from(&mut columns(ingredients, sets, pairs));
    let known = |a: u16, b: u16| pairs.get(&(a.min(b), a.max(b))).copied();
    // Two beyond the last are asked about too.
    let everyone: Vec<u16> = (0..ingredients + 2).rev().collect();
    for a in 0..ingredients + 2 {
        let row = meetings.row(IngredientId(a));
        let mut together = Vec::new();
        row.meet_each(&everyone, |b| IngredientId(*b), |b, set| together.push((*b, set)));
        let expected: Vec<(u16, u32)> = everyone.iter().filter_map(|b| Some((*b, known(a, *b)?))).collect();
        assert_eq!(together, expected, "all asked of {a} at once");
        for b in 0..ingredients + 2 {
            assert_eq!(row.meets(IngredientId(b)), known(a, b), "{a} and {b}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn rows_say_what_a_map_says(
        ingredients in prop_oneof![1u16..6, 60u16..70, 120u16..136, 250u16..300],
        // Few rule sets are held in 16 bits each, many in 32.
        sets in prop_oneof![Just(1u32), Just(65_536), Just(65_537), Just(70_000)],
        // From rows without any to rows that meet all.
        drawn in prop_oneof![Just(0usize), 1usize..40, 1000usize..4000],
        seed in any::<u64>(),
    ) {
        let mut state = seed;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut pairs = Pairs::new();
        for _ in 0..drawn {
            let (a, b) = (next(u64::from(ingredients)) as u16, next(u64::from(ingredients)) as u16);
            if a != b {
                // The first and the last rule set among them.
                let set = match next(4) { 0 => 0, 1 => sets - 1, _ => next(u64::from(sets)) as u32 };
                pairs.insert((a.min(b), a.max(b)), set);
            }
        }
        agrees(ingredients, sets, &pairs);
    }
}

#[test]
fn a_row_that_meets_everyone_and_columns_that_disagree() {
    let everyone: Pairs = (0..200u16).flat_map(|a| (a + 1..200).map(move |b| ((a, b), u32::from(a) * 200))).collect();
    agrees(200, 40_000, &everyone);
    agrees(200, 66_000, &everyone);
    let mut torn = columns(200, 40_000, &everyone);
    torn.bits = Column::new(vec![u64::MAX; 3]);
    let row = Meetings::taken_from(&mut torn);
    assert_eq!(row.row(IngredientId(0)).meets(IngredientId(1)), None, "nothing is read out of torn columns");
    let mut short = columns(200, 40_000, &everyone);
    short.rule_sets = Column::new(vec![7; 5]);
    assert_eq!(
        Meetings::taken_from(&mut short).row(IngredientId(9)).meets(IngredientId(190)),
        None,
        "a rule set that is not there"
    );
}
