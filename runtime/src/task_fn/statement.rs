//! A child statement as the text has it.

use crate::{
    name::{Label, LazyName, Name, ShortName},
    task_fn::hub::Signals,
};

/// The facts about one child statement that do not change.
pub(super) struct Statement<'h> {
    pub(super) name: Label,
    pub(super) arm: usize,
    /// Whether it is in a loop, so that its children are numbered.
    pub(super) repeats: bool,
    pub(super) daemon: bool,
    /// Whether it has a name, which the body uses: its children have handles.
    pub(super) has_handles: bool,
    pub(super) signals: &'h Signals,
}

impl Statement<'_> {
    pub(super) fn short_name(&self, item: usize) -> ShortName {
        if self.repeats { ShortName::item(self.name, item) } else { ShortName::arm(self.name) }
    }

    pub(super) fn who(&self, item: usize) -> LazyName {
        self.short_name(item).lazy()
    }

    pub(super) fn child_name(&self, item: usize) -> Name {
        self.who(item).name()
    }
}
