//! The turns of the children of a statement, in a run whose order of polls is drawn from a seed.

use crate::{
    machine::core::Core,
    probe,
    task_fn::{
        children::{Children, Statement},
        store::Store,
    },
};

impl<S: Store, T, E> Children<S, T, E> {
    /// Returns `true` if an exploration lets others go before this child.
    #[inline(always)]
    pub(super) fn puts_off(&mut self, statement: &Statement<'_, T>, place: usize, core: &mut Core<E>) -> bool {
        // A child elsewhere is put off there: here, only its end is read.
        probe::reorders() && !self.elsewhere && {
            let item = self.store.record(place).map_or(0, |record| record.item);
            core.puts_turn_off(statement.arm, item, statement.who(item))
        }
    }
}
