//! What the core does with values that are handed out as they come (`machine/arrivals.rs`).

use crate::{
    error::Cause,
    machine::{
        core::Core,
        late::Reporter,
        outcome::{Outcome, Rule},
    },
    name::LazyName,
    unwind::discard,
};

impl<E> Core<E> {
    /// Sets how many values end the group.
    pub(crate) fn want(&mut self, values: usize) {
        self.arrivals.wanted = values;
    }

    /// Notes which arm makes a step.
    #[inline(always)]
    pub(in crate::machine) fn at_arm(&mut self, arm: usize) {
        self.arrivals.arm = arm as u32;
    }

    /// Lists a value that has come; returns what its slot holds until it is handed out.
    pub(in crate::machine) fn arrives<T>(&mut self, value: T) -> Outcome<T, E> {
        if self.verdict.has_any() {
            discard(value);
            return Outcome::Cancelled { late: None };
        }
        self.arrivals.order.push_back(self.arrivals.arm);
        self.arrivals.count += 1;
        if self.rule() == Rule::First && self.arrivals.count >= self.arrivals.wanted {
            self.verdict.win();
        }
        Outcome::Done(value)
    }

    /// Returns `true` if values wait to be handed out.
    #[inline]
    pub(crate) fn has_arrivals(&self) -> bool {
        !self.arrivals.order.is_empty()
    }

    /// Returns the arm of the next value to be handed out.
    pub(crate) fn next_arrival(&mut self) -> Option<usize> {
        self.arrivals.order.pop_front().map(|arm| arm as usize)
    }

    /// Ends the group, which has what it wanted: the function of a policy said so.
    pub(crate) fn ends_early(&mut self) {
        let by = Reporter { options: &self.options, watch: &self.watch };
        self.verdict.ends_early(&by);
    }

    /// Ends a group under `.first(n)` if `n` values can no longer come. `after`: the child that failed.
    pub(in crate::machine) fn expect_values(&mut self, after: Option<LazyName>) {
        // After a cancellation, that is what explains what is missing.
        if self.rule() != Rule::First || !self.is_running() || self.stops_beginning || self.verdict.has_any() {
            return;
        }
        // Nothing is wanted: nothing starts.
        if self.arrivals.wanted == 0 {
            return self.verdict.win();
        }
        if self.counts.to_come().is_some_and(|to_come| self.arrivals.count + to_come < self.arrivals.wanted) {
            self.verdict.gives_up(match after {
                Some(child) => Cause::Failed { child: child.name() },
                None => Cause::Finished { group: self.name() },
            });
        }
    }
}
