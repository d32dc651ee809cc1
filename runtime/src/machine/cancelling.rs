//! How long the children of a cancelled group may react, and which of them have to leave before that.

/// How long the children of a cancelled group may react.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cancelling {
    /// One more poll each.
    LastPoll,
    /// Until the timer fires.
    Grace,
    /// As long as the enclosing group that was cancelled first allows, or until the timer fires.
    Outer,
}

/// Whether the children that do not listen have to leave, although the others may go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Leaving {
    No,
    /// As soon as all have had their last poll.
    AfterLastPoll,
    /// They have left. One in a critical section leaves after it.
    Left,
}

impl Leaving {
    pub(super) fn or_after_last_poll(self) -> Self {
        if self == Self::No { Self::AfterLastPoll } else { self }
    }
}
