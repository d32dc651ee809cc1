//! What this process has claimed and not acknowledged.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use tokio::sync::Notify;

/// The identifiers of the claimed jobs; a cheap clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Held(Arc<State>);

#[derive(Debug, Default)]
struct State {
    ids: Mutex<HashSet<String>>,
    /// Notified when a claim ends.
    ended: Notify,
    taken_over: AtomicU64,
    left: AtomicU64,
}

impl Held {
    pub(super) fn ticket(&self, id: String) -> Ticket {
        self.locked().insert(id.clone());
        Ticket { held: self.clone(), id, is_acknowledged: false }
    }

    pub(super) fn ids(&self) -> HashSet<String> {
        self.locked().clone()
    }

    /// Waits until nothing is claimed.
    pub(super) async fn none(&self) {
        loop {
            let ended = self.0.ended.notified();
            if self.locked().is_empty() {
                return;
            }
            ended.await;
        }
    }

    pub(super) fn count_taken_over(&self, jobs: usize) {
        self.0.taken_over.fetch_add(jobs as u64, Relaxed);
    }

    pub(super) fn taken_over(&self) -> u64 {
        self.0.taken_over.load(Relaxed)
    }

    pub(super) fn left(&self) -> u64 {
        self.0.left.load(Relaxed)
    }

    fn locked(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A claim on one job, until it is dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    held: Held,
    id: String,
    is_acknowledged: bool,
}

impl Ticket {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn acknowledged(mut self) {
        self.is_acknowledged = true;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.held.locked().remove(&self.id);
        self.held.0.ended.notify_waiters();
        if !self.is_acknowledged {
            self.held.0.left.fetch_add(1, Relaxed);
        }
    }
}
