//! Panics as values: how one is caught, kept, and dropped without becoming an abort.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    task::Waker,
};

/// The payload of a panic.
pub(crate) type Payload = Box<dyn Any + Send>;

/// Runs `f` and returns what it panicked with, if it did.
#[inline(always)]
pub(crate) fn guard<R>(f: impl FnOnce() -> R) -> Result<R, Payload> {
    // What a panic may have left half done is dropped afterwards, or belongs to the user's own code.
    catch_unwind(AssertUnwindSafe(f))
}

/// Drops a value whose destructor may panic, where that panic would not count.
pub(crate) fn discard<T>(value: T) {
    if let Err(payload) = guard(|| drop(value)) {
        // A payload whose own destructor panics may do so without end: it is leaked.
        std::mem::forget(payload);
    }
}

/// Calls wakers that have been taken out of a list. They are code of executors: a panic of one stops no other, and nothing
/// that its caller still has to do.
pub(crate) fn wake_all(wakers: impl IntoIterator<Item = Waker>) {
    for waker in wakers {
        if let Err(payload) = guard(|| waker.wake()) {
            discard(payload);
        }
    }
}

/// Resumes the panic of a destructor that ran apart from the others of its group, so that several that panic are one panic, and
/// not an abort.
#[cold]
#[inline(never)]
pub(crate) fn resume_alone(payload: Payload) {
    // A second panic while the first unwinds would abort the process.
    if std::thread::panicking() {
        discard(payload);
    } else {
        std::panic::resume_unwind(payload);
    }
}

/// Keeps the first of two panics; the other is dropped.
#[cold]
#[inline(never)]
pub(crate) fn keep_first(first: &mut Option<Payload>, payload: Payload) {
    if first.is_some() {
        discard(payload);
    } else {
        *first = Some(payload);
    }
}

/// Runs a destructor apart from the others of its group: see [`resume_alone`].
pub(crate) fn drop_alone(drop: impl FnOnce()) {
    if let Err(payload) = guard(drop) {
        resume_alone(payload);
    }
}
