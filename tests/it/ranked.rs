//! Sorting by ranks: by counting where there are few, and the same where there are many.

use caveat::engine::ranked::{order_of, sort_ranked};

#[test]
fn few_and_many_are_sorted_alike_and_equals_stay() {
    for length in [0usize, 1, 2, 7, 15, 16, 17, 31, 32, 33, 100] {
        let items: Vec<(u64, usize)> = (0..length).map(|n| ((n as u64 * 37 + 11) % 13, n)).collect();
        let mut sorted = items.clone();
        sorted.sort_by_key(|item| item.0);
        let order = order_of(&items.iter().map(|item| item.0).collect::<Vec<_>>());
        assert_eq!(order.iter().map(|n| items[*n as usize]).collect::<Vec<_>>(), sorted);
        let mut ranked = items.clone();
        sort_ranked(&mut ranked, |item| item.0 / 4, |a, b| a.0.cmp(&b.0));
        assert_eq!(ranked, sorted);
    }
}
