//! What was asked for, before the start.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    context::carry::LocalSource,
    error::{Cancelled, Panicked},
    name::Name,
};

/// What was asked for, before the start: the methods of `Group` write it, the machine reads it.
pub(crate) struct Options<E> {
    pub(crate) limit: usize,
    pub(crate) timeout: Option<Duration>,
    pub(crate) deadline: Option<Instant>,
    pub(crate) drain_timeout: Option<Duration>,
    pub(crate) grace: Option<Duration>,
    pub(crate) name: Option<Name>,
    pub(crate) carry: Vec<ReadKey>,
    pub(crate) cancelled: Option<fn(Cancelled) -> E>,
    /// Whether the group can return `Cancelled` at all: by an option, or by its policy.
    pub(crate) can_report_cancelled: bool,
    pub(crate) catches_panics: bool,
    pub(crate) panicked: Option<fn(Panicked) -> E>,
}

pub(crate) type ReadKey = Box<dyn FnOnce() -> Option<Box<dyn LocalSource>> + Send>;

impl<E> Default for Options<E> {
    fn default() -> Self {
        Self {
            limit: usize::MAX,
            timeout: None,
            deadline: None,
            drain_timeout: None,
            grace: None,
            name: None,
            carry: Vec::new(),
            cancelled: None,
            can_report_cancelled: false,
            catches_panics: false,
            panicked: None,
        }
    }
}

impl<E> Options<E> {
    /// An option that can cancel the group brought its conversion.
    pub(crate) fn can_cancel(&mut self, convert: Option<fn(Cancelled) -> E>) {
        self.cancelled = self.cancelled.or(convert);
        self.can_report_cancelled = true;
    }

    /// When the group times out, counted from `now`; `None` also for what is beyond any clock.
    pub(super) fn deadline_from(&self, now: impl FnOnce() -> Instant) -> Option<Instant> {
        let timeout = self.timeout.and_then(|timeout| now().checked_add(timeout));
        timeout.map_or(self.deadline, |at| Some(nearer(self.deadline, at)))
    }
}

/// The nearer of several deadlines counts.
pub(crate) fn nearer<T: Ord>(a: Option<T>, b: T) -> T {
    match a {
        Some(a) => a.min(b),
        None => b,
    }
}
