//! The parts of products, made ready once: which ingredient, in which salt, how much of it.

use crate::clinical::exact::Exact;
use crate::clinical::quantity::{Measure, Strength, StrengthPer, Thing};
use crate::pack::ids::{IngredientId, NONE16, ProductId};
use crate::pack::tables::ProductTable;

/// One ingredient of a drug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which.
    pub ingredient: IngredientId,
    /// The salt the strength is in, as a row of the salt table; `NONE16` when not said.
    pub salt: u16,
    /// How much of it, where known.
    pub strength: Option<Strength>,
}

/// The parts of every product, one behind the other: a drug is read in one place instead of one for each column.
#[derive(Debug, Default)]
pub struct ProductParts {
    /// n + 1 offsets.
    starts: Box<[u32]>,
    parts: Box<[Part]>,
}

impl ProductParts {
    /// Makes them of the columns, once, at load. What the columns do not hold is left out: nothing panics before `verify` has
    /// spoken.
    pub fn of(table: &ProductTable) -> ProductParts {
        let mut starts = Vec::with_capacity(table.part_starts.len());
        let mut parts: Vec<Part> = Vec::with_capacity(table.part_ingredients.len());
        for range in table.part_starts.windows(2) {
            let from = parts.len();
            starts.push(from as u32);
            parts.extend((range[0]..range[1]).map_while(|row| part_at(row as usize, table)));
            parts[from..].sort_by_key(|p| (p.ingredient, p.salt));
        }
        starts.push(parts.len() as u32);
        ProductParts { starts: starts.into(), parts: parts.into() }
    }

    /// The parts of a product, ascending by ingredient and salt; none when there is no such product.
    pub fn of_product(&self, product: ProductId) -> &[Part] {
        let n = product.0 as usize;
        match (self.starts.get(n), self.starts.get(n + 1)) {
            (Some(from), Some(to)) => self.parts.get(*from as usize..*to as usize).unwrap_or(&[]),
            _ => &[],
        }
    }
}

fn part_at(row: usize, table: &ProductTable) -> Option<Part> {
    let ratio = |n: &[i64], d: &[i64]| Exact::ratio(*n.get(row)?, *d.get(row)?);
    let strength = || {
        let amount = ratio(&table.amount_numerators, &table.amount_denominators)?;
        let amount = Measure::from_parts(*table.amount_dimensions.get(row)?, Thing::Each, amount)?;
        let per = match *table.per_dimensions.get(row)? {
            6 => StrengthPer::Hour,
            dimension => {
                let per = ratio(&table.per_numerators, &table.per_denominators)?;
                StrengthPer::Measure(Measure::from_parts(
                    dimension,
                    Thing::from_ordinal(*table.per_things.get(row)?)?,
                    per,
                )?)
            }
        };
        Some(Strength { amount, per })
    };
    Some(Part {
        ingredient: IngredientId(*table.part_ingredients.get(row)?),
        salt: table.part_salts.get(row).copied().unwrap_or(NONE16),
        strength: strength(),
    })
}
