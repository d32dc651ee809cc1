//! Panics as values: how one is caught, kept, and dropped without becoming an abort.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// What a panic carries.
pub(crate) type Payload = Box<dyn Any + Send>;

/// Runs `f` and returns what it panicked with, if it did.
#[inline(always)]
pub(crate) fn guard<R>(f: impl FnOnce() -> R) -> Result<R, Payload> {
    catch_unwind(AssertUnwindSafe(f))
}

/// Drops what may panic in doing so, where there is a panic already.
pub(crate) fn discard<T>(value: T) {
    if let Err(payload) = guard(|| drop(value)) {
        // A payload whose own destructor panics is beyond anybody: leaked rather than looped over.
        std::mem::forget(payload);
    }
}

/// Runs a destructor apart from the others of its group, so that several that panic are one panic, and no abort.
pub(crate) fn drop_alone(drop: impl FnOnce()) {
    if let Err(payload) = guard(drop) {
        if std::thread::panicking() {
            discard(payload);
        } else {
            std::panic::resume_unwind(payload);
        }
    }
}
