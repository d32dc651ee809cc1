//! The exploration: run after run, each with its interference one poll later.

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

/// The environment variable that selects one run.
const REPLAY: &str = "TASKGROUP_REPLAY";

/// Explores `scenario` with everything at its default: [`Explorer::new().run(scenario)`](Explorer::run).
///
/// # Panics
/// With a report, if a run fails. Also within a tokio runtime: it makes its own, so call it from a plain `#[test]`.
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
    /// Makes an exploration with all interferences, at up to 2,000 polls each, and with bounds of an hour of virtual time and
    /// 100,000 polls for a run.
    pub fn new() -> Self {
        Self {
            bounds: Bounds { time: Duration::from_secs(3600), polls_in_a_run: 100_000, settle: Duration::ZERO },
            most_polls: 2_000,
            only: Interference::ALL.to_vec(),
            replay: None,
            check: Box::new(|_| {}),
        }
    }

    /// Limits the interferences to the first `most` polls, or points.
    pub fn max_polls(mut self, most: usize) -> Self {
        self.most_polls = most;
        self
    }

    /// Sets how much virtual time a run may take before it counts as hanging.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.bounds.time = limit;
        self
    }

    /// Sets how many polls a run may take before it counts as hanging.
    pub fn poll_limit(mut self, limit: usize) -> Self {
        self.bounds.polls_in_a_run = limit;
        self
    }

    /// Sets how much virtual time foreign tasks get to finish before they count as leaked. Default: zero.
    pub fn settle(mut self, time: Duration) -> Self {
        self.bounds.settle = time;
        self
    }

    /// Restricts the exploration to these interferences. A run that is left alone always comes first.
    pub fn only(mut self, interferences: impl IntoIterator<Item = Interference>) -> Self {
        self.only = interferences.into_iter().collect();
        self
    }

    /// Sets a function that is called after each run, when nothing of the run is alive any more: for assertions on the state
    /// that the code left behind, and for resetting it. A panic in it is a finding.
    pub fn check(mut self, check: impl FnMut(&Run) + 'a) -> Self {
        self.check = Box::new(check);
        self
    }

    /// Makes only the run that a report named: `"drop@17"`.
    ///
    /// # Panics
    /// If it is not the name of a run.
    #[track_caller]
    pub fn replay(mut self, run: &str) -> Self {
        match run.parse() {
            Ok(plan) => self.replay = Some(plan),
            Err(()) => panic!("`{run}` is not the name of a run; a report gives it, and it looks like `drop@17`"),
        }
        self
    }

    /// Explores `scenario`, which makes the future of each run.
    ///
    /// # Panics
    /// With a report, if a run fails; and as [`explore`] does.
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

    /// Explores `scenario`, and returns the first failing run instead of panicking.
    ///
    /// # Errors
    /// The first run that failed.
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
        // A run that the source names comes before the variable.
        if let (None, Ok(run)) = (self.replay, std::env::var(REPLAY)) {
            self = self.replay(&run);
        }
        let guardian = Guardian::new();
        let mut explored = Explored::default();
        if let Some(plan) = self.replay {
            self.one(plan, &mut scenario, &mut explored, &guardian)?;
            return Ok(explored);
        }
        // First, because what fails when it is left alone needs no interference, and because it counts the polls.
        self.one(Plan::NOTHING, &mut scenario, &mut explored, &guardian)?;
        // Taken out, because each run needs the whole explorer.
        let only = std::mem::take(&mut self.only);
        for interference in Interference::ALL.into_iter().filter(|one| only.contains(one)) {
            // That was the first run.
            if interference == Interference::Nothing {
                continue;
            }
            // Only a drop makes sense before the first poll; the others begin after it, or at the first point.
            let mut at = usize::from(interference != Interference::Drop);
            loop {
                // The bound of the whole exploration: each run makes all polls before its interference again.
                if at > self.most_polls {
                    explored.cut_short = true;
                    break;
                }
                // Over before its interference was due, as every later one would be.
                if !self.one(Plan { interference, at }, &mut scenario, &mut explored, &guardian)? {
                    break;
                }
                at += 1;
            }
        }
        Ok(explored)
    }

    /// Makes one run; returns whether its interference took place, or the run was over before.
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
                // In the run that is left alone, that would be its own number.
                polls: explored.polls.filter(|_| plan != Plan::NOTHING),
                acted: state.acted,
                trail: state.trail.iter().copied().collect(),
            }),
        }
    }
}

/// The runs of an exploration that found no problem.
#[derive(Clone, Default, Debug)]
pub struct Explored {
    runs: BTreeMap<Interference, usize>,
    polls: Option<usize>,
    cut_short: bool,
}

impl Explored {
    /// Returns the number of runs.
    pub fn runs(&self) -> usize {
        self.runs.values().sum()
    }

    /// Returns the number of runs with this interference, including the one that was over before it was due.
    pub fn runs_with(&self, interference: Interference) -> usize {
        self.runs.get(&interference).copied().unwrap_or(0)
    }

    /// Returns the number of polls of the run that was left alone.
    pub fn polls(&self) -> usize {
        self.polls.unwrap_or(0)
    }

    /// Returns `true` if every poll was interfered with. It is `false` if there are more than [`Explorer::max_polls`], and in
    /// a replay.
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

/// A thread that names the run that has taken too long. A loop that never yields cannot be interrupted, but it can be
/// reported.
struct Guardian(mpsc::Sender<Plan>);

impl Guardian {
    /// The real time after which a run is reported.
    const PATIENCE: Duration = Duration::from_secs(30);

    fn new() -> Self {
        let (begins, runs) = mpsc::channel::<Plan>();
        // The thread ends with the exploration.
        let watch = move || {
            let mut now = None;
            loop {
                match runs.recv_timeout(Self::PATIENCE) {
                    Ok(plan) => now = Some(plan),
                    Err(mpsc::RecvTimeoutError::Disconnected) => return,
                    Err(mpsc::RecvTimeoutError::Timeout) => {
                        // Once for each run.
                        if let Some(plan) = now.take() {
                            // Not `eprintln!`, which a test harness captures: it would be shown only when the test ends.
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
        // Without the thread, the exploration works all the same, but a run that loops is not named.
        let _ = thread::Builder::new().name("explore".to_owned()).spawn(watch);
        Self(begins)
    }

    fn begins(&self, plan: Plan) {
        let _ = self.0.send(plan);
    }
}

/// Checks that the session can be shared with the threads of the blocking pool.
const _: fn() = || {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Arc<Session>>();
};
