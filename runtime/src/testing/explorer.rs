//! The exploration: run after run, each with its interference one poll later.

use std::{future::Future, time::Duration};

use tokio::runtime::Handle;

use super::{
    explored::Explored,
    finding::Finding,
    guardian::{Guardian, REPLAY},
    report::Report,
    run::{Bounds, Run},
    search::{Runs, Search},
};
use crate::probe::{Interference, Replay};

/// Explores `scenario` with everything at its default: [`Explorer::new().run(scenario)`](Explorer::run).
///
/// `scenario` makes a future. It is run once as it is, in virtual time, and then once for each poll at which it can be dropped,
/// stopped, cancelled or polled again, for each marked point at which it can panic, fail or stall, and in 100 other orders of
/// the polls of its children. A run fails if it panics, if it does not end, or if a task is left. The [module](crate::testing)
/// says what that finds, and how to repeat a run.
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
///         #[spawn]
///         a = async { sleep(Duration::from_secs(1)).await; Ok::<_, std::io::Error>(1) },
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
    ///
    #[cfg_attr(feature = "testing", doc = "```")]
    #[cfg_attr(not(feature = "testing"), doc = "```ignore")]
    /// use taskgroup::testing::Explorer;
    ///
    /// let explored = Explorer::new().schedules(10).run(async || tokio::task::yield_now().await);
    /// assert!(explored.is_complete());
    /// ```
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
    ///
    #[cfg_attr(feature = "testing", doc = "```")]
    #[cfg_attr(not(feature = "testing"), doc = "```ignore")]
    /// use taskgroup::testing::Explorer;
    ///
    /// let long = async || for _ in 0..50 { tokio::task::yield_now().await };
    /// assert!(!Explorer::new().max_polls(10).run(long).is_complete());
    /// ```
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
    ///
    #[cfg_attr(feature = "testing", doc = "```")]
    #[cfg_attr(not(feature = "testing"), doc = "```ignore")]
    /// use std::{future::pending, time::Duration};
    /// use taskgroup::testing::{Explorer, Problem};
    ///
    /// let hangs = async || pending::<()>().await;
    /// let finding = Explorer::new().time_limit(Duration::from_secs(60)).try_run(hangs).unwrap_err();
    /// assert!(matches!(finding.problem(), Problem::Hang { .. }));
    /// ```
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.bounds.time = limit;
        self
    }

    /// Sets how many polls a run may take before it counts as hanging.
    ///
    #[cfg_attr(feature = "testing", doc = "```")]
    #[cfg_attr(not(feature = "testing"), doc = "```ignore")]
    /// use taskgroup::testing::Explorer;
    ///
    /// let spins = async || loop { tokio::task::yield_now().await };
    /// assert!(Explorer::new().poll_limit(1_000).try_run(spins).is_err());
    /// ```
    pub fn poll_limit(mut self, limit: usize) -> Self {
        self.bounds.polls_in_a_run = limit;
        self
    }

    /// Sets how much virtual time foreign tasks get to finish before they count as leaked. Default: zero.
    ///
    #[cfg_attr(feature = "testing", doc = "```")]
    #[cfg_attr(not(feature = "testing"), doc = "```ignore")]
    /// use std::time::Duration;
    /// use taskgroup::testing::Explorer;
    ///
    /// let second = Duration::from_secs(1);
    /// let spawns = async || drop(tokio::spawn(tokio::time::sleep(second)));
    /// assert!(Explorer::new().try_run(spawns).is_err()); // the task is left behind
    /// Explorer::new().settle(2 * second).run(spawns);
    /// ```
    pub fn settle(mut self, time: Duration) -> Self {
        self.bounds.settle = time;
        self
    }

    /// Restricts the exploration to these interferences. A run that is left alone always comes first.
    ///
    #[cfg_attr(feature = "testing", doc = "```")]
    #[cfg_attr(not(feature = "testing"), doc = "```ignore")]
    /// use taskgroup::testing::{Explorer, Interference};
    ///
    /// let explored = Explorer::new().only([Interference::Drop]).run(async || tokio::task::yield_now().await);
    /// assert_eq!(explored.runs_with(Interference::Panic), 0);
    /// ```
    pub fn only(mut self, interferences: impl IntoIterator<Item = Interference>) -> Self {
        self.only = interferences.into_iter().collect();
        self
    }

    /// Sets a function that is called after each run, when nothing of the run is alive any more: for assertions on the state
    /// that the code left behind, and for resetting it. A panic in it is a finding. It is called after a run that has failed
    /// already, too, so that the next one begins afresh; what it panics with then is not reported.
    ///
    #[cfg_attr(feature = "testing", doc = "```")]
    #[cfg_attr(not(feature = "testing"), doc = "```ignore")]
    /// use std::cell::Cell;
    /// use taskgroup::testing::Explorer;
    ///
    /// let held = Cell::new(0);
    /// let found = Explorer::new()
    ///     .check(|_| assert_eq!(held.take(), 0, "a permit is lost"))
    ///     .try_run(async || {
    ///         held.set(1);
    ///         tokio::task::yield_now().await; // a drop here forgets the permit
    ///         held.set(0);
    ///     })
    ///     .unwrap_err();
    /// assert_eq!(found.replay(), "drop@1");
    /// ```
    pub fn check(mut self, check: impl FnMut(&Run) + 'a) -> Self {
        self.check = Box::new(check);
        self
    }

    /// Makes only the run that a report named: `"drop@17"`.
    ///
    /// # Panics
    /// If it is not the name of a run.
    ///
    #[cfg_attr(feature = "testing", doc = "```")]
    #[cfg_attr(not(feature = "testing"), doc = "```ignore")]
    /// use taskgroup::testing::Explorer;
    ///
    /// let mut polls = 0;
    /// Explorer::new().replay("drop@1").run(|| {
    ///     polls += 1;
    ///     async { tokio::task::yield_now().await }
    /// });
    /// assert_eq!(polls, 1); // one run
    /// ```
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
    ///
    #[cfg_attr(feature = "testing", doc = "```")]
    #[cfg_attr(not(feature = "testing"), doc = "```ignore")]
    /// use taskgroup::{group, testing::Explorer};
    ///
    /// let both = async || group!(async { Ok::<_, ()>(1) }, async { Ok(2) }).await.unwrap();
    /// let explored = Explorer::new().run(async || assert_eq!(both().await, (1, 2)));
    /// assert!(explored.runs() > 100); // the orders of polls among them
    /// ```
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
    ///
    #[cfg_attr(feature = "testing", doc = "```")]
    #[cfg_attr(not(feature = "testing"), doc = "```ignore")]
    /// use taskgroup::testing::{Explorer, Problem};
    ///
    /// let finding = Explorer::new().try_run(async || panic!("a bug")).unwrap_err();
    /// assert!(matches!(finding.problem(), Problem::Panic { .. }), "{finding}");
    /// ```
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
