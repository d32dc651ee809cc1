//! How a group waits for everything that was started below it, and what waits outside any group.
//!
//! 1. Everything that runs on a task or thread of its own holds a guard of the group that started it (`live_guard.rs`). It
//!    gives the guard up only after its future has been destroyed and, if it is not taken, its value too: the guard travels
//!    in the task's output. So when a group returns, no destructor of a child runs any more.
//! 2. The first guard of a group counts as one in the enclosing group too, so that one waits for what a dropped group left.
//! 3. Outside any group, nothing waits for a dropped group; it is noted as an orphan of its runtime.
//! 4. A scope is dropped outside the lock: that drops wakers.

use std::{
    future::poll_fn,
    mem,
    task::{Context, Poll},
};

use tokio::runtime::{Handle, Id};

use crate::{
    context::scope::Scope,
    observe::{Wait, noted},
    sync::{Arc, Mutex},
};

static ORPHANS: Mutex<Vec<(Id, Arc<Scope>)>> = Mutex::new(Vec::new());

/// Notes what a group outside any other left behind when it was dropped.
pub(crate) fn orphan(scope: Arc<Scope>) {
    if scope.living.is_gone() {
        return;
    }
    // Without a runtime, there are no tasks to wait for, and no runtime on which `orphans` could be called.
    let Some(runtime) = scope.runtime() else { return };
    // Cleared of what has ended meanwhile: a program may never call `orphans`.
    let gone = {
        let mut orphans = ORPHANS.lock();
        let gone = take_gone(&mut orphans);
        orphans.push((runtime, scope));
        gone
    };
    // After the lock: the last reference to a scope locks its parent.
    drop(gone);
}

/// Takes out what has ended, to be dropped outside the lock.
fn take_gone(orphans: &mut Vec<(Id, Arc<Scope>)>) -> Vec<(Id, Arc<Scope>)> {
    let (gone, alive) = mem::take(orphans).into_iter().partition(|(_, scope)| scope.living.is_gone());
    *orphans = alive;
    gone
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
#[doc(alias = "wait")]
pub async fn orphans() {
    let Ok(runtime) = Handle::try_current() else {
        panic!(
            "`orphans()` waits for what a tokio runtime still runs, and there is none here: await it inside the runtime"
        )
    };
    let runtime = runtime.id();
    poll_fn(|cx| noted(Wait::Orphans, poll_orphans(runtime, cx))).await;
}

fn poll_orphans(runtime: Id, cx: &mut Context<'_>) -> Poll<()> {
    let (gone, orphans): (_, Vec<_>) = {
        let mut orphans = ORPHANS.lock();
        let gone = take_gone(&mut orphans);
        (gone, orphans.iter().filter(|(at, _)| *at == runtime).map(|(_, scope)| scope.clone()).collect())
    };
    drop(gone);
    for scope in orphans {
        // The first that is left is enough to wait for: when it has gone, this is polled again and finds the next.
        if scope.living.poll_gone(cx).is_pending() {
            return Poll::Pending;
        }
    }
    Poll::Ready(())
}
