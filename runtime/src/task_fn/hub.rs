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
//! | `Relay::Run` or another step, on the way | in the hub | a stage has driven its sites, and polls its body to reach the next |
//! | … the sites of a stage | in the hub, locked by that stage | the code of the children runs, and their ends are reported |
//! | `Relay::DropBody`, `Finish`, `DropAll` | in the hub | destructors run, and what they panic with is reported, as above |
//!
//! ```text
//! Relay::Run:
//! machine            hub                stage 0                         stage 1, the innermost
//!   core ── lend ──▶ core
//!                    core ◀─ locks ──── drives its sites
//!                                       polls its body ───────────────▶
//!                    core ◀─ locks ──────────────────────────────────── drives its sites
//!   core ◀ take_back core
//! ```
//!
//! So a child statement always finds the core in the hub: it runs in a body, and never in a child, which the macro refuses.
//!
//! 1. The machine's [`Core`] is in exactly one place: with the machine; here, while a body is polled, so that child
//!    statements can register, and while a stage drives its children; or with what accounts for the end of a body. An empty
//!    box elsewhere turns a mistake into a panic with a message, not into counts that are silently wrong.
//! 2. No code of a body runs under the lock of `core`, because its child statements take that lock. The code of children does,
//!    and so do their errors and wakers: nothing that they can reach leads to the core, as the macro refuses a child statement
//!    in a child.
//! 3. Handles reach [`Signals`] only: it has no type parameter, so the destructor of a handle names nothing but the hub,
//!    and a handle can be kept in any collection declared above the statement that makes it.

use std::{
    future::poll_fn,
    ops::Range,
    sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::Relaxed},
    task::{Context, Waker},
};

use crate::{
    context,
    machine::{core::Core, core_box::CoreBox, nodes::Step, outcome::End},
    name::LazyName,
    observe::{Wait, noted},
    sync::{Mutex, MutexGuard},
    unwind::Payload,
};

/// The purpose of a poll of the outermost body. Every stage on the way does its part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Relay {
    /// Poll the innermost body: the user's running code.
    Body,
    /// The same, then poll the children of its stage, the only one that has any, in a pass that only polls them
    /// ([`Core::only_polls`]). It saves a way through all bodies.
    BodyAndChildren,
    /// Make this step of the children, those of the outer stages first.
    Run,
    Collect,
    Close,
    Leave,
    Stop,
    Drop,
    ListUnfinished,
    /// Drop the innermost body.
    DropBody,
    /// Hand the value out: all children have ended.
    Finish,
    /// Drop what the bodies still hold, the innermost first: all children have ended, and there is no value.
    DropAll,
}

impl Relay {
    const ALL: [Self; 12] = [
        Self::Body,
        Self::BodyAndChildren,
        Self::Run,
        Self::Collect,
        Self::Close,
        Self::Leave,
        Self::Stop,
        Self::Drop,
        Self::ListUnfinished,
        Self::DropBody,
        Self::Finish,
        Self::DropAll,
    ];

    /// The step of the children that it is for, if any.
    #[inline]
    pub(super) fn step(self) -> Option<Step> {
        match self {
            Self::Run => Some(Step::Run),
            Self::Collect => Some(Step::Collect),
            Self::Close => Some(Step::Close),
            Self::Leave => Some(Step::Leave),
            Self::Stop => Some(Step::Stop),
            Self::Drop => Some(Step::Drop),
            Self::ListUnfinished => Some(Step::ListUnfinished),
            Self::Body | Self::BodyAndChildren | Self::DropBody | Self::Finish | Self::DropAll => None,
        }
    }
}

/// The arm of the body; child statements follow, in the order of the text.
pub(super) const BODY: usize = 0;

/// The first stage that has child statements: the outermost one has none.
pub(super) const FIRST_WITH_SITES: usize = 2;

/// Every arm.
pub(super) const ALL_ARMS: Range<usize> = 0..usize::MAX;

/// The arms of all child statements.
pub(super) const FROM_FIRST_SITE: Range<usize> = BODY + 1..usize::MAX;

/// Shared by everything that belongs to one call of a `#[task_group]` function.
///
/// The numbers are atomic because stages and sites share the hub; only the poll of the function touches them. A lock for each
/// stage and relay was a tenth of what a function cost.
pub struct Hub<E> {
    pub(super) name: &'static str,
    core: Mutex<CoreBox<E>>,
    relay: AtomicU8,
    /// The arms that [`Relay::Run`] is for.
    first_arm: AtomicUsize,
    end_of_arms: AtomicUsize,
    /// How many stages have begun.
    stages: AtomicUsize,
    /// How many child statements are in them.
    sites: AtomicUsize,
    /// How many of these are in the first stage that has any.
    sites_of_first: AtomicUsize,
    /// Whether the body listens, so far as a [`Relay::BodyAndChildren`] has shown.
    listens: AtomicBool,
    pub(super) signals: Signals,
}

/// Makes the hub of one call of a `#[task_group]` function.
pub fn hub<E>(name: &'static str) -> Hub<E> {
    Hub {
        name,
        core: Mutex::new(CoreBox::absent()),
        relay: AtomicU8::new(Relay::Body as u8),
        first_arm: AtomicUsize::new(ALL_ARMS.start),
        end_of_arms: AtomicUsize::new(ALL_ARMS.end),
        stages: AtomicUsize::new(0),
        sites: AtomicUsize::new(0),
        sites_of_first: AtomicUsize::new(0),
        listens: AtomicBool::new(false),
        signals: Signals::default(),
    }
}

impl<E> Hub<E> {
    /// Takes the machine's core for the length of one relay.
    #[inline]
    pub(super) fn lend(&self, core: &mut CoreBox<E>, relay: Relay, arms: Range<usize>, cx: &Context<'_>) {
        self.signals.begin_poll(cx.waker());
        self.relay.store(relay as u8, Relaxed);
        self.first_arm.store(arms.start, Relaxed);
        self.end_of_arms.store(arms.end, Relaxed);
        // An exchange, because nothing has to be dropped in it: what was in the hub is absent.
        std::mem::swap(core, &mut *self.core.lock_alone());
    }

    /// Returns the core to the machine.
    #[inline]
    pub(super) fn take_back(&self, core: &mut CoreBox<E>) {
        std::mem::swap(core, &mut *self.core.lock_alone());
    }

    /// Returns the purpose of this poll.
    #[inline]
    pub(super) fn relay(&self) -> Relay {
        Relay::ALL.get(usize::from(self.relay.load(Relaxed))).copied().unwrap_or(Relay::Body)
    }

    /// Returns `true` if the purpose is [`Relay::BodyAndChildren`], as it is in nearly every poll.
    #[inline]
    pub(super) fn polls_all(&self) -> bool {
        self.relay.load(Relaxed) == Relay::BodyAndChildren as u8
    }

    /// Returns the arms that this poll is for.
    pub(super) fn arms(&self) -> Range<usize> {
        self.first_arm.load(Relaxed)..self.end_of_arms.load(Relaxed)
    }

    /// Runs `part`, which must not run user code, with the core.
    pub(super) fn with<R>(&self, part: impl FnOnce(&mut Core<E>) -> R) -> R {
        part(&mut self.core.lock_alone())
    }

    /// Locks the core, for a stage that drives its children.
    #[inline]
    pub(super) fn core(&self) -> MutexGuard<'_, CoreBox<E>> {
        self.core.lock_alone()
    }

    /// Runs `part`, which may run user code, with the core taken out.
    pub(super) fn with_core_out<R>(&self, part: impl FnOnce(&mut Core<E>) -> R) -> R {
        let mut core = self.core.lock_alone().lend();
        let result = part(&mut core);
        *self.core.lock_alone() = core;
        result
    }

    /// Returns `true` if a child statement starts no child any more.
    pub(super) fn refuses_statements(&self, daemon: bool) -> bool {
        self.with(|core| core.refuses_statements(daemon))
    }

    /// Accounts for the body of a stage.
    pub(super) fn body_ended(&self, end: End<Result<(), E>>) {
        self.with_core_out(|core| core.body_ended(self.name, end));
    }

    /// Accounts for a body that has ended, and panicked when it was dropped.
    pub(super) fn body_panicked(&self, payload: Payload) {
        self.with_core_out(|core| core.slotless_panic(self.name.into(), payload));
    }

    /// Returns how many stages have begun. The last one is the innermost.
    #[inline]
    pub(super) fn stages(&self) -> usize {
        self.stages.load(Relaxed)
    }

    /// Counts a stage that begins; returns its number, from 1.
    pub(super) fn stage_begins(&self) -> usize {
        let number = self.stages.fetch_add(1, Relaxed) + 1;
        if number == FIRST_WITH_SITES {
            self.sites_of_first.store(self.sites(), Relaxed);
        }
        number
    }

    pub(super) fn sites_of_first_stage(&self) -> usize {
        self.sites_of_first.load(Relaxed)
    }

    /// Notes that the ends of channels which were dropped just now were dropped by the body.
    pub(super) fn name_ends(&self) {
        if context::ends::has_dropped_end() {
            context::ends::name_ends(LazyName::function(self.name).name());
        }
    }

    /// Notes whether the body listened in the poll that has just ended.
    pub(super) fn notes_listening(&self, listens: bool) {
        if listens {
            self.listens.store(true, Relaxed);
        }
    }

    pub(super) fn listens(&self) -> bool {
        self.listens.load(Relaxed)
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
            noted(Wait::Room, poll)
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
    /// The parts of the waker of the poll of the function that is under way.
    waker: AtomicUsize,
    waker_type: AtomicUsize,
}

impl Signals {
    /// Notes the waker with which the function is polled.
    #[inline]
    fn begin_poll(&self, waker: &Waker) {
        self.waker.store(waker.data().addr(), Relaxed);
        self.waker_type.store(std::ptr::from_ref(waker.vtable()).addr(), Relaxed);
    }

    /// Returns `true` if this is the waker with which the function is polled now.
    #[inline]
    pub(super) fn are_polled_by(&self, waker: &Waker) -> bool {
        self.waker.load(Relaxed) == waker.data().addr()
            && self.waker_type.load(Relaxed) == std::ptr::from_ref(waker.vtable()).addr()
    }

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
