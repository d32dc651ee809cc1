//! The exploration: run after run, each with its interference one poll later.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::runtime::Handle;

use super::{
    explored::Explored,
    finding::Finding,
    guardian::{Guardian, REPLAY},
    report::Report,
    run::{Attempt, Bounds, Run, run},
    shrink::fewest,
};
use crate::probe::{Interference, Plan, Replay, Session};

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
    schedules: usize,
    only: Vec<Interference>,
    replay: Option<Replay>,
    check: Box<dyn FnMut(&Run) + 'a>,
}

impl Default for Explorer<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Explorer<'a> {
    /// Makes an exploration with all interferences, at up to 2,000 polls each, with 100 schedules, and with bounds of an hour of
    /// virtual time and 100,000 polls for a run.
    pub fn new() -> Self {
        Self {
            bounds: Bounds { time: Duration::from_secs(3600), polls_in_a_run: 100_000, settle: Duration::ZERO },
            most_polls: 2_000,
            schedules: 100,
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

    /// Sets how many orders of polls are tried: those of the seeds from 1 to `n`. Default: 100.
    ///
    /// Odd seeds draw each turn by itself. Even ones give each child a priority, and change it at a few drawn points, which
    /// finds what needs one long delay at the right place. Each seed is one run, and its order is always the same:
    /// `schedule@17` repeats it.
    ///
    #[cfg_attr(feature = "testing", doc = "```")]
    #[cfg_attr(not(feature = "testing"), doc = "```ignore")]
    /// use taskgroup::{group, testing::{Explorer, Interference}};
    /// use tokio::sync::Mutex;
    ///
    /// let deposit = async |balance: &Mutex<i64>| {
    ///     let before = *balance.lock().await;
    ///     *balance.lock().await = before + 10; // another deposit may have come in between
    ///     Ok::<_, std::io::Error>(())
    /// };
    /// let found = Explorer::new()
    ///     .schedules(50)
    ///     .try_run(async || {
    ///         let balance = Mutex::new(0);
    ///         group!(deposit(&balance), deposit(&balance)).await.unwrap();
    ///         assert_eq!(*balance.lock().await, 20);
    ///     })
    ///     .unwrap_err();
    /// assert_eq!(found.interference(), Interference::Schedule);
    /// assert!(found.repeats());
    /// ```
    pub fn schedules(mut self, n: usize) -> Self {
        self.schedules = n;
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
    /// that the code left behind, and for resetting it. A panic in it is a finding. It is called after a run that has failed
    /// already, too, so that the next one begins afresh; what it panics with then is not reported.
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
            Ok(replay) => self.replay = Some(replay),
            Err(()) => panic!("`{run}` is not the name of a run; a report gives it, and it looks like `drop@17`"),
        }
        self
    }

    /// Explores `scenario`, which makes the future of each run.
    ///
    /// # Panics
    /// With a report of all findings, if a run fails; and as [`explore`] does.
    #[track_caller]
    pub fn run<F, Fut>(self, scenario: F) -> Explored
    where
        F: FnMut() -> Fut,
        Fut: Future,
    {
        let report = self.report(scenario);
        assert!(report.findings().is_empty(), "{report}");
        report.into_explored()
    }

    /// Explores `scenario`, and returns the first finding instead of panicking.
    ///
    /// # Errors
    /// The first run that failed.
    ///
    /// # Panics
    /// Within a tokio runtime, and if the variable `TASKGROUP_REPLAY` is set to what is not the name of a run.
    #[track_caller]
    pub fn try_run<F, Fut>(self, scenario: F) -> Result<Explored, Finding>
    where
        F: FnMut() -> Fut,
        Fut: Future,
    {
        let (explored, findings) = self.explore(scenario, true);
        findings.into_iter().next().map_or(Ok(explored), Err)
    }

    /// Explores `scenario`, and returns all findings: one for each cause.
    ///
    /// A run that fails when it is left alone ends the exploration, because every other run would most likely fail likewise.
    ///
    /// # Panics
    /// As [`try_run`](Self::try_run) does.
    ///
    #[cfg_attr(feature = "testing", doc = "```")]
    #[cfg_attr(not(feature = "testing"), doc = "```ignore")]
    /// use std::{cell::Cell, time::Duration};
    /// use taskgroup::testing::Explorer;
    /// use tokio::time::sleep;
    ///
    /// let (out, stopped) = (Cell::new(0), Cell::new(true));
    /// let report = Explorer::new()
    ///     .check(|_| {
    ///         let (out, stopped) = (out.replace(0), stopped.replace(true));
    ///         assert_eq!(out, 0, "a ticket is lost");
    ///         assert!(stopped, "the engine runs on");
    ///     })
    ///     .report(async || {
    ///         out.set(1);
    ///         sleep(Duration::from_secs(1)).await;
    ///         out.set(0);
    ///         stopped.set(false);
    ///         sleep(Duration::from_secs(1)).await;
    ///         stopped.set(true);
    ///     });
    /// // Two causes, however many runs show each of them.
    /// let names: Vec<_> = report.findings().iter().map(|finding| finding.replay()).collect();
    /// assert_eq!(names, ["drop@1", "drop@2"]);
    /// assert!(report.to_json().contains("the engine runs on"));
    /// assert!(report.to_junit().contains("<failure"));
    /// ```
    #[track_caller]
    pub fn report<F, Fut>(self, scenario: F) -> Report
    where
        F: FnMut() -> Fut,
        Fut: Future,
    {
        let (explored, findings) = self.explore(scenario, false);
        Report::new(explored, findings)
    }

    #[track_caller]
    fn explore<F, Fut>(mut self, scenario: F, only_first: bool) -> (Explored, Vec<Finding>)
    where
        F: FnMut() -> Fut,
        Fut: Future,
    {
        assert!(
            Handle::try_current().is_err(),
            "an exploration makes its own runtimes: call it from a plain `#[test]`, not from within a runtime"
        );
        // A run that the source names comes before the variable.
        if let (None, Ok(run)) = (&self.replay, std::env::var(REPLAY)) {
            self = self.replay(&run);
        }
        let (only, replay) = (self.only, self.replay);
        let bounds = (self.most_polls, self.schedules);
        let runs = Runs { bounds: self.bounds, check: self.check, scenario, guardian: Guardian::new() };
        let mut search = Search { runs, explored: Explored::default(), findings: Vec::new(), only_first };
        match replay {
            Some(replay) => drop(search.one(replay)),
            None => search.all(&only, bounds),
        }
        (search.explored, search.findings)
    }
}

/// What every run of an exploration needs.
struct Runs<'a, F> {
    bounds: Bounds,
    check: Box<dyn FnMut(&Run) + 'a>,
    scenario: F,
    guardian: Guardian,
}

impl<F: FnMut() -> Fut, Fut: Future> Runs<'_, F> {
    fn attempt(&mut self, replay: &Replay, names_all: bool) -> Attempt {
        self.guardian.begins(replay.plan);
        let session = Session::new(replay.clone(), names_all);
        let problem = run(&session, &self.bounds, &mut self.scenario, &mut *self.check).err();
        Attempt { session, problem }
    }
}

/// The state of an exploration.
struct Search<'a, F> {
    runs: Runs<'a, F>,
    explored: Explored,
    findings: Vec<Finding>,
    only_first: bool,
}

/// How one run ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Failed,
    /// It did not fail, and its interference took place.
    Acted,
    /// It was over before its interference was due, as it would be before every later one.
    TooEarly,
}

/// After so many failing runs with one interference, the rest is left out: they take long, and show what is known.
const MOST_FAILING: usize = 24;

impl<F: FnMut() -> Fut, Fut: Future> Search<'_, F> {
    /// Makes all runs, or those until the first that fails.
    fn all(&mut self, only: &[Interference], (most_polls, schedules): (usize, usize)) {
        // First, because what fails when it is left alone needs no interference, and because it counts the polls.
        if self.one(Replay::from(Plan::NOTHING)) == Ended::Failed {
            return;
        }
        for interference in Interference::ALL.into_iter().filter(|one| only.contains(one)) {
            // The one that is left alone was the first run.
            if interference == Interference::Nothing {
                continue;
            }
            let is_schedule = interference == Interference::Schedule;
            let most = if is_schedule { schedules } else { most_polls };
            let mut failing = 0;
            // Only a drop makes sense before the first poll; the others begin after it, or at the first point.
            let mut at = usize::from(interference != Interference::Drop);
            loop {
                // The bound of the whole exploration: each run makes all polls before its interference again.
                if at > most || failing >= MOST_FAILING {
                    self.explored.cut_short |= !is_schedule;
                    break;
                }
                match self.one(Replay::from(Plan { interference, at })) {
                    Ended::Failed if self.only_first => return,
                    Ended::Failed => failing += 1,
                    Ended::TooEarly => break,
                    Ended::Acted => {}
                }
                at += 1;
            }
        }
    }

    /// Makes one run, and examines its problem.
    fn one(&mut self, replay: Replay) -> Ended {
        let attempt = self.runs.attempt(&replay, false);
        let (acted, steps) = {
            let state = attempt.session.lock();
            (state.acted, state.steps)
        };
        self.explored.count(replay.plan, steps);
        let Some(problem) = &attempt.problem else { return if acted { Ended::Acted } else { Ended::TooEarly } };
        let cause = problem.cause(replay.plan);
        if let Some(known) = self.findings.iter_mut().find(|known| known.cause() == cause) {
            known.also(replay.plan);
            return Ended::Failed;
        }
        // In the run that is left alone, the number of its polls would be its own number.
        let polls = self.explored.polls_alone().filter(|_| replay.plan != Plan::NOTHING);
        let mut finding = Finding::new(&replay, &attempt, self.explored.runs(), polls);
        self.confirm(&replay, &mut finding);
        self.findings.push(finding);
        Ended::Failed
    }

    /// Makes the run a second time, to see whether it repeats, and to find out what it was doing; of a schedule, finds the
    /// fewest changes that matter.
    fn confirm(&mut self, replay: &Replay, finding: &mut Finding) {
        let cause = finding.cause();
        let shows = |attempt: &Attempt| {
            attempt.problem.as_ref().map(|problem| problem.cause(replay.plan)) == Some(cause.clone())
        };
        let again = self.runs.attempt(replay, true);
        if shows(&again) {
            finding.describe(&again);
            finding.facts.repeats = true;
        } else {
            // The names of the children cost some of them a way of their own through the machine: so it was not the same.
            finding.facts.repeats = shows(&self.runs.attempt(replay, false));
        }
        if replay.plan.interference == Interference::Schedule && replay.only.is_none() && finding.facts.repeats {
            let keys: Vec<_> = finding.facts.changes.iter().map(|change| change.key).collect();
            let found = fewest(keys, |keys| {
                let replay = Replay { plan: replay.plan, only: Some(keys.to_vec()) };
                let attempt = self.runs.attempt(&replay, false);
                shows(&attempt).then_some(attempt)
            });
            if let Some((keys, attempt)) = found {
                finding.set_fewest(&Replay { plan: replay.plan, only: Some(keys) }, &attempt);
            }
        }
    }
}

/// Checks that the session can be shared with the threads of the blocking pool.
const _: fn() = || {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Arc<Session>>();
};
