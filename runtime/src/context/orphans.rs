//! How a group waits for everything that was started below it, and what waits outside any group.
//!
//! 1. Everything that runs on a task or thread of its own holds a [`LiveGuard`] of the group that started it. It gives the
//!    guard up only after its future has been destroyed and, if it is not taken, its value too: the guard travels in the
//!    task's output. So when a group returns, no destructor of a child runs any more.
//! 2. A `LiveGuard` holds the `LiveGuard` of the enclosing group. So the reference count of a group's `LiveGuard` *is* the
//!    number of what still runs below it, on all levels; there is no second count that could go wrong.
//! 3. A scope holds its `LiveGuard` weakly, or the count would never reach zero. When the last holder drops it, the owner is
//!    woken, then the guard of the enclosing group is released.
//! 4. Outside any group, nothing waits for a dropped group; it is noted as an orphan of its runtime.

use std::{
    future::poll_fn,
    sync::Weak,
    task::{Context, Poll},
};

use tokio::runtime::{Handle, Id};

use crate::{context::scope::LiveGuard, sync::Mutex};

static ORPHANS: Mutex<Vec<(Id, Weak<LiveGuard>)>> = Mutex::new(Vec::new());

/// Notes what a group outside any other left behind when it was dropped.
pub(crate) fn orphan(alive: Weak<LiveGuard>) {
    if alive.strong_count() == 0 {
        return;
    }
    // Without a runtime, there are no tasks to wait for, and no runtime on which `orphans` could be called.
    let Some(runtime) = alive.upgrade().and_then(|alive| alive.scope().runtime()) else { return };
    // Cleared of what has ended meanwhile: a program may never call `orphans`.
    let mut orphans = ORPHANS.lock();
    orphans.retain(|(_, alive)| alive.strong_count() > 0);
    orphans.push((runtime, alive));
}

/// Waits for everything that groups outside any other group left behind on this runtime when they were dropped.
///
/// A group that is dropped stops its children, but a drop cannot wait. Inside another group, that one waits for them.
/// Outside any group nothing does: await this at the end of a test or of `main` to know that they are gone. It returns at
/// once if there are none. It does not wait for groups that are still owned.
///
/// # Panics
/// Outside a tokio runtime.
///
/// # Cancel safety
/// Nothing is lost if it is dropped.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use std::{future::pending, time::Duration};
/// use taskgroup::{group, orphans};
///
/// let group = group!(#[spawn] forever = pending::<Result<(), std::io::Error>>());
/// let _ = tokio::time::timeout(Duration::from_millis(1), group.into_future()).await; // drops the group
/// orphans().await; // now `forever` has ended
/// # });
/// ```
pub async fn orphans() {
    let runtime = Handle::current().id();
    poll_fn(|cx| poll_orphans(runtime, cx)).await;
}

fn poll_orphans(runtime: Id, cx: &mut Context<'_>) -> Poll<()> {
    let orphans: Vec<_> = {
        let mut orphans = ORPHANS.lock();
        orphans.retain(|(_, alive)| alive.strong_count() > 0);
        orphans.iter().filter(|(at, _)| *at == runtime).map(|(_, alive)| alive.clone()).collect()
    };
    for alive in orphans {
        // The strong reference is dropped before the poll: it would itself count as alive.
        let Some(scope) = alive.upgrade().map(|alive| alive.scope().clone()) else { continue };
        if scope.poll_all_gone(cx).is_pending() {
            return Poll::Pending;
        }
    }
    Poll::Ready(())
}
