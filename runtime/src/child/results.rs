//! The results of the children of a `for`, in input order.

use std::{
    collections::VecDeque,
    mem::{needs_drop, take},
    panic::resume_unwind,
};

use crate::{
    machine::{
        core::Core,
        outcome::{Outcome, Rule},
    },
    name::{Label, LazyName},
    unwind::{discard, drop_alone, guard},
};

/// The results of one `for`: only values where only values can be returned, so that a million units take no memory.
pub(crate) enum Results<T, E> {
    /// Fail-fast, and so far the children have ended in the order of their items. Values without size are all alike, so in
    /// any order.
    Values(Vec<T>),
    /// Fail-fast, in any order: one missing value is no result at all.
    Sparse(Vec<Option<T>>),
    /// The policies that return how each child ended.
    Outcomes(Vec<Outcome<T, E>>),
    /// The policies that hand values out: those that have not been, and the failures that a policy may list.
    Arrivals(VecDeque<(usize, T)>, Vec<(usize, Outcome<T, E>)>),
    /// Supervised: values are dropped, and failures reported.
    Nothing,
}

impl<T, E> Results<T, E> {
    pub(crate) fn new(rule: Rule) -> Self {
        // The layout is chosen by the rule, so that each result costs no more than its value.
        match rule {
            Rule::FailFast => Self::Values(Vec::new()),
            Rule::Settle | Rule::Race => Self::Outcomes(Vec::new()),
            Rule::Each | Rule::First => Self::Arrivals(VecDeque::new(), Vec::new()),
            Rule::Supervise => Self::Nothing,
        }
    }

    /// Keeps the value of the `item`-th child, of a group under `rule`. Does what [`put`](Self::put) does, with less to decide
    /// where values come in order.
    #[inline(always)]
    pub(crate) fn put_value(results: &mut Option<Self>, item: usize, value: T, rule: impl FnOnce() -> Rule) {
        match results {
            Some(Self::Values(values)) if follows::<T>(values.len(), item) => values.push(value),
            results => Self::put_value_elsewhere(results, item, value, rule()),
        }
    }

    #[inline(never)]
    fn put_value_elsewhere(results: &mut Option<Self>, item: usize, value: T, rule: Rule) {
        results.get_or_insert_with(|| Self::new(rule)).put(item, Outcome::Done(value));
    }

    /// Keeps how the `item`-th child ended. A child for which this is never called was cancelled.
    #[inline]
    pub(crate) fn put(&mut self, item: usize, outcome: Outcome<T, E>) {
        match (self, outcome) {
            (Self::Values(values), Outcome::Done(value)) if follows::<T>(values.len(), item) => values.push(value),
            (results @ Self::Values(_), Outcome::Done(value)) => results.put_out_of_order(item, value),
            (Self::Sparse(values), Outcome::Done(value)) => put(values, item, Some(value), || None),
            (Self::Outcomes(outcomes), outcome) => put(outcomes, item, outcome, || Outcome::Cancelled { late: None }),
            (Self::Arrivals(values, failures), outcome) => arrive(values, failures, item, outcome),
            // The machine has counted it as missing; there is no value to keep.
            (Self::Values(_) | Self::Sparse(_) | Self::Nothing, _) => {}
        }
    }

    /// Notes that the `item`-th child was cancelled, if the policy returns that.
    #[inline]
    pub(crate) fn put_cancelled(&mut self, item: usize) {
        if let Self::Outcomes(_) = self {
            self.put(item, Outcome::Cancelled { late: None });
        }
    }

    /// Keeps the first value that does not follow the one before it.
    #[cold]
    #[inline(never)]
    fn put_out_of_order(&mut self, item: usize, value: T) {
        let Self::Values(values) = self else { return };
        let mut values = take(values).into_iter().map(Some).collect();
        put(&mut values, item, Some(value), || None);
        *self = Self::Sparse(values);
    }

    /// Notes `more` children that never began, if the policy returns them.
    pub(crate) fn put_never_started(&mut self, from: usize, more: usize) {
        if let Self::Outcomes(outcomes) = self {
            outcomes.resize_with(from, || Outcome::Cancelled { late: None });
            // The source said how many there are, and may be wrong: too many for the memory are left out.
            if outcomes.try_reserve(more).is_ok() {
                outcomes.extend((0..more).map(|_| Outcome::NeverStarted));
            }
        }
    }

    /// Takes the value that came first, and the number of its item.
    pub(crate) fn next_value(&mut self) -> Option<(usize, T)> {
        match self {
            Self::Arrivals(values, _) => values.pop_front(),
            _ => None,
        }
    }

    /// Moves the failures to the list of all failures.
    pub(crate) fn gather(&mut self, name: Label, core: &mut Core<E>) {
        let mut gather = |item, outcome: &mut _| core.gather(LazyName::item(name, item), outcome);
        match self {
            Self::Outcomes(outcomes) => {
                outcomes.iter_mut().enumerate().for_each(|(item, outcome)| gather(item, outcome))
            }
            Self::Arrivals(_, failures) => {
                failures.sort_by_key(|(item, _)| *item);
                failures.iter_mut().for_each(|(item, outcome)| gather(*item, outcome));
            }
            Self::Values(_) | Self::Sparse(_) | Self::Nothing => {}
        }
    }

    pub(crate) fn into_vec<R>(mut self, mut map: impl FnMut(Outcome<T, E>) -> R) -> Vec<R> {
        match &mut self {
            // In the memory of the values, if the policy returns just these.
            Self::Values(values) => take(values).into_iter().map(|value| map(Outcome::Done(value))).collect(),
            Self::Sparse(values) => take(values).into_iter().flatten().map(|value| map(Outcome::Done(value))).collect(),
            Self::Outcomes(outcomes) => take(outcomes).into_iter().map(map).collect(),
            // Their policies have no slots.
            Self::Arrivals(..) | Self::Nothing => Vec::new(),
        }
    }
}

impl<T, E> Drop for Results<T, E> {
    fn drop(&mut self) {
        match self {
            Self::Values(values) => drop_each(values.drain(..)),
            Self::Sparse(values) => drop_each(values.drain(..)),
            Self::Outcomes(outcomes) => drop_each(outcomes.drain(..)),
            Self::Arrivals(values, failures) => {
                drop_each(values.drain(..));
                drop_each(failures.drain(..));
            }
            Self::Nothing => {}
        }
    }
}

/// Returns `true` if the value of the `item`-th child may come after the first `count` values.
#[inline(always)]
fn follows<T>(count: usize, item: usize) -> bool {
    // Which item it was makes no difference to values without size: counting them keeps their order.
    size_of::<T>() == 0 || count == item
}

/// Drops each value on its own; the first panic is resumed when all are dropped, so that two are not an abort.
fn drop_each<V>(values: impl Iterator<Item = V>) {
    if !needs_drop::<V>() {
        return;
    }
    let mut first = None;
    for value in values {
        match (guard(|| drop(value)), &first) {
            (Ok(()), _) => {}
            (Err(payload), None) => first = Some(payload),
            (Err(payload), Some(_)) => discard(payload),
        }
    }
    if let Some(payload) = first {
        // As from any destructor: resumed, or dropped if another panic is unwinding.
        drop_alone(|| resume_unwind(payload));
    }
}

#[cold]
fn arrive<T, E>(
    values: &mut VecDeque<(usize, T)>,
    failures: &mut Vec<(usize, Outcome<T, E>)>,
    item: usize,
    outcome: Outcome<T, E>,
) {
    match outcome {
        Outcome::Done(value) => values.push_back((item, value)),
        Outcome::Failed(_) | Outcome::Panicked(_) | Outcome::Cancelled { late: Some(_) } => {
            failures.push((item, outcome))
        }
        Outcome::Cancelled { late: None } | Outcome::NeverStarted => {}
    }
}

#[inline(always)]
fn put<V>(values: &mut Vec<V>, item: usize, value: V, missing: impl Fn() -> V) {
    if item == values.len() {
        values.push(value);
    } else {
        put_elsewhere(values, item, value, missing);
    }
}

fn put_elsewhere<V>(values: &mut Vec<V>, item: usize, value: V, missing: impl Fn() -> V) {
    // Children end in any order: those in between are filled in when they end, or stay as missing.
    if item > values.len() {
        values.resize_with(item + 1, missing);
    }
    values[item] = value;
}
