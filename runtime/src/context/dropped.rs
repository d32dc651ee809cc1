//! The drop of a group without a scope: one is promised (`promise.rs`), and made only if a destructor asks.

use super::{Current, SavedContext, promise, promise::Promise, within_unnoted};

/// Runs `f`, which must not unwind, and which drops the children of a group without a scope. For a destructor that asks, the
/// group has one.
pub(crate) fn within_dropped<R>(
    place: &mut SavedContext,
    promise: Promise,
    f: impl FnOnce(&Current) -> R,
) -> (R, bool) {
    within_unnoted(place, |here| {
        let inside = here.word.get();
        let depth = inside.depth();
        let is_promised = promise::make(here, depth, promise);
        if is_promised {
            here.word.set(inside.with_top(depth));
        }
        let result = f(here);
        // Not kept, so no scope is below either: the level is left as it was entered.
        if is_promised && promise::take(here, depth).is_some() {
            here.word.set(here.word.get().with_top(inside.top()));
        }
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Cause,
        context::{asking::note_and_is_cancelled, peek},
    };

    fn promise() -> Promise {
        Promise { place: std::panic::Location::caller(), options: None }
    }

    #[test]
    fn a_scope_that_was_promised_is_made_when_something_asks() {
        let (mut outer, mut inner) = (SavedContext::default(), SavedContext::default());
        within_dropped(&mut outer, promise(), |_| {
            within_dropped(&mut inner, promise(), |_| {});
            assert!(inner.frame.is_none());
            within_dropped(&mut inner, promise(), |_| {
                assert!(note_and_is_cancelled());
                let cause = peek(|scope| scope.cause()).flatten();
                assert!(matches!(cause, Some(Cause::Dropped { .. })));
            });
            assert!(inner.frame.is_some() && note_and_is_cancelled());
        });
        assert!(outer.frame.is_some() && !note_and_is_cancelled());
    }

    #[test]
    fn nothing_is_made_if_nothing_asks() {
        let mut saved = SavedContext::default();
        within_dropped(&mut saved, promise(), |_| {});
        assert!(saved.frame.is_none() && !saved.asked);
    }
}
