//! What is observed, if anything is.

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
