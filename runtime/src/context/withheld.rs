//! An end of a channel that other threads do not see yet.

use std::sync::Arc;

/// An end of a channel whose closing becomes visible to the other side later. A trait, so that the context need not know
/// channels, which are above it.
pub(crate) trait Release: Send + Sync {
    /// Makes it visible.
    fn release(&self);
}

/// Hides an end from the other side as long as this exists.
pub(crate) struct DeferredClose(Arc<dyn Release>);

impl DeferredClose {
    pub(crate) fn new(end: Arc<dyn Release>) -> Self {
        Self(end)
    }

    pub(crate) fn is_of<T>(&self, end: &T) -> bool {
        // By address alone: this pointer has a vtable, and the other has none.
        std::ptr::addr_eq(Arc::as_ptr(&self.0), end)
    }
}

impl Drop for DeferredClose {
    fn drop(&mut self) {
        // By a destructor, so that it is released even if the poll panicked.
        self.0.release();
    }
}
