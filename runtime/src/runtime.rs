//! What needs a tokio runtime, where there is none.

use std::{fmt::Display, panic::Location};

use tokio::runtime::Handle;

/// Where a group is written, as a function that was made there: only such a function can panic at that place.
///
/// Called with `None`, it returns the place. Called with what needs a runtime, it panics.
#[derive(Clone, Copy)]
pub struct Here(Function);

/// Expansions have `|needs| here(needs)` in its place. The closure captures nothing, so it is one pointer, as a [`Location`] is.
pub type Function = fn(Option<&dyn Display>) -> &'static Location<'static>;

impl Here {
    #[inline(always)]
    pub(crate) fn new(function: Function) -> Self {
        Self(function)
    }

    pub(crate) fn location(self) -> &'static Location<'static> {
        (self.0)(None)
    }

    /// Returns if the code runs in the context of a tokio runtime.
    ///
    /// # Panics
    /// If not, at the place. tokio would panic too, but not say what needs it, nor where that is written.
    pub(crate) fn needs_runtime_for<D: Display>(self, what: impl FnOnce() -> D) {
        if Handle::try_current().is_err() {
            (self.0)(Some(&what()));
        }
    }
}

/// What the function of a `Here` calls.
#[cold]
#[track_caller]
pub fn here(needs: Option<&dyn Display>) -> &'static Location<'static> {
    let place = Location::caller();
    if let Some(what) = needs {
        panic!(
            "there is no tokio runtime here, and {what} of the group at {place} needs one: run the group under \
             `#[tokio::main]`, or inside `Runtime::enter()`. Inline children without deadlines run under any executor"
        )
    }
    place
}
