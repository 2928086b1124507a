//! A table from keys to numbers that is filled once and then only asked: a key and its number lie in one cache line.

/// Keys and their numbers. A key of 0 stands for an empty place; no packed code is 0.
#[derive(Debug, Default)]
pub struct KeyTable {
    /// A power of two of them, at least a third empty: so a search always ends.
    places: Box<[(u64, u32)]>,
}

impl KeyTable {
    /// Room for so many keys.
    pub fn with_capacity(keys: usize) -> KeyTable {
        let places = if keys == 0 { 0 } else { (keys + keys / 2 + 1).next_power_of_two() };
        KeyTable { places: vec![(0, 0); places].into_boxed_slice() }
    }

    /// Adds a key, or gives it another number. Not more keys than there was room asked for, and none that is 0: it would
    /// not be found.
    pub fn insert(&mut self, key: u64, number: u32) {
        let Some(last) = self.places.len().checked_sub(1) else { return };
        let mut at = spread(key) & last;
        for _ in 0..=last {
            match &mut self.places[at] {
                place if place.0 == 0 || place.0 == key => {
                    *place = (key, number);
                    return;
                }
                _ => at = (at + 1) & last,
            }
        }
    }

    /// The number of a key.
    #[inline]
    pub fn get(&self, key: u64) -> Option<u32> {
        let last = self.places.len().wrapping_sub(1);
        let mut at = spread(key) & last;
        loop {
            match self.places.get(at)? {
                (found, number) if *found == key => return (key != 0).then_some(*number),
                (0, _) => return None,
                _ => at = (at + 1) & last,
            }
        }
    }
}

/// Both halves of a product in one word: keys that stand close together lie far apart.
#[inline]
fn spread(key: u64) -> usize {
    let product = u128::from(key ^ 0x243f_6a88_85a3_08d3) * 0x9e37_79b9_7f4a_7c15;
    (product as u64 ^ (product >> 64) as u64) as usize
}
