//! What the stages, child statements and handles of one call of a function share.
//!
//! 1. The machine's [`Core`] is in exactly one place: with the machine; here, while a body is polled, so that child
//!    statements can register; or with the stage that takes it out to drive its children.
//! 2. No code of the user's runs under the lock of `shared`, and no waker is called under it.
//! 3. Handles reach [`Signals`] only: it has no type parameter, so the destructor of a handle names nothing but the hub.

use std::{
    future::poll_fn,
    ops::Range,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use crate::{
    machine::{
        core::{Core, CoreBox},
        nodes::Op,
    },
    sync::Mutex,
};

/// What the outermost body is polled for. Every stage on the way does its part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Relay {
    /// Poll the innermost body: the user's running code.
    Body,
    /// Drive the children, those of the outer stages first.
    Children { op: Op, arms: Range<usize> },
    /// Drop the innermost body.
    DropBody,
    /// All have ended: hand the value out.
    Finish,
    /// All have ended, and there is no value: drop what the bodies still hold, the innermost first.
    DropAll,
}

/// Shared by everything that belongs to one call of a `#[task_group]` function.
pub struct Hub<E> {
    pub(super) name: &'static str,
    shared: Mutex<Shared<E>>,
    pub(super) signals: Signals,
}

struct Shared<E> {
    core: CoreBox<E>,
    relay: Relay,
    /// How many stages have begun.
    stages: usize,
    /// How many child statements are in them.
    sites: usize,
}

/// The beginning of every `#[task_group]` function.
pub fn hub<E>(name: &'static str) -> Hub<E> {
    let shared = Shared { core: CoreBox::absent(), relay: Relay::Body, stages: 0, sites: 0 };
    Hub { name, shared: Mutex::new(shared), signals: Signals::default() }
}

impl<E> Hub<E> {
    /// The machine lends its core for the length of one relay.
    pub(super) fn lend(&self, core: &mut CoreBox<E>, relay: Relay) {
        let mut shared = self.shared.lock();
        shared.relay = relay;
        shared.core = core.lend();
    }

    pub(super) fn take_back(&self, core: &mut CoreBox<E>) {
        *core = self.shared.lock().core.lend();
    }

    /// What the stages are polled for now, and whether `stage` is the innermost.
    pub(super) fn look(&self, stage: usize) -> (Relay, bool) {
        let shared = self.shared.lock();
        (shared.relay.clone(), stage == shared.stages)
    }

    /// Runs `part` with the core; nothing of it may run the user's code.
    pub(super) fn with<R>(&self, part: impl FnOnce(&mut Core<E>) -> R) -> R {
        part(&mut self.shared.lock().core)
    }

    /// Runs `part`, which may run the user's code, with the core taken out.
    pub(super) fn with_core_out<R>(&self, part: impl FnOnce(&mut Core<E>) -> R) -> R {
        let mut core = self.shared.lock().core.lend();
        let result = part(&mut core);
        self.shared.lock().core = core;
        result
    }

    /// A stage begins; its number, counted from 1.
    pub(super) fn stage_begins(&self) -> usize {
        let mut shared = self.shared.lock();
        shared.stages += 1;
        shared.stages
    }

    /// The arm of the next child statement: the body is arm 0, child statements follow in the order of the text.
    pub(super) fn next_arm(&self) -> usize {
        let mut shared = self.shared.lock();
        shared.sites += 1;
        shared.sites
    }

    /// How many child statements there are so far.
    pub(super) fn sites(&self) -> usize {
        self.shared.lock().sites
    }

    /// Waits until there is room for another child. The one await that the macro adds, and only with `limit`.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub async fn room(&self) {
        poll_fn(|cx| {
            // The waker is cloned, and the one that was there before dropped, outside the lock.
            let waker = cx.waker().clone();
            let (poll, old) = self.with(|core| core.poll_room(waker));
            drop(old);
            poll
        })
        .await;
    }
}

/// What a handle wants of its child.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wanted {
    /// Its owner cancels it.
    End,
    /// The handle is gone: its value is not wanted.
    NoValue,
}

/// One request of a handle.
struct Signal {
    arm: usize,
    cell: usize,
    wanted: Wanted,
}

/// What handles request of their function. They are dropped, and cancel, only while the function is polled or dropped, so
/// nothing has to be woken: whoever polls looks here afterwards.
#[derive(Default)]
pub(crate) struct Signals {
    raised: AtomicBool,
    list: Mutex<Vec<Signal>>,
}

impl Signals {
    pub(super) fn raise(&self, arm: usize, cell: usize, wanted: Wanted) {
        self.list.lock().push(Signal { arm, cell, wanted });
        self.raised.store(true, Relaxed);
    }

    pub(super) fn any(&self) -> bool {
        self.raised.load(Relaxed)
    }

    /// Those for the children of one statement, in the order in which they came.
    pub(super) fn take(&self, arm: usize) -> Vec<(usize, Wanted)> {
        if !self.any() {
            return Vec::new();
        }
        let mut list = self.list.lock();
        let taken = list.iter().filter(|signal| signal.arm == arm).map(|signal| (signal.cell, signal.wanted)).collect();
        list.retain(|signal| signal.arm != arm);
        self.raised.store(!list.is_empty(), Relaxed);
        taken
    }
}
