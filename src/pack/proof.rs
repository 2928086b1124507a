//! The small proofs that the large ones are made of: lengths, offsets, ranges, order, values.

use crate::pack::ids::{NONE, NONE16};
use crate::pack::tables::{ListTable, TextTable};
use crate::pack::verify::PackError;

/// A proof holds, or says why not.
pub type Proof = Result<(), PackError>;

/// A table under proof: its name stands in every refusal.
#[derive(Clone, Copy, Debug)]
pub struct Table(pub &'static str);

impl Table {
    /// Every column has so many rows.
    pub fn lengths(self, wanted: usize, columns: &[(&'static str, usize)]) -> Proof {
        match columns.iter().find(|(_, found)| *found != wanted) {
            Some((column, found)) => Err(PackError::LengthMismatch { table: self.0, column, found: *found, wanted }),
            None => Ok(()),
        }
    }

    /// Offsets that cut a list of so many items into so many rows: they begin at 0, never fall, and end at its end.
    ///
    /// No rows may also be written as no offsets at all.
    pub fn starts(self, starts: &[u32], rows: usize, items: usize) -> Proof {
        if rows == 0 && starts.is_empty() && items == 0 {
            return Ok(());
        }
        self.lengths(rows + 1, &[("starts", starts.len())])?;
        let mut low = 0;
        for (row, found) in starts.iter().enumerate() {
            let ends = row == rows;
            let fits = *found >= low && *found as usize <= items && (row > 0 || *found == 0);
            if !fits || (ends && *found as usize != items) {
                let low = if ends { items as u32 } else { low };
                let high = if row == 0 && !ends { 0 } else { items as u64 };
                return Err(PackError::BadStarts { table: self.0, row, found: *found, low, high });
            }
            low = *found;
        }
        Ok(())
    }

    /// A list table of so many rows whose ids all lie in a table of `limit` rows. A table without offsets and items says
    /// that every row is empty.
    pub fn list<T: Copy + Into<u32>>(self, list: &ListTable<T>, rows: usize, limit: usize) -> Proof {
        if list.starts.is_empty() && list.items.is_empty() {
            return Ok(());
        }
        self.starts(&list.starts, rows, list.items.len())?;
        self.ids(list.items.iter().map(|i| (*i).into()), limit)
    }

    /// The same, and every row ascends without a repeat.
    pub fn ascending_list<T: Copy + Into<u32> + Ord>(self, list: &ListTable<T>, rows: usize, limit: usize) -> Proof {
        self.list(list, rows, limit)?;
        for row in 0..rows {
            if !list.row(row).is_sorted_by(|a, b| a < b) {
                return Err(PackError::NotSorted { table: self.0, row });
            }
        }
        Ok(())
    }

    /// Every id lies in a table of `limit` rows.
    pub fn ids(self, ids: impl Iterator<Item = u32>, limit: usize) -> Proof {
        for (row, id) in ids.enumerate() {
            if id as usize >= limit {
                let limit = u32::try_from(limit).unwrap_or(NONE);
                return Err(PackError::OutOfRange { table: self.0, row: row as u32, id, limit });
            }
        }
        Ok(())
    }

    /// Every id lies in a table of `limit` rows, or says "none".
    pub fn ids_or_none(self, ids: &[u32], limit: usize) -> Proof {
        self.ids(ids.iter().copied().filter(|id| *id != NONE), limit)
    }

    /// Every 16-bit id lies in a table of `limit` rows, or says "none".
    pub fn short_ids_or_none(self, ids: &[u16], limit: usize) -> Proof {
        self.ids(ids.iter().copied().filter(|id| *id != NONE16).map(u32::from), limit)
    }

    /// The values ascend, repeats allowed.
    pub fn never_falls(self, values: &[u16]) -> Proof {
        match (1..values.len()).find(|n| values[n - 1] > values[*n]) {
            Some(row) => Err(PackError::NotSorted { table: self.0, row }),
            None => Ok(()),
        }
    }

    /// Every value lies below a limit, or is the one given exception.
    pub fn below(self, column: &'static str, values: &[u8], limit: u8, except: Option<u8>) -> Proof {
        let bad = values.iter().position(|v| *v >= limit && Some(*v) != except);
        bad.map_or(Ok(()), |row| self.bad(column, row, i128::from(values[row]), i128::from(limit)))
    }

    /// Every number is above nothing.
    pub fn positive(self, column: &'static str, values: &[i64]) -> Proof {
        let bad = values.iter().position(|v| *v <= 0);
        bad.map_or(Ok(()), |row| self.bad(column, row, i128::from(values[row]), 1))
    }

    /// Every number is nothing or more.
    pub fn not_negative(self, column: &'static str, values: &[i64]) -> Proof {
        let bad = values.iter().position(|v| *v < 0);
        bad.map_or(Ok(()), |row| self.bad(column, row, i128::from(values[row]), 0))
    }

    /// Every bit set stands below `1 << width`.
    pub fn bits(self, column: &'static str, values: impl Iterator<Item = u64>, width: usize) -> Proof {
        for (row, value) in values.enumerate() {
            if width < 64 && value >> width != 0 {
                return self.bad(column, row, i128::from(value), 1 << width);
            }
        }
        Ok(())
    }

    /// A value that means nothing.
    pub fn bad(self, column: &'static str, row: usize, value: i128, limit: i128) -> Proof {
        Err(PackError::BadValue { table: self.0, column, row, value, limit })
    }

    /// The texts of these ids ascend without a repeat. The ids are in range.
    pub fn names_ascend(self, text: &TextTable, names: &[u32]) -> Proof {
        let bytes = |id: u32| text_bytes(text, id);
        match (1..names.len()).find(|n| bytes(names[n - 1]) >= bytes(names[*n])) {
            Some(row) => Err(PackError::NotSorted { table: self.0, row }),
            None => Ok(()),
        }
    }
}

/// How many texts there are.
pub fn texts(text: &TextTable) -> usize {
    text.starts.len().saturating_sub(1)
}

/// The bytes of a text; none when it is out of range.
pub fn text_bytes(text: &TextTable, id: u32) -> &[u8] {
    match (text.starts.get(id as usize), text.starts.get(id as usize + 1)) {
        (Some(from), Some(to)) => text.bytes.get(*from as usize..*to as usize).unwrap_or(&[]),
        _ => &[],
    }
}

/// All text is UTF-8 and cut between characters.
pub fn text(text: &TextTable) -> Proof {
    let table = Table("text");
    if text.starts.is_empty() {
        return table.lengths(1, &[("starts", 0)]);
    }
    table.starts(&text.starts, texts(text), text.bytes.len())?;
    let whole = match std::str::from_utf8(&text.bytes) {
        Ok(whole) => whole,
        Err(error) => {
            let at = error.valid_up_to();
            let id = text.starts.partition_point(|s| *s as usize <= at).saturating_sub(1);
            return Err(PackError::BadText { id, at });
        }
    };
    match text.starts.iter().position(|s| !whole.is_char_boundary(*s as usize)) {
        Some(id) => Err(PackError::BadText { id, at: text.starts[id] as usize }),
        None => Ok(()),
    }
}
