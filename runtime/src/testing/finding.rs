//! One finding: a run that failed, what was done to it, and how to see it again.

use std::{error::Error, fmt};

use super::{problem::Problem, run::Attempt};
use crate::probe::{Change, Interference, Plan, Replay, Who};

/// The child that was polled last when the interference took place: where the poll stood.
///
/// # Example
#[cfg_attr(feature = "testing", doc = "```")]
#[cfg_attr(not(feature = "testing"), doc = "```ignore")]
/// use taskgroup::{group, testing::Explorer};
///
/// let buggy = async || group!(buggy = async { if true { panic!("a bug") } else { Ok::<(), ()>(()) } }).await;
/// let finding = Explorer::new().try_run(buggy).unwrap_err();
/// let arm = finding.arm().unwrap();
/// assert_eq!(arm.name(), "buggy");
/// println!("{}:{}", arm.file(), arm.line());
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arm {
    pub(super) who: Who,
}

impl Arm {
    /// Returns the name of the child.
    ///
    /// See the [example](Self#example).
    pub fn name(&self) -> &str {
        &self.who.name
    }

    /// Returns the file in which its arm, or its child statement, is written.
    ///
    /// See the [example](Self#example).
    pub fn file(&self) -> &'static str {
        self.who.file
    }

    /// Returns the line of its arm, or of its child statement.
    ///
    /// See the [example](Self#example).
    pub fn line(&self) -> u32 {
        self.who.line
    }
}

impl fmt::Display for Arm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.who, f)
    }
}

/// A run that failed, with all that is needed to repeat it, and the other runs that failed for the same cause.
///
/// # Example
#[cfg_attr(feature = "testing", doc = "```")]
#[cfg_attr(not(feature = "testing"), doc = "```ignore")]
/// use std::cell::Cell;
/// use taskgroup::{group, testing::{Explorer, Interference, Problem, point}};
///
/// let open = Cell::new(0);
/// let finding = Explorer::new()
///     .check(|_| assert_eq!(open.take(), 0, "a connection is still open"))
///     .try_run(async || {
///         let careless = async {
///             open.set(1);
///             point("half done").await;
///             Ok::<_, ()>(open.set(0))
///         };
///         group!(careless = careless).await.unwrap();
///     })
///     .unwrap_err();
/// assert_eq!((finding.interference(), finding.at()), (Interference::Drop, 1));
/// assert!(matches!(finding.problem(), Problem::Panic { .. }));
/// assert_eq!(finding.replay(), "drop@1");
/// assert_eq!((finding.fewest_changes(), finding.repeats()), (None, true));
/// assert!(finding.runs() > 1 && finding.also_in().count() == 0); // the first finding ends `try_run`
/// let arm = finding.arm().unwrap();
/// assert_eq!(arm.name(), "careless");
/// println!("{}:{}, after {:?}", arm.file(), arm.line(), finding.points().collect::<Vec<_>>());
/// ```
#[derive(Clone, Debug)]
pub struct Finding {
    /// In a place of its own: it is returned as an error, and passed on.
    pub(super) facts: Box<Facts>,
}

#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) replay: Replay,
    problem: Problem,
    /// The number of runs, including this one.
    runs: usize,
    /// The number of polls of the run that was left alone, if there was one.
    polls: Option<usize>,
    acted: bool,
    pub(super) trail: Vec<(usize, &'static str)>,
    arm: Option<Arm>,
    pub(super) repeats: bool,
    /// The changes of a schedule from the default order.
    pub(super) changes: Vec<Change>,
    pub(super) fewest: Option<String>,
    /// The other runs that failed for the same cause.
    also: Vec<Plan>,
}

impl Finding {
    pub(super) fn new(replay: &Replay, attempt: &Attempt, runs: usize, polls: Option<usize>) -> Self {
        let state = attempt.session.lock();
        let facts = Facts {
            replay: replay.clone(),
            problem: attempt.problem.clone().unwrap_or(Problem::Leak { tasks: 0 }),
            runs,
            polls,
            acted: state.acted,
            trail: state.trail.iter().copied().collect(),
            arm: None,
            repeats: false,
            changes: state.schedule.changes.clone(),
            fewest: None,
            also: Vec::new(),
        };
        Self { facts: Box::new(facts) }
    }

    /// Takes over what only a run in which all children have names knows.
    pub(super) fn describe(&mut self, named: &Attempt) {
        let state = named.session.lock();
        let who = state.at.clone().or_else(|| state.schedule.here.clone());
        self.facts.arm = who.filter(|who| !who.file.is_empty()).map(|who| Arm { who });
    }

    /// Notes the run with the fewest changes of a schedule that shows the same.
    pub(super) fn set_fewest(&mut self, replay: &Replay, attempt: &Attempt) {
        let state = attempt.session.lock();
        self.facts.fewest = Some(replay.to_string());
        self.facts.changes = state.schedule.changes.clone();
        self.facts.trail = state.trail.iter().copied().collect();
        // Where the last change is, and not where the run ended.
        let at = self.facts.changes.iter().rev().map(|change| &change.who).find(|who| !who.file.is_empty());
        if let Some(who) = at {
            self.facts.arm = Some(Arm { who: who.clone() });
        }
    }

    /// Notes another run that failed for the same cause.
    pub(super) fn also(&mut self, plan: Plan) {
        self.facts.also.push(plan);
    }

    pub(super) fn cause(&self) -> String {
        self.facts.problem.cause(self.facts.replay.plan)
    }

    /// Returns the interference with the run.
    ///
    /// See the [example](Self#example).
    pub fn interference(&self) -> Interference {
        self.facts.replay.plan.interference
    }

    /// Returns after how many polls, or at which arrival at a point, the interference was due, counted from one; of a
    /// schedule, its seed.
    ///
    /// See the [example](Self#example).
    pub fn at(&self) -> usize {
        self.facts.replay.plan.at
    }

    /// Returns the problem of the run.
    ///
    /// See the [example](Self#example).
    pub fn problem(&self) -> &Problem {
        &self.facts.problem
    }

    /// Returns the name that repeats this run: for the variable `TASKGROUP_REPLAY`, and for
    /// [`Explorer::replay`](super::Explorer::replay).
    ///
    /// See the [example](Self#example).
    pub fn replay(&self) -> String {
        self.facts.replay.to_string()
    }

    /// Returns the name of a run that shows the same with the fewest changes from the default order: of a schedule, and if any
    /// could be left out. It names the changes: `schedule@17:0c41d2.9ff03a`.
    ///
    /// See the [example](Self#example).
    pub fn fewest_changes(&self) -> Option<&str> {
        self.facts.fewest.as_deref()
    }

    /// Returns the number of runs until the problem was found, this one included.
    ///
    /// See the [example](Self#example).
    pub fn runs(&self) -> usize {
        self.facts.runs
    }

    /// Returns `true` if the same run, made a second time, failed for the same cause. If not, the code depends on something
    /// that an exploration does not determine: a random number, the real time, another thread.
    ///
    /// See the [example](Self#example).
    pub fn repeats(&self) -> bool {
        self.facts.repeats
    }

    /// Returns the child that was polled last when the interference took place, if it is one of a group. Of a schedule, it is
    /// the one whose turn was changed last; of a run that was left alone, the one that was polled last.
    ///
    /// See the [example](Self#example).
    pub fn arm(&self) -> Option<&Arm> {
        self.facts.arm.as_ref()
    }

    /// Returns the names of the last points that were passed.
    ///
    /// See the [example](Self#example).
    pub fn points(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.facts.trail.iter().map(|(_, point)| *point)
    }

    /// Returns the names of the other runs that failed for the same cause.
    ///
    /// See the [example](Self#example).
    pub fn also_in(&self) -> impl Iterator<Item = String> + '_ {
        self.facts.also.iter().map(Plan::to_string)
    }

    pub(super) fn what_was_done(&self) -> String {
        let at = self.at();
        let of = self.facts.polls.map(|polls| format!(" (a run that is left alone has {polls})")).unwrap_or_default();
        let after = match at {
            0 => "before the first poll".to_owned(),
            1 => format!("after the first poll{of}"),
            at => format!("after {at} polls{of}"),
        };
        // Over before it was due: what failed did so by itself.
        if !self.facts.acted {
            return "nothing; the code was left alone".to_owned();
        }
        match self.interference() {
            Interference::Nothing => "nothing; the code was left alone".to_owned(),
            Interference::Drop => format!("the future was dropped {after}"),
            Interference::Stop => format!("the enclosing group was cancelled {after}, and dropped the future"),
            Interference::Cancel => format!("the enclosing group was cancelled {after}, and waited for the future"),
            Interference::Repoll => format!("the future was polled once more, with another waker, {after}"),
            Interference::Panic => format!("a panic at arrival {at} at a marked point{}", self.last_point()),
            Interference::Stall => {
                format!("a minute's wait at arrival {at} at a marked async point{}", self.last_point())
            }
            Interference::Fail => format!("a failure at arrival {at} at a marked fail point{}", self.last_point()),
            Interference::Schedule => match self.facts.changes.len() {
                1 => format!(
                    "children that were ready were polled in another order, drawn from the seed {at}: one change"
                ),
                changes => format!(
                    "children that were ready were polled in another order, drawn from the seed {at}: {changes} changes"
                ),
            },
        }
    }

    fn last_point(&self) -> String {
        self.facts.trail.last().map(|(_, point)| format!(", `{point}`")).unwrap_or_default()
    }
}

/// The most changes, or other runs, of one finding that its text lists.
const MOST_LISTED: usize = 8;

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { replay, problem, runs, trail, .. } = &*self.facts;
        writeln!(f, "the run `{replay}` went wrong: {problem}")?;
        writeln!(f, "  what was done: {}", self.what_was_done())?;
        for change in self.facts.changes.iter().take(MOST_LISTED) {
            writeln!(f, "    {change}")?;
        }
        if let Some(more @ 1..) = self.facts.changes.len().checked_sub(MOST_LISTED) {
            writeln!(f, "    and {more} more")?;
        }
        if let Some(arm) = &self.facts.arm {
            writeln!(f, "  where: {arm}")?;
        }
        if !trail.is_empty() {
            write!(f, "  points passed:")?;
            for (steps, point) in trail {
                write!(f, " `{point}` (in poll {})", steps + 1)?;
            }
            writeln!(f)?;
        }
        if !self.facts.also.is_empty() {
            let listed: Vec<_> = self.facts.also.iter().take(MOST_LISTED).map(|plan| format!("`{plan}`")).collect();
            write!(f, "  the same in: {}", listed.join(", "))?;
            if let Some(more @ 1..) = self.facts.also.len().checked_sub(MOST_LISTED) {
                write!(f, " and {more} more")?;
            }
            writeln!(f)?;
        }
        writeln!(f, "  runs until then: {runs}")?;
        if !self.facts.repeats {
            writeln!(
                f,
                "  it did not fail a second time: the code depends on something that an exploration does not determine, such \
                 as a random number, the real time, or another thread"
            )?;
        }
        write!(f, "  to see it again: TASKGROUP_REPLAY={replay} cargo test <this test>, or `.replay(\"{replay}\")`")?;
        if let Some(fewest) = &self.facts.fewest {
            write!(f, "\n  with these changes only: TASKGROUP_REPLAY={fewest}, or `.replay(\"{fewest}\")`")?;
        }
        Ok(())
    }
}

impl Error for Finding {}
