//! The deadline of a group that has no scope, for the code in it that asks for it.
//!
//! A group makes no scope for its deadline: nearly always nothing reads it. The thread knows the deadline of one such group at a
//! time; where another is polled inside it, the scope of the one outside is made first.

use tokio::time::Instant;

use super::{Current, HERE, current, peek};

/// Notes the deadline of a group without a scope that is about to be entered.
pub(crate) fn note(at: Instant) {
    if HERE.with(|here| here.deadline.get().is_some()) {
        // That of a group outside goes into its scope.
        drop(current());
    }
    HERE.with(|here| here.deadline.set(Some((here.word.get().depth() + 1, at))));
}

/// Forgets the deadline of the group that was left just now, if it is noted.
#[cold]
#[inline(never)]
pub(crate) fn forget() {
    HERE.with(|here| take(here, here.word.get().depth() + 1));
}

/// Takes the deadline of the group at this depth, whose scope is about to be made.
pub(super) fn take(here: &Current, depth: u32) -> Option<Instant> {
    let (of, at) = here.deadline.get()?;
    (of == depth).then(|| {
        here.deadline.set(None);
        at
    })
}

/// Returns the nearest deadline of the groups in which the code runs.
pub(crate) fn nearest() -> Option<Instant> {
    let noted = HERE.with(|here| here.deadline.get()).map(|(_, at)| at);
    let of_scopes = peek(|scope| scope.deadline()).flatten();
    match (noted, of_scopes) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::context::{SavedContext, within};

    /// Runs `f` as the code of a group with this deadline.
    fn within_until<R>(saved: &mut SavedContext, at: Instant, f: impl FnOnce() -> R) -> R {
        note(at);
        let result = within(saved, |_| f());
        forget();
        result
    }

    #[test]
    fn it_is_read_without_a_scope() {
        let (at, mut saved) = (Instant::now(), SavedContext::default());
        assert_eq!(within_until(&mut saved, at, nearest), Some(at));
        assert!(saved.frame.is_none() && nearest().is_none());
    }

    #[test]
    fn of_two_groups_the_nearest_counts() {
        let (at, second) = (Instant::now(), Duration::from_secs(1));
        for inner in [at - second, at + second] {
            let (mut outside, mut inside) = (SavedContext::default(), SavedContext::default());
            within_until(&mut outside, at, || {
                assert_eq!(within_until(&mut inside, inner, nearest), Some(inner.min(at)));
                assert_eq!(nearest(), Some(at));
            });
            assert!(outside.frame.is_some() && inside.frame.is_none() && nearest().is_none());
        }
    }

    #[test]
    fn a_scope_has_it_too() {
        let (at, mut saved) = (Instant::now(), SavedContext::default());
        let of_scope = within_until(&mut saved, at, || current().and_then(|frame| frame.scope().deadline()));
        assert!(of_scope == Some(at) && saved.frame.is_some());
        assert_eq!(within(&mut saved, |_| nearest()), Some(at));
    }
}
