//! Sorting by a number that settles nearly every comparison, and by the whole only among equals.

use std::cmp::Ordering;

/// Sorts by `rank`, and where ranks are equal by `compare`; stable. The rank of each item is worked out once.
///
/// The order is that of `compare` alone wherever `rank` agrees with it: a lower rank must never belong to the later item.
pub fn sort_ranked<T>(items: &mut [T], rank: impl Fn(&T) -> u64, compare: impl Fn(&T, &T) -> Ordering) {
    items.sort_by_cached_key(&rank);
    for equals in items.chunk_by_mut(|a, b| rank(a) == rank(b)) {
        if equals.len() > 1 {
            equals.sort_by(&compare);
        }
    }
}
