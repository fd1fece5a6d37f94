//! Sorting, in the few bytes that our lists deserve: the standard library's sorts are 5 kB each, for each type.

/// The list in order; what is equal stays as it was.
pub fn sorted<T>(list: Vec<T>, is_less: impl Fn(&T, &T) -> bool) -> Vec<T> {
    let order = order(list.len(), &|a, b| matches!((list.get(a), list.get(b)), (Some(a), Some(b)) if is_less(a, b)));
    let mut places: Vec<Option<T>> = list.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| places.get_mut(at)?.take()).collect()
}

/// Merges runs of one, two, four… until one is left.
fn order(length: usize, is_less: &dyn Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..length).collect();
    let mut run = 1;
    while run < length {
        let mut merged = Vec::with_capacity(length);
        for pair in order.chunks(run * 2) {
            let (mut left, mut right) = pair.split_at_checked(run).unwrap_or((pair, &[]));
            while let (Some((a, more)), Some((b, others))) = (left.split_first(), right.split_first()) {
                if is_less(*b, *a) {
                    merged.push(*b);
                    right = others;
                } else {
                    merged.push(*a);
                    left = more;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        order = merged;
        run *= 2;
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_like_the_standard_library() {
        for length in [0_u32, 1, 2, 3, 7, 8, 9, 100, 1000] {
            let list: Vec<(u32, u32)> = (0..length).map(|n| (n.wrapping_mul(2_654_435_761) % 17, n)).collect();
            let mut want = list.clone();
            want.sort_by_key(|(key, _)| *key);
            assert_eq!(sorted(list, |a, b| a.0 < b.0), want);
        }
    }
}
