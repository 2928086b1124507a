//! Proof that meetings are symmetric: whoever meets is met, in the same rules, with the sides exchanged.

use crate::clinical::severity::Question;
use crate::pack::ids::NONE;
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

/// First the bits, 64 rows and 64 columns at a time: a block must be the one across the diagonal, turned. Then, for every
/// pair once, its two rule sets: rows are read in order, and in each row met the next rule set not yet read is the very
/// pair seen from the other side. So no row is searched.
fn symmetry(meetings: &MeetingColumns, rows: usize, words: usize) -> Proof {
    for above in 0..words {
        for beside in above..words {
            let mut turned = block(meetings, words, above, beside);
            transpose(&mut turned);
            let across = block(meetings, words, beside, above);
            if let Some(n) = (0..64).find(|n| turned[*n] != across[*n]) {
                let column = above * 64 + (turned[n] ^ across[n]).trailing_zeros() as usize;
                return Err(PackError::NotSymmetric { row: beside * 64 + n, column });
            }
        }
    }
    let mirrors = mirrors(meetings);
    let mut next: Vec<u32> = meetings.starts[..rows].to_vec();
    for row in 0..rows {
        // Whoever comes before has read this row's part below the diagonal already.
        let mut place = next[row] as usize;
        for (n, word) in meetings.bits[row * words..(row + 1) * words].iter().enumerate().skip(row / 64) {
            let mut rest = if n == row / 64 { word & (!0 << (row % 64)) } else { *word };
            while rest != 0 {
                let column = n * 64 + rest.trailing_zeros() as usize;
                rest &= rest - 1;
                let set = meetings.rule_sets[place] as usize;
                if mirrors[set] != meetings.rule_sets[next[column] as usize] {
                    return Err(PackError::NotSymmetric { row, column });
                }
                next[column] += 1;
                place += 1;
            }
        }
    }
    Ok(())
}

/// 64 rows of one word each; rows past the last are empty.
fn block(meetings: &MeetingColumns, words: usize, above: usize, beside: usize) -> [u64; 64] {
    let mut block = [0u64; 64];
    let rows = meetings.bits[above * 64 * words..].chunks_exact(words);
    block.iter_mut().zip(rows).for_each(|(word, row)| *word = row[beside]);
    block
}

/// Bit c of row r becomes bit r of row c.
fn transpose(block: &mut [u64; 64]) {
    let (mut width, mut mask) = (32, u64::MAX >> 32);
    while width > 0 {
        for from in (0..64).filter(|n| n & width == 0) {
            let swap = (block[from] >> width ^ block[from + width]) & mask;
            block[from] ^= swap << width;
            block[from + width] ^= swap;
        }
        width /= 2;
        mask ^= mask << width;
    }
}

/// For each set, the set that says the same from the other side; `NONE` where there is none.
fn mirrors(meetings: &MeetingColumns) -> Vec<u32> {
    let sets = &meetings.sets;
    let one_sided = |n: &usize| sets.row(*n).iter().any(|w| w & 3 != 3);
    let places: HashMap<&[u32], u32> = (0..sets.rows()).filter(one_sided).map(|n| (sets.row(n), n as u32)).collect();
    let mut turned = Vec::new();
    (0..sets.rows())
        .map(|n| {
            if !one_sided(&n) {
                return n as u32;
            }
            turned.clear();
            turned.extend(sets.row(n).iter().map(|w| w & !3 | (w & 1) << 1 | (w >> 1) & 1));
            places.get(turned.as_slice()).copied().unwrap_or(NONE)
        })
        .collect()
}
