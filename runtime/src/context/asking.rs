//! What the code of the innermost group asks about its token, and how it is answered.
//!
//! A child that asks, or is answered that it is cancelled, *listens* (DESIGN §1). One that only looks (a `recv` that waits, a
//! group further in, a wait for a drain) has not asked; but a last poll of it is of use.

use std::sync::Arc;

use crate::context::{
    Current, HERE, SCOPES, current, epoch, key::Key, notes::Running, promise, scope, scope::Scope, stack::Stack,
};

/// Notes that the code that runs asked whether it is cancelled, or that something of ours answered it that it is.
#[inline]
pub(crate) fn note_listens() -> bool {
    HERE.with(|here| {
        // Outside any group there is nothing to note it in, and the bit would stay on the thread.
        if here.word.get().depth() > 0 {
            here.note_listener();
        }
        here.word.get().top() > 0
    })
}

/// Notes that a last poll of the code that runs is of use, although it does not ask by itself: it waits for something that
/// will answer, or it runs a group.
#[inline]
pub(crate) fn note_looks() -> bool {
    HERE.with(|here| {
        let word = here.word.get();
        here.word.set(word.asked(word.depth() > 0));
        word.top() > 0
    })
}

/// Returns `true` if the nearest scope that exists is cancelled, on behalf of user code.
#[inline]
pub(crate) fn note_and_is_cancelled() -> bool {
    note_listens() && HERE.with(|here| here.checked.get() != epoch::now() && is_nearest_cancelled(here))
}

/// Returns `true` if the nearest scope that exists is cancelled, on behalf of a channel. Only if it is, the code that uses the
/// channel listens.
#[inline]
pub(crate) fn look_and_is_cancelled() -> bool {
    // A check in this epoch has noted that the code looks, too.
    HERE.with(|here| here.checked.get() != epoch::now() && look_again(here))
}

#[cold]
#[inline(never)]
fn look_again(here: &Current) -> bool {
    note_looks();
    is_nearest_cancelled(here) && {
        note_listens();
        true
    }
}

/// Without a clone of the scope, as no code runs that could come back here.
#[cold]
#[inline(never)]
fn is_nearest_cancelled(here: &Current) -> bool {
    promise::keep(here, current);
    let epoch = epoch::now();
    let nearest = |scopes: &Stack| scopes.last(|_, frame| frame.scope().is_cancelled_when_checked()).unwrap_or(false);
    let is_cancelled = here.word.get().top() > 0 && SCOPES.try_with(nearest).unwrap_or(false);
    if !is_cancelled {
        here.checked.set(epoch);
    }
    is_cancelled
}

/// Returns the scope of the innermost group, on behalf of user code.
pub(crate) fn note_and_scope() -> Option<Arc<Scope>> {
    note_listens();
    scope()
}

/// Returns the scope of the innermost group, on behalf of something that waits for its cancellation, but does not ask.
pub(crate) fn look_and_scope() -> Option<Arc<Scope>> {
    note_looks();
    scope()
}

/// Runs a poll of this child of the innermost group. Returns also whether it listens, so far as this poll shows.
#[inline(always)]
pub(crate) fn noting<R>(child: Key, poll: impl FnOnce() -> R) -> (R, bool) {
    // What ran before it in the same group, an option for instance, is not this child: its notes begin anew.
    HERE.with(|here| here.set(child));
    let result = poll();
    // Not taken: the next child's notes begin anew, too.
    (result, is_listening())
}

/// Returns `true` if the child of the innermost group which was just polled listens, so far as this poll shows.
#[inline(always)]
pub(crate) fn is_listening() -> bool {
    HERE.with(|here| here.child.get().is_listening())
}

/// Takes the note that the child of the innermost group which was just polled listens.
#[inline(always)]
pub(crate) fn take_listens() -> bool {
    HERE.with(|here| {
        let child = here.child.get();
        // The next question notes it again. That the group has such a child stays noted.
        here.child.set(child.listening_as(Running::new(child.key())));
        child.is_listening()
    })
}

/// Runs a part of a child in which questions, and their answers, do not make it listen: a critical section hides the
/// cancellation, and one that is over counts no more.
pub(crate) fn without_listening<R>(part: impl FnOnce() -> R) -> R {
    let before = HERE.with(|here| (here.word.get(), here.child.get(), here.listeners.get()));
    let result = part();
    HERE.with(|here| {
        let (word, child, listeners) = before;
        here.word.set(here.word.get().listening_as(word));
        here.child.set(here.child.get().listening_as(child));
        here.listeners.set(listeners);
    });
    result
}
