//! How much an exploration has tried.

use std::{collections::BTreeMap, fmt};

use crate::probe::{Interference, Plan};

/// The runs of an exploration.
///
/// # Example
#[cfg_attr(feature = "testing", doc = "```")]
#[cfg_attr(not(feature = "testing"), doc = "```ignore")]
/// use taskgroup::testing::{Interference, explore};
///
/// let explored = explore(async || tokio::task::yield_now().await);
/// assert!(explored.is_complete() && explored.polls() >= 2);
/// assert!(explored.runs() > explored.runs_with(Interference::Drop));
/// ```
#[derive(Clone, Default, Debug)]
pub struct Explored {
    runs: BTreeMap<Interference, usize>,
    polls: Option<usize>,
    pub(super) cut_short: bool,
}

impl Explored {
    pub(super) fn count(&mut self, plan: Plan, polls: usize) {
        if plan == Plan::NOTHING {
            self.polls = Some(polls);
        }
        *self.runs.entry(plan.interference).or_default() += 1;
    }

    /// Returns the interferences that were tried, each with its number of runs.
    pub(super) fn by_interference(&self) -> impl Iterator<Item = (Interference, usize)> {
        self.runs.iter().map(|(interference, runs)| (*interference, *runs))
    }

    /// Returns the number of polls of the run that was left alone, if there was one.
    pub(super) fn polls_alone(&self) -> Option<usize> {
        self.polls
    }

    /// Returns the number of runs.
    ///
    /// See the [example](Self#example).
    pub fn runs(&self) -> usize {
        self.runs.values().sum()
    }

    /// Returns the number of runs with this interference, including the one that was over before it was due.
    ///
    /// See the [example](Self#example).
    pub fn runs_with(&self, interference: Interference) -> usize {
        self.runs.get(&interference).copied().unwrap_or(0)
    }

    /// Returns the number of polls of the run that was left alone.
    ///
    /// See the [example](Self#example).
    pub fn polls(&self) -> usize {
        self.polls.unwrap_or(0)
    }

    /// Returns `true` if every poll was interfered with. It is `false` if there are more than
    /// [`Explorer::max_polls`](super::Explorer::max_polls), if an interference failed so often that the rest was left out, and
    /// in a replay. Schedules are drawn, and never complete: they do not count here.
    ///
    /// See the [example](Self#example).
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
