//! What a function knows of one child besides its future.

use std::{sync::Arc, task::Context};

use crate::{
    child::blocking::{Revocable, revoked},
    context::{SavedContext, key::Key, orders::Order, scope::Scope},
    machine::{outcome::End, timers::Timer},
    observe,
};

/// What a function knows of one child besides its future.
pub struct ChildRecord {
    pub(super) item: usize,
    /// Where its handle waits for it, if it has one.
    pub(super) cell: Option<usize>,
    /// An inline child is the code of a group of its own, so that its owner can cancel it alone.
    pub(super) saved: SavedContext,
    pub(super) has_begun: bool,
    pub(super) elsewhere: Option<Elsewhere>,
    pub(super) cancel: ChildCancel,
    pub(super) watch: observe::Child,
}

/// A child that runs on a task or thread of its own.
pub(super) struct Elsewhere {
    /// Its own; a child without a handle has the group's.
    pub(super) scope: Option<Arc<Scope>>,
    pub(super) revoke: Option<Revocable>,
}

impl Elsewhere {
    pub(super) fn raise(&self, order: Order) {
        if let Some(scope) = &self.scope {
            scope.orders.raise(order);
        }
    }

    /// How it ended, if it had not begun, and now never will.
    pub(super) fn revoke<V>(&self) -> Option<End<V>> {
        match revoked(self.revoke.as_ref()?)? {
            End::NeverStarted => Some(End::Stopped),
            end => Some(end),
        }
    }
}

/// How far the owner's own cancellation of this child has come.
pub(super) enum ChildCancel {
    No,
    LastPoll,
    Grace(Timer),
    /// It has its order, and stops by itself.
    Ordered,
}

impl ChildCancel {
    pub(super) fn is_requested(&self) -> bool {
        !matches!(self, Self::No)
    }
}

/// An inline child is alone in the scope that is its own.
pub(super) const CHILD: Key = Key::arm(0);

impl ChildRecord {
    pub(super) fn new(item: usize, cell: Option<usize>, elsewhere: Option<Elsewhere>, watch: observe::Child) -> Self {
        Self { item, cell, saved: SavedContext::default(), has_begun: false, elsewhere, cancel: ChildCancel::No, watch }
    }

    /// Is the child in a critical section?
    pub(super) fn is_shielding(&self) -> bool {
        self.saved.frame.as_ref().is_some_and(|frame| frame.scope().is_shielding(CHILD))
    }

    /// After a poll that did not end an inline child: must it end now? `group` is the order to all children.
    pub(super) fn must_end(&mut self, group: Order, cx: &mut Context<'_>) -> bool {
        let own = match &mut self.cancel {
            ChildCancel::No | ChildCancel::Ordered => Order::Run,
            ChildCancel::LastPoll => Order::Stop,
            ChildCancel::Grace(timer) => {
                // The grace bounds critical sections too.
                if timer.fired(cx) { Order::Kill } else { Order::Close }
            }
        };
        let order = own.max(group);
        order > Order::Close && order.ends(true, self.is_shielding(), true)
    }

    /// The same for a child elsewhere: its wrapper decides, and gets its order when the grace is over.
    pub(super) fn poll_grace(&mut self, cx: &mut Context<'_>) {
        if let (ChildCancel::Grace(timer), Some(elsewhere)) = (&mut self.cancel, &self.elsewhere) {
            if timer.fired(cx) {
                elsewhere.raise(Order::Kill);
                self.cancel = ChildCancel::Ordered;
            }
        }
    }
}
