//! What the stages, sites and handles of one function share.
//!
//! 1. The machine writes `step` before it polls the body and reads `reports` after; in between, only this poll touches them.
//! 2. `decided` is set with the first report that may end the function: after it nothing is polled in this round.
//! 3. `fresh` is set by whatever makes another look at the body or the sites worth while within the same poll.

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::Relaxed},
    },
    task::{Poll, Waker},
    time::Duration,
};

use tokio::task::coop;

use crate::{
    context::{
        self,
        carry::{Carried, LocalSource},
        scope::{LiveGuard, Scope},
    },
    name::Name,
    observe::{self, Kind},
    sync::{Mutex, MutexGuard},
    unwind::Payload,
};

/// What a poll of the outermost body is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Step {
    /// Run the innermost body, poll the children.
    Run,
    /// Poll every child, whether it was woken or not.
    RunAll,
    /// Nothing begins any more.
    Close,
    /// Drop the innermost body.
    DropBody,
    /// Drop, or tell to stop, what has not ended; critical sections go on.
    Stop,
    /// The same, and critical sections end.
    Kill,
    /// The owner is going.
    Drop,
    /// All have ended: hand the value out.
    Finish,
}

/// Is the machine past all mercy?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Stopping {
    No,
    Stop,
    Kill,
}

impl Step {
    const ALL: [Self; 8] =
        [Self::Run, Self::RunAll, Self::Close, Self::DropBody, Self::Stop, Self::Kill, Self::Drop, Self::Finish];
}

/// What a stage or a site has to tell the machine.
pub(crate) enum Report<E> {
    Began {
        daemon: bool,
    },
    Done {
        daemon: bool,
    },
    Failed {
        child: Name,
        daemon: bool,
        error: E,
    },
    Panicked {
        child: Name,
        daemon: bool,
        payload: Payload,
    },
    Stopped {
        daemon: bool,
    },
    /// A child that its owner had cancelled: nobody's failure.
    Cancelled {
        daemon: bool,
        late: Option<(Name, E)>,
    },
    /// A panic beside the end of a child: in the destructor of a value that nobody waited for.
    Extra {
        child: Name,
        payload: Payload,
    },
    Lost {
        child: Name,
        daemon: bool,
    },
    BodyDone,
    BodyFailed(E),
    BodyPanicked(Payload),
    BodyDropped,
}

/// Shared by everything that belongs to one call of a `#[task_group]` function.
pub struct Hub<E> {
    pub(crate) name: &'static str,
    step: AtomicU8,
    stopping: AtomicU8,
    /// Rises with every poll of the function.
    round: AtomicUsize,
    /// How many stages have begun.
    depth: AtomicUsize,
    sites: AtomicUsize,
    fresh: AtomicBool,
    decided: AtomicBool,
    /// Was the budget used up before all had the poll that was due to everybody?
    put_off: AtomicBool,
    /// Is there room for another ordinary child?
    running: AtomicUsize,
    limit: AtomicUsize,
    reports: Mutex<Vec<Report<E>>>,
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    alive: Option<Arc<LiveGuard>>,
    sources: Vec<Box<dyn LocalSource>>,
    watch: observe::Group,
    grace: Option<Duration>,
    /// The body, waiting for room.
    waits_for_room: Option<Waker>,
}

/// The beginning of every `#[task_group]` function.
pub fn hub<E>(name: &'static str) -> Hub<E> {
    Hub {
        name,
        step: AtomicU8::new(0),
        stopping: AtomicU8::new(0),
        round: AtomicUsize::new(0),
        depth: AtomicUsize::new(0),
        sites: AtomicUsize::new(0),
        fresh: AtomicBool::new(false),
        decided: AtomicBool::new(false),
        put_off: AtomicBool::new(false),
        running: AtomicUsize::new(0),
        limit: AtomicUsize::new(usize::MAX),
        reports: Mutex::default(),
        shared: Mutex::default(),
    }
}

impl<E> Hub<E> {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock()
    }

    pub(crate) fn step(&self) -> Step {
        Step::ALL[self.step.load(Relaxed) as usize]
    }

    pub(crate) fn set_step(&self, step: Step) {
        self.step.store(step as u8, Relaxed);
    }

    pub(crate) fn round(&self) -> usize {
        self.round.load(Relaxed)
    }

    /// The machine is about to run the function; a round that was put off goes on where it stopped.
    pub(crate) fn next_round(&self, all: bool, stopping: Stopping) {
        if !(self.put_off.swap(false, Relaxed) && all) {
            self.round.fetch_add(1, Relaxed);
        }
        self.decided.store(false, Relaxed);
        self.stopping.store(stopping as u8, Relaxed);
        self.set_step(if all { Step::RunAll } else { Step::Run });
    }

    /// May one more child have the poll that is due to everybody? Without budget it would be none: tokio's resources would
    /// not look at anything. Then the round goes on in the next poll of the function.
    pub(crate) fn may_go_on(&self) -> bool {
        if self.step() != Step::RunAll || coop::has_budget_remaining() {
            return true;
        }
        self.put_off.store(true, Relaxed);
        false
    }

    pub(crate) fn is_put_off(&self) -> bool {
        self.put_off.load(Relaxed)
    }

    pub(crate) fn stopping(&self) -> Stopping {
        match self.stopping.load(Relaxed) {
            0 => Stopping::No,
            1 => Stopping::Stop,
            _ => Stopping::Kill,
        }
    }

    /// A stage begins; its number, counted from 1.
    pub(crate) fn next_stage(&self) -> usize {
        self.depth.fetch_add(1, Relaxed) + 1
    }

    pub(crate) fn depth(&self) -> usize {
        self.depth.load(Relaxed)
    }

    pub(crate) fn next_site(&self) -> usize {
        self.sites.fetch_add(1, Relaxed)
    }

    pub(crate) fn fresh(&self) -> &AtomicBool {
        &self.fresh
    }

    pub(crate) fn refresh(&self) {
        self.fresh.store(true, Relaxed);
    }

    pub(crate) fn take_fresh(&self) -> bool {
        self.fresh.swap(false, Relaxed)
    }

    pub(crate) fn is_decided(&self) -> bool {
        self.decided.load(Relaxed)
    }

    pub(crate) fn report(&self, report: Report<E>) {
        let ends = matches!(
            &report,
            Report::Failed { .. }
                | Report::Panicked { .. }
                | Report::Extra { .. }
                | Report::Lost { .. }
                | Report::BodyFailed(_)
                | Report::BodyPanicked(_)
        );
        // Perhaps it is late, and ends nothing: only the machine knows, and then it comes back at once.
        if ends {
            self.decided.store(true, Relaxed);
        }
        self.reports.lock().push(report);
    }

    pub(crate) fn take_reports(&self, into: &mut Vec<Report<E>>) {
        into.append(&mut self.reports.lock());
    }

    pub(crate) fn set_up(
        &self,
        limit: usize,
        grace: Option<Duration>,
        sources: Vec<Box<dyn LocalSource>>,
        watch: observe::Group,
    ) {
        self.limit.store(limit, Relaxed);
        let mut shared = self.lock();
        shared.grace = grace;
        shared.sources = sources;
        shared.watch = watch;
    }

    pub(crate) fn grace(&self) -> Option<Duration> {
        self.lock().grace
    }

    /// A child is about to begin.
    #[inline]
    pub(crate) fn watch(&self, kind: Kind, daemon: bool, name: impl FnOnce() -> Name) -> observe::Child {
        if observe::ON { self.lock().watch.child(kind, daemon, name) } else { observe::Child::default() }
    }

    /// The guard for a child that is about to run elsewhere, as the code of `scope` or, without one, of the group.
    pub(crate) fn guard_for_child(&self, scope: Option<&Arc<Scope>>, watch: observe::Child) -> Arc<LiveGuard> {
        let mut shared = self.lock();
        let alive = match scope {
            Some(scope) => scope.alive(),
            None => shared
                .alive
                .get_or_insert_with(|| match context::current() {
                    Some(frame) => frame.scope().alive(),
                    None => Scope::group(None, None).alive(),
                })
                .clone(),
        };
        if shared.sources.is_empty() && !observe::ON {
            return alive;
        }
        alive.carrying(Carried::new(shared.sources.iter().map(|sources| sources.local()).collect(), watch))
    }

    /// Lets go of the guard that the owner keeps for its children.
    pub(crate) fn release(&self) {
        let alive = self.lock().alive.take();
        drop(alive);
    }

    fn has_room(&self) -> bool {
        self.running.load(Relaxed) < self.limit.load(Relaxed)
    }

    /// An ordinary child begins or ends.
    pub(crate) fn count(&self, begins: bool) {
        if begins {
            self.running.fetch_add(1, Relaxed);
        } else {
            self.running.fetch_sub(1, Relaxed);
        }
        if self.limit.load(Relaxed) == usize::MAX {
            return;
        }
        let full = !self.has_room();
        if let Some(frame) = context::current() {
            frame.scope().set_full(full);
        }
        if !full {
            let waiting = self.lock().waits_for_room.take();
            if let Some(waker) = waiting {
                self.refresh();
                waker.wake();
            }
        }
    }

    /// Waits until there is room for another child. The one await that the macro adds, and only with `limit`.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub async fn room(&self) {
        poll_fn(|cx| {
            if self.has_room() {
                return Poll::Ready(());
            }
            self.lock().waits_for_room = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}
