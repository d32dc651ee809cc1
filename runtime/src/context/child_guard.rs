//! What a child on a task or thread of its own takes along.

use std::sync::Arc;

use crate::{context::live_guard::LiveGuard, observe};

/// The guard of a child, and the child as it is observed.
// Apart: an entry of the tree would make each guard one of its own, which is an allocation.
pub struct ChildGuard {
    // First, because fields are dropped in order: the group may be over when the guard is dropped.
    pub(crate) watch: observe::Child,
    pub(crate) live: Arc<LiveGuard>,
}
