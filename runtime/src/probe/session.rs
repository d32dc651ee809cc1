//! The state of one run: how far it has come, and what interferes with it when.
//!
//! 1. A step is one poll of the explored future, or one poll of a spawned child. Steps are counted when they are over.
//! 2. What is due after a step is done by the driver before anything else runs: the step wakes it, and the runtime polls it
//!    after each task. Otherwise a name such as `drop@17` would not always mean the same run.
//! 3. Only the thread of the exploration, and threads of its runtime's blocking pool, belong to a session: other tests run
//!    in the same process.

use std::{
    cell::RefCell,
    collections::VecDeque,
    future::poll_fn,
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Poll, Waker},
    time::Duration,
};

use tokio::{
    runtime::{Handle, Id as RuntimeId},
    time::{Instant, sleep},
};

use crate::{
    error::Panicked,
    probe::{
        injected::Injected,
        plan::{Interference, Plan, Replay},
        schedule::{Id, Schedule, Who},
    },
    sync::{Mutex, MutexGuard},
    unwind::Payload,
};

pub(crate) struct Session {
    plan: Plan,
    state: Mutex<State>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) steps: usize,
    pub(crate) points: usize,
    pub(crate) fail_points: usize,
    /// Whether the interference has taken place.
    pub(crate) acted: bool,
    /// Whether the future is gone, so that no group is left that could resume a panic of a child.
    pub(crate) over: bool,
    pub(crate) last_step: Option<Instant>,
    /// How often a cancelled token was looked at since the last step.
    looks: usize,
    /// How often the answers of one poll of a child were used up.
    used_up: usize,
    pub(crate) spins: bool,
    /// A panic of a child that no group will resume.
    pub(crate) unheard: Option<String>,
    /// The last points that were passed, and after how many steps.
    pub(crate) trail: VecDeque<(usize, &'static str)>,
    pub(crate) driver: Option<Waker>,
    pub(crate) schedule: Schedule,
    /// The child that was polled last when the interference took place.
    pub(crate) at: Option<Who>,
}

/// More checks of a cancelled token than this, within one poll, mean that the code ignores it.
const MOST_LOOKS: usize = 1_000_000;

/// A child that is cancelled, and uses up the answers of a poll so often in one run, does not leave.
const MOST_USED_UP: usize = 10_000;
const TRAIL: usize = 16;
const STALL: Duration = Duration::from_secs(60);

impl Session {
    /// Makes the state of one run; `names_all`: of one that also finds out the names of all children.
    pub(crate) fn new(replay: Replay, names_all: bool) -> Arc<Self> {
        let Replay { plan, only } = replay;
        let is_scheduled = plan.interference == Interference::Schedule;
        let mut schedule = Schedule::new(is_scheduled.then_some(plan.at), only);
        schedule.names_all = names_all;
        // From its first poll on.
        Arc::new(Self { plan, state: Mutex::new(State { schedule, acted: is_scheduled, ..State::default() }) })
    }

    pub(crate) fn plan(&self) -> Plan {
        self.plan
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Returns `true` once: when the interference is due.
    pub(crate) fn is_due(&self) -> bool {
        let mut state = self.lock();
        let due = !self.plan.interference.is_at_a_point()
            && !matches!(self.plan.interference, Interference::Nothing | Interference::Schedule)
            && !state.acted
            && state.steps >= self.plan.at;
        // Noted in the same step, so that the interference takes place once.
        state.acted |= due;
        if due {
            state.at = state.schedule.here.clone();
        }
        due
    }

    /// Counts a poll that is over.
    pub(crate) fn step(&self) {
        let driver = {
            let mut state = self.lock();
            state.steps += 1;
            state.looks = 0;
            state.last_step = Some(Instant::now());
            // Woken at exactly this step: invariant 2.
            if state.steps == self.plan.at { state.driver.clone() } else { None }
        };
        if let Some(driver) = driver {
            driver.wake();
        }
    }

    /// Counts an arrival at a point; returns the interference if it takes place there.
    fn arrive(&self, point: &'static str, can_fail: bool) -> Option<Interference> {
        let acts = {
            let mut state = self.lock();
            let steps = state.steps;
            if state.trail.len() == TRAIL {
                // What goes wrong is near the end, so the last points are kept.
                state.trail.pop_front();
            }
            state.trail.push_back((steps, point));
            state.points += 1;
            state.fail_points += usize::from(can_fail);
            let acts = match self.plan.interference {
                Interference::Panic => state.points == self.plan.at,
                Interference::Fail => can_fail && state.fail_points == self.plan.at,
                // Counted among the async points alone: only those can wait.
                Interference::Stall => !can_fail && state.points - state.fail_points == self.plan.at,
                _ => false,
            };
            state.acted |= acts;
            if acts {
                state.at = state.schedule.here.clone();
            }
            acts
        };
        if acts && self.plan.interference == Interference::Panic {
            // Not `panic!`: the hook would print a message for every run.
            resume_unwind(Box::new(Injected::at(point)));
        }
        acts.then_some(self.plan.interference)
    }

    fn looked_at_cancelled(&self, is_used_up: bool) {
        let spins = {
            let mut state = self.lock();
            state.looks += 1;
            state.used_up += usize::from(is_used_up);
            state.spins |= state.looks > MOST_LOOKS || state.used_up > MOST_USED_UP;
            state.spins
        };
        if spins {
            // Unwinds out of the loop in the user's code, which nothing else could end.
            resume_unwind(Box::new("taskgroup::testing: a cancelled token is looked at over and over in one poll"));
        }
    }
}

thread_local! {
    static HERE: RefCell<Option<Arc<Session>>> = const { RefCell::new(None) };
}

/// How many explorations there are in the process. With none, a report is one load.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// The sessions of all explorations, for the threads of their blocking pools.
static SESSIONS: Mutex<Vec<(RuntimeId, Arc<Session>)>> = Mutex::new(Vec::new());

fn sessions() -> MutexGuard<'static, Vec<(RuntimeId, Arc<Session>)>> {
    SESSIONS.lock()
}

/// As long as it exists, the session is that of this thread and of the runtime.
pub(crate) struct Entered(RuntimeId);

impl Entered {
    pub(crate) fn new(session: &Arc<Session>, runtime: RuntimeId) -> Self {
        RUNNING.fetch_add(1, Ordering::Relaxed);
        HERE.set(Some(session.clone()));
        sessions().push((runtime, session.clone()));
        Self(runtime)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::Relaxed);
        HERE.set(None);
        sessions().retain(|(runtime, _)| *runtime != self.0);
    }
}

#[inline]
pub(super) fn on_this_thread<R>(tell: impl FnOnce(&Arc<Session>) -> R) -> Option<R> {
    // Relaxed: what this thread has entered itself, it sees.
    if RUNNING.load(Ordering::Relaxed) == 0 {
        return None;
    }
    // A clone, so that `tell` may call back into this file.
    let session = HERE.try_with(|here| here.borrow().clone()).ok().flatten();
    session.as_ref().map(tell)
}

fn anywhere<R>(tell: impl FnOnce(&Arc<Session>) -> R) -> Option<R> {
    if RUNNING.load(Ordering::Relaxed) == 0 {
        return None;
    }
    let here = HERE.try_with(|here| here.borrow().clone()).ok().flatten();
    let session = here.or_else(|| {
        let runtime = Handle::try_current().ok()?.id();
        // A thread of the blocking pool has the handle of the runtime that it belongs to (invariant 3).
        sessions().iter().find(|(at, _)| *at == runtime).map(|(_, session)| session.clone())
    });
    session.as_ref().map(tell)
}

/// Reaches the order of polls of this thread's run.
pub(super) fn scheduled<R>(reach: impl FnOnce(&mut Schedule) -> R) -> Option<R> {
    on_this_thread(|session| reach(&mut session.lock().schedule))
}

/// Reports that a spawned child was polled.
#[inline]
pub(crate) fn child_polled() {
    on_this_thread(|session| session.step());
}

/// Reports that a spawned child panicked.
pub(crate) fn child_panicked(payload: &Payload) {
    anywhere(|session| {
        let mut state = session.lock();
        // While the run goes on, its group resumes the panic, and the driver reports it.
        if state.over && state.unheard.is_none() && !payload.is::<Injected>() {
            state.unheard = Some(Panicked::text(&**payload).to_owned());
        }
    });
}

/// Reports that a token was checked.
#[inline]
pub(crate) fn looked(is_cancelled: bool) {
    if is_cancelled {
        on_this_thread(|session| session.looked_at_cancelled(false));
    }
}

/// What is ready for ever once cancelled has been answered so often in one poll of a child that it pends.
pub(crate) fn answers_used_up() {
    on_this_thread(|session| session.looked_at_cancelled(true));
}

pub(crate) fn try_pass(point: &'static str) -> Result<(), Injected> {
    match anywhere(|session| session.arrive(point, true)).flatten() {
        Some(Interference::Fail) => Err(Injected::at(point)),
        _ => Ok(()),
    }
}

pub(crate) async fn pass(point: &'static str) {
    // Not even a turn for other tasks is taken outside an exploration.
    if anywhere(|_| ()).is_none() {
        return;
    }
    let mut waited = false;
    // The arrival, so that two tasks at one point have turns of their own.
    let arrival = on_this_thread(|session| session.lock().points).unwrap_or(0);
    poll_fn(|cx| {
        let id = Id::point(point, arrival);
        if waited && !on_this_thread(|session| session.turn(id, Some(Who::named(point)))).unwrap_or(false) {
            return Poll::Ready(());
        }
        waited = true;
        // One turn for other tasks, in every run: at an await that never waits, nothing could come in between.
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    if let Some(Interference::Stall) = anywhere(|session| session.arrive(point, false)).flatten() {
        // In virtual time, so it costs nothing.
        sleep(STALL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_do_nothing_outside_an_exploration() {
        assert_eq!(try_pass("nowhere"), Ok(()));
    }
}
