//! What a person who watches a program can be told: the live tree, spans and events, and who keeps a group waiting.
//!
//! With neither of the features `tree` and `tracing`, [`Group`] and [`Child`] are empty and so are their functions: a group
//! that nobody can watch pays nothing. With one of them, each group and each child has an entry in the registry, and every
//! group has its machine from the start.

#[cfg(not(any(feature = "tracing", feature = "tree")))]
mod off;
#[cfg(any(feature = "tracing", feature = "tree"))]
mod on;
#[cfg(any(feature = "tracing", feature = "tree"))]
pub(crate) mod registry;
#[cfg(feature = "tracing")]
pub(crate) mod stall;
#[cfg(any(feature = "tracing", feature = "tree"))]
mod trace;

#[cfg(not(any(feature = "tracing", feature = "tree")))]
pub(crate) use self::off::{Child, Group};
#[cfg(any(feature = "tracing", feature = "tree"))]
pub(crate) use self::on::{Child, Group};

/// Can anybody watch?
pub(crate) const ON: bool = cfg!(any(feature = "tracing", feature = "tree"));

/// How a child runs, or that it is a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A group, or a call of a `#[task_group]` function.
    Group,
    /// On the task of its owner.
    Inline,
    /// On a task of its own.
    Spawned,
    /// On a thread of the blocking pool.
    Blocking,
}

impl Kind {
    /// As it is written in the tree.
    #[cfg_attr(not(any(feature = "tracing", feature = "tree")), allow(dead_code, reason = "nobody can watch"))]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Inline => "inline",
            Self::Spawned => "spawned",
            Self::Blocking => "blocking",
        }
    }
}
