//! A child on a thread of the blocking pool. Once it runs it cannot be dropped; before that it can be taken back.
//!
//! 1. The closure is behind a lock, and only the side that takes it out, the thread or the owner, accounts for the child.
//!    So it is counted once, whichever comes first.
//! 2. A closure that was taken back, and its guard, are destroyed on the owner's thread: the group does not wait for a
//!    blocking pool that is busy.

use std::{marker::PhantomData, sync::Arc};

use tokio::task::{JoinHandle, spawn_blocking};

use crate::{
    child::{
        end_queue::EndQueue,
        report::{Ended, Handle, Report, ToHandle, ToQueue},
        task::{ChildId, ChildState, InContext, note_failure},
    },
    context::{self, child_guard::ChildGuard, key::Key, orders::Order},
    machine::outcome::{End, Fails},
    observe::Kind,
    sync::Mutex,
    unwind::{Payload, discard, guard},
};

/// A child elsewhere that the owner may still be able to take back.
pub trait Revoke {
    /// Returns how the child runs.
    fn kind() -> Kind
    where
        Self: Sized;

    /// Takes the child back. `Some` if it had not begun, and now never will; its destructor may have panicked.
    fn revoke(&self) -> Option<Result<(), Payload>>;
}

/// Takes the child back; returns how it ended, if that was possible.
pub(crate) fn revoked<R>(revoke: &impl Revoke) -> Option<End<R>> {
    revoke.revoke().map(|dropped| match dropped {
        Ok(()) => End::NeverStarted,
        Err(payload) => End::Panicked(payload),
    })
}

/// A task cannot be taken back: its wrapper reads its orders before it polls the child, and decides.
impl Revoke for () {
    fn kind() -> Kind {
        Kind::Spawned
    }

    fn revoke(&self) -> Option<Result<(), Payload>> {
        None
    }
}

/// Starts a child that is alone in its arm, on the blocking pool.
pub(crate) fn blocking_alone<F, R>(closure: F, guard: ChildGuard, child: ChildId) -> (Handle<R>, Revocable)
where
    F: FnOnce() -> R + Send + 'static,
    R: Fails + Send + 'static,
{
    start_blocking(closure, guard, child, ToHandle)
}

/// Starts one of the children of a `for`, on the blocking pool.
pub(crate) fn blocking_of_many<F, R>(
    closure: F,
    guard: ChildGuard,
    child: ChildId,
    queue: Arc<EndQueue<Ended<R>>>,
) -> Revocable
where
    F: FnOnce() -> R + Send + 'static,
    R: Fails + Send + 'static,
{
    start_blocking(closure, guard, child, ToQueue(queue)).1
}

/// A closure that waits for a thread of the blocking pool.
struct Queued<F> {
    closure: Mutex<Option<(F, ChildGuard)>>,
}

impl<F> Queued<F> {
    fn take(&self) -> Option<(F, ChildGuard)> {
        self.closure.lock().take()
    }
}

impl<F> Revoke for Queued<F> {
    fn kind() -> Kind {
        Kind::Blocking
    }

    fn revoke(&self) -> Option<Result<(), Payload>> {
        let (closure, child) = self.take()?;
        let dropped = guard(|| drop(closure));
        // After the closure: the group waits for that destructor.
        drop(child);
        Some(dropped)
    }
}

/// A closure that may still be taken back.
pub struct Revocable(Arc<dyn Revoke + Send + Sync>);

impl Revoke for Revocable {
    fn kind() -> Kind {
        Kind::Blocking
    }

    fn revoke(&self) -> Option<Result<(), Payload>> {
        self.0.revoke()
    }
}

/// Starts a child on the blocking pool.
fn start_blocking<F, R, S>(closure: F, guard: ChildGuard, child: ChildId, to: S) -> (JoinHandle<S::Output>, Revocable)
where
    F: FnOnce() -> R + Send + 'static,
    R: Fails + Send + 'static,
    S: Report<R> + Send + 'static,
{
    let begins_under = guard.live.scope().orders.order().begins_under();
    #[cfg(all(tokio_unstable, feature = "tracing"))]
    let name = guard.watch.name();
    let queued = Arc::new(Queued { closure: Mutex::new(Some((closure, guard))) });
    let mut job = Job { queued: Some(queued.clone()), begins_under, child, to, kind: PhantomData };
    // For tokio-console.
    #[cfg(all(tokio_unstable, feature = "tracing"))]
    if let Some(name) = name {
        return match tokio::task::Builder::new().name(&name).spawn_blocking(move || job.run()) {
            Ok(handle) => (handle, Revocable(queued)),
            Err(error) => panic!("tokio does not run a blocking task: {error}"),
        };
    }
    let handle = spawn_blocking(move || job.run());
    (handle, Revocable(queued))
}

/// The job of the blocking thread. Only a runtime that shuts down drops it without having run it.
struct Job<F, R, S: Report<R>> {
    queued: Option<Arc<Queued<F>>>,
    /// The last order under which it begins.
    begins_under: Order,
    child: ChildId,
    to: S,
    kind: PhantomData<fn() -> R>,
}

impl<F: FnOnce() -> R, R: Fails, S: Report<R>> Job<F, R, S> {
    fn run(&mut self) -> S::Output {
        let taken = self.queued.take().and_then(|queued| queued.take());
        // Taken back: the owner has accounted for it, and may have given its place to another child.
        let Some((closure, ChildGuard { watch, live })) = taken else {
            return self.to.report(Key::OWNER, Ended::new(End::NeverStarted, None));
        };
        let mut inside = InContext::new(live);
        let state = ChildState::new(inside.scope(), self.child);
        // A blocking child that has not begun when its group is cancelled does not begin (rule 2).
        let end = if inside.scope().orders.order() <= self.begins_under {
            let key = state.id.key;
            let noting = || {
                let value = closure();
                // Before the value goes on its way, as in a task.
                if value.fails() {
                    note_failure(key);
                }
                value
            };
            // As a blocking child: the ends of channels that it drops are not withheld, since it may run on for long.
            match context::ends::blocking(Some(self.child.who()), || inside.run(&self.child, &watch, noting, |_| false))
            {
                Ok(value) => End::Returned(value),
                Err(payload) => End::Panicked(payload),
            }
        } else {
            match guard(|| drop(closure)) {
                Ok(()) => End::NeverStarted,
                Err(payload) => End::Panicked(payload),
            }
        };
        watch.ends(end.failed());
        // Before the end is reported, with which the group may be over.
        watch.leaves();
        let ended = inside.end(&state, end);
        self.to.report(self.child.key, ended)
    }
}

impl<F, R, S: Report<R>> Drop for Job<F, R, S> {
    fn drop(&mut self) {
        // The owner may be on another runtime, and would wait forever for an end that is not reported.
        if let Some((closure, ChildGuard { watch, live })) = self.queued.take().and_then(|queued| queued.take()) {
            // Here, and not in the runtime's own code, which a panic would go through.
            discard(closure);
            watch.leaves();
            drop(self.to.report(self.child.key, Ended::new(End::Lost, Some(live))));
        }
    }
}
