//! Whom an ingredient meets: rows of bits with running counts, answered without a search.

use crate::pack::column::Column;
use crate::pack::ids::IngredientId;
use crate::pack::tables::MeetingColumns;

/// The columns of [`MeetingColumns`] as they are asked: the bit rows, for each word the set bits of its row before it, and
/// the rule sets as narrow as they can be. Bits and counts together take five megabytes for 5,700 ingredients, and whoever
/// is not met costs nothing else.
///
/// INVARIANT (proved by `verify`): the table is symmetric, each row has as many rule sets as set bits, and every rule set
/// is in range. A row has at most 65,535 bits, so a count fits 16 bits.
#[derive(Debug, Default)]
pub struct Meetings {
    bits: Column<u64>,
    ranks: Box<[u16]>,
    /// For each row, where its rule sets start; n + 1.
    starts: Box<[u32]>,
    sets: RuleSets,
    /// Words of a row.
    words: usize,
}

/// The rule set of each set bit: in 16 bits, or in 32 where there are more than 65,536.
#[derive(Debug)]
enum RuleSets {
    Narrow(Box<[u16]>),
    Wide(Column<u32>),
}

impl Default for RuleSets {
    fn default() -> RuleSets {
        RuleSets::Wide(Column::default())
    }
}

/// One ingredient's row: made once for an order, asked for every drug it may meet.
#[derive(Clone, Copy, Debug)]
pub struct MeetingRow<'p> {
    bits: &'p [u64],
    ranks: &'p [u16],
    sets: RowSets<'p>,
}

#[derive(Clone, Copy, Debug)]
enum RowSets<'p> {
    Narrow(&'p [u16]),
    Wide(&'p [u32]),
}

impl Meetings {
    /// Takes bits and rule sets out of their columns and counts, once, at load. Columns that disagree give empty rows:
    /// nothing panics before `verify` has spoken.
    pub fn taken_from(table: &mut MeetingColumns) -> Meetings {
        let (bits, rule_sets) = (std::mem::take(&mut table.bits), std::mem::take(&mut table.rule_sets));
        let rows = table.ingredients as usize;
        let words = rows.div_ceil(64);
        if words == 0 || bits.len() != words * rows || table.starts.len() != rows + 1 {
            return Meetings::default();
        }
        let mut ranks = Vec::with_capacity(bits.len());
        for row in bits.chunks_exact(words) {
            let mut before = 0u32;
            for word in row {
                ranks.push(before as u16);
                before += word.count_ones();
            }
        }
        let sets = match table.sets.rows() > 1 << 16 {
            false => RuleSets::Narrow(rule_sets.iter().map(|set| *set as u16).collect()),
            true => RuleSets::Wide(rule_sets),
        };
        Meetings { bits, ranks: ranks.into(), starts: (*table.starts).into(), sets, words }
    }

    /// The row of an ingredient; empty when there is none.
    #[inline]
    pub fn row(&self, ingredient: IngredientId) -> MeetingRow<'_> {
        let (n, from) = (ingredient.index(), ingredient.index() * self.words);
        let range = from..from + self.words;
        let list = match (self.starts.get(n), self.starts.get(n + 1)) {
            (Some(start), Some(end)) => *start as usize..*end as usize,
            _ => 0..0,
        };
        MeetingRow {
            bits: self.bits.get(range.clone()).unwrap_or(&[]),
            ranks: self.ranks.get(range).unwrap_or(&[]),
            sets: match &self.sets {
                RuleSets::Narrow(sets) => RowSets::Narrow(sets.get(list).unwrap_or(&[])),
                RuleSets::Wide(sets) => RowSets::Wide(sets.get(list).unwrap_or(&[])),
            },
        }
    }

    /// The memory it takes, in bytes.
    pub fn bytes(&self) -> usize {
        let sets = match &self.sets {
            RuleSets::Narrow(sets) => size_of_val(&**sets),
            RuleSets::Wide(sets) => size_of_val(&**sets),
        };
        size_of_val(&*self.bits) + size_of_val(&*self.ranks) + size_of_val(&*self.starts) + sets
    }
}

/// How many are asked about at once by [`MeetingRow::meet_each`].
const BATCH: usize = 64;

impl MeetingRow<'_> {
    /// The rule set in which this ingredient meets another; `None` when they do not meet.
    #[inline]
    pub fn meets(&self, other: IngredientId) -> Option<u32> {
        let (word, before) = self.word(other);
        if word >> (other.index() % 64) & 1 == 0 {
            return None;
        }
        self.rule_set(word, before, other)
    }

    /// Asks about many at once: for each that this ingredient meets, in their order, `met` gets it and the rule set.
    ///
    /// Every word and every count is read before any is looked at, and every rule set before any is handed on. So little
    /// stands between one read and the next that the memory is asked for all at once: a row that is in no cache costs its
    /// wait twice and not twice for each drug.
    #[inline]
    pub fn meet_each<T>(&self, others: &[T], ingredient: impl Fn(&T) -> IngredientId, mut met: impl FnMut(&T, u32)) {
        let (mut words, mut counts, mut who) = ([0u64; BATCH], [0u16; BATCH], [0u8; BATCH]);
        for chunk in others.chunks(BATCH) {
            for ((word, count), other) in words.iter_mut().zip(&mut counts).zip(chunk) {
                (*word, *count) = self.word(ingredient(other));
            }
            // Who is met is gathered without a branch, since nobody could foretell it.
            let mut hits = 0usize;
            for (n, (word, other)) in (0u8..).zip(words.iter().zip(chunk)) {
                // INVARIANT: no more are met than were asked about before, and those fit the batch.
                who[hits % BATCH] = n;
                hits += (word >> (ingredient(other).index() % 64) & 1) as usize;
            }
            for hit in 0..hits.min(BATCH) {
                let n = usize::from(who[hit]) % BATCH;
                let set = self.rule_set(words[n], counts[n], ingredient(&chunk[n]));
                // What stood here was looked at: of those met, none comes before its place among them.
                words[hit] = set.map_or(u64::MAX, u64::from);
            }
            for (set, n) in words.iter().zip(&who).take(hits) {
                if let Ok(set) = u32::try_from(*set) {
                    met(&chunk[usize::from(*n)], set);
                }
            }
        }
    }

    /// The word of the row that another stands in, and how many are met before it; nothing when it is out of range.
    #[inline(always)]
    fn word(&self, other: IngredientId) -> (u64, u16) {
        let at = other.index() / 64;
        match (self.bits.get(at), self.ranks.get(at)) {
            (Some(word), Some(before)) => (*word, *before),
            _ => (0, 0),
        }
    }

    /// The rule set of another that is met: of its word, and of how many are met before that.
    #[inline(always)]
    fn rule_set(&self, word: u64, before: u16, other: IngredientId) -> Option<u32> {
        let below = (word & ((1u64 << (other.index() % 64)) - 1)).count_ones() as usize;
        let at = usize::from(before) + below;
        match self.sets {
            RowSets::Narrow(sets) => sets.get(at).map(|set| u32::from(*set)),
            RowSets::Wide(sets) => sets.get(at).copied(),
        }
    }
}
