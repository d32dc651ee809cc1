//! The runs one after the other, each with its interference one poll further on.

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    io::Write,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use tokio::runtime::Handle;

use super::{
    finding::Finding,
    run::{Bounds, Run, run},
};
use crate::probe::{Interference, Plan, Session};

/// The variable that asks for one run only.
const REPLAY: &str = "TASKGROUP_REPLAY";

/// Explores `scenario` with everything at its default: [`Explorer::new().run(scenario)`](Explorer::run).
///
/// # Panics
/// With a report, if a run goes wrong. Also within a tokio runtime: it makes its own, so call it from a plain `#[test]`.
///
#[cfg_attr(feature = "testing", doc = "```")]
#[cfg_attr(not(feature = "testing"), doc = "```ignore")]
/// use std::time::Duration;
/// use taskgroup::{group, testing::explore};
/// use tokio::time::sleep;
///
/// let explored = explore(|| async {
///     let both = group!(
///         #[spawn] a = async { sleep(Duration::from_secs(1)).await; Ok::<_, std::io::Error>(1) },
///         b = async { sleep(Duration::from_secs(2)).await; Ok(2) },
///     );
///     assert_eq!(both.await.unwrap(), (1, 2));
/// });
/// assert!(explored.runs() > 10);
/// ```
#[track_caller]
pub fn explore<F, Fut>(scenario: F) -> Explored
where
    F: FnMut() -> Fut,
    Fut: Future,
{
    Explorer::new().run(scenario)
}

/// An exploration with options.
#[must_use = "an explorer does nothing until it runs"]
pub struct Explorer<'a> {
    bounds: Bounds,
    most_polls: usize,
    only: Vec<Interference>,
    replay: Option<Plan>,
    check: Box<dyn FnMut(&Run) + 'a>,
}

impl Default for Explorer<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Explorer<'a> {
    /// All interferences, at up to 2,000 polls each; an hour of virtual time and 100,000 polls for a run.
    pub fn new() -> Self {
        Self {
            bounds: Bounds { time: Duration::from_secs(3600), polls_in_a_run: 100_000, settle: Duration::ZERO },
            most_polls: 2_000,
            only: Interference::ALL.to_vec(),
            replay: None,
            check: Box::new(|_| {}),
        }
    }

    /// Interferes at no more than the first `most` polls, or points.
    pub fn max_polls(mut self, most: usize) -> Self {
        self.most_polls = most;
        self
    }

    /// How much virtual time a run may take before it counts as hanging.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.bounds.time = limit;
        self
    }

    /// How many polls a run may take before it counts as hanging.
    pub fn poll_limit(mut self, limit: usize) -> Self {
        self.bounds.polls_in_a_run = limit;
        self
    }

    /// How much virtual time tasks that this crate did not start have to end by themselves, before they are a leak. None
    /// by default: only those that end at once are none.
    pub fn settle(mut self, time: Duration) -> Self {
        self.bounds.settle = time;
        self
    }

    /// Interferes only in these ways. A run that is left alone always comes first.
    pub fn only(mut self, interferences: impl IntoIterator<Item = Interference>) -> Self {
        self.only = interferences.into_iter().collect();
        self
    }

    /// After each run, when nothing of it is alive any more: the place for assertions on what the code has left behind,
    /// and for setting it back. A panic in it is a finding.
    pub fn check(mut self, check: impl FnMut(&Run) + 'a) -> Self {
        self.check = Box::new(check);
        self
    }

    /// Makes only the run that a report named: `"drop@17"`.
    ///
    /// # Panics
    /// If it is no such name.
    #[track_caller]
    pub fn replay(mut self, run: &str) -> Self {
        match run.parse() {
            Ok(plan) => self.replay = Some(plan),
            Err(()) => panic!("`{run}` is not the name of a run; a report gives it, and it looks like `drop@17`"),
        }
        self
    }

    /// Explores: `scenario` makes the future of each run.
    ///
    /// # Panics
    /// With a report, if a run goes wrong; and as [`explore`] does.
    #[track_caller]
    pub fn run<F, Fut>(self, scenario: F) -> Explored
    where
        F: FnMut() -> Fut,
        Fut: Future,
    {
        match self.try_run(scenario) {
            Ok(explored) => explored,
            Err(finding) => panic!("{finding}"),
        }
    }

    /// Explores, and returns what went wrong instead of panicking.
    ///
    /// # Errors
    /// The first run that went wrong.
    ///
    /// # Panics
    /// Within a tokio runtime, and if the variable `TASKGROUP_REPLAY` is set to what is not the name of a run.
    #[track_caller]
    pub fn try_run<F, Fut>(mut self, mut scenario: F) -> Result<Explored, Finding>
    where
        F: FnMut() -> Fut,
        Fut: Future,
    {
        assert!(
            Handle::try_current().is_err(),
            "an exploration makes its own runtimes: call it from a plain `#[test]`, not from within a runtime"
        );
        if let (None, Ok(run)) = (self.replay, std::env::var(REPLAY)) {
            self = self.replay(&run);
        }
        let guardian = Guardian::new();
        let mut explored = Explored::default();
        if let Some(plan) = self.replay {
            self.one(plan, &mut scenario, &mut explored, &guardian)?;
            return Ok(explored);
        }
        self.one(Plan::NOTHING, &mut scenario, &mut explored, &guardian)?;
        let only = std::mem::take(&mut self.only);
        for interference in Interference::ALL.into_iter().filter(|one| only.contains(one)) {
            if interference == Interference::Nothing {
                continue;
            }
            // Nothing can be dropped before there is something, and so on; but a drop before the first poll is one.
            let mut at = usize::from(interference != Interference::Drop);
            loop {
                if at > self.most_polls {
                    explored.cut_short = true;
                    break;
                }
                if !self.one(Plan { interference, at }, &mut scenario, &mut explored, &guardian)? {
                    break;
                }
                at += 1;
            }
        }
        Ok(explored)
    }

    /// One run. Was it still going on when its interference was due?
    fn one<F, Fut>(
        &mut self,
        plan: Plan,
        scenario: &mut F,
        explored: &mut Explored,
        guardian: &Guardian,
    ) -> Result<bool, Finding>
    where
        F: FnMut() -> Fut,
        Fut: Future,
    {
        guardian.begins(plan);
        let session = Session::new(plan);
        let result = run(&session, &self.bounds, scenario, &mut *self.check);
        let state = session.lock();
        if plan == Plan::NOTHING {
            explored.polls = Some(state.steps);
        }
        *explored.runs.entry(plan.interference).or_default() += 1;
        match result {
            Ok(()) => Ok(state.acted),
            Err(problem) => Err(Finding {
                plan,
                problem,
                runs: explored.runs(),
                polls: explored.polls.filter(|_| plan != Plan::NOTHING),
                acted: state.acted,
                trail: state.trail.iter().copied().collect(),
            }),
        }
    }
}

/// What an exploration that found nothing has done.
#[derive(Clone, Default, Debug)]
pub struct Explored {
    runs: BTreeMap<Interference, usize>,
    polls: Option<usize>,
    cut_short: bool,
}

impl Explored {
    /// How many runs were made.
    pub fn runs(&self) -> usize {
        self.runs.values().sum()
    }

    /// How many runs were made with this interference, the one included that was over before it was due.
    pub fn runs_with(&self, interference: Interference) -> usize {
        self.runs.get(&interference).copied().unwrap_or(0)
    }

    /// How many polls the run had that was left alone.
    pub fn polls(&self) -> usize {
        self.polls.unwrap_or(0)
    }

    /// Has every poll had its turn? Not if there are more than [`Explorer::max_polls`], nor in a replay.
    pub fn is_complete(&self) -> bool {
        self.polls.is_some() && !self.cut_short
    }
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} runs", self.runs())?;
        for (index, (interference, runs)) in self.runs.iter().enumerate() {
            write!(f, "{} {interference} {runs}", if index == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

/// A loop that never yields cannot be interrupted from within its thread; but somebody can say where it is.
struct Guardian(mpsc::Sender<Plan>);

impl Guardian {
    /// Of real time.
    const PATIENCE: Duration = Duration::from_secs(30);

    fn new() -> Self {
        let (begins, runs) = mpsc::channel::<Plan>();
        // It ends with the exploration.
        let watch = move || {
            let mut now = None;
            loop {
                match runs.recv_timeout(Self::PATIENCE) {
                    Ok(plan) => now = Some(plan),
                    Err(mpsc::RecvTimeoutError::Disconnected) => return,
                    Err(mpsc::RecvTimeoutError::Timeout) => {
                        if let Some(plan) = now.take() {
                            // Past what a test harness captures: it would be shown only when the test ends.
                            let _ = writeln!(
                                std::io::stderr(),
                                "taskgroup::testing: the run `{plan}` has taken {:?} of real time: it loops without an \
                                 `.await` that waits, or a blocking child does not end. To see it again: {REPLAY}={plan}",
                                Self::PATIENCE
                            );
                        }
                    }
                }
            }
        };
        let _ = thread::Builder::new().name("explore".to_owned()).spawn(watch);
        Self(begins)
    }

    fn begins(&self, plan: Plan) {
        let _ = self.0.send(plan);
    }
}

/// The session is shared with the threads of the blocking pool.
const _: fn() = || {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Arc<Session>>();
};
