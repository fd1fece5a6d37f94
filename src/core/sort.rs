//! One stable sort for all: the standard library's is made anew for every type, at 6 kB each.

use std::cmp::Ordering;

/// Sorts; what compares equal keeps its order.
pub fn sort<T>(items: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let order = order(items.len(), &|a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    let mut old: Vec<Option<T>> = std::mem::take(items).into_iter().map(Some).collect();
    items.extend(order.into_iter().filter_map(|at| old.get_mut(at)?.take()));
}

/// The places of the items, in order: runs are merged, each twice as long as before.
fn order(length: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..length).collect();
    let mut run = 1;
    while run < length {
        let mut merged = Vec::with_capacity(length);
        for pair in places.chunks(run * 2) {
            let (mut left, mut right) = pair.split_at(run.min(pair.len()));
            loop {
                let take = match (left, right) {
                    ([a, ..], [b, ..]) if compare(*a, *b) == Ordering::Greater => &mut right,
                    ([_, ..], _) => &mut left,
                    _ => &mut right,
                };
                let Some((first, rest)) = take.split_first() else { break };
                merged.push(*first);
                *take = rest;
            }
        }
        places = merged;
        run *= 2;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_the_standard_library_does() {
        let mut seed = 7u32;
        for length in [0, 1, 2, 3, 4, 5, 17, 100, 1000] {
            let mut items: Vec<(u32, usize)> = Vec::new();
            for at in 0..length {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                items.push((seed >> 27, at));
            }
            let mut want = items.clone();
            want.sort_by_key(|item| item.0);
            sort(&mut items, |a, b| a.0.cmp(&b.0));
            assert_eq!(items, want, "{length}, and stable");
        }
    }
}
