//! Sorting in few bytes: the standard library's sorts take some 4 KB of wasm for each type that is sorted.

/// Sorts by a text; equals keep their order.
pub fn order<T>(items: Vec<T>, key: impl Fn(&T) -> String) -> Vec<T> {
    let keys = sort(items.iter().map(key).zip(0..).collect());
    let mut items: Vec<_> = items.into_iter().map(Some).collect();
    keys.into_iter().filter_map(|(_, at)| items.get_mut(at)?.take()).collect()
}

/// Merges sorted halves; as deep as the logarithm of the length.
fn sort(mut list: Vec<(String, usize)>) -> Vec<(String, usize)> {
    if list.len() < 2 {
        return list;
    }
    let length = list.len();
    let mut right = sort(list.split_off(length / 2)).into_iter().peekable();
    let mut left = sort(list).into_iter().peekable();
    let mut out = Vec::with_capacity(length);
    while let Some((key, _)) = left.peek() {
        let next = right.next_if(|(other, _)| other < key).or_else(|| left.next());
        out.extend(next);
    }
    out.extend(right);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_and_keeps_the_order_of_equals() {
        for length in [0, 1, 2, 3, 7, 8, 100, 1_000] {
            let items: Vec<(u64, usize)> = (0..length).map(|at| (at as u64 * 7_919 % 13, at)).collect();
            let mut want = items.clone();
            want.sort();
            assert_eq!(order(items, |(key, _)| format!("{key:02}")), want, "{length}");
        }
    }
}
