//! The gates that lead into a group, and the members that came through them, as its scope knows them.

use std::task::Waker;

use crate::{
    context::{gate::Gate, scope::Scope},
    observe,
    sync::{Arc, Weak},
};

impl Scope {
    /// Opens a gate into the group.
    pub(crate) fn open_gate(scope: &Arc<Self>, gate: &Arc<Gate<Weak<Self>>>) {
        let members = {
            let mut shared = scope.lock();
            let is_cancelled = shared.cause.is_some();
            shared.members.make(is_cancelled)
        };
        Gate::open_into(gate, &members, Arc::downgrade(scope));
    }

    /// Takes nothing new from outside; what was accepted goes on.
    pub(crate) fn close_gates(&self) {
        let members = self.lock().members.close();
        if let Some(members) = members {
            members.close(false);
        }
    }

    /// Returns `true` if no member is left that is polled elsewhere. Otherwise the owner is woken when the last one ends.
    pub(crate) fn members_are_gone(&self, owner: &Waker) -> bool {
        let members = self.lock().members.get();
        members.is_none_or(|members| members.are_gone(owner))
    }

    /// Notes how the group is observed, for the members that are shown below it.
    pub(crate) fn show(&self, watch: &observe::Group) {
        self.lock().members.show(watch);
    }

    /// Returns how the group is observed, once it is known.
    pub(crate) fn watch(&self) -> Option<observe::Group> {
        self.lock().members.watch()
    }
}
