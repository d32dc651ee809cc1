//! Hands what is to be reported to the functions that the user gave for it.

use std::task::Context;

use crate::machine::{Machine, nodes::Step};

impl<E> Machine<'_, E> {
    /// Hands failures that end nothing to `.supervise(…)`, and errors that came after the decision to `.on_late_error`, or to an
    /// event.
    #[inline]
    pub(super) fn deliver_late(&mut self, cx: &mut Context<'_>) {
        let core = &mut **self.core;
        if core.has_reports() || core.has_late() {
            self.deliver(cx);
        }
    }

    #[cold]
    #[inline(never)]
    fn deliver(&mut self, cx: &mut Context<'_>) {
        if self.core.has_reports() {
            self.drive(Step::Report, cx);
        }
        if !self.core.has_late() {
            return;
        }
        if self.shape.has_late_listener {
            self.drive(Step::Late, cx);
        }
        // What is left then has no listener, or came from the listener's own panic.
        self.core.report_late();
    }
}
