//! What encloses a group: only what can drop it (DESIGN §2.5).
//!
//! In a group that is cancelled from outside, a child may fail after that. How long the others may react is then left to the
//! enclosing group, which drops them when its own time is up. Below a blocking child, in a carried context and under a group
//! that is over, nothing would ever drop them: there the group's own rules hold.

use crate::{
    context::{
        orders::Order,
        scope::{OVER, OWN_CAUSE, Role, Scope, TASKS_LOOK, UNDROPPABLE},
    },
    error::Cause,
    name::Name,
};

impl Scope {
    /// Returns `true` if the group whose cancellation reached this one can drop it.
    pub(crate) fn is_enclosed_by_its_canceller(&self) -> bool {
        let mut scope = self;
        while !scope.has(OWN_CAUSE) {
            let Some(parent) = scope.parent.as_deref() else { return false };
            if scope.has(UNDROPPABLE) || scope.role == Role::Carried || parent.has(OVER) {
                return false;
            }
            scope = parent;
        }
        !std::ptr::eq(scope, self)
    }

    /// Notes that a blocking child runs the group.
    pub(crate) fn set_undroppable(&self) {
        self.set(UNDROPPABLE);
    }

    /// Notes that the group is over, or was dropped.
    pub(crate) fn set_over(&self) {
        self.set(OVER);
    }

    /// The owner drops the group, whose name this is: what runs below is ordered to stop, and nothing waits for it here.
    pub(crate) fn drop_group(&self, group: Name) {
        self.cancel(Cause::Dropped { group });
        self.set_over();
        self.orders.raise(Order::Stop);
    }

    /// Notes that a child on a task of its own has looked at the token.
    pub(crate) fn task_looks(&self) {
        self.listen();
        self.set(TASKS_LOOK);
        if let (Role::Child, Some(group)) = (self.role, &self.parent) {
            group.set(TASKS_LOOK);
        }
    }

    /// Returns `true` if a child on a task of its own has looked at the token.
    pub(crate) fn tasks_look(&self) -> bool {
        self.has(TASKS_LOOK)
    }
}
