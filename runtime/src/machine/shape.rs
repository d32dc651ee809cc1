//! The facts about a list of nodes that are known when it is compiled.

/// The facts about a list that the machine needs before it looks at any node.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// How many nodes are arms in the user's code.
    pub(crate) arms: usize,
    /// How many ordinary children are written out.
    pub(crate) statics: usize,
    /// How many `for` arms there are.
    pub(crate) sources: usize,
    /// How many `for` arms have a source that may be idle.
    pub(crate) streams: usize,
    /// How many children the group does not wait for.
    pub(crate) daemons: usize,
    /// Whether an option takes the late errors.
    pub(crate) has_late_listener: bool,
    /// Whether it is the body of a function.
    pub(crate) is_function: bool,
    /// Whether it can do without a machine until something other than a value comes.
    pub(crate) is_lean: bool,
}

impl Shape {
    pub(crate) const EMPTY: Self = Self {
        arms: 0,
        statics: 0,
        sources: 0,
        streams: 0,
        daemons: 0,
        has_late_listener: false,
        is_function: false,
        is_lean: true,
    };
    pub(crate) const CHILD: Self = Self { arms: 1, statics: 1, is_lean: false, ..Self::EMPTY };
    pub(crate) const INLINE_CHILD: Self = Self { is_lean: true, ..Self::CHILD };
    pub(crate) const FUNCTION: Self = Self { is_function: true, ..Self::CHILD };
    pub(crate) const DAEMON: Self = Self { arms: 1, daemons: 1, is_lean: false, ..Self::EMPTY };
    pub(crate) const OPTION: Self = Self { is_lean: false, ..Self::EMPTY };

    pub(crate) const fn source(may_idle: bool) -> Self {
        // Not lean: where its children are, how many may run, and their results are the machine's business.
        Self { arms: 1, sources: 1, streams: may_idle as usize, is_lean: false, ..Self::EMPTY }
    }

    /// Returns `true` if so many children could be under way that one has to wait.
    pub(crate) const fn can_reach(self, limit: usize) -> bool {
        // How many a `for` or a function starts is not known.
        let is_open = self.sources > 0 || self.is_function;
        limit < if is_open { usize::MAX } else { self.statics }
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            arms: self.arms + other.arms,
            statics: self.statics + other.statics,
            sources: self.sources + other.sources,
            streams: self.streams + other.streams,
            daemons: self.daemons + other.daemons,
            has_late_listener: self.has_late_listener || other.has_late_listener,
            is_function: self.is_function || other.is_function,
            is_lean: self.is_lean && other.is_lean,
        }
    }
}
