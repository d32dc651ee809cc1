//! Injected failures.

use std::fmt;

use clap::ValueEnum;

use super::RelayError;

/// One of the four stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// Takes blocks in.
    Blocks,
    /// Splits them into transactions.
    Dispatch,
    /// Verifies their transactions.
    Verify,
    /// Assembles them again.
    Assemble,
}

impl Stage {
    /// All stages, from first to last.
    pub const ALL: [Self; 4] = [Self::Blocks, Self::Dispatch, Self::Verify, Self::Assemble];
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blocks => "blocks",
            Self::Dispatch => "dispatch",
            Self::Verify => "verify",
            Self::Assemble => "assemble",
        })
    }
}

/// How a stage fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum How {
    /// With an `Err`.
    Error,
    /// With a panic.
    Panic,
}

/// A failure to inject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The stage that fails.
    pub stage: Stage,
    /// The step at which it fails.
    pub after: u64,
    /// The kind of failure.
    pub how: How,
}

impl Fault {
    /// Returns `true` if `error` is this failure, and not a consequence of it.
    pub fn explains(&self, error: &RelayError) -> bool {
        match error {
            RelayError::Injected(fault) => fault == self,
            RelayError::Panicked(panicked) => self.how == How::Panic && **panicked.child() == *self.stage.to_string(),
            _ => false,
        }
    }
}

/// Counts the steps of one stage, and fails at the chosen one.
pub(super) struct Steps {
    stage: Stage,
    fault: Option<Fault>,
    taken: u64,
}

impl Steps {
    pub(super) fn of(stage: Stage, fault: Option<Fault>) -> Self {
        Self { stage, fault: fault.filter(|fault| fault.stage == stage), taken: 0 }
    }

    pub(super) fn step(&mut self) -> Result<(), RelayError> {
        self.taken += 1;
        match self.fault {
            Some(fault) if self.taken > fault.after => match fault.how {
                How::Error => Err(RelayError::Injected(fault)),
                How::Panic => panic!("`{}` panicked at its step {}, as it was told to", self.stage, fault.after),
            },
            _ => Ok(()),
        }
    }
}
