//! The state that the stages, child statements and handles of one call of a function share.
//!
//! The bodies borrow the hub and the sites, so the machine reaches both only by polling the outermost body. For the length
//! of such a poll, a *relay*, it lends its core to the hub. Where the core is then:
//!
//! | during | the core is | because |
//! | --- | --- | --- |
//! | the time between two relays | with the machine | it decides, and `Body` accounts for what it starts |
//! | `Relay::Body` | in the hub | the child statements of the running body count and register their children |
//! | … the end of that body | out, with its stage | a report may destroy an error, which is user code |
//! | `Relay::Children`, on the way | in the hub | a stage has driven its sites, and polls its body to reach the next |
//! | … the sites of a stage | out, with that stage | the code of the children runs, and their ends are reported |
//! | `Relay::DropBody`, `Finish`, `DropAll` | in the hub | destructors run, and what they panic with is reported, as above |
//!
//! ```text
//! Relay::Children:
//! machine            hub                stage 0                         stage 1, the innermost
//!   core ── lend ──▶ core
//!                    core ── out ─────▶ core, drives its sites
//!                    core ◀──────────── core
//!                                       polls its body ───────────────▶
//!                    core ── out ─────────────────────────────────────▶ core, drives its sites
//!                    core ◀──────────────────────────────────────────── core
//!   core ◀ take_back core
//! ```
//!
//! So a child statement always finds the core in the hub: it runs in a body, and never in a child, which the macro refuses.
//!
//! 1. The machine's [`Core`] is in exactly one place: with the machine; here, while a body is polled, so that child
//!    statements can register; or with the stage that takes it out to drive its children. An empty box elsewhere turns a
//!    mistake into a panic with a message, not into counts that are silently wrong.
//! 2. No user code runs under the lock of `shared`, and no waker is called under it: a child may start another one.
//! 3. Handles reach [`Signals`] only: it has no type parameter, so the destructor of a handle names nothing but the hub,
//!    and a handle can be kept in any collection declared above the statement that makes it.

use std::{
    future::poll_fn,
    ops::Range,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};

use crate::{
    machine::{
        core::{Core, CoreBox},
        nodes::Step,
    },
    sync::Mutex,
};

/// The purpose of a poll of the outermost body. Every stage on the way does its part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Relay {
    /// Poll the innermost body: the user's running code.
    Body,
    /// Drive the children, those of the outer stages first.
    Children { step: Step, arms: Range<usize> },
    /// Drop the innermost body.
    DropBody,
    /// Hand the value out: all children have ended.
    Finish,
    /// Drop what the bodies still hold, the innermost first: all children have ended, and there is no value.
    DropAll,
}

/// Shared by everything that belongs to one call of a `#[task_group]` function.
pub struct Hub<E> {
    pub(super) name: &'static str,
    shared: Mutex<Shared<E>>,
    /// How many stages have begun. Only the poll of the function touches it and the next: atomic, because stages share the
    /// hub.
    stages: AtomicUsize,
    /// How many child statements are in them.
    sites: AtomicUsize,
    pub(super) signals: Signals,
}

struct Shared<E> {
    core: CoreBox<E>,
    relay: Relay,
}

/// Makes the hub of one call of a `#[task_group]` function.
pub fn hub<E>(name: &'static str) -> Hub<E> {
    let shared = Shared { core: CoreBox::absent(), relay: Relay::Body };
    Hub {
        name,
        shared: Mutex::new(shared),
        stages: AtomicUsize::new(0),
        sites: AtomicUsize::new(0),
        signals: Signals::default(),
    }
}

impl<E> Hub<E> {
    /// Takes the machine's core for the length of one relay.
    pub(super) fn lend(&self, core: &mut CoreBox<E>, relay: Relay) {
        let mut shared = self.shared.lock();
        shared.relay = relay;
        shared.core = core.lend();
    }

    /// Returns the core to the machine.
    pub(super) fn take_back(&self, core: &mut CoreBox<E>) {
        *core = self.shared.lock().core.lend();
    }

    /// Returns the purpose of this poll, and whether `stage` is the innermost.
    pub(super) fn look(&self, stage: usize) -> (Relay, bool) {
        (self.shared.lock().relay.clone(), stage == self.stages.load(Relaxed))
    }

    /// Runs `part`, which must not run user code, with the core.
    pub(super) fn with<R>(&self, part: impl FnOnce(&mut Core<E>) -> R) -> R {
        part(&mut self.shared.lock().core)
    }

    /// Runs `part`, which may run user code, with the core taken out.
    pub(super) fn with_core_out<R>(&self, part: impl FnOnce(&mut Core<E>) -> R) -> R {
        let mut core = self.shared.lock().core.lend();
        let result = part(&mut core);
        self.shared.lock().core = core;
        result
    }

    /// Counts a stage that begins; returns its number, from 1.
    pub(super) fn stage_begins(&self) -> usize {
        self.stages.fetch_add(1, Relaxed) + 1
    }

    /// Returns the arm of the next child statement: the body is arm 0, child statements follow in written order.
    pub(super) fn next_arm(&self) -> usize {
        self.sites.fetch_add(1, Relaxed) + 1
    }

    /// Returns how many child statements have been reached.
    pub(super) fn sites(&self) -> usize {
        self.sites.load(Relaxed)
    }

    /// Waits until there is room for another child. It is the only await that the macro adds, and only with `limit`.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub async fn room(&self) {
        poll_fn(|cx| {
            // The waker is cloned, and what is not kept is dropped, outside the lock: so it is lent.
            let mut waker = Some(cx.waker().clone());
            let (poll, old) = self.with(|core| core.poll_room(&mut waker));
            drop((waker, old));
            poll
        })
        .await;
    }
}

/// The request of a handle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wanted {
    /// Cancel the child.
    End,
    /// Drop the value: the handle was dropped.
    NoValue,
}

/// A request, and the child that it is about.
struct Signal {
    arm: usize,
    cell: usize,
    wanted: Wanted,
}

/// The requests of handles. They are made only while the function is polled or dropped, so nothing has to be woken: the
/// body's node looks here after each poll.
#[derive(Default)]
pub(crate) struct Signals {
    raised: AtomicBool,
    list: Mutex<Vec<Signal>>,
}

impl Signals {
    pub(super) fn raise(&self, arm: usize, cell: usize, wanted: Wanted) {
        // Before the flag: what sees the flag finds the request.
        self.list.lock().push(Signal { arm, cell, wanted });
        // Relaxed: a handle borrows from the function's frame, so it is used only during a poll of the function, or its
        // drop, and the runtime orders one poll before the next.
        self.raised.store(true, Relaxed);
    }

    pub(super) fn any(&self) -> bool {
        self.raised.load(Relaxed)
    }

    /// Takes the requests for the children of one statement, in the order in which they came.
    pub(super) fn take(&self, arm: usize) -> Vec<(usize, Wanted)> {
        // Called for every statement in every pass, and nearly always empty: the lock is not taken then.
        if !self.any() {
            return Vec::new();
        }
        let mut list = self.list.lock();
        let taken = list.iter().filter(|signal| signal.arm == arm).map(|signal| (signal.cell, signal.wanted)).collect();
        list.retain(|signal| signal.arm != arm);
        // Still raised while requests for other statements are in it.
        self.raised.store(!list.is_empty(), Relaxed);
        taken
    }
}
