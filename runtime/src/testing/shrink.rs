//! The search for the fewest changes of a schedule that show a problem.

/// The most runs of one search.
const MOST_RUNS: usize = 200;

/// Returns the fewest of `keys` with which `shows` still returns something, as far as it was found: halves are left out
/// first, then smaller parts, then single ones. Returns `None` if nothing can be left out.
pub(super) fn fewest<R>(keys: Vec<u32>, mut shows: impl FnMut(&[u32]) -> Option<R>) -> Option<(Vec<u32>, R)> {
    let (mut keys, mut best) = (keys, None);
    let mut runs = 0;
    let mut part = keys.len().div_ceil(2);
    while part > 0 && runs < MOST_RUNS {
        let mut start = 0;
        let mut is_smaller = false;
        while start < keys.len() && runs < MOST_RUNS {
            let end = (start + part).min(keys.len());
            let rest: Vec<_> = keys[..start].iter().chain(&keys[end..]).copied().collect();
            runs += 1;
            match shows(&rest) {
                Some(found) => {
                    (keys, best) = (rest, Some(found));
                    is_smaller = true;
                }
                None => start = end,
            }
        }
        // One round more with single ones: what was needed beside another change may not be any more.
        part = if part > 1 { part.div_ceil(2) } else { usize::from(is_smaller) };
    }
    best.map(|found| (keys, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_matters_is_left() {
        let shows = |keys: &[u32]| (keys.contains(&7) && keys.contains(&31)).then_some(());
        assert_eq!(fewest((0..100).collect(), shows), Some((vec![7, 31], ())));
    }

    #[test]
    fn nothing_is_left_out_if_everything_matters() {
        assert_eq!(fewest(vec![1, 2, 3], |keys| (keys.len() == 3).then_some(())), None);
        assert_eq!(fewest(Vec::new(), |_| Some(())), None);
    }
}
