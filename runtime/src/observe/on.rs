//! Observability with the features: handles on entries of the registry.

use std::{cell::Cell, panic::Location, sync::atomic::Ordering::Relaxed};

use super::{
    figures::{Begun, Figures, Moment},
    items::Items,
    kind::Kind,
    member::{Member, line_of},
    registry::Listed,
    rows::Arm,
    state::State,
    trace::{Entered, GroupTrace, Trace},
    wait::Wait,
    waits,
};
use crate::{
    error::{Cause, Panicked},
    name::{Label, LazyName, Name, Who},
    runtime::Here,
};

thread_local! {
    /// The entry whose code this thread runs. A group that begins here is below it.
    static CURRENT: Cell<Option<&'static Figures>> = const { Cell::new(None) };
}

/// The code of an entry runs while this exists: a guard, because that code may unwind, and one for all that is to be taken
/// back, because each function in between would take stack on every level of groups.
struct Inside<'a> {
    figures: &'static Figures,
    /// The entry, and what it waits in, whose code this interrupts.
    before: Option<&'static Figures>,
    waits: u16,
    _entered: Entered<'a>,
}

impl<'a> Inside<'a> {
    fn enter(listed: &Listed, trace: &'a Trace) -> Self {
        Self {
            figures: listed.0,
            before: CURRENT.with(|current| current.replace(Some(listed.0))),
            waits: waits::exchange(0),
            _entered: trace.enter(),
        }
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.figures.set_waits(waits::exchange(self.waits));
        CURRENT.with(|current| current.set(self.before));
    }
}

/// A group, as it is observed.
#[derive(Clone, Default)]
pub struct Group(Option<ListedGroup>);

#[derive(Clone)]
struct ListedGroup {
    listed: Listed,
    at: &'static Location<'static>,
    trace: GroupTrace,
}

impl Group {
    /// Adds the group, at its first poll, below the entry that polls it. Returns the beginning of that poll.
    pub(crate) fn begin(&mut self, name: impl FnOnce() -> Option<Name>, here: Here) -> Begun {
        let at = here.location();
        let who = name().map_or(Who::Place(at), Who::Given);
        let trace = Trace::group(&who);
        #[cfg(feature = "tracing")]
        if trace.listener.is_some() {
            // From here and not from `trace`: the watcher that this starts reads the registry, and that
            // holds the traces.
            super::stall::begin();
        }
        let since = Moment::now();
        // The entry that polls it now. Where the group was made, it does not run.
        let parent = CURRENT.with(Cell::get);
        let member = Member {
            who,
            kind: Kind::Group,
            daemon: false,
            at,
            line: at.line(),
            since,
            trace: Some(trace.clone()),
            parent,
        };
        self.0 = Some(ListedGroup { listed: Listed::new(member, true), at, trace });
        Begun::First(since)
    }

    /// Adds a child that is about to begin, or `is_polled` now. It may have been `given` a name of its own.
    fn add(
        &self,
        kind: Kind,
        daemon: bool,
        who: LazyName,
        given: Option<Name>,
        since: Moment,
        is_polled: bool,
    ) -> Child {
        Child(self.0.as_ref().map(|group| {
            let line = line_of(who);
            let who = given.map_or(Who::Arm(who), Who::Given);
            let trace = group.trace.child(&who, kind, daemon);
            let parent = Some(group.listed.0);
            let member = Member { who, kind, daemon, at: group.at, line, since, trace: None, parent };
            ListedChild { listed: Listed::new(member, is_polled), trace }
        }))
    }

    /// Adds a child that is about to begin. It may have been `given` a name of its own.
    pub(crate) fn child(&self, kind: Kind, daemon: bool, who: LazyName, given: impl FnOnce() -> Option<Name>) -> Child {
        if self.0.is_some() { self.add(kind, daemon, who, given(), Moment::now(), false) } else { Child(None) }
    }

    /// Adds an item of a `for`, which a poll of the group is about to begin on a task or thread of its own. Its age is counted from
    /// that poll.
    #[inline]
    pub(crate) fn item(
        &self,
        items: &mut Items,
        kind: Kind,
        label: Label,
        item: usize,
        given: impl FnOnce() -> Option<Name>,
    ) -> Child {
        let Some(group) = &self.0 else { return Child(None) };
        let who = LazyName::item(label, item);
        if let Some(name) = given() {
            return self.add(kind, false, who, Some(name), Moment::now(), false);
        }
        let trace = group.trace.child(&Who::Arm(who), kind, false);
        let arm = Arm { label, kind, at: group.at, parent: group.listed.0 };
        Child(Some(ListedChild { listed: items.begin(item, arm), trace }))
    }

    /// Notes the beginning of a poll of an inline child, as [`Child::poll_begins`] does; adds the child in its first one.
    #[inline]
    pub(crate) fn polls(&self, child: &mut Child, who: LazyName) -> Begun {
        if child.0.is_some() {
            return child.poll_begins();
        }
        let since = Moment::now();
        *child = self.add(Kind::Inline, false, who, None, since, true);
        Begun::First(since)
    }

    /// Notes the beginning of a poll of the group, which is to be handed to [`poll_ends`](Self::poll_ends).
    pub(crate) fn poll_begins(&self) -> Begun {
        // In its first poll, it is added by that.
        self.0.as_ref().map_or_else(|| Begun::First(Moment::now()), |group| group.listed.0.poll_begins())
    }

    /// Notes the end of a poll. A group that has ended is not in the tree any more.
    pub(crate) fn poll_ends(&self, begun: Begun, waits_for_room: impl FnOnce() -> Option<bool>) {
        let Some(group) = &self.0 else { return };
        group.listed.0.poll_ends(begun);
        if let Some(waits) = waits_for_room() {
            group.listed.0.set_waits(if waits { Wait::Room as u16 } else { 0 });
        }
    }

    /// Runs the body of a function, which is the group's own code.
    pub(crate) fn run<R>(&self, part: impl FnOnce() -> R) -> R {
        // A clone may outlive the entry, which is taken out of the tree at the end of the group.
        let group = self.0.as_ref().filter(|group| !group.listed.0.is_gone.load(Relaxed));
        let _inside = group.map(|group| Inside::enter(&group.listed, &group.trace));
        part()
    }

    fn tell(&self, tell: impl FnOnce(&Trace)) {
        if let Some(group) = &self.0 {
            tell(&group.trace);
        }
    }

    fn set(&self, state: State) {
        if let Some(group) = &self.0 {
            group.listed.0.set(state);
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
            group.listed.unlist();
        }
    }
}

/// A child, as it is observed. It is in the tree until this is dropped.
#[derive(Default)]
pub(crate) struct Child(Option<ListedChild>);

struct ListedChild {
    listed: Listed,
    trace: Trace,
}

impl Drop for ListedChild {
    fn drop(&mut self) {
        self.listed.unlist();
    }
}

impl Child {
    #[cfg(all(tokio_unstable, feature = "tracing"))]
    pub(crate) fn name(&self) -> Option<Name> {
        self.0.as_ref().map(|child| child.listed.name())
    }

    /// Notes the end of the child, which may be an error or a panic.
    pub(crate) fn ends(&self, failed: bool) {
        if let (true, Some(child)) = (failed, &self.0) {
            child.trace.mark_failed(format_args!("failed"));
        }
    }

    /// Takes the child out of the tree.
    pub(crate) fn leaves(self) {
        drop(self);
    }

    /// Notes the beginning of a poll, which is to be handed to [`run_poll`](Self::run_poll).
    pub(crate) fn poll_begins(&self) -> Begun {
        let Some(child) = &self.0 else { return Begun::NOTED_NOWHERE };
        child.listed.0.set(State::Running);
        child.listed.0.poll_begins()
    }

    fn enter(&self) -> Option<Inside<'_>> {
        self.0.as_ref().map(|child| Inside::enter(&child.listed, &child.trace))
    }

    /// Notes that a poll is over. What has ended is about to be taken out of the tree.
    fn poll_is_over(&self, begun: Begun, is_pending: bool) {
        if let (true, Some(child)) = (is_pending, &self.0) {
            child.listed.0.poll_ends(begun);
            child.listed.0.set(State::Waiting);
        }
    }

    /// Runs a poll of the child that has `begun`.
    #[inline]
    pub(crate) fn run_poll<R>(&self, begun: Begun, part: impl FnOnce() -> R, is_pending: impl FnOnce(&R) -> bool) -> R {
        // Not in a variable that is moved into `drop`: in both functions, it would be a copy on the stack of each nested group.
        let polled = {
            let _inside = self.enter();
            part()
        };
        self.poll_is_over(begun, is_pending(&polled));
        polled
    }

    /// Runs a poll of the child, or another part of it.
    #[inline]
    pub(crate) fn run<R>(&self, part: impl FnOnce() -> R, is_pending: impl FnOnce(&R) -> bool) -> R {
        let begun = self.poll_begins();
        // Not by `run_poll`, whose frame would be one more on each level of nested functions.
        let polled = {
            let _inside = self.enter();
            part()
        };
        self.poll_is_over(begun, is_pending(&polled));
        polled
    }
}
