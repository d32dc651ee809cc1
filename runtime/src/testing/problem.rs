//! What can be wrong with a run.

use std::fmt;

use crate::probe::Plan;

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

impl Problem {
    /// Returns the kind of problem, as one word.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Leak { .. } => "leak",
            Self::Hang { .. } => "hang",
            Self::Panic { .. } => "panic",
        }
    }

    /// Returns what is the same in all runs that show this problem: its text without numbers, which are times, counts and
    /// values of the run, and without the name of the run.
    pub(super) fn cause(&self, plan: Plan) -> String {
        let text = self.to_string().replace(&plan.to_string(), "");
        let text = match self {
            // How many tasks, and how long something went on, depends on where the interference fell.
            Self::Leak { .. } => self.kind().to_owned(),
            Self::Hang { .. } | Self::Panic { .. } => text.chars().filter(|char| !char.is_ascii_digit()).collect(),
        };
        format!("{}: {text}", self.kind())
    }
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
