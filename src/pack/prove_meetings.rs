//! Proof that meetings are symmetric: whoever meets is met, in the same rules, with the sides exchanged.

use crate::clinical::severity::Question;
use crate::pack::proof::{Proof, Table};
use crate::pack::tables::{MeetingColumns, RawPack};
use crate::pack::verify::PackError;
use hashbrown::HashMap;

/// Proves the table of meetings.
pub fn prove(raw: &RawPack) -> Proof {
    let (table, meetings) = (Table("meetings"), &raw.meetings);
    let rows = raw.ingredients.names.len();
    table.lengths(rows, &[("ingredients", meetings.ingredients as usize)])?;
    let words = rows.div_ceil(64);
    table.lengths(rows * words, &[("bits", meetings.bits.len())])?;
    table.starts(&meetings.starts, rows, meetings.rule_sets.len())?;
    table.ids(meetings.rule_sets.iter().copied(), meetings.sets.rows())?;
    sets(raw)?;
    counts(meetings, rows, words)?;
    symmetry(meetings, rows, words)
}

/// Every set names interaction rules, each once, ascending, with a side that may be the object.
fn sets(raw: &RawPack) -> Proof {
    let (table, sets) = (Table("meeting sets"), &raw.meetings.sets);
    if !sets.starts.is_empty() || !sets.items.is_empty() {
        table.starts(&sets.starts, sets.rows(), sets.items.len())?;
    }
    for row in 0..sets.rows() {
        let set = sets.row(row);
        if set.is_empty() || !set.is_sorted_by(|a, b| a >> 2 < b >> 2) {
            return Err(PackError::NotSorted { table: "meeting sets", row });
        }
        for word in set {
            let question = raw.rules.questions.get((word >> 2) as usize);
            if word & 3 == 0 || question != Some(&(Question::Interaction as u8)) {
                return table.bad("items", row, i128::from(*word), raw.rules.names.len() as i128);
            }
        }
    }
    Ok(())
}

/// Each row has as many rule sets as bits, no bit beyond the last ingredient, and none for itself.
fn counts(meetings: &MeetingColumns, rows: usize, words: usize) -> Proof {
    let table = Table("meetings");
    let spare = words * 64 - rows;
    for row in 0..rows {
        let bits = &meetings.bits[row * words..(row + 1) * words];
        let count: u32 = bits.iter().map(|w| w.count_ones()).sum();
        let stated = meetings.starts[row + 1] - meetings.starts[row];
        if count != stated {
            return table.bad("starts", row, i128::from(stated), i128::from(count));
        }
        let beyond = bits.last().is_some_and(|last| spare > 0 && last >> (64 - spare) != 0);
        if beyond || bits[row / 64] >> (row % 64) & 1 == 1 {
            return table.bad("bits", row, row as i128, rows as i128);
        }
    }
    Ok(())
}

/// Reads the rows in order and, in each row met, the next rule set not yet read: in a symmetric table that is the very
/// pair seen from the other side. So every meeting is looked at once, and no row is searched.
fn symmetry(meetings: &MeetingColumns, rows: usize, words: usize) -> Proof {
    let mirrors = mirrors(meetings);
    let mut next: Vec<u32> = meetings.starts[..rows].to_vec();
    for row in 0..rows {
        let mut place = meetings.starts[row] as usize;
        for (n, word) in meetings.bits[row * words..(row + 1) * words].iter().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                let column = n * 64 + rest.trailing_zeros() as usize;
                rest &= rest - 1;
                let back = meetings.bits[column * words + row / 64] >> (row % 64) & 1 == 1;
                let set = meetings.rule_sets[place] as usize;
                let other = meetings.rule_sets.get(next[column] as usize);
                if !back || other.is_none_or(|other| mirrors[set] != Some(*other)) {
                    return Err(PackError::NotSymmetric { row, column });
                }
                next[column] += 1;
                place += 1;
            }
        }
    }
    Ok(())
}

/// For each set, the set that says the same from the other side, where there is one.
fn mirrors(meetings: &MeetingColumns) -> Vec<Option<u32>> {
    let rows = meetings.sets.rows();
    let places: HashMap<&[u32], u32> = (0..rows).map(|n| (meetings.sets.row(n), n as u32)).collect();
    let mut turned = Vec::new();
    (0..rows)
        .map(|n| {
            turned.clear();
            turned.extend(meetings.sets.row(n).iter().map(|w| w & !3 | (w & 1) << 1 | (w >> 1) & 1));
            places.get(turned.as_slice()).copied()
        })
        .collect()
}
