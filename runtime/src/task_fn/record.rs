//! The state of one child of a function besides its future, and how its owner cancels it alone.

use std::{sync::Arc, task::Context};

use crate::{
    budget,
    child::blocking::{Revocable, revoked},
    context::{SavedContext, key::Key, orders::Order, scope::Scope},
    machine::{outcome::End, timers::Timer},
    observe,
};

/// The state of one child of a function besides its future.
pub struct ChildRecord {
    pub(super) item: usize,
    /// The cell in which its handle waits, if it has one.
    pub(super) cell: Option<usize>,
    /// The context of an inline child: one of its own, so that its owner can cancel it alone.
    pub(super) saved: SavedContext,
    pub(super) has_begun: bool,
    pub(super) elsewhere: Option<Elsewhere>,
    pub(super) cancel: ChildCancel,
    pub(super) watch: observe::Child,
}

/// A child that runs on a task or thread of its own.
pub(super) struct Elsewhere {
    /// The scope of the child alone, if it has a handle; otherwise it runs in that of the group.
    pub(super) scope: Option<Arc<Scope>>,
    pub(super) revoke: Option<Revocable>,
}

impl Elsewhere {
    pub(super) fn raise(&self, order: Order) {
        if let Some(scope) = &self.scope {
            scope.orders.raise(order);
        }
    }

    /// Takes back a closure that has not begun; returns how it ended, if it could be taken back.
    pub(super) fn revoke<V>(&self) -> Option<End<V>> {
        match revoked(self.revoke.as_ref()?)? {
            // The statement has run, so to the user this child was stopped, not left in a queue.
            End::NeverStarted => Some(End::Stopped),
            end => Some(end),
        }
    }
}

/// How far the cancellation of this child alone has come.
pub(super) enum ChildCancel {
    /// It was not requested.
    No,
    /// The child gets one more poll.
    LastPoll,
    /// The child may react until the timer fires.
    Grace(Timer),
    /// The child has been ordered to stop, and does so by itself.
    Ordered,
}

impl ChildCancel {
    pub(super) fn is_requested(&self) -> bool {
        !matches!(self, Self::No)
    }
}

/// The key of an inline child in its own scope, where it is alone.
pub(super) const CHILD: Key = Key::arm(0);

impl ChildRecord {
    pub(super) fn new(item: usize, cell: Option<usize>, elsewhere: Option<Elsewhere>, watch: observe::Child) -> Self {
        Self { item, cell, saved: SavedContext::default(), has_begun: false, elsewhere, cancel: ChildCancel::No, watch }
    }

    /// Returns `true` if the child is in a critical section.
    pub(super) fn is_shielding(&self) -> bool {
        self.saved.frame.as_ref().is_some_and(|frame| frame.scope().is_shielding(CHILD))
    }

    /// Returns `true` if its handle has not cancelled it, which is so for nearly every child.
    #[inline]
    pub(super) fn is_left_alone(&self) -> bool {
        !self.cancel.is_requested()
    }

    /// Returns `true`, with a wake-up, if the next poll would be the last one of this child, and there is no budget for it: every
    /// tokio resource, `select!` included, would return `Pending` without looking.
    #[inline]
    pub(super) fn waits_for_budget(&self, cx: &Context<'_>) -> bool {
        let waits = matches!(self.cancel, ChildCancel::LastPoll) && !budget::remains();
        if waits {
            cx.waker().wake_by_ref();
        }
        waits
    }

    /// Returns `true` if the child must end now, after a poll that did not end it. `group` is the order to all children.
    #[inline]
    pub(super) fn must_end(&mut self, group: Order, cx: &mut Context<'_>) -> bool {
        // Nearly every poll: there is no order, of the group or of its handle.
        let goes_on = group == Order::Run && self.is_left_alone();
        !goes_on && self.obeys(group, cx)
    }

    #[cold]
    fn obeys(&mut self, group: Order, cx: &mut Context<'_>) -> bool {
        if self.elsewhere.is_some() {
            self.poll_grace(cx);
            // Its wrapper decides when it ends.
            return false;
        }
        let own = match &mut self.cancel {
            ChildCancel::No | ChildCancel::Ordered => Order::Run,
            // A last poll in which groups inside have not reached all of their children is not over (rule 9). They have woken it.
            ChildCancel::LastPoll if std::mem::take(&mut self.saved.put_off) => Order::Run,
            ChildCancel::LastPoll => Order::Stop,
            ChildCancel::Grace(timer) => {
                // The grace period bounds critical sections too (state 44).
                if timer.fired(cx) { Order::Kill } else { Order::Close }
            }
        };
        // The stronger of the two: a child that its handle has cancelled does not outlive the order to all.
        let order = own.max(group);
        order > Order::Close && order.ends_after_poll(self.saved.listens, self.is_shielding())
    }

    /// Orders a child elsewhere to stop when its grace period expires. Its wrapper decides when it does.
    fn poll_grace(&mut self, cx: &mut Context<'_>) {
        if let (ChildCancel::Grace(timer), Some(elsewhere)) = (&mut self.cancel, &self.elsewhere) {
            if timer.fired(cx) {
                // Sections end with the grace period too (state 44).
                elsewhere.raise(Order::Kill);
                // The timer has fired, and must not be polled again.
                self.cancel = ChildCancel::Ordered;
            }
        }
    }
}
