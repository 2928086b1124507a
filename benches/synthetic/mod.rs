//! Seeded synthetic knowledge and request bodies: the same bytes on every machine, so that figures can be compared.
//!
//! The pack has 5,700 ingredients whose meetings follow a power law, and carries allergy groups, dose rules, duplicates,
//! contraindications and modifiers beside them. The bodies are compact FHIR R4, frozen by hash.
#![allow(dead_code)]

pub mod bodies;
pub mod tables;

/// A small, fast, seeded generator (SplitMix64): no dependency may change the figures.
pub struct Dice(pub u64);

impl Dice {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Once in so many.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// An ingredient, the low numbers far more often: the power law.
    pub fn skewed(&mut self, bound: usize) -> usize {
        let unit = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        ((unit * unit * unit) * bound as f64) as usize % bound
    }
}
