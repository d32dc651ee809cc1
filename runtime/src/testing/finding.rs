//! The report of an exploration.

use std::{error::Error, fmt};

use crate::probe::{Interference, Plan};

/// The problem of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Problem {
    /// Tasks are alive although the future is gone and everything that this crate had to wait for has ended.
    Leak {
        /// The number of tasks.
        tasks: usize,
    },
    /// The run does not end.
    Hang {
        /// How far it came.
        how: String,
    },
    /// An assertion failed, in your code, in a destructor or in a check.
    Panic {
        /// The text of the panic.
        message: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leak { tasks: 1 } => write!(f, "it leaks a task: one is alive after the future was gone"),
            Self::Leak { tasks } => write!(f, "it leaks tasks: {tasks} are alive after the future was gone"),
            Self::Hang { how } => write!(f, "it hangs: {how}"),
            Self::Panic { message } => write!(f, "it panics: {message}"),
        }
    }
}

/// The first run that failed, with all that is needed to repeat it.
#[derive(Clone, Debug)]
pub struct Finding {
    pub(super) plan: Plan,
    pub(super) problem: Problem,
    /// The number of runs, including this one.
    pub(super) runs: usize,
    /// The number of polls of the run that was left alone, if there was one.
    pub(super) polls: Option<usize>,
    pub(super) acted: bool,
    pub(super) trail: Vec<(usize, &'static str)>,
}

impl Finding {
    /// Returns the interference with the run.
    pub fn interference(&self) -> Interference {
        self.plan.interference
    }

    /// Returns the problem of the run.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// Returns the name that repeats this run: for the variable `TASKGROUP_REPLAY`, and for
    /// [`Explorer::replay`](super::Explorer::replay).
    pub fn replay(&self) -> String {
        self.plan.to_string()
    }

    fn what_was_done(&self) -> String {
        let at = self.plan.at;
        let of = self.polls.map(|polls| format!(" (a run that is left alone has {polls})")).unwrap_or_default();
        let after = match at {
            0 => "before the first poll".to_owned(),
            1 => format!("after the first poll{of}"),
            at => format!("after {at} polls{of}"),
        };
        // Over before it was due: what failed did so by itself.
        if !self.acted {
            return "nothing; the code was left alone".to_owned();
        }
        match self.plan.interference {
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
        }
    }

    fn last_point(&self) -> String {
        self.trail.last().map(|(_, point)| format!(", `{point}`")).unwrap_or_default()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plan, problem, runs, trail, .. } = self;
        writeln!(f, "the run `{plan}` went wrong: {problem}")?;
        writeln!(f, "  what was done: {}", self.what_was_done())?;
        if !trail.is_empty() {
            write!(f, "  points passed:")?;
            for (steps, point) in trail {
                write!(f, " `{point}` (in poll {})", steps + 1)?;
            }
            writeln!(f)?;
        }
        writeln!(f, "  runs until then: {runs}")?;
        write!(f, "  to see it again: TASKGROUP_REPLAY={plan} cargo test <this test>, or `.replay(\"{plan}\")`")
    }
}

impl Error for Finding {}
