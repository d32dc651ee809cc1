//! What interferes with a run, and the name that repeats it.

use std::{fmt, str::FromStr};

/// The interference with a run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Interference {
    /// The run is left alone.
    Nothing,
    /// The future is dropped.
    Drop,
    /// The enclosing group is cancelled without a grace period: the future gets a last poll if it has looked at its token,
    /// is dropped, and what it started is waited for.
    Stop,
    /// The enclosing group is cancelled, and waits until the future has ended by itself. If the run ends when it is left
    /// alone, it has to end now.
    Cancel,
    /// The future is polled once more, with another waker. From then on only that one counts.
    Repoll,
    /// A marked point panics.
    Panic,
    /// A marked fail point fails.
    Fail,
    /// A marked point takes a minute, while everything else continues.
    Stall,
    /// The order in which children that are ready are polled is drawn from a seed.
    Schedule,
}

impl Interference {
    /// All interferences, in the order in which they are tried.
    pub const ALL: [Self; 9] = [
        Self::Nothing,
        Self::Drop,
        Self::Stop,
        Self::Cancel,
        Self::Repoll,
        Self::Panic,
        Self::Fail,
        Self::Stall,
        Self::Schedule,
    ];

    /// Returns `true` if its number counts arrivals at a point, and not polls.
    pub(crate) fn is_at_a_point(self) -> bool {
        matches!(self, Self::Panic | Self::Fail | Self::Stall)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Drop => "drop",
            Self::Stop => "stop",
            Self::Cancel => "cancel",
            Self::Repoll => "repoll",
            Self::Panic => "panic",
            Self::Fail => "fail",
            Self::Stall => "stall",
            Self::Schedule => "schedule",
        }
    }
}

impl fmt::Display for Interference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// An interference and its time, which is all that a replay needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Plan {
    pub(crate) interference: Interference,
    pub(crate) at: usize,
}

impl Plan {
    pub(crate) const NOTHING: Self = Self { interference: Interference::Nothing, at: 0 };
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.interference {
            Interference::Nothing => f.write_str("nothing"),
            interference => write!(f, "{interference}@{}", self.at),
        }
    }
}

impl FromStr for Plan {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim();
        if text == "nothing" {
            return Ok(Self::NOTHING);
        }
        let (word, at) = text.split_once('@').ok_or(())?;
        let interference = Interference::ALL.into_iter().find(|known| known.word() == word).ok_or(())?;
        Ok(Self { interference, at: at.parse().map_err(drop)? })
    }
}

/// The name of a run: a plan, and, of a schedule, the changes that are made, if not all are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Replay {
    pub(crate) plan: Plan,
    pub(crate) only: Option<Vec<u32>>,
}

impl From<Plan> for Replay {
    fn from(plan: Plan) -> Self {
        Self { plan, only: None }
    }
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.plan)?;
        for (index, key) in self.only.iter().flatten().enumerate() {
            write!(f, "{}{key:06x}", if index == 0 { ':' } else { '.' })?;
        }
        Ok(())
    }
}

impl FromStr for Replay {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let Some((plan, only)) = text.trim().split_once(':') else {
            return Ok(Self { plan: text.parse()?, only: None });
        };
        let plan: Plan = plan.parse()?;
        let only = only.split('.').map(|key| u32::from_str_radix(key, 16)).collect::<Result<_, _>>().map_err(drop)?;
        // Only the changes of a schedule have names.
        (plan.interference == Interference::Schedule).then_some(Self { plan, only: Some(only) }).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_as_it_is_written() {
        for interference in Interference::ALL {
            let plan = Plan { interference, at: if interference == Interference::Nothing { 0 } else { 17 } };
            assert_eq!(plan.to_string().parse(), Ok(plan));
        }
        for wrong in ["", "drop", "drop@", "drop@x", "fall@1", "@1"] {
            assert_eq!(wrong.parse::<Plan>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn the_changes_of_a_schedule_are_read_as_they_are_written() {
        for name in ["schedule@17", "schedule@17:00ab12", "schedule@17:00ab12.ffffff", "drop@3"] {
            assert_eq!(name.parse::<Replay>().map(|replay| replay.to_string()).as_deref(), Ok(name));
        }
        for wrong in ["drop@3:00ab12", "schedule@17:", "schedule@17:xyz"] {
            assert_eq!(wrong.parse::<Replay>(), Err(()), "{wrong}");
        }
    }
}
