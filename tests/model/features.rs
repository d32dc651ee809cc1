//! Switches: classes of cases that can be left out, to see that the others are in order.

use std::env;

use crate::tags::{Tag, Tags};

macro_rules! features {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {
        #[derive(Clone, Copy, Debug)]
        pub struct Features {
            $($(#[doc = $doc])* pub $name: bool,)*
        }

        impl Features {
            const ALL: Self = Self { $($name: true,)* };
            const NONE: Self = Self { $($name: false,)* };

            fn set(&mut self, name: &str, on: bool) {
                match name {
                    $(stringify!($name) => self.$name = on,)*
                    _ => panic!("there is no switch `{name}`, but: {}", [$(stringify!($name)),*].join(", ")),
                }
            }
        }
    };
}

features! {
    /// Children await and cancel each other (break 1).
    sibling_handles,
    /// They do so across stages (break 1).
    handles_across_stages,
    /// Children and bodies use up the budget of a poll (break 3).
    budgets,
    /// Long loops of ready children, awaited one by one (break 3).
    ready_loops,
    /// The futures of options use up the budget (break 9).
    trigger_budgets,
    /// A failure that came before `Child::cancel` counts (break 11).
    early_error_before_cancel,
    /// Child statements run in a function that is cancelled (limit d).
    start_during_cancellation,
    /// A daemon panics under `.settle().catch_panics()` (limit f).
    settled_daemon_panics,
    /// A local above the stages panics when it is dropped (break 10).
    panicking_locals,
    /// A child fails while the body is in a critical section.
    shielded_body_failure,
    /// Somebody fails in the last poll of a function that an option cancelled.
    failures_in_last_poll,
    /// A spawned child of a function that has no handle is in a critical section.
    shields_without_handle,
    /// Groups inside can say that they were cancelled.
    groups_that_answer,
    /// In functions, everybody has a turn in the order of the text, outer stages first.
    order_in_functions,
}

impl Features {
    /// `MODEL_WITHOUT=budgets,ready_loops` leaves some out; `MODEL_ONLY=budgets` leaves out all others; `MODEL_WITH=…`
    /// puts some in.
    pub fn from_env() -> Self {
        let list = |name| env::var(name).ok().filter(|list| !list.is_empty());
        let mut features = Self::ALL;
        if let Some(only) = list("MODEL_ONLY") {
            features = Self::NONE;
            only.split(',').filter(|name| *name != "none").for_each(|name| features.set(name, true));
        }
        if let Some(without) = list("MODEL_WITHOUT") {
            without.split(',').for_each(|name| features.set(name, false));
        }
        if let Some(with) = list("MODEL_WITH") {
            with.split(',').for_each(|name| features.set(name, true));
        }
        features
    }

    /// `MODEL_SHAPE=trio`: only cases whose outermost group has this shape.
    pub fn allow_shape(name: &str) -> bool {
        env::var("MODEL_SHAPE").map_or(true, |only| only.is_empty() || only == name)
    }

    /// Without `MODEL_SHAPE`.
    pub fn allow_all_shapes() -> bool {
        env::var("MODEL_SHAPE").map_or(true, |only| only.is_empty())
    }

    /// Is a case with these in?
    pub fn allow(&self, tags: Tags) -> bool {
        let allowed = [
            (Tag::SiblingAwait, self.sibling_handles),
            (Tag::SiblingCancel, self.sibling_handles),
            (Tag::HandleAcrossStages, self.handles_across_stages),
            (Tag::Chatty, self.budgets || self.trigger_budgets),
            (Tag::TriggerBudget, self.trigger_budgets),
            (Tag::ReadyLoop, self.ready_loops),
            (Tag::StartDuringCancellation, self.start_during_cancellation),
            (Tag::SettledDaemonPanics, self.settled_daemon_panics),
            (Tag::PanickingLocal, self.panicking_locals),
            (Tag::ShieldedBodyFailure, self.shielded_body_failure),
            (Tag::FailureInLastPoll, self.failures_in_last_poll),
            (Tag::ShieldWithoutHandle, self.shields_without_handle),
            (Tag::Answered, self.groups_that_answer),
            // Two rules disagree, so there is nothing to compare.
            (Tag::PanicOfCancelledDaemon, false),
        ];
        allowed.iter().all(|(tag, on)| *on || !tags.has(*tag))
    }
}
