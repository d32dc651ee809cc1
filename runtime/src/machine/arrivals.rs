//! Values that are handed out as they come, under `.each(…)` and `.first(n)`.
//!
//! A value stays in its node, which alone knows its type. Here is only the order in which values came: after each step of the
//! children, the policy takes them from their arms in this order (`policy/hand_out.rs`).
//!
//! 1. A value that comes after the outcome was decided is dropped, and is not listed here. So whatever decides while values are
//!    listed came after all of them, and the policy may still end the group by one of these.
//! 2. Under `.first(n)`, the `n`-th value decides at once, so that no child after it is polled.

use std::{collections::VecDeque, pin::Pin};

use crate::{
    error::Cause,
    machine::{
        core::Core,
        late::Reporter,
        nodes::{And, Nil, Nodes},
        outcome::{Outcome, Rule},
    },
    name::LazyName,
    unwind::discard,
};

/// A node whose values can be handed out.
pub trait HandsOut<T> {
    /// Takes the value that came first of those in this node.
    #[doc(hidden)]
    fn next_value(self: Pin<&mut Self>) -> Option<(LazyName, T)>;
}

/// A list of nodes whose values have one type.
#[diagnostic::on_unimplemented(
    message = "the children of this group must yield one type, but not all of these yield `{T}`",
    label = "the values are handed out one after the other, so all must have one type",
    note = "map each child to one type, for instance an enum, or do without this policy to get a tuple"
)]
pub trait AllHandOut<T, E> {
    /// Takes the value that came first of those in this arm.
    #[doc(hidden)]
    fn next_value_of(self: Pin<&mut Self>, arm: usize) -> Option<(LazyName, T)>;
}

#[diagnostic::do_not_recommend]
impl<T, E> AllHandOut<T, E> for Nil {
    fn next_value_of(self: Pin<&mut Self>, _: usize) -> Option<(LazyName, T)> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl<T, E, L, N> AllHandOut<T, E> for And<L, N>
where
    L: Nodes<E> + AllHandOut<T, E>,
    N: HandsOut<T>,
{
    fn next_value_of(self: Pin<&mut Self>, arm: usize) -> Option<(LazyName, T)> {
        let this = self.project();
        if arm == L::SHAPE.arms { this.last.next_value() } else { this.rest.next_value_of(arm) }
    }
}

#[derive(Default)]
pub(super) struct Arrivals {
    /// The arms whose children they are of, in the order in which they came.
    order: VecDeque<u32>,
    /// The arm whose node is making a step.
    arm: u32,
    /// How many came.
    count: usize,
    /// How many end the group, under `.first(n)`.
    wanted: usize,
}

impl<E> Core<E> {
    /// Sets how many values end the group.
    pub(crate) fn want(&mut self, values: usize) {
        self.arrivals.wanted = values;
    }

    /// Notes which arm makes a step.
    #[inline(always)]
    pub(super) fn at_arm(&mut self, arm: usize) {
        self.arrivals.arm = arm as u32;
    }

    /// Lists a value that has come; returns what its slot holds until it is handed out.
    pub(super) fn arrives<T>(&mut self, value: T) -> Outcome<T, E> {
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
    pub(super) fn expect_values(&mut self, after: Option<LazyName>) {
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
