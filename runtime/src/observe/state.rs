//! The states of entries.

/// The state of a group or child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum State {
    /// It has been handed to a task or a thread, and has not begun.
    Queued,
    /// A group that has begun, and is in none of the states below; a child that a thread runs at this moment.
    Running,
    /// A child between two polls.
    Waiting,
    /// A group that takes nothing new.
    Draining,
    /// A group that was cancelled, and whose children may react.
    Cancelled,
    /// A group whose children were dropped where possible, and that waits for the others; a child that ends by itself.
    Stopping,
}

impl State {
    pub(super) const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Waiting, Self::Draining, Self::Cancelled, Self::Stopping];
}
