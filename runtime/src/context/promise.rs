//! The scopes of groups that are being dropped, which are made only if a destructor asks.
//!
//! A group that is dropped while its children are pending is cancelled, with [`Cause::Dropped`](crate::Cause::Dropped), and a
//! destructor of a child sees that. Nearly always there is none that looks, and no scope below: then the group needs no
//! scope either. Its level on the thread's stack says that there is one, so that whatever looks takes the way of a group with
//! a scope; and there, before the list of scopes is read, the promise is kept.

use std::{cell::RefCell, panic::Location};

use tokio::time::Instant;

use super::current::Current;
use crate::name::Name;

/// What the scope of a group that is being dropped would say.
pub(crate) struct Promise {
    /// The place of the group, which names it in the cause.
    pub(crate) place: &'static Location<'static>,
    // Boxed, because few groups have any.
    pub(crate) options: Option<Box<PromisedOptions>>,
}

/// What the options of the group add to it.
#[derive(Default)]
pub(crate) struct PromisedOptions {
    /// Its name, instead of the place.
    pub(crate) name: Option<Name>,
    pub(crate) deadline: Option<Instant>,
}

thread_local! {
    /// The groups that are being dropped and have no scope, by their depth.
    static PROMISED: RefCell<Vec<(u32, Promise)>> = const { RefCell::new(Vec::new()) };
}

/// Promises a scope to the group at this depth. On a thread that is ending, no token can be found: then there is none to
/// promise, and `false` is returned.
pub(super) fn make(here: &Current, depth: u32, promise: Promise) -> bool {
    let made = PROMISED.try_with(|promised| promised.borrow_mut().push((depth, promise))).is_ok();
    if made {
        here.promises.set(here.promises.get() + 1);
    }
    made
}

/// Takes the promise of a scope at this depth, if there is one that has not been kept.
pub(super) fn take(here: &Current, depth: u32) -> Option<Promise> {
    if here.promises.get() == 0 {
        return None;
    }
    let taken = PROMISED.try_with(|promised| {
        let mut promised = promised.borrow_mut();
        // Nearly always that of the innermost group, or none.
        let at = promised.iter().rposition(|(of, _)| *of == depth)?;
        let promise = if at + 1 == promised.len() { promised.pop()? } else { promised.remove(at) };
        Some(promise.1)
    });
    let promise = taken.ok().flatten()?;
    here.promises.set(here.promises.get() - 1);
    Some(promise)
}

/// Makes the scopes that have been promised, with `current`, before the list of scopes is read.
#[inline]
pub(super) fn keep<R>(here: &Current, current: impl FnOnce() -> R) {
    if here.promises.get() > 0 {
        drop(current());
    }
}
