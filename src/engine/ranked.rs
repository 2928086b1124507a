//! Sorting few things that are large, or slow to compare: first by a number, and only equals by what they are.

use smallvec::SmallVec;
use std::cmp::Ordering;

/// So few are put in order by counting; a chart rarely holds more of a kind.
const FEW: usize = 32;

/// So few are compared one by one: each pair is, once.
const FEWER: usize = 16;

/// Ranks compared at once.
const LANES: usize = 8;

/// Places of items, in the order in which they belong.
pub type Order = SmallVec<[u32; FEW]>;

/// The order of some ranks, lowest first; equal ones stay as they stand. Ranks are below 2^63.
pub fn order_of(ranks: &[u64]) -> Order {
    order_and_ties(ranks).0
}

/// The order, and whether any two ranks are equal.
fn order_and_ties(ranks: &[u64]) -> (Order, bool) {
    if ranks.len() <= FEWER {
        return by_pairs(ranks);
    }
    if ranks.len() <= FEW {
        return by_counting(ranks);
    }
    let mut order: Order = (0u32..).take(ranks.len()).collect();
    order.sort_by_key(|n| ranks[*n as usize]);
    (order, true)
}

/// The order of at most [`FEWER`] ranks, and whether any two are equal. As [`by_counting`] does it; below some sixteen, half
/// the comparisons cost less than several at once.
fn by_pairs(ranks: &[u64]) -> (Order, bool) {
    let mut places = [0u32; FEWER];
    for (n, rank) in ranks.iter().enumerate().take(FEWER) {
        let mut before = 0u32;
        for (place, other) in places.iter_mut().zip(&ranks[..n]) {
            let above = u32::from(other > rank);
            *place += above;
            before += 1 - above;
        }
        places[n] = before;
    }
    let mut order = [0u32; FEW];
    for (n, place) in (0u32..).zip(&places[..ranks.len()]) {
        order[*place as usize % FEW] = n;
    }
    let rank = |n: &u32| ranks[*n as usize];
    let ties = order[..ranks.len()].windows(2).any(|pair| rank(&pair[0]) == rank(&pair[1]));
    (SmallVec::from_buf_and_len(order, ranks.len()), ties)
}

/// The order of at most [`FEW`] ranks, and whether any two are equal.
///
/// Each rank's place is the number of those below it. Comparisons are counted, several at once, and decide no branch: which
/// way each goes nobody could foretell.
fn by_counting(ranks: &[u64]) -> (Order, bool) {
    // What fills the last lanes stands behind every rank.
    let mut filled = [u64::MAX >> 1; FEW];
    filled[..ranks.len()].copy_from_slice(ranks);
    let (chunks, _) = filled[..ranks.len().next_multiple_of(LANES)].as_chunks::<LANES>();
    let (mut order, mut taken, mut ties) = ([0u32; FEW], 0u32, false);
    for (n, rank) in (0u32..).zip(ranks) {
        let mut below = [0u64; LANES];
        for chunk in chunks {
            for (below, other) in below.iter_mut().zip(chunk) {
                *below += other.wrapping_sub(*rank) >> 63;
            }
        }
        let mut place = below.iter().sum::<u64>() as usize % FEW;
        // Equal ranks have as many below them: each later one stands behind the earlier.
        while taken >> place & 1 == 1 && place + 1 < FEW {
            place += 1;
            ties = true;
        }
        order[place] = n;
        taken |= 1 << place;
    }
    (SmallVec::from_buf_and_len(order, ranks.len()), ties)
}

/// The order by `rank`, and where ranks are equal by `compare`; stable. The rank of each item is worked out once, and is
/// below 2^63.
///
/// The order is that of `compare` alone wherever `rank` agrees with it: a lower rank must never belong to the later item.
pub fn ranked<T>(items: &[T], rank: impl Fn(&T) -> u64, compare: impl Fn(&T, &T) -> Ordering) -> Order {
    let ranks: SmallVec<[u64; FEW]> = items.iter().map(rank).collect();
    let (mut order, ties) = order_and_ties(&ranks);
    if ties {
        for equals in order.chunk_by_mut(|a, b| ranks[*a as usize] == ranks[*b as usize]) {
            equals.sort_by(|a, b| compare(&items[*a as usize], &items[*b as usize]));
        }
    }
    order
}

/// Sorts as [`ranked`] says.
pub fn sort_ranked<T>(items: &mut [T], rank: impl Fn(&T) -> u64, compare: impl Fn(&T, &T) -> Ordering) {
    let mut order = ranked(items, rank, compare);
    for n in 0..items.len() {
        // What belongs here may have been moved out of the way of an earlier one.
        let mut from = order[n] as usize;
        while from < n {
            from = order[from] as usize;
        }
        order[n] = from as u32;
        items.swap(n, from);
    }
}
