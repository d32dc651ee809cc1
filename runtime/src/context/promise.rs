//! The scopes of groups that are being dropped, which are made only if a destructor asks.
//!
//! A group that is dropped while its children are pending is cancelled, with [`Cause::Dropped`](crate::Cause::Dropped), and a
//! destructor of a child sees that. Nearly always there is none that looks, and no scope below: then the group needs no
//! scope either. Its level on the thread's stack says that there is one, so that whatever looks takes the way of a group with
//! a scope; and there, before the list of scopes is read, the promise is kept.

use std::{cell::RefCell, panic::Location};

use super::{Current, SavedContext, current, within};

/// The place of a group that is being dropped, which names it in the cause.
pub(super) type Promise = &'static Location<'static>;

thread_local! {
    /// The groups that are being dropped and have no scope, by their depth.
    static PROMISED: RefCell<Vec<(u32, Promise)>> = const { RefCell::new(Vec::new()) };
}

/// Runs `f`, which must not unwind, and which drops the children of a group without a scope. For a destructor that asks, the
/// group has one.
pub(crate) fn within_dropped<R>(place: &mut SavedContext, promise: Promise, f: impl FnOnce(&Current) -> R) -> R {
    within(place, |here| {
        let inside = here.word.get();
        let depth = inside.depth();
        // On a thread that is ending, no token can be found.
        let promised = PROMISED.try_with(|promised| promised.borrow_mut().push((depth, promise))).is_ok();
        if promised {
            here.promises.set(here.promises.get() + 1);
            here.word.set(inside.with_top(depth));
        }
        let result = f(here);
        if promised {
            take(here, depth);
        }
        result
    })
}

/// Takes the promise of a scope at this depth, if there is one that has not been kept.
pub(super) fn take(here: &Current, depth: u32) -> Option<Promise> {
    if here.promises.get() == 0 {
        return None;
    }
    let taken = PROMISED.try_with(|promised| {
        let mut promised = promised.borrow_mut();
        let at = promised.iter().rposition(|(of, _)| *of == depth)?;
        Some(promised.remove(at).1)
    });
    let promise = taken.ok().flatten()?;
    here.promises.set(here.promises.get() - 1);
    Some(promise)
}

/// Makes the scopes that have been promised, before the list of scopes is read.
#[inline]
pub(super) fn keep(here: &Current) {
    if here.promises.get() > 0 {
        drop(current());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Cause,
        context::{asking::note_and_is_cancelled, peek},
    };

    #[test]
    fn a_scope_that_was_promised_is_made_when_something_asks() {
        let (mut outer, mut inner, place) = (SavedContext::default(), SavedContext::default(), Location::caller());
        within_dropped(&mut outer, place, |_| {
            within_dropped(&mut inner, place, |_| {});
            assert!(inner.frame.is_none());
            within_dropped(&mut inner, place, |_| {
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
        within_dropped(&mut saved, Location::caller(), |_| {});
        assert!(saved.frame.is_none() && !saved.asked);
    }
}
