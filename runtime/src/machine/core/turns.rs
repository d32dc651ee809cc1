//! The turns of inline children in a run whose order of polls is drawn from a seed.

use crate::{machine::core::Core, name::LazyName, probe};

impl<E> Core<E> {
    /// Returns `true` if an exploration lets others go before this child: it stays due, and another pass follows at once.
    // Not `always`: without optimization, its variables would be part of the frame that each nested function leaves.
    #[inline]
    pub(crate) fn puts_turn_off(&mut self, arm: usize, item: usize, who: LazyName) -> bool {
        // A poll after a cancellation may be the last one, and is not put off: a child that misses it cannot react.
        if !probe::reorders() || !self.is_running() || self.outer_is_cancelled || self.pass.polls_everyone() {
            return false;
        }
        let is_put_off = self.turns.puts_off(arm, item, who, self.here);
        if is_put_off {
            // It has left no waker for this turn.
            self.pass.poll_again();
        }
        is_put_off
    }
}
