//! A failure that is held, because that of another child came first and is still on its way (`context/first.rs`).

use std::{task::Context, time::Duration};

use crate::{
    context::backstop::{self, Latest},
    machine::{Machine, nodes::Step},
};

/// How long the owner waits for the end of the child that failed first.
const LONGEST_WAIT: Duration = Duration::from_millis(200);

impl<E> Machine<'_, E> {
    /// Waits for the end of the child that failed first, if the failure of another one came before it; no child is polled
    /// meanwhile. Returns `false` as soon as one of the two has decided.
    ///
    /// The wait is as short as the way of an end to its owner, unless the child's destructor takes long.
    pub(super) fn waits_for_the_first_failure(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(since) = self.core.verdict.held_since() else { return false };
        // Only the ends of children elsewhere: no code of any child may run before the first failure has come.
        self.drive(Step::Collect, cx);
        if self.core.verdict.held_since().is_some() {
            let latest = Latest::of(since, LONGEST_WAIT);
            if self.core.awaits_first() && !latest.has_passed() {
                // That end wakes the owner. The destructor of its child may wait for what only another child brings.
                backstop::wake_at(latest, cx.waker().clone());
                return true;
            }
            // What was noted has come and was no failure of the group, or it takes too long: the one that is held decides.
            self.core.confirm();
        }
        self.deliver_late(cx);
        false
    }
}
