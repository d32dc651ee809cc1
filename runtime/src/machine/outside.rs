//! What a cancellation of an enclosing group means for the polls of a group.

use std::task::Context;

use super::Machine;
use crate::{context, token::WaitCancelled};

impl<E> Machine<'_, E> {
    /// Polls every child once when an enclosing group is cancelled, if any of them looked at the token. That group may give
    /// this one a last poll only; many children need several, and until each has had its own, the last poll is not over.
    pub(super) fn poll_everyone_if_cancelled_from_outside(&mut self) {
        if self.core.outer_is_cancelled && !self.core.outer_is_seen {
            self.core.outer_is_seen = true;
            let is_listened = self.saved.frame.as_ref().is_some_and(|frame| frame.scope().is_listened());
            self.core.pass.set_everyone(is_listened || self.saved.asked);
        }
    }

    /// Registers the group with the enclosing token while it waits for a stream.
    ///
    /// A group without running children has no child that a cancellation from outside would wake: it would be idle forever.
    pub(super) fn watch_the_outer_token_while_idle(&mut self, cx: &mut Context<'_>) {
        let core = &mut **self.core;
        if self.shape.streams == 0 || !core.options.can_report_cancelled || core.stops_beginning {
            return;
        }
        if core.idle.is_none() {
            core.idle = context::note_and_scope().map(|scope| {
                scope.listen();
                WaitCancelled::of(scope)
            });
        }
        if let Some(idle) = &mut core.idle {
            if idle.poll_uncounted(cx).is_ready() {
                core.idle = None;
                core.poll_again();
            }
        }
    }
}
