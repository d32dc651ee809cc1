//! What needs a tokio runtime, where there is none.

use std::{fmt::Display, panic::Location};

use tokio::runtime::Handle;

/// Returns if the code runs in the context of a tokio runtime.
///
/// # Panics
/// If not. tokio would panic too, but not say what needs it, nor where that is written.
pub(crate) fn needed_for<D: Display>(what: impl FnOnce() -> D, location: &Location<'_>) {
    if Handle::try_current().is_err() {
        is_absent(&what(), location);
    }
}

#[cold]
fn is_absent(what: &dyn Display, location: &Location<'_>) -> ! {
    panic!(
        "there is no tokio runtime here, and {what} of the group at {location} needs one: run the group under `#[tokio::main]`, \
         or inside `Runtime::enter()`. Inline children without deadlines run under any executor"
    )
}
