//! A child on a tokio task or a blocking thread of its own.

use std::{pin::Pin, task::Poll};

use crate::{
    child::{
        blocking::{Revoke, revoked},
        inline::ended_twice,
        report::{Handle, poll_handle},
        task::ChildId,
    },
    context::{child_guard::ChildGuard, key::Key},
    error::Cause,
    machine::{
        core::Core,
        nodes::{Drive, Node, Shape, Step, StepCx},
        outcome::{End, Outcome, Policy},
        rows::One,
    },
    name::{Label, LazyName, ShortName},
    unwind::{discard, drop_alone, guard},
};

/// How the child is started. Kept apart from `F`, so that the node needs no bound on it, and one mistake is one error.
pub(crate) type Start<F, T, E, R> = fn(F, ChildGuard, ChildId) -> (Handle<Result<T, E>>, R);

enum State<F, T, E, R> {
    Waiting(F),
    Running(Handle<Result<T, E>>, R),
    Ended(Outcome<T, E>),
    Taken,
}

/// A spawned child, or a blocking one.
pub struct Spawned<F, T, E, R> {
    state: State<F, T, E, R>,
    start: Start<F, T, E, R>,
    name: Label,
}

// Nothing in it is pinned: the child's future is, on its own task.
impl<F, T, E, R> Unpin for Spawned<F, T, E, R> {}

impl<F, T, E, R> Drop for Spawned<F, T, E, R> {
    fn drop(&mut self) {
        if !matches!(self.state, State::Taken) {
            drop_alone(|| self.state = State::Taken);
        }
    }
}

impl<F, T, E, R: Revoke> Spawned<F, T, E, R> {
    pub(crate) fn new(name: Label, child: F, start: Start<F, T, E, R>) -> Self {
        Self { state: State::Waiting(child), start, name }
    }

    /// Makes a step of the machine; returns the child's end, if it has come.
    fn step(
        &mut self,
        arm: usize,
        scx: &mut StepCx<'_, '_>,
        core: &mut Core<E>,
        daemon: bool,
    ) -> Option<End<Result<T, E>>> {
        match (&mut self.state, scx.step) {
            (State::Waiting(_), Step::Run) => {
                if !core.may_begin(daemon) {
                    return None;
                }
                // Taken out before it is started: if that panics, the child is gone with it.
                let State::Waiting(child) = std::mem::replace(&mut self.state, State::Taken) else { return None };
                let start = self.start;
                let who = LazyName::arm(self.name);
                // Outside a runtime, `tokio::spawn` panics; so may the clone of a carried value.
                let id = ChildId::new(Key::arm(arm), ShortName::arm(self.name));
                match guard(|| start(child, core.guard_for_child(R::kind(), daemon, who), id)) {
                    // The first poll of the handle leaves the owner's waker there.
                    Ok((handle, revoke)) => self.state = State::Running(handle, revoke),
                    Err(payload) => return Some(End::Panicked(payload)),
                }
                // Polled at once, or nothing would wake the owner at its end.
                self.step(arm, scx, core, daemon)
            }
            // Queued, and now it never starts (rule 2). Its destructor runs here, on the owner's thread.
            (State::Waiting(_), Step::Close | Step::Drop) => Some(match guard(|| self.state = State::Taken) {
                Ok(()) => End::NeverStarted,
                Err(payload) => End::Panicked(payload),
            }),
            (State::Running(handle, _), Step::Run | Step::Collect) => match poll_handle(handle, scx.cx) {
                Poll::Pending => None,
                Poll::Ready(end) => {
                    self.state = State::Taken;
                    core.takes(Key::arm(arm));
                    Some(end)
                }
            },
            // A child that has begun on a task is not touched here: its wrapper obeys the order of the scope.
            (State::Running(_, revoke), Step::Close | Step::Stop | Step::Drop) => {
                // A blocking child that has not begun when its group is cancelled does not begin (rule 2).
                if let Some(end) = revoked(revoke) {
                    self.state = State::Taken;
                    return Some(end);
                }
                if scx.step == Step::Drop {
                    // Its value may be in the handle already, and its destructor may panic while the owner unwinds.
                    let state = std::mem::replace(&mut self.state, State::Taken);
                    discard(state);
                    return Some(End::Stopped);
                }
                None
            }
            (State::Waiting(_) | State::Running(..), Step::ListUnfinished) if !daemon => {
                core.lists(LazyName::arm(self.name));
                None
            }
            _ => None,
        }
    }
}

impl<F, T, E, R: Revoke> Drive<E> for Spawned<F, T, E, R> {
    fn drive(self: Pin<&mut Self>, arm: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        let this = self.get_mut();
        let who = LazyName::arm(this.name);
        let waiting = matches!(this.state, State::Waiting(_));
        if let (State::Ended(outcome), Step::Gather) = (&mut this.state, scx.step) {
            core.gather(who, outcome);
            return;
        }
        if let Some(end) = this.step(arm, scx, core, false) {
            // A child that was still queued has no room to give back. One that the machine began has, even if its task
            // then did not start it.
            let outcome = match end {
                End::NeverStarted if waiting && scx.step != Step::Run => core.never_begins(who, Ok(())),
                End::Panicked(payload) if waiting && scx.step != Step::Run => core.never_begins(who, Err(payload)),
                end => core.ended(who, end),
            };
            this.state = State::Ended(outcome);
        }
    }
}

impl<F, T, E, R: Revoke> Node<E> for Spawned<F, T, E, R> {
    const SHAPE: Shape = Shape::CHILD;

    type Adds = One<T>;

    fn take<P: Policy>(self: Pin<&mut Self>, cause: Option<&Cause>) -> P::Map<T, E> {
        match std::mem::replace(&mut self.get_mut().state, State::Taken) {
            State::Ended(outcome) => P::map(outcome, cause),
            _ => ended_twice(),
        }
    }

    fn next_value(self: Pin<&mut Self>) -> Option<(LazyName, T)> {
        let this = self.get_mut();
        let State::Ended(outcome) = &mut this.state else { return None };
        Some((LazyName::arm(this.name), outcome.take_value()?))
    }
}

/// A spawned or blocking daemon.
pub struct SpawnedDaemon<F, E, R> {
    child: Spawned<F, (), E, R>,
}

impl<F, E, R: Revoke> SpawnedDaemon<F, E, R> {
    pub(crate) fn new(name: Label, child: F, start: Start<F, (), E, R>) -> Self {
        Self { child: Spawned::new(name, child, start) }
    }
}

impl<F, E, R: Revoke> Drive<E> for SpawnedDaemon<F, E, R> {
    fn drive(self: Pin<&mut Self>, arm: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        let this = &mut self.get_mut().child;
        let who = LazyName::arm(this.name);
        if let Some(end) = this.step(arm, scx, core, true) {
            core.daemon_ended(who, end);
        }
    }
}

impl<F, E, R: Revoke> Node<E> for SpawnedDaemon<F, E, R> {
    const SHAPE: Shape = Shape::DAEMON;

    type Adds = ();

    fn take<P: Policy>(self: Pin<&mut Self>, _: Option<&Cause>) {}
}
