//! What a case has in it: for the statistics, and for the switches.

use crate::{
    case::{Case, Got, Group, Script, Step},
    shape::{Kind, SHAPES},
};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Tag {
    /// The outermost group is a function with two stages or more.
    TwoStages,
    /// A child awaits a handle of another.
    SiblingAwait,
    /// A child cancels another.
    SiblingCancel,
    /// A child awaits or cancels one of another stage.
    HandleAcrossStages,
    /// Anybody calls `Child::cancel`.
    Cancel,
    /// So much budget is taken that a poll may use it up.
    Chatty,
    /// Budget did run out.
    BudgetRanOut,
    /// The future of an option takes budget.
    TriggerBudget,
    /// Somebody waited for room.
    LimitBelowChildren,
    Drained,
    DrainDuringCancellation,
    Cancelled,
    StartDuringCancellation,
    ShieldedBodyFailure,
    /// Somebody fails in the last poll of a function that an option cancelled.
    FailureInLastPoll,
    SettledDaemonPanics,
    /// A critical section in a function that has a spawned child without a handle.
    ShieldWithoutHandle,
    PanicOfCancelledDaemon,
    ErrorAfterOwnCancel,
    /// A loop that starts and awaits many children that are ready.
    ReadyLoop,
    PanickingLocal,
    Nested,
    Spawned,
    Failed,
    Panicked,
    Hung,
    /// A group inside was cancelled from outside, and could say so.
    ClosedFromOutside,
    /// A child was dropped because it did not listen.
    Left,
    /// Somebody was in a critical section.
    Section,
    /// A group inside returned that it was cancelled from outside.
    Answered,
    /// A child stayed because it listens, or is in a critical section, when the others had to leave.
    Stayed,
    /// A group inside ran on after an enclosing one had been cancelled.
    Enclosed,
    /// A group inside failed, or finished, after an enclosing one had been cancelled that can drop it.
    Governed,
    /// Somebody waited for a drain.
    AwaitedDrain,
    /// A drain left nothing in a source whose items the program had accepted.
    AcceptedDrain,
}

impl Tag {
    pub const ALL: [Self; 35] = [
        Self::TwoStages,
        Self::SiblingAwait,
        Self::SiblingCancel,
        Self::HandleAcrossStages,
        Self::Cancel,
        Self::Chatty,
        Self::BudgetRanOut,
        Self::TriggerBudget,
        Self::LimitBelowChildren,
        Self::Drained,
        Self::DrainDuringCancellation,
        Self::Cancelled,
        Self::StartDuringCancellation,
        Self::ShieldedBodyFailure,
        Self::FailureInLastPoll,
        Self::SettledDaemonPanics,
        Self::ShieldWithoutHandle,
        Self::PanicOfCancelledDaemon,
        Self::ErrorAfterOwnCancel,
        Self::ReadyLoop,
        Self::PanickingLocal,
        Self::Nested,
        Self::Spawned,
        Self::Failed,
        Self::Panicked,
        Self::Hung,
        Self::ClosedFromOutside,
        Self::Left,
        Self::Section,
        Self::Answered,
        Self::Stayed,
        Self::Enclosed,
        Self::Governed,
        Self::AwaitedDrain,
        Self::AcceptedDrain,
    ];
}

#[derive(Clone, Copy, Default, Debug)]
pub struct Tags(u64);

impl Tags {
    pub fn insert(&mut self, tag: Tag) {
        self.0 |= 1 << tag as u64;
    }

    pub fn has(self, tag: Tag) -> bool {
        self.0 & (1 << tag as u64) != 0
    }

    /// Less than this is not used up, with what the steps besides take.
    const QUIET: u32 = 40;
    /// More children than this are a long loop.
    const FEW: u8 = 20;

    /// What can be seen without a run.
    pub fn of_text(case: &Case) -> Self {
        let mut tags = Self::default();
        let root = &SHAPES[case.groups[0].shape];
        if root.is_function() && root.stages() >= 2 {
            tags.insert(Tag::TwoStages);
        }
        let mut budget = 0;
        for group in &case.groups {
            let shape = &SHAPES[group.shape];
            if shape.statements.iter().any(|statement| statement.kind.is_spawned()) {
                tags.insert(Tag::Spawned);
            }
            if group.counts.iter().any(|count| *count > Self::FEW) {
                tags.insert(Tag::ReadyLoop);
            }
            let has_sections = |script: &Script| script.steps.iter().any(|step| matches!(step, Step::Shield(_)));
            let without_handle =
                shape.is_function() && shape.statements.iter().any(|statement| statement.kind == Kind::SpawnDaemon);
            if without_handle && scripts(group).any(has_sections) {
                tags.insert(Tag::ShieldWithoutHandle);
            }
            if group.bomb {
                tags.insert(Tag::PanickingLocal);
            }
            for trigger in [group.options.cancel_on, group.options.drain_on].into_iter().flatten() {
                if trigger.budget > 0 {
                    tags.insert(Tag::TriggerBudget);
                    tags.insert(Tag::Chatty);
                }
            }
            for step in scripts(group).flat_map(|script| &script.steps) {
                if let Step::Budget(units) = step {
                    budget += units;
                }
            }
        }
        if budget > Self::QUIET {
            tags.insert(Tag::Chatty);
        }
        tags
    }

    pub fn of_outcome(&mut self, got: &Got) {
        match got {
            Got::Value(_) => {}
            Got::Error(_) | Got::Failures(_) => self.insert(Tag::Failed),
            Got::Panic(_) => self.insert(Tag::Panicked),
            Got::Hung => self.insert(Tag::Hung),
        }
    }
}

fn scripts(group: &Group) -> impl Iterator<Item = &Script> {
    group.body.iter().chain(group.children.iter().map(|child| &child.script))
}
