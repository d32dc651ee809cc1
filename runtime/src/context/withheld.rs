//! An end of a channel that other threads do not see yet.

use std::sync::Arc;

use crate::name::Name;

/// An end of a channel whose closing becomes visible to the other side later. A trait, so that the context need not know
/// channels, which are above it.
pub(crate) trait Release: Send + Sync {
    /// Makes it visible.
    fn release(&self);

    /// Notes which child dropped it.
    fn dropped_by(&self, child: Name);
}

/// Hides an end from the other side as long as this exists.
pub(crate) struct DeferredClose(Arc<dyn Release>);

impl DeferredClose {
    pub(crate) fn new(end: Arc<dyn Release>) -> Self {
        Self(end)
    }

    pub(crate) fn end(&self) -> &Arc<dyn Release> {
        &self.0
    }
}

impl Drop for DeferredClose {
    fn drop(&mut self) {
        // By a destructor, so that it is released even if the poll panicked.
        self.0.release();
    }
}
