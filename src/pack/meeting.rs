//! Whom an ingredient meets: rows of blocks in which bits and rule sets stand together, answered without a search.

use crate::pack::ids::IngredientId;
use crate::pack::tables::MeetingColumns;
use bytemuck::Pod;

/// Columns of a block: as many as the bits of one [`Unit`].
const BLOCK: usize = 128;

/// What blocks are made of: 16 bytes, which never lie across two cache lines. As bits, column c of the block is bit `c % 64`
/// of word `c / 64`; as rule sets, eight narrow or four wide ones.
type Unit = [u64; 2];

/// The columns of [`MeetingColumns`] as they are asked: each row in blocks of 128 columns, each block its bits and, right
/// behind them, the rule sets of those met. Whoever asks reads one line for the bits, mostly finds the rule set in the same
/// line or the next, and waits for memory once: where a block begins stands in a small table that stays in the caches.
///
/// INVARIANT (proved by `verify`): the columns are symmetric, each row has as many rule sets as set bits, and every rule
/// set is in range.
#[derive(Debug, Default)]
pub struct Meetings {
    /// For each row and block, the unit of the row with which the block begins. A row of 65,535 ingredients has at most
    /// 16,896 units.
    offsets: Box<[u16]>,
    /// For each row, the unit with which it begins; n + 1.
    starts: Box<[u32]>,
    units: Box<[Unit]>,
    /// Blocks of a row.
    blocks: usize,
    /// Whether rule sets are 32 bits wide: only where there are more than 65,536.
    wide: bool,
}

/// One ingredient's row: made once for an order, asked for every drug it may meet.
#[derive(Clone, Copy, Debug)]
pub struct MeetingRow<'p> {
    offsets: &'p [u16],
    units: &'p [Unit],
    wide: bool,
}

impl Meetings {
    /// Lays the rows out once, at load. Columns that disagree give empty rows: nothing panics before `verify` has spoken.
    pub fn of(table: &MeetingColumns) -> Meetings {
        match table.sets.rows() > 1 << 16 {
            false => Meetings::laid_out(table, |set| set as u16),
            true => Meetings { wide: true, ..Meetings::laid_out(table, |set| set) },
        }
    }

    /// The same with rule sets as wide as `L`.
    fn laid_out<L: Pod>(table: &MeetingColumns, lane: impl Fn(u32) -> L) -> Meetings {
        let rows = table.ingredients as usize;
        let (words, blocks) = (rows.div_ceil(64), rows.div_ceil(BLOCK));
        let whole = table.bits.len() == words * rows
            && table.starts.len() == rows + 1
            && table.starts.last().is_some_and(|end| *end as usize == table.rule_sets.len());
        if rows == 0 || !whole {
            return Meetings::default();
        }
        let lanes = size_of::<Unit>() / size_of::<L>();
        let (mut offsets, mut starts) = (Vec::with_capacity(rows * blocks), Vec::with_capacity(rows + 1));
        // Each block has its bits and at most one unit that is not full.
        let mut units: Vec<Unit> = Vec::with_capacity(2 * rows * blocks + table.rule_sets.len() / lanes);
        let mut sets: Vec<L> = Vec::with_capacity(rows + lanes);
        for (row, range) in table.bits.chunks_exact(words).zip(table.starts.windows(2)) {
            let start = units.len();
            starts.push(start as u32);
            sets.clear();
            let range = range[0] as usize..range[1] as usize;
            sets.extend(table.rule_sets.get(range).unwrap_or(&[]).iter().map(|set| lane(*set)));
            // Units are taken whole: what stands behind the last rule set of a block is never asked for.
            sets.extend((0..lanes).map(|_| L::zeroed()));
            let mut from = 0;
            for block in row.chunks(BLOCK / 64) {
                let bits = [block[0], block.get(1).copied().unwrap_or(0)];
                offsets.push((units.len() - start) as u16);
                units.push(bits);
                let to = from + (bits[0].count_ones() + bits[1].count_ones()) as usize;
                let block = sets.get(from..to + lanes).unwrap_or(&[]).chunks_exact(lanes);
                let full = block.take((to - from).div_ceil(lanes));
                units.extend(full.map(|unit| bytemuck::pod_read_unaligned::<Unit>(bytemuck::cast_slice(unit))));
                from = to;
            }
        }
        starts.push(units.len() as u32);
        Meetings { offsets: offsets.into(), starts: starts.into(), units: units.into(), blocks, wide: false }
    }

    /// The row of an ingredient; empty when there is none.
    #[inline]
    pub fn row(&self, ingredient: IngredientId) -> MeetingRow<'_> {
        let n = ingredient.index();
        let units = match (self.starts.get(n), self.starts.get(n + 1)) {
            (Some(start), Some(end)) => self.units.get(*start as usize..*end as usize),
            _ => None,
        };
        let offsets = self.offsets.get(n * self.blocks..(n + 1) * self.blocks);
        MeetingRow { offsets: offsets.unwrap_or(&[]), units: units.unwrap_or(&[]), wide: self.wide }
    }

    /// The memory it takes, in bytes.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.offsets) + size_of_val(&*self.starts) + size_of_val(&*self.units)
    }
}

/// How many are asked about at once by [`MeetingRow::meet_each`]: as many as a word has bits.
const BATCH: usize = 64;

impl MeetingRow<'_> {
    /// The rule set in which this ingredient meets another; `None` when they do not meet.
    #[inline]
    pub fn meets(&self, other: IngredientId) -> Option<u32> {
        let (at, met) = self.look(other);
        if met { self.rule_set(at, other) } else { None }
    }

    /// Asks about many at once: for each that this ingredient meets, in their order, `met` gets it and the rule set.
    ///
    /// Every bit is read before any is looked at, and gathered in one word: nothing waits for a branch that nobody could
    /// foretell, nor for a store whose place is not known yet, and the memory is asked for all at once. A row that is in no
    /// cache costs its wait once or twice, and not for each drug.
    #[inline]
    pub fn meet_each<T>(&self, others: &[T], ingredient: impl Fn(&T) -> IngredientId, mut met: impl FnMut(&T, u32)) {
        for chunk in others.chunks(BATCH) {
            let mut hits = 0u64;
            for (n, other) in chunk.iter().enumerate() {
                hits |= u64::from(self.look(ingredient(other)).1) << n;
            }
            while hits != 0 {
                let other = &chunk[hits.trailing_zeros() as usize];
                hits &= hits - 1;
                let (at, _) = self.look(ingredient(other));
                if let Some(set) = self.rule_set(at, ingredient(other)) {
                    met(other, set);
                }
            }
        }
    }

    /// Where the block begins that another stands in, and whether it is met; not when it is out of range.
    #[inline(always)]
    fn look(&self, other: IngredientId) -> (u16, bool) {
        let n = other.index();
        let at = self.offsets.get(n / BLOCK).copied().unwrap_or(u16::MAX);
        match self.units.get(usize::from(at)) {
            Some(bits) => (at, bits[n / 64 % 2] >> (n % 64) & 1 == 1),
            None => (at, false),
        }
    }

    /// The rule set of another that is met: by how many of its block are met before it.
    #[inline(always)]
    fn rule_set(&self, at: u16, other: IngredientId) -> Option<u32> {
        let (n, at) = (other.index(), usize::from(at));
        let bits = self.units.get(at)?;
        let below = (1u64 << (n % 64)) - 1;
        // All or nothing: half of those met stand in each word, and a branch could not be foretold.
        let second = 0u64.wrapping_sub((n / 64 % 2) as u64);
        let before = (bits[0] & (below | second)).count_ones() + (bits[1] & below & second).count_ones();
        let (before, sets) = (before as usize, self.units.get(at + 1..)?);
        match self.wide {
            false => bytemuck::cast_slice::<Unit, u16>(sets).get(before).map(|set| u32::from(*set)),
            true => bytemuck::cast_slice::<Unit, u32>(sets).get(before).copied(),
        }
    }
}
