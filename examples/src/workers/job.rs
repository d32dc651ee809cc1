//! The work of a worker.

use std::{process, thread, time::Duration};

use clap::ValueEnum;
use tokio::time::sleep;

use super::Plan;
use crate::chance::Chance;

/// One piece of work.
#[derive(Clone, Debug)]
pub struct Job {
    pub(super) number: u64,
    pub(super) takes: Duration,
    pub(super) fails: bool,
    pub(super) trouble: Option<Trouble>,
}

/// A reason why jobs do not end in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Trouble {
    /// They take an hour. The drain timeout cuts them off.
    Slow,
    /// They block their threads for an hour. Only the end of the process cuts them off.
    Stuck,
    /// They end their process at once, like one that needs more memory than there is.
    Deadly,
}

/// A job that did not succeed.
#[derive(Debug, thiserror::Error)]
#[error("job {0} failed")]
pub struct JobError(u64);

impl Job {
    /// Invents a job.
    pub(super) fn draw(plan: &Plan, number: u64, chance: &mut Chance) -> Self {
        let longest = plan.longest.as_micros() as u64;
        Self {
            number,
            takes: Duration::from_micros(chance.below(longest + 1)),
            fails: chance.happens(plan.failing),
            trouble: plan.trouble,
        }
    }

    pub(super) async fn run(self) -> Result<(), JobError> {
        const HOUR: Duration = Duration::from_secs(3600);
        match self.trouble {
            Some(Trouble::Slow) => sleep(HOUR).await,
            Some(Trouble::Stuck) => thread::sleep(HOUR),
            Some(Trouble::Deadly) => process::abort(),
            None => sleep(self.takes).await,
        }
        if self.fails { Err(JobError(self.number)) } else { Ok(()) }
    }
}
