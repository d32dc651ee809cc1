//! The things of this crate that a child can wait in.

use std::fmt;

/// Something of this crate that a child can wait in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u16)]
pub enum Wait {
    /// A message, in [`recv`](crate::channel::Receiver::recv).
    Recv = 1,
    /// Room in a channel, in [`send`](crate::channel::Sender::send).
    Send = 1 << 1,
    /// Room under the `limit` of its group.
    Room = 1 << 2,
    /// A cancellation: [`cancelled`](crate::cancelled).
    Cancelled = 1 << 3,
    /// A drain: [`draining`](crate::draining).
    Draining = 1 << 4,
    /// The value of a child whose handle it awaits.
    Child = 1 << 5,
    /// A job, in [`Jobs::next`](crate::spawner::Jobs::next).
    Jobs = 1 << 6,
    /// Room in a spawner, in [`spawn`](crate::spawner::Spawner::spawn).
    Spawn = 1 << 7,
    /// The end of a spawner or of a channel: `closed`.
    Closed = 1 << 8,
    /// [`orphans`](crate::orphans).
    Orphans = 1 << 9,
}

#[cfg_attr(not(any(feature = "tracing", feature = "tree")), allow(dead_code, reason = "only observers use it"))]
impl Wait {
    /// Returns the word that the tree shows.
    ///
    #[cfg_attr(feature = "tree", doc = "```")]
    #[cfg_attr(not(feature = "tree"), doc = "```ignore")]
    /// assert_eq!(taskgroup::tree::Wait::Recv.as_str(), "recv");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recv => "recv",
            Self::Send => "send",
            Self::Room => "room",
            Self::Cancelled => "cancelled",
            Self::Draining => "draining",
            Self::Child => "child",
            Self::Jobs => "jobs",
            Self::Spawn => "spawn",
            Self::Closed => "closed",
            Self::Orphans => "orphans",
        }
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
