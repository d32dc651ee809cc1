//! Observability with the features: handles on entries of the registry.

use std::{
    cell::Cell,
    panic::Location,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use super::{
    kind::Kind,
    registry::{self, Member, State},
    trace::{Entered, Trace},
    wait::Wait,
    waits,
};
use crate::{
    error::{Cause, Panicked},
    name::{LazyName, Name, Who},
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

    /// Enters the code of the entry.
    fn enter(&self, begun: Option<u64>) -> Inside<'_> {
        Inside {
            // On a thread that is ending, no group begins any more.
            before: CURRENT.try_with(|current| current.replace(Some(self.index))).unwrap_or(None),
            waits: waits::exchange(0),
            _entered: self.member.trace.enter(),
            member: &self.member,
            begun,
        }
    }
}

/// The code of an entry runs while this exists: a guard, because that code may unwind, and one for all that is to be taken
/// back, because each function in between would take stack on every level of groups.
struct Inside<'a> {
    member: &'a Member,
    /// The entry, and what it waits in, whose code this interrupts.
    before: Option<usize>,
    waits: u16,
    /// The beginning of the poll; `None` for the code of a group, whose polls the machine notes.
    begun: Option<u64>,
    _entered: Entered<'a>,
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.member.set_waits(waits::exchange(self.waits));
        let _ = CURRENT.try_with(|current| current.set(self.before));
        if let Some(begun) = self.begun {
            self.member.poll_ends(begun);
            self.member.set(State::Waiting);
        }
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
    pub(crate) fn begin(&mut self, name: impl FnOnce() -> Name, at: &'static Location<'static>) {
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
        self.0 = Some(Arc::new(Listed::new(parent, Member::group(name, at, trace))));
    }

    /// Adds a child that is about to begin. It may have been `given` a name of its own.
    pub(crate) fn child(&self, kind: Kind, daemon: bool, who: LazyName, given: impl FnOnce() -> Option<Name>) -> Child {
        Child(
            self.0
                .as_ref()
                .map(|group| Listed::new(Some(group.index), group.member.child(Who::new(who, given()), kind, daemon))),
        )
    }

    /// Notes the beginning of a poll of the group, which is to be handed to [`poll_ends`](Self::poll_ends).
    pub(crate) fn poll_begins(&self) -> u64 {
        self.0.as_ref().map_or(0, |group| group.member.poll_begins())
    }

    /// Notes the end of a poll. A group that has ended is not in the tree any more.
    pub(crate) fn poll_ends(&self, begun: u64, waits_for_room: impl FnOnce() -> Option<bool>) {
        let Some(group) = &self.0 else { return };
        group.member.poll_ends(begun);
        if let Some(waits) = waits_for_room() {
            group.member.set_waits(if waits { Wait::Room as u16 } else { 0 });
        }
    }

    /// Runs the body of a function, which is the group's own code.
    pub(crate) fn run<R>(&self, part: impl FnOnce() -> R) -> R {
        // A clone may outlive the entry, which is removed at the end of the group.
        let _inside = self.0.as_ref().filter(|group| group.is_listed.load(Relaxed)).map(|group| group.enter(None));
        part()
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
        self.0.as_ref().map(|child| child.member.who.name())
    }

    /// Notes the end of the child, which may be an error or a panic.
    pub(crate) fn ends(&self, failed: bool) {
        if let (true, Some(child)) = (failed, &self.0) {
            child.member.trace.mark_failed(format_args!("failed"));
        }
    }

    /// Runs a part of the child.
    pub(crate) fn run<R>(&self, part: impl FnOnce() -> R) -> R {
        let _inside = self.0.as_ref().map(|child| {
            let begun = child.member.poll_begins();
            child.member.set(State::Running);
            child.enter(Some(begun))
        });
        part()
    }
}
