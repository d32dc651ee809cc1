//! What a scope knows of the members of its group that are polled elsewhere.

use crate::{
    context::gate::{Group, Members},
    observe,
    sync::Arc,
};

/// The members of one group, made when a gate is first opened into it.
pub(crate) struct GroupMembers<G: Group> {
    members: Option<Arc<Members<G>>>,
    /// Whether the group takes nothing new: it drains, is cancelled or over.
    is_closed: bool,
    /// The group as tracing and the tree show it.
    watch: Option<observe::Group>,
}

impl<G: Group> Default for GroupMembers<G> {
    fn default() -> Self {
        Self { members: None, is_closed: false, watch: None }
    }
}

impl<G: Group> GroupMembers<G> {
    /// Returns the members, of which the group takes no more if it `is_cancelled`.
    pub(super) fn make(&mut self, is_cancelled: bool) -> Arc<Members<G>> {
        let is_closed = self.is_closed || is_cancelled;
        self.members.get_or_insert_with(|| Arc::new(Members::new(is_closed))).clone()
    }

    pub(super) fn get(&self) -> Option<Arc<Members<G>>> {
        self.members.clone()
    }

    /// Notes that the group takes nothing new. The members are to be closed outside the lock of the scope.
    pub(super) fn close(&mut self) -> Option<Arc<Members<G>>> {
        self.is_closed = true;
        self.members.clone()
    }

    /// Notes how the group is observed, if it has members that want to be shown below it.
    pub(super) fn show(&mut self, watch: &observe::Group) {
        if self.members.is_some() && self.watch.is_none() {
            self.watch = Some(watch.clone());
        }
    }

    /// Returns how the group is observed, once it is known.
    pub(super) fn watch(&self) -> Option<observe::Group> {
        self.watch.clone()
    }
}
