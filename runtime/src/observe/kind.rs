//! The kinds of entries, and whether there are any.

/// Whether groups can be observed.
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
    /// On a task that is not of the group: see [`Spawner::track`](crate::spawner::Spawner::track).
    Tracked,
}

impl Kind {
    /// Returns the word that the tree shows.
    ///
    #[cfg_attr(feature = "tree", doc = "```")]
    #[cfg_attr(not(feature = "tree"), doc = "```ignore")]
    /// assert_eq!(taskgroup::tree::Kind::Spawned.as_str(), "spawned");
    /// ```
    #[cfg_attr(not(any(feature = "tracing", feature = "tree")), allow(dead_code, reason = "only observers use it"))]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Inline => "inline",
            Self::Spawned => "spawned",
            Self::Blocking => "blocking",
            Self::Tracked => "tracked",
        }
    }
}
