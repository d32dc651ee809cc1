//! What came too late for the outcome, and how it is reported.
//!
//! 1. Nothing is lost silently: a late error waits here for `.on_late_error`, or becomes an event; a late panic becomes such
//!    an error where panics are caught, else an event at once.
//! 2. What the group itself reports of it is reported in this file only, so an option that concerns late ends is read here.
//! 3. The conversion of a panic, and the destructors of what is late, are user code: each runs under a guard of its own.

use crate::{
    error::{Failure, Panicked},
    machine::{options::Options, outcome::Fatal},
    name::Name,
    observe,
    unwind::{Payload, discard, guard},
};

/// How the group reports: its options, and what observes it.
pub(super) struct Reporter<'a, E> {
    pub(super) options: &'a Options<E>,
    pub(super) watch: &'a observe::Group,
}

/// The errors that came too late for the outcome, each with its child, in the order in which they came.
pub(super) struct Late<E>(Vec<(Name, E)>);

impl<E> Late<E> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self) -> Vec<(Name, E)> {
        std::mem::take(&mut self.0)
    }

    /// Keeps an error that is no longer a failure.
    pub(super) fn error(&mut self, child: Name, error: E) {
        // In the order in which they came, which `.on_late_error` sees.
        self.0.push((child, error));
    }

    /// Keeps a failure of which no more is wanted.
    pub(super) fn failure(&mut self, child: Name, failure: Failure<E>, by: &Reporter<'_, E>) {
        match failure {
            Failure::Failed(error) => self.error(child, error),
            Failure::Panicked(panicked) => self.panic(panicked, by),
        }
    }

    /// Keeps a failure that does not decide.
    pub(super) fn fatal(&mut self, fatal: Fatal<E>, by: &Reporter<'_, E>) {
        match fatal {
            Fatal::Failed(child, error) => self.error(child, error),
            Fatal::Panicked(panicked) => self.panic(panicked, by),
        }
    }

    /// Keeps a panic that is not the outcome: as a late error where it can be converted, else as an event.
    pub(super) fn panic(&mut self, panicked: Panicked, by: &Reporter<'_, E>) {
        let Some(convert) = by.options.panicked else { return report_panic(panicked, by) };
        // Kept, because the conversion takes the panic.
        let child = panicked.child().clone();
        // The conversion is the user's code, and one that refuses a panic resumes it. Unguarded, it once unwound through the
        // thread's stack of groups, and left a cancelled scope behind for whatever ran next on the thread.
        match guard(|| convert(panicked)) {
            Ok(error) => self.error(child, error),
            Err(payload) => refused(child, payload, by),
        }
    }

    /// Reports the errors that `.on_late_error` has not taken.
    pub(super) fn report(&mut self, by: &Reporter<'_, E>) {
        for (child, error) in self.take() {
            by.watch.late_error(&child);
            discard(error);
        }
    }
}

/// Reports a panic that `From<Panicked>` resumed.
fn refused<E>(child: Name, payload: Payload, by: &Reporter<'_, E>) {
    report_panic(Panicked::new(child, payload), by);
}

fn report_panic<E>(panicked: Panicked, by: &Reporter<'_, E>) {
    by.watch.late_panic(&panicked);
    // The payload is the user's value too, and its destructor may panic.
    discard(panicked);
}
