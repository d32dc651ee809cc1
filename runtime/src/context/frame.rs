//! The scope of a group, as code that runs in the group has it.

use std::sync::Arc;

use crate::context::{live_guard::LiveGuard, scope::Scope};

/// A scope that exists, as it is carried between two polls.
#[derive(Clone)]
pub(crate) enum Frame {
    /// The owner's.
    Scope(Arc<Scope>),
    /// A spawned child's: its group waits for as long as this exists.
    LiveGuard(Arc<LiveGuard>),
}

impl Frame {
    pub(crate) fn scope(&self) -> &Arc<Scope> {
        match self {
            Self::Scope(scope) => scope,
            Self::LiveGuard(alive) => alive.scope(),
        }
    }

    /// Returns `true` if nothing else can see the scope: it is referred to only here, and was not handed out in another form.
    pub(crate) fn is_unseen(&mut self) -> bool {
        match self {
            Self::Scope(scope) => Arc::get_mut(scope).is_some_and(|scope| scope.is_unseen()),
            Self::LiveGuard(_) => false,
        }
    }
}
