//! The guards that keep a group waiting for what runs elsewhere.
//!
//! 1. A guard counts as one in the scope of its group. The first of a scope counts as one in the enclosing scope too, and so
//!    on outwards; the last one is taken back there, after what waits for the inner scope was woken. So the count of a scope
//!    is above 0 exactly while anything below it is alive, on any level (`living.rs`).
//! 2. What a child carries is destroyed before its group can see that the child has ended.
//! 3. The levels are counted by a loop, not by recursion: groups can be deep.
//!
//! `tests/loom` explores the interleavings of this file.

use tokio::runtime::Handle;

use crate::{
    context::{carry::Carried, gate::Group, scope::Scope},
    sync::{Arc, Weak},
    unwind::discard,
};

/// Held by everything that runs for a group outside the group's own task.
pub struct LiveGuard {
    scope: Arc<Scope>,
    /// What this child alone carries, and the guard that it shares with all children of its group. `None` for that one.
    carried: Option<(Carried, Arc<LiveGuard>)>,
}

impl LiveGuard {
    /// Makes a guard for all children of the group.
    pub(crate) fn of(scope: &Arc<Scope>) -> Arc<Self> {
        let mut next = Some(scope);
        while let Some(scope) = next.filter(|scope| scope.living.enter()) {
            // For `orphans()`, which waits for those of its own runtime.
            scope.set_runtime(Handle::try_current().ok().map(|handle| handle.id()));
            next = scope.adopter();
        }
        Arc::new(Self { scope: scope.clone(), carried: None })
    }

    /// Makes a guard of one child alone, which keeps the `shared` one.
    pub(crate) fn carrying(carried: Carried, shared: Arc<Self>) -> Arc<Self> {
        Arc::new(Self { scope: shared.scope.clone(), carried: Some((carried, shared)) })
    }

    pub(crate) fn scope(&self) -> &Arc<Scope> {
        &self.scope
    }

    pub(crate) fn carried(&self) -> Option<&Carried> {
        self.carried.as_ref().map(|(carried, _)| carried)
    }
}

impl Group for Weak<Scope> {
    type Guard = Arc<LiveGuard>;

    fn guard(&self) -> Option<Arc<LiveGuard>> {
        self.upgrade().map(|scope| LiveGuard::of(&scope))
    }
}

impl Drop for LiveGuard {
    fn drop(&mut self) {
        if let Some((carried, shared)) = self.carried.take() {
            // Invariant 2, and under a guard: it is the user's value.
            discard(carried);
            drop(shared);
            return;
        }
        let mut next = Some(&self.scope);
        // From the inside out: what waits for an inner scope is woken before what waits for an outer one (invariant 1).
        while let Some(scope) = next.filter(|scope| scope.living.leave()) {
            next = scope.adopter();
        }
    }
}
