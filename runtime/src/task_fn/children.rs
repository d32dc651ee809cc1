//! The children of one child statement: where they are, and what is done with them that needs their types. What the machine does
//! with them is in `driver.rs`, which is compiled once for each error type.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use crate::{
    context::{self, key::Key, orders::Order},
    machine::{core::Core, nodes::StepCx, outcome::End},
    task_fn::{
        driver::{AnyChildren, Driver},
        handle::{Cells, Waiter},
        record::{CHILD, ChildRecord},
        statement::Statement,
        store::{Places, Store},
    },
    unwind::{Payload, guard},
};

/// Polls a child; returns its end, if it is done. One function for each child statement, which knows the types of its child, and
/// where it runs.
pub(super) type PollChild<R, T, E> = fn(Pin<&mut R>, &mut ChildRecord, &mut Context<'_>) -> Option<End<Result<T, E>>>;

/// The children of one statement.
pub(super) struct Children<S: Store, T, E> {
    pub(super) store: S,
    /// Polls a child; set when the first one starts.
    pub(super) poll: Option<PollChild<S::Child, T, E>>,
    /// Whether they run on tasks or threads of their own.
    pub(super) elsewhere: bool,
}

impl<S: Store, T, E> Default for Children<S, T, E> {
    fn default() -> Self {
        Self { store: S::default(), poll: None, elsewhere: false }
    }
}

impl<S: Store, T, E> Children<S, T, E> {
    /// Makes a step of the machine; `cells` are those in which handles wait.
    #[inline(never)]
    pub(super) fn drive(
        &mut self,
        statement: &Statement<'_>,
        cells: &Option<Arc<Cells<T>>>,
        scx: &mut StepCx<'_, '_>,
        core: &mut Core<E>,
    ) {
        let mut typed = Typed { children: self, cells: cells.as_deref(), value: None };
        Driver { children: &mut typed, statement }.drive(scx, core);
    }

    /// Polls the children in a pass that only polls them ([`Core::only_polls`]).
    ///
    /// The only child of a statement is polled with the owner's waker: that is cheaper than finding out whether it was woken.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn poll(
        &mut self,
        statement: &Statement<'_>,
        cells: &Option<Arc<Cells<T>>>,
        scx: &mut StepCx<'_, '_>,
        core: &mut Core<E>,
    ) {
        if S::SINGLE && !statement.signals.any() {
            match (self.poll, self.store.only()) {
                (Some(poll), Some((child, record))) if record.is_left_alone() => {
                    // For groups further out, and for sections: this is the child of the function that runs.
                    context::set_child(Key::place(statement.arm, 0));
                    let end = poll(child, record, scx.cx);
                    if end.is_none() && !context::ends::has_dropped_end() {
                        // There is nothing in it, and to drop it would be a call in each poll.
                        return std::mem::forget(end);
                    }
                    return self.only_was_polled(statement, cells, end, scx, core);
                }
                (_, None) => return,
                _ => {}
            }
        }
        self.drive(statement, cells, scx, core);
    }

    /// Apart from the poll: without optimization, its variables would be part of the frame that each nested function leaves.
    #[inline(never)]
    fn only_was_polled(
        &mut self,
        statement: &Statement<'_>,
        cells: &Option<Arc<Cells<T>>>,
        end: Option<End<Result<T, E>>>,
        scx: &mut StepCx<'_, '_>,
        core: &mut Core<E>,
    ) {
        let (end, value) = end.map(End::without_value).unzip();
        let mut typed = Typed { children: self, cells: cells.as_deref(), value: value.flatten() };
        Driver { children: &mut typed, statement }.polled(0, (end, false), scx, core);
    }
}

/// Polls an inline child by `poll`. Returns its end, if it is done.
#[inline(always)]
pub(super) fn poll_inline<R, T, E>(
    child: Pin<&mut R>,
    record: &mut ChildRecord,
    cx: &mut Context<'_>,
    poll: impl FnOnce(Pin<&mut R>, &mut Context<'_>) -> Poll<Result<T, E>>,
) -> Option<End<Result<T, E>>> {
    record.has_begun = true;
    let polled = {
        let _entered = context::enter(&mut record.saved);
        context::set_child(CHILD);
        guard(|| record.watch.run(|| poll(child, cx), Poll::is_pending))
    };
    match polled {
        Ok(Poll::Pending) => None,
        Ok(Poll::Ready(result)) => Some(End::Returned(result)),
        Err(payload) => Some(End::Panicked(payload)),
    }
}

/// Reads, by `poll`, the handle of a child on a task or thread of its own. No code of the child runs, so it needs no context of its
/// own.
pub(super) fn read_handle<R, T, E>(
    child: Pin<&mut R>,
    cx: &mut Context<'_>,
    poll: impl FnOnce(Pin<&mut R>, &mut Context<'_>) -> Poll<End<Result<T, E>>>,
) -> Option<End<Result<T, E>>> {
    match guard(|| poll(child, cx)) {
        Ok(Poll::Pending) => None,
        Ok(Poll::Ready(end)) => Some(end),
        Err(payload) => Some(End::Panicked(payload)),
    }
}

/// The children of one statement for the length of one step, with a value that is on its way to a handle.
struct Typed<'a, S: Store, T, E> {
    children: &'a mut Children<S, T, E>,
    cells: Option<&'a Cells<T>>,
    value: Option<T>,
}

impl<S: Store, T, E> AnyChildren<E> for Typed<'_, S, T, E> {
    fn poll(&mut self, place: usize, tracked: bool, order: Order, cx: &mut Context<'_>) -> Option<End<Result<(), E>>> {
        let poll = self.children.poll?;
        let step = |child: Pin<&mut S::Child>, record: &mut ChildRecord, cx: &mut Context<'_>| {
            if record.waits_for_budget(cx) {
                return None;
            }
            poll(child, record, cx).or_else(|| record.must_end(order, cx).then_some(End::Stopped))
        };
        let (end, value) = self.children.store.step(place, tracked, cx, step)?.without_value();
        self.value = value;
        Some(end)
    }
    fn store(&mut self) -> &mut dyn Places {
        &mut self.children.store
    }
    fn elsewhere(&self) -> bool {
        self.children.elsewhere
    }
    fn close(&mut self, cell: usize) -> Waiter {
        let Some(cells) = self.cells else { return Waiter::Nothing };
        let (waiting, unwanted) = cells.close(cell, self.value.take());
        self.value = unwanted;
        waiting
    }
    fn abandon(&mut self, cell: usize) {
        self.value = self.cells.and_then(|cells| cells.abandon(cell));
    }
    fn has_value(&self) -> bool {
        self.value.is_some()
    }
    fn drop_value(&mut self) -> Result<(), Payload> {
        guard(|| self.value = None)
    }
}
