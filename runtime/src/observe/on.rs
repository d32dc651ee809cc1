//! Observability with the features: handles on entries of the registry.

use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use super::{
    kind::Kind,
    registry::{self, Member, State},
    trace::Trace,
};
use crate::{
    error::{Cause, Panicked},
    name::Name,
};

thread_local! {
    /// The entry whose code this thread runs. A group that begins here is below it.
    static CURRENT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// An entry, removed from the registry at the latest when this is dropped.
struct Listed {
    index: usize,
    member: Arc<Member>,
    is_listed: AtomicBool,
}

impl Listed {
    fn new(parent: Option<usize>, member: Member) -> Self {
        let member = Arc::new(member);
        Self { index: registry::add(parent, member.clone()), member, is_listed: AtomicBool::new(true) }
    }

    fn unlist(&self) {
        // Once: the index may stand for another entry afterwards.
        if self.is_listed.swap(false, Relaxed) {
            registry::remove(self.index);
        }
    }

    /// Runs `part` as the code of the entry.
    fn run<R>(&self, part: impl FnOnce() -> R) -> R {
        struct Back(Option<usize>);
        impl Drop for Back {
            fn drop(&mut self) {
                // On a thread that is ending, no group begins any more.
                let _ = CURRENT.try_with(|current| current.set(self.0));
            }
        }
        // A clone may outlive the entry, which is removed at the end of the group.
        if !self.is_listed.load(Relaxed) {
            return part();
        }
        // By a guard, because the part may unwind.
        let _back = Back(CURRENT.try_with(|current| current.replace(Some(self.index))).unwrap_or(None));
        self.member.trace.inside(part)
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.unlist();
    }
}

/// A group, as it is observed.
#[derive(Clone, Default)]
pub(crate) struct Group(Option<Arc<Listed>>);

impl Group {
    /// Adds the group, at its first poll, below the entry that polls it.
    pub(crate) fn begin(&mut self, name: impl FnOnce() -> Name) {
        let name = name();
        let trace = Trace::group(&name);
        #[cfg(feature = "tracing")]
        if trace.listener.is_some() {
            // From here and not from `trace`: the watcher that this starts reads the registry, and that
            // holds the traces.
            super::stall::begin();
        }
        // The entry that polls it now. Where the group was made, it does not run.
        let parent = CURRENT.try_with(Cell::get).unwrap_or(None);
        self.0 = Some(Arc::new(Listed::new(parent, Member::new(name, Kind::Group, false, trace))));
    }

    /// Adds a child that is about to begin.
    pub(crate) fn child(&self, kind: Kind, daemon: bool, name: impl FnOnce() -> Name) -> Child {
        Child(self.0.as_ref().map(|group| {
            let name = name();
            let trace = group.member.trace.child(&name, kind, daemon);
            Listed::new(Some(group.index), Member::new(name, kind, daemon, trace))
        }))
    }

    /// Runs the body of a function, which is the group's own code.
    pub(crate) fn run<R>(&self, part: impl FnOnce() -> R) -> R {
        match &self.0 {
            Some(group) => group.run(part),
            None => part(),
        }
    }

    fn tell(&self, tell: impl FnOnce(&Trace)) {
        if let Some(group) = &self.0 {
            tell(&group.member.trace);
        }
    }

    fn set(&self, state: State) {
        if let Some(group) = &self.0 {
            group.member.set(state);
        }
    }

    pub(crate) fn failed(&self, child: &Name) {
        self.tell(|trace| trace.failed(child));
    }

    pub(crate) fn panicked(&self, panicked: &Panicked) {
        self.tell(|trace| trace.panicked(panicked));
    }

    /// Reports an `Err` that came after the outcome was decided, in a group without `.on_late_error`.
    pub(crate) fn late_error(&self, child: &Name) {
        self.tell(|trace| trace.late_error(child));
    }

    /// Reports a panic that is not the outcome.
    pub(crate) fn late_panic(&self, panicked: &Panicked) {
        self.tell(|trace| trace.late_panic(panicked));
    }

    pub(crate) fn cancelled(&self, cause: &Cause) {
        self.set(State::Cancelled);
        self.tell(|trace| trace.cancelled(cause));
    }

    pub(crate) fn draining(&self) {
        self.set(State::Draining);
        self.tell(Trace::draining);
    }

    /// Reports that children are about to be dropped; `left` have not ended by themselves.
    pub(crate) fn stopping(&self, grace_is_over: bool, left: usize) {
        self.set(State::Stopping);
        if grace_is_over {
            self.tell(|trace| trace.cut_off(left));
        }
    }

    /// Removes the group, because its owner dropped it: what is still alive below is adopted from now on.
    pub(crate) fn dropped(&mut self) {
        self.tell(Trace::dropped);
        self.end();
    }

    pub(crate) fn end(&mut self) {
        if let Some(group) = self.0.take() {
            // At once, and not with the last clone: what the tree shows is alive.
            group.unlist();
        }
    }
}

/// A child, as it is observed. It is in the tree until this is dropped.
#[derive(Default)]
pub(crate) struct Child(Option<Listed>);

impl Child {
    #[cfg(all(tokio_unstable, feature = "tracing"))]
    pub(crate) fn name(&self) -> Option<Name> {
        self.0.as_ref().map(|child| child.member.name.clone())
    }

    /// Runs a part of the child.
    pub(crate) fn run<R>(&self, part: impl FnOnce() -> R) -> R {
        struct Waits<'a>(&'a Member);
        impl Drop for Waits<'_> {
            fn drop(&mut self) {
                self.0.set(State::Waiting);
            }
        }
        let Some(child) = &self.0 else { return part() };
        child.member.set(State::Running);
        // Relaxed, like every counter here: the tree and the watcher show it, and nothing is decided by it.
        child.member.polls.fetch_add(1, Relaxed);
        let _waits = Waits(&child.member);
        child.run(part)
    }
}
