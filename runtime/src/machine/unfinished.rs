//! The list of the children that a cancelled group was waiting for, for the `Cancelled` that it returns.
//!
//! It is made once, when the cancellation begins: later, the children have been dropped, and what is left are those that
//! cleaned up for longest. Each arm adds its number of children and its first names, so that a million of them cost no more
//! than eight.

use std::{iter, task::Context};

use crate::{
    error::Unfinished,
    machine::{Machine, core::Core, nodes::Step},
    name::LazyName,
};

impl<E> Machine<'_, E> {
    /// Lists the children that have not ended, if the output of the group has a place for that.
    pub(super) fn list_unfinished(&mut self, cx: &mut Context<'_>) {
        let core = &mut **self.core;
        // Once: a group that is cancelled from outside first, and then by its own deadline, was interrupted by the former.
        if core.unfinished.is_some() || !core.options.can_report_cancelled || !core.options.lists_unfinished {
            return;
        }
        core.unfinished = Some(Unfinished::NONE);
        self.drive(Step::ListUnfinished, cx);
    }
}

impl<E> Core<E> {
    /// Adds one child to the list.
    pub(crate) fn lists(&mut self, who: LazyName) {
        self.lists_many(1, iter::once(who));
    }

    /// Adds `count` children to the list, of which `names` has the first ones at least.
    pub(crate) fn lists_many(&mut self, count: usize, names: impl Iterator<Item = LazyName>) {
        if let Some(unfinished) = &mut self.unfinished {
            unfinished.add(count, names);
        }
    }
}
