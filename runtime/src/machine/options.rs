//! The options of a group, set before its start.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    context::carry::LocalSource,
    error::{Cancelled, Chain, Panicked},
    name::Name,
};

/// The options of a group: the methods of `Group` write them, the machine reads them.
pub(crate) struct Options<E> {
    pub(crate) limit: usize,
    pub(crate) timeout: Option<Duration>,
    pub(crate) deadline: Option<Instant>,
    pub(crate) drain_timeout: Option<Duration>,
    pub(crate) grace: Option<Duration>,
    pub(crate) name: Option<Name>,
    pub(crate) carry: Vec<ReadKey>,
    pub(crate) cancelled: Option<fn(Cancelled) -> E>,
    /// Whether the group can return `Cancelled` at all, by an option or by its policy. Rule 5 depends on it.
    pub(crate) can_report_cancelled: bool,
    /// Whether that `Cancelled` has the list of the children that were unfinished.
    pub(crate) lists_unfinished: bool,
    /// Whether the function supervises the children of statements without a name.
    pub(crate) supervises: bool,
    pub(crate) catches_panics: bool,
    pub(crate) panicked: Option<fn(Panicked) -> E>,
    /// The sources of the children's errors, for a policy whose own error has them.
    pub(crate) chain: Chain<E>,
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
            lists_unfinished: true,
            supervises: false,
            catches_panics: false,
            panicked: None,
            chain: Chain::UNKNOWN,
        }
    }
}

impl<E> Options<E> {
    /// Notes that an option can cancel the group, with its conversion.
    pub(crate) fn can_cancel(&mut self, convert: Option<fn(Cancelled) -> E>) {
        // Whichever comes first: all options of one group convert into the same error type by the same function.
        self.cancelled = self.cancelled.or(convert);
        self.can_report_cancelled = true;
    }

    /// Returns when the group times out, counted from `now`; `None` also for a time that no clock can represent.
    pub(super) fn deadline_from(&self, now: impl FnOnce() -> Instant) -> Option<Instant> {
        // `Duration::MAX` means no timeout, and must not overflow the clock.
        let timeout = self.timeout.and_then(|timeout| now().checked_add(timeout));
        timeout.map_or(self.deadline, |at| Some(nearer(self.deadline, at)))
    }
}

/// Returns the nearer of two deadlines, which is the one that applies.
pub(crate) fn nearer<T: Ord>(a: Option<T>, b: T) -> T {
    match a {
        Some(a) => a.min(b),
        None => b,
    }
}
