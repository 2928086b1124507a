//! Two-sided interactions lowered to the symmetric table of meetings.

use crate::compile::lower::Lowering;
use crate::pack::column::Column;
use crate::pack::tables::{ListTable, MeetingColumns, RawPack};
use crate::source::tree::Body;
use hashbrown::HashMap;

/// The side of the row may be the object (or first).
const ROW_IS_OBJECT: u32 = 1;
/// The side of the column may be the object.
const COLUMN_IS_OBJECT: u32 = 2;

/// Lowers every rule of two sides.
pub fn lower(lowering: &mut Lowering<'_>, pack: &mut RawPack) {
    let mut meetings = Vec::new();
    for (rule, written) in lowering.names.rules.rows.iter().enumerate() {
        let Body::Pair { object, precipitant, mutual, .. } = &written.body else { continue };
        let (object, precipitant) = (lowering.set(object), lowering.set(precipitant));
        let (forth, back) = if *mutual { (3, 3) } else { (ROW_IS_OBJECT, COLUMN_IS_OBJECT) };
        for a in lowering.sets.members(object) {
            for b in lowering.sets.members(precipitant).iter().filter(|b| *b != a) {
                meetings.push(Meeting::of(*a, *b, rule as u32, forth));
                meetings.push(Meeting::of(*b, *a, rule as u32, back));
            }
        }
    }
    pack.meetings = table(lowering.names.ingredients.rows.len(), meetings);
}

/// Who meets whom in which rule; sorts by row, column, rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Meeting {
    /// Row and column.
    pair: u32,
    /// Rule and flags.
    rule: u32,
}

impl Meeting {
    fn of(row: u16, column: u16, rule: u32, flags: u32) -> Meeting {
        Meeting { pair: u32::from(row) << 16 | u32::from(column), rule: rule << 2 | flags }
    }
}

fn table(ingredients: usize, mut meetings: Vec<Meeting>) -> MeetingColumns {
    meetings.sort_unstable();
    let words = ingredients.div_ceil(64);
    let mut bits = vec![0u64; words * ingredients];
    let (mut starts, mut rule_sets) = (vec![0u32], Vec::new());
    let mut sets: Vec<Vec<u32>> = Vec::new();
    let mut places: HashMap<Vec<u32>, u32> = HashMap::new();
    for together in meetings.chunk_by(|a, b| a.pair == b.pair) {
        let (row, column) = ((together[0].pair >> 16) as usize, (together[0].pair & 0xffff) as usize);
        while starts.len() <= row {
            starts.push(rule_sets.len() as u32);
        }
        bits[row * words + column / 64] |= 1 << (column % 64);
        let set = rules_of(together);
        let id = match places.get(&set) {
            Some(id) => *id,
            None => {
                let id = sets.len() as u32;
                places.insert(set.clone(), id);
                sets.push(set);
                id
            }
        };
        rule_sets.push(id);
    }
    while starts.len() <= ingredients {
        starts.push(rule_sets.len() as u32);
    }
    MeetingColumns {
        ingredients: ingredients as u32,
        bits: Column::new(bits),
        starts: Column::new(starts),
        rule_sets: Column::new(rule_sets),
        sets: sets.into_iter().collect::<ListTable<u32>>(),
    }
}

/// The rules of one pair, ascending; a rule that reads the pair both ways has both flags.
fn rules_of(together: &[Meeting]) -> Vec<u32> {
    let mut rules: Vec<u32> = Vec::with_capacity(together.len());
    for meeting in together {
        match rules.last_mut() {
            Some(last) if *last >> 2 == meeting.rule >> 2 => *last |= meeting.rule & 3,
            _ => rules.push(meeting.rule),
        }
    }
    rules
}
