//! The storage of the children of one statement: one outside loops, any number in them.

use std::{
    pin::Pin,
    task::{Context, Waker},
};

use pin_project_lite::pin_project;

use crate::{
    child::poll_set::PollSet,
    task_fn::record::ChildRecord,
    unwind::{Payload, guard},
};

/// The record of a child that was taken out, and what its destructor panicked with, if it did.
pub(super) type Removed = (Option<ChildRecord>, Result<(), Payload>);

/// The children of one statement, without their types. See [`PollSet`] for what each method promises.
pub trait Places {
    #[doc(hidden)]
    fn len(&self) -> usize;
    #[doc(hidden)]
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    #[doc(hidden)]
    fn next_place(&self) -> usize;
    #[doc(hidden)]
    fn start_round(&mut self, owner: &Waker, all: bool);
    #[doc(hidden)]
    fn make_due(&mut self, place: usize);
    /// Makes a child due again that [`next_due`](Self::next_due) returned, and that was not polled.
    #[doc(hidden)]
    fn put_back(&mut self, place: usize);
    #[doc(hidden)]
    fn has_due(&self) -> bool;
    #[doc(hidden)]
    fn next_due(&mut self) -> Option<usize>;
    #[doc(hidden)]
    fn is_crowded(&self) -> bool;
    #[doc(hidden)]
    fn remove(&mut self, place: usize) -> Removed;
    #[doc(hidden)]
    fn record(&mut self, place: usize) -> Option<&mut ChildRecord>;
    /// Returns the places that are taken, in the order in which their children began.
    #[doc(hidden)]
    fn places(&self) -> Vec<usize>;
    /// Calls `each` with the records of the children until it returns `false`.
    #[doc(hidden)]
    fn records(&self, each: &mut dyn FnMut(&ChildRecord) -> bool);
    /// Prepares for the removal of many children.
    #[doc(hidden)]
    fn before_many_are_removed(&mut self) {}
}

/// The storage of the children of one statement.
pub trait Store: Places + Default {
    /// The future that is polled: the child itself, or the handle of its task.
    type Child;

    /// Whether it holds one child at most, which is then in place 0.
    #[doc(hidden)]
    const SINGLE: bool = false;

    /// Takes in a child, which is due.
    #[doc(hidden)]
    fn insert(&mut self, child: Self::Child, record: ChildRecord);
    #[doc(hidden)]
    fn step<R>(
        &mut self,
        place: usize,
        tracked: bool,
        cx: &mut Context<'_>,
        step: impl FnOnce(Pin<&mut Self::Child>, &mut ChildRecord, &mut Context<'_>) -> Option<R>,
    ) -> Option<R>;
    /// Returns the child, if there is at most one.
    #[doc(hidden)]
    fn only(&mut self) -> Option<(Pin<&mut Self::Child>, &mut ChildRecord)> {
        None
    }
}

/// Any number of children, for a statement in a loop.
impl<F> Places for PollSet<F, ChildRecord> {
    fn next_place(&self) -> usize {
        self.next_place()
    }
    fn start_round(&mut self, owner: &Waker, all: bool) {
        self.start_round(owner, all);
    }
    fn make_due(&mut self, place: usize) {
        self.make_due(place);
    }
    fn put_back(&mut self, place: usize) {
        self.put_off(place);
    }
    fn has_due(&self) -> bool {
        self.has_due()
    }
    fn next_due(&mut self) -> Option<usize> {
        self.next_due()
    }
    fn is_crowded(&self) -> bool {
        self.is_crowded()
    }
    fn remove(&mut self, place: usize) -> Removed {
        self.remove(place)
    }
    fn record(&mut self, place: usize) -> Option<&mut ChildRecord> {
        self.meta(place)
    }
    fn places(&self) -> Vec<usize> {
        self.places_by(|record| record.item)
    }
    fn len(&self) -> usize {
        self.len()
    }
    fn records(&self, each: &mut dyn FnMut(&ChildRecord) -> bool) {
        self.metas().all(each);
    }
    fn before_many_are_removed(&mut self) {
        // Each removal would search that list.
        self.make_fresh_due();
    }
}

impl<F> Store for PollSet<F, ChildRecord> {
    type Child = F;

    fn insert(&mut self, child: F, record: ChildRecord) {
        // Not polled at its statement: an inline child is first polled when the body next waits.
        self.insert(child, record);
    }
    fn step<R>(
        &mut self,
        place: usize,
        tracked: bool,
        cx: &mut Context<'_>,
        step: impl FnOnce(Pin<&mut F>, &mut ChildRecord, &mut Context<'_>) -> Option<R>,
    ) -> Option<R> {
        self.step(place, tracked, cx, step)
    }
}

pin_project! {
    /// A child and its record, in one allocation: the record is not part of the function's own future then.
    struct Kept<F> {
        #[pin]
        child: F,
        record: Option<ChildRecord>,
    }
}

/// At most one child, for a statement outside loops: no lists.
pub struct Single<F> {
    child: Option<Pin<Box<Kept<F>>>>,
    due: bool,
}

impl<F> Default for Single<F> {
    fn default() -> Self {
        Self { child: None, due: false }
    }
}

impl<F> Places for Single<F> {
    fn next_place(&self) -> usize {
        0
    }
    fn start_round(&mut self, _: &Waker, _: bool) {
        self.due = true;
    }
    fn make_due(&mut self, _: usize) {
        self.due = true;
    }
    fn put_back(&mut self, _: usize) {
        self.due = true;
    }
    fn has_due(&self) -> bool {
        self.due && self.child.is_some()
    }
    fn next_due(&mut self) -> Option<usize> {
        (std::mem::take(&mut self.due) && self.child.is_some()).then_some(0)
    }
    fn is_crowded(&self) -> bool {
        false
    }
    fn remove(&mut self, _: usize) -> Removed {
        let Some(mut kept) = self.child.take() else { return (None, Ok(())) };
        // Before the child is dropped: its destructor may panic, and its end is to be reported all the same.
        let record = kept.as_mut().project().record.take();
        // In its place, and not by `set(None)`: without optimization, that makes a value as large as the child on the stack.
        (record, guard(|| drop(kept)))
    }
    fn record(&mut self, _: usize) -> Option<&mut ChildRecord> {
        self.child.as_mut()?.as_mut().project().record.as_mut()
    }
    fn places(&self) -> Vec<usize> {
        self.child.is_some().then_some(0).into_iter().collect()
    }
    fn len(&self) -> usize {
        usize::from(self.child.is_some())
    }
    fn records(&self, each: &mut dyn FnMut(&ChildRecord) -> bool) {
        if let Some(record) = self.child.as_ref().and_then(|kept| kept.record.as_ref()) {
            each(record);
        }
    }
}

impl<F> Store for Single<F> {
    type Child = F;

    const SINGLE: bool = true;

    fn insert(&mut self, child: F, record: ChildRecord) {
        // An allocation, but only for a statement that runs. Stored inline, every statement would make the function's
        // future larger by a child and its record, whether it runs or not.
        self.child = Some(Box::pin(Kept { child, record: Some(record) }));
        self.due = true;
    }
    fn step<R>(
        &mut self,
        _: usize,
        _: bool,
        cx: &mut Context<'_>,
        step: impl FnOnce(Pin<&mut F>, &mut ChildRecord, &mut Context<'_>) -> Option<R>,
    ) -> Option<R> {
        let (child, record) = self.only()?;
        step(child, record, cx)
    }
    #[inline]
    fn only(&mut self) -> Option<(Pin<&mut F>, &mut ChildRecord)> {
        let kept = self.child.as_mut()?.as_mut().project();
        Some((kept.child, kept.record.as_mut()?))
    }
}
