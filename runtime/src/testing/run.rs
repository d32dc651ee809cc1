//! One run: a runtime of its own, the user's future in it, and the driver that counts, interferes and watches.

use std::{
    any::Any,
    convert::Infallible,
    future::{Future, poll_fn},
    panic::resume_unwind,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use tokio::{
    runtime::{Builder, Handle},
    sync::Notify,
    task::yield_now,
    time::{Sleep, sleep},
};

use super::problem::Problem;
use crate::{
    context::orphans::orphans,
    error::{Panicked, Stopped},
    group::arms,
    probe::{Entered, Id, Injected, Interference, Plan, Session, Who},
    runtime::here,
    unwind::{Payload, guard},
};

pub(super) struct Bounds {
    /// The virtual time for a run, and again for what it leaves behind.
    pub(super) time: Duration,
    pub(super) polls_in_a_run: usize,
    pub(super) settle: Duration,
}

/// A run that has ended, as [`Explorer::check`](super::Explorer::check) receives it.
///
/// # Example
#[cfg_attr(feature = "testing", doc = "```")]
#[cfg_attr(not(feature = "testing"), doc = "```ignore")]
/// use std::cell::RefCell;
/// use taskgroup::testing::{Explorer, Interference};
///
/// let runs = RefCell::new(Vec::new());
/// Explorer::new()
///     .only([Interference::Drop])
///     .check(|run| {
///         let ended = if run.is_finished() { "finished" } else { "dropped" };
///         runs.borrow_mut().push((run.interference(), run.at(), run.is_disturbed(), ended, run.replay()));
///     })
///     .run(async || tokio::task::yield_now().await);
/// assert_eq!(runs.borrow()[0].3, "finished");
/// assert_eq!(runs.borrow()[1], (Interference::Drop, 0, true, "dropped", "drop@0".to_owned()));
/// ```
#[derive(Clone, Debug)]
pub struct Run {
    pub(super) plan: Plan,
    pub(super) acted: bool,
    pub(super) finished: bool,
}

impl Run {
    /// Returns the interference with the run.
    ///
    /// See the [example](Self#example).
    pub fn interference(&self) -> Interference {
        self.plan.interference
    }

    /// Returns after how many polls, or at which arrival at a point, the interference was due, counted from one.
    ///
    /// See the [example](Self#example).
    pub fn at(&self) -> usize {
        self.plan.at
    }

    /// Returns `true` if the interference took place. If not, the run was over before.
    ///
    /// See the [example](Self#example).
    pub fn is_disturbed(&self) -> bool {
        self.acted
    }

    /// Returns `true` if your code returned a value, and was not ended by a panic or a drop.
    ///
    /// See the [example](Self#example).
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// Returns the name that repeats the run.
    ///
    /// See the [example](Self#example).
    pub fn replay(&self) -> String {
        self.plan.to_string()
    }
}

/// A run that is over, and its problem.
pub(super) struct Attempt {
    pub(super) session: Arc<Session>,
    pub(super) problem: Option<Problem>,
}

/// A waker that records whether it was called. After a `Repoll` only the newest one counts.
struct DriverWaker {
    woken: AtomicBool,
    driver: Waker,
}

impl Wake for DriverWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.driver.wake_by_ref();
    }
}

/// How the future ended.
enum Driven {
    Finished,
    Dropped,
    Panicked(Payload),
    Hung(String),
}

type Root<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Makes one run. `check` is called with its report, within the runtime.
pub(super) fn run<Fut: Future>(
    session: &Arc<Session>,
    bounds: &Bounds,
    scenario: impl FnOnce() -> Fut,
    check: &mut dyn FnMut(&Run),
) -> Result<(), Problem> {
    // One thread, and virtual time: a plan always makes the same run.
    let runtime = Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        // The driver is polled after every single task.
        .event_interval(1)
        .build()
        .map_err(|error| Problem::Panic { message: format!("no runtime could be made: {error}") })?;
    let entered = Entered::new(session, runtime.handle().id());
    let mut result = runtime.block_on(async {
        let (finished, result) = go(session, bounds, scenario).await;
        let (acted, unheard) = {
            let mut state = session.lock();
            (state.acted, state.unheard.take())
        };
        let result = match unheard {
            Some(message) if result.is_ok() => Err(Problem::Panic { message }),
            _ => result,
        };
        let run = Run { plan: session.plan(), acted, finished };
        // After a run that failed too: it may have state to reset, and has nothing to add.
        let checked = guard(|| check(&run));
        result.and(checked.map_err(|payload| panicked(&*payload)))
    });
    if session.lock().spins {
        // Whatever the run returned: the code ignores its token.
        let how =
            "it looks at its token over and over, sees that it is cancelled, and goes on without an await that waits";
        result = Err(Problem::Hang { how: how.to_owned() });
    }
    drop(entered);
    // A leaked task must not block this thread.
    runtime.shutdown_background();
    result
}

/// Runs the future until nothing of it is left. Returns whether it returned a value, too.
async fn go<Fut: Future>(
    session: &Arc<Session>,
    bounds: &Bounds,
    scenario: impl FnOnce() -> Fut,
) -> (bool, Result<(), Problem>) {
    let requested = Notify::new();
    let root = guard(|| interfered(session.plan().interference, scenario(), &requested));
    let driven = match root {
        Ok(root) => drive(session, bounds, root, &requested).await,
        Err(payload) => Driven::Panicked(payload),
    };
    let finished = matches!(driven, Driven::Finished);
    (finished, ends(session, bounds, driven).await)
}

/// Waits until nothing of a run is left.
async fn ends(session: &Session, bounds: &Bounds, driven: Driven) -> Result<(), Problem> {
    {
        let mut state = session.lock();
        state.over = true;
        state.driver = None;
    }
    match driven {
        // First: what a run that hangs leaves behind is no finding of its own.
        Driven::Hung(how) => return Err(Problem::Hang { how }),
        // An injected panic that comes out has done what it was for.
        Driven::Panicked(payload) if !payload.is::<Injected>() => return Err(panicked(&*payload)),
        Driven::Panicked(_) | Driven::Finished | Driven::Dropped => {}
    }

    let mut limit = pin!(sleep(bounds.time));
    let mut orphans = pin!(orphans());
    let quiet = poll_fn(|cx| match orphans.as_mut().poll(cx) {
        Poll::Ready(()) => Poll::Ready(true),
        Poll::Pending => limit.as_mut().poll(cx).map(|()| false),
    });
    if !quiet.await {
        let how = "what was left of a dropped group was ordered to stop, and never did".to_owned();
        return Err(Problem::Hang { how });
    }
    settle(bounds.settle).await;
    // All that are left: what drives the run is not a task.
    let tasks = Handle::current().metrics().num_alive_tasks();
    if tasks > 0 {
        return Err(Problem::Leak { tasks });
    }
    Ok(())
}

fn panicked(payload: &(dyn Any + Send)) -> Problem {
    Problem::Panic { message: Panicked::text(payload).to_owned() }
}

/// Returns the future to be driven: the user's own, inside a group if one is to be cancelled.
fn interfered<'a, Fut: Future + 'a>(interference: Interference, user: Fut, requested: &'a Notify) -> Root<'a> {
    if !matches!(interference, Interference::Stop | Interference::Cancel) {
        return Box::pin(async { drop(user.await) });
    }
    Box::pin(async move {
        let user = async {
            drop(user.await);
            Ok::<(), Infallible>(())
        };
        let group = arms::group(|needs| here(needs))
            .inline(&("explored", 0), user)
            .into_group(0u8, 0u8)
            .outcome()
            .name("explore");
        // By an option, because a group can be cancelled by nothing else from outside.
        let group = group.cancel_on(requested.notified());
        // A grace period without end: the future has to end by itself, and one that never does is the finding.
        let ended = if interference == Interference::Cancel { group.grace(Duration::MAX).await } else { group.await };
        if let Err(Stopped::Panicked(panicked)) = ended {
            resume_unwind(panicked.into_payload());
        }
    })
}

/// Polls `root` when it is woken, and interferes with it as planned.
async fn drive(session: &Arc<Session>, bounds: &Bounds, root: Root<'_>, requested: &Notify) -> Driven {
    let mut root = Some(root);
    let mut waker: Option<Arc<DriverWaker>> = None;
    let mut limit = pin!(sleep(bounds.time));
    poll_fn(|cx| {
        let mut waker_now = waker.take().unwrap_or_else(|| {
            session.lock().driver = Some(cx.waker().clone());
            // As if it had been woken: the first poll needs no wake-up.
            Arc::new(DriverWaker { woken: AtomicBool::new(true), driver: cx.waker().clone() })
        });
        let mut polled = false;
        loop {
            if session.is_due() {
                match session.plan().interference {
                    Interference::Drop => {
                        return Poll::Ready(match guard(|| root = None) {
                            Ok(()) => Driven::Dropped,
                            Err(payload) => Driven::Panicked(payload),
                        });
                    }
                    Interference::Repoll => {
                        // The waker before keeps a flag of its own, which is read no more: a future that still calls
                        // that one is never polled.
                        waker_now = Arc::new(DriverWaker { woken: AtomicBool::new(true), driver: cx.waker().clone() });
                        polled = false;
                    }
                    _ => requested.notify_one(),
                }
            }
            // Once for each poll by the runtime, so that other tasks run in between.
            if polled || !waker_now.woken.swap(false, Ordering::AcqRel) {
                break;
            }
            if session.turn(Id::ROOT, Some(Who::named("the explored future"))) {
                // Others go first: it stays woken.
                waker_now.wake_by_ref();
                break;
            }
            polled = true;
            let waker = Waker::from(waker_now.clone());
            let Some(future) = &mut root else { return Poll::Ready(Driven::Dropped) };
            let ended = match guard(|| future.as_mut().poll(&mut Context::from_waker(&waker))) {
                Ok(Poll::Pending) => None,
                Ok(Poll::Ready(())) => Some(Driven::Finished),
                Err(payload) => Some(Driven::Panicked(payload)),
            };
            session.step();
            if let Some(ended) = ended {
                // The contents of the user's future are dropped now, and not at the end of the run.
                return Poll::Ready(match guard(|| root = None) {
                    Err(payload) if matches!(ended, Driven::Finished) => Driven::Panicked(payload),
                    _ => ended,
                });
            }
        }
        waker = Some(waker_now);
        too_long(session, bounds, limit.as_mut(), cx).map(|how| {
            let _ = guard(|| root = None);
            Driven::Hung(how)
        })
    })
    .await
}

fn too_long(session: &Session, bounds: &Bounds, limit: Pin<&mut Sleep>, cx: &mut Context<'_>) -> Poll<String> {
    let start = limit.deadline() - bounds.time;
    let (steps, last) = {
        let state = session.lock();
        (state.steps, state.last_step.map_or(Duration::ZERO, |last| last - start))
    };
    if steps > bounds.polls_in_a_run {
        return Poll::Ready(format!("it is still going on after {steps} polls, {last:?} from its start"));
    }
    limit.poll(cx).map(|()| {
        if last + bounds.time / 2 > bounds.time {
            format!("it is still going on {last:?} from its start, after {steps} polls")
        } else {
            format!(
                "after its {steps} polls, {last:?} from its start, nothing of it could run any more: \
                 whatever it waits for never wakes it"
            )
        }
    })
}

/// Gives tasks that are stopping, after an `abort` or because a channel closed, the time to end.
async fn settle(time: Duration) {
    const TURNS: usize = 64;
    let metrics = Handle::current().metrics();
    for _ in 0..TURNS {
        if metrics.num_alive_tasks() == 0 {
            return;
        }
        // A task that was aborted is dropped in a turn of its own.
        yield_now().await;
    }
    if !time.is_zero() {
        sleep(time).await;
    }
}
