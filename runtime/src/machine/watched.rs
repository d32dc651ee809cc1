//! The polls of a group that is observed.

use super::Machine;

impl<E> Machine<'_, E> {
    /// Notes the end of a poll.
    pub(super) fn note_poll(&self, begun: u64) {
        let core = &**self.core;
        // The body of a function waits for room by itself.
        core.watch.poll_ends(begun, || (!self.shape.is_function).then(|| core.counts.waits_for_room()));
    }
}
