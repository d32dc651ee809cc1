//! The node of the cancellation tree that belongs to one group.
//!
//! 1. A scope is cancelled at most once; its first cause is final, and is set before the flag can be seen. What sees the
//!    flag can always read the cause.
//! 2. Cancelling reaches every scope below, by a loop, not by recursion, so that the depth of groups is not bounded by the
//!    stack; a shielded scope stops it.
//! 3. A scope made below a cancelled one starts cancelled, unless it is shielded. Both happen under the parent's lock, so no
//!    scope slips in between.
//! 4. A scope that is dropped leaves nothing behind in its parent: a group may live for as long as the program.
//! 5. No waker is called, no scope is dropped, and no user code runs, while a lock is held: all of them may come back here.
//!
//! `tests/loom` explores the interleavings of this file.

use std::task::Waker;

use tokio::{runtime::Id, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    context::{
        epoch, first::FirstFailure, gate::Members, key::Key, living::Living, members::GroupMembers, orders::Orders,
        sections::Sections,
    },
    error::Cause,
    slab::Slab,
    sync::{
        Arc, Mutex, MutexGuard, Weak,
        atomic::{AtomicU16, AtomicUsize, Ordering},
    },
    unwind::{discard, guard, wake_all},
};

const CANCELLED: u16 = 1;
const DRAINING: u16 = 2;
const LISTENED: u16 = 4;
const FULL: u16 = 8;
/// A section of an inline child has been opened, at some time.
const HOLDS: u16 = 16;
/// A child on a task of its own has looked at the token, at some time.
pub(super) const TASKS_LOOK: u16 = 32;
/// What is run by a blocking child: no group outside can drop it.
pub(super) const UNDROPPABLE: u16 = 64;
/// The group is over, or was dropped: it drops nothing any more.
pub(super) const OVER: u16 = 128;
/// The first cause is the group's own, and not that of an enclosing one.
pub(super) const OWN_CAUSE: u16 = 256;
/// Code may have kept that it is not cancelled (`epoch.rs`).
const CHECKED: u16 = 512;

/// The node of the cancellation tree that belongs to one group. Made only when the token is asked for.
pub(crate) struct Scope {
    flags: AtomicU16,
    pub(super) parent: Option<Arc<Scope>>,
    /// The place in the list of the enclosing scope.
    place: AtomicUsize,
    pub(super) role: Role,
    /// Whether a group waits for what is started below this scope.
    is_waited_for: bool,
    deadline: Option<Instant>,
    first: FirstFailure,
    shared: Mutex<Shared>,
    pub(crate) orders: Orders,
    /// What runs for this group elsewhere, and below it.
    pub(crate) living: Living,
}

#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) cause: Option<Cause>,
    pub(crate) waiters: Slab<Waker>,
    pub(crate) drain_waiters: Slab<Waker>,
    below: Slab<Weak<Scope>>,
    token: Option<CancellationToken>,
    /// The runtime on which the first child below this scope was started.
    runtime: Option<Id>,
    sections: Sections<(Arc<Scope>, Key)>,
    pub(super) members: GroupMembers<Weak<Scope>>,
}

/// What waits for a scope: tasks, the token that was made for foreign code, and the members that are polled elsewhere.
type Listeners = (Vec<Waker>, Option<CancellationToken>, Option<Arc<Members<Weak<Scope>>>>);

/// Whose code a scope is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Group,
    /// One child of a function, which its owner can cancel alone.
    Child,
    /// A critical section.
    Section,
    /// Code of a group on a foreign task or thread. It has the token of the group, which does not wait for it.
    Carried,
}

impl Scope {
    /// Makes the scope of a group.
    pub(crate) fn group(parent: Option<Arc<Scope>>, deadline: Option<Instant>) -> Arc<Self> {
        // Once, when it is made: no deadline of a group changes after its first poll.
        let inherited = parent.as_ref().and_then(|parent| parent.deadline);
        let deadline = match (inherited, deadline) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self::new(parent, deadline, Role::Group)
    }

    /// Makes the scope of a child that has a token of its own, below that of its group.
    pub(crate) fn of_child(group: Option<Arc<Scope>>) -> Arc<Self> {
        let deadline = group.as_ref().and_then(|group| group.deadline);
        Self::new(group, deadline, Role::Child)
    }

    /// Makes a scope in which no cancellation of an enclosing group is seen.
    pub(crate) fn shield(parent: Option<Arc<Scope>>) -> Arc<Self> {
        // A section may go on past the deadlines outside it, so `deadline()` does not return them.
        Self::new(parent, None, Role::Section)
    }

    /// Makes the scope of code that is carried out of its group.
    pub(crate) fn carried(group: Arc<Scope>) -> Arc<Self> {
        let deadline = group.deadline;
        Self::new(Some(group), deadline, Role::Carried)
    }

    fn new(parent: Option<Arc<Scope>>, deadline: Option<Instant>, role: Role) -> Arc<Self> {
        let is_waited_for = match role {
            Role::Group | Role::Child => true,
            Role::Section => parent.as_ref().is_some_and(|parent| parent.is_waited_for),
            Role::Carried => false,
        };
        let scope = Arc::new(Self {
            flags: AtomicU16::new(0),
            parent,
            place: AtomicUsize::new(usize::MAX),
            role,
            is_waited_for,
            deadline,
            first: FirstFailure::default(),
            shared: Mutex::default(),
            orders: Orders::default(),
            living: Living::default(),
        });
        if let Some(parent) = &scope.parent {
            let mut outer = parent.lock();
            // Relaxed: read by the destructor only, which has the scope to itself.
            scope.place.store(outer.below.insert(Arc::downgrade(&scope)), Ordering::Relaxed);
            // A shield hides a cancellation, not a drain, which cancels nothing.
            let cause = outer.cause.clone().filter(|_| role != Role::Section);
            let draining = parent.is_draining();
            // No other thread has the scope yet: its own lock, inside the other, is never waited for.
            if let Some(cause) = cause {
                scope.lock().cause = Some(cause);
                scope.flags.fetch_or(CANCELLED, Ordering::Release);
            }
            if draining {
                scope.flags.fetch_or(DRAINING, Ordering::Release);
            }
        }
        scope
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock()
    }

    pub(super) fn has(&self, flag: u16) -> bool {
        self.flags.load(Ordering::Acquire) & flag != 0
    }

    pub(super) fn set(&self, flag: u16) {
        if !self.has(flag) {
            self.flags.fetch_or(flag, Ordering::Release);
        }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.has(CANCELLED)
    }

    /// As [`is_cancelled`](Self::is_cancelled), for code that keeps the answer for as long as nothing is cancelled.
    pub(super) fn is_cancelled_when_checked(&self) -> bool {
        self.set(CHECKED);
        self.is_cancelled()
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.has(DRAINING)
    }

    /// Returns `true` if this token has been looked at, so that a last poll is of use.
    pub(crate) fn is_listened(&self) -> bool {
        self.has(LISTENED)
    }

    pub(crate) fn listen(&self) {
        self.set(LISTENED);
    }

    /// Marks this token and those of all enclosing groups as looked at.
    pub(crate) fn listen_outwards(&self) {
        self.listen();
        let mut outer = &self.parent;
        while let Some(scope) = outer {
            scope.listen();
            outer = &scope.parent;
        }
    }

    /// Returns `true` if a `#[task_group]` function has reached its limit.
    pub(crate) fn is_full(&self) -> bool {
        self.has(FULL)
    }

    /// Notes whether a `#[task_group]` function has reached its limit.
    pub(crate) fn set_full(&self, full: bool) {
        // A flag of the scope, because `has_room()` can reach nothing else of the function.
        if full {
            self.flags.fetch_or(FULL, Ordering::Release);
        } else {
            self.flags.fetch_and(!FULL, Ordering::Release);
        }
    }

    pub(crate) fn cause(&self) -> Option<Cause> {
        if self.is_cancelled() { self.lock().cause.clone() } else { None }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Notes the failure of a child of the group that runs elsewhere, before its ends of channels become visible.
    pub(crate) fn note_first(&self, child: Key) {
        // Whether it counts as a failure is open then; and in a cancelled group, channels answer that it is cancelled.
        if !self.is_cancelled() {
            let group = if self.role == Role::Child { self.parent.as_deref() } else { None };
            group.unwrap_or(self).first.note(child);
        }
    }

    /// Returns `true` if the failure of this child, whose end the owner has taken, was noted first.
    pub(crate) fn take_first(&self, child: Key) -> bool {
        self.first.take(child)
    }

    /// Returns `true` if the first failure is on its way to the owner.
    pub(crate) fn awaits_first(&self) -> bool {
        self.first.is_noted()
    }

    /// Returns the scope of the group: this one, unless it is that of a section, of one child, or of carried code.
    pub(crate) fn of_group(mut scope: &Arc<Self>) -> Option<Arc<Self>> {
        while scope.role != Role::Group {
            scope = scope.parent.as_ref()?;
        }
        Some(scope.clone())
    }

    /// Returns `true` if no enclosing group waits for what this group leaves behind when it is dropped. A critical section
    /// outside any group, and code that was carried out of its group, are not waited for.
    pub(crate) fn is_root(&self) -> bool {
        self.parent.as_ref().is_none_or(|parent| !parent.is_waited_for)
    }

    /// Returns the enclosing scope if what is below this one is waited for there too. The group that code was carried from
    /// does not wait for it.
    pub(crate) fn adopter(&self) -> Option<&Arc<Scope>> {
        self.parent.as_ref().filter(|_| self.role != Role::Carried)
    }

    /// Sets the cause, then wakes all that waits for it, here and below. Returns `false` if there was a cause already.
    pub(crate) fn cancel(&self, cause: Cause) -> bool {
        self.reach(Some(cause))
    }

    /// Sets the flag for draining, and wakes all that waits for it, here and below.
    pub(crate) fn drain(&self) {
        self.reach(None);
        // Of this group only: what groups inside have accepted is to be finished.
        self.close_gates();
    }

    /// Cancels this scope and those below it, or only drains them: what is cancelled drains too. A shield hides a
    /// cancellation from what is below it, and lets the drain through. Returns whether this scope was not reached before.
    fn reach(&self, cause: Option<Cause>) -> bool {
        let mut next = Vec::new();
        let news = self.reach_one(cause, true, &mut next);
        while let Some((scope, cause)) = next.pop() {
            scope.reach_one(cause, false, &mut next);
        }
        news
    }

    /// Does so for this scope alone, and adds those below it to `next`.
    fn reach_one(&self, cause: Option<Cause>, is_own: bool, next: &mut Vec<(Arc<Self>, Option<Cause>)>) -> bool {
        let Some((wakers, token, members)) = self.take_listeners(cause, is_own, next) else { return false };
        // Wakers are code of executors, also those of the token: one that panics keeps no scope below from its cancellation.
        wake_all(wakers);
        if let Err(payload) = guard(|| token.map(|token| token.cancel())) {
            discard(payload);
        }
        if let Some(members) = members {
            members.close(true);
        }
        true
    }

    /// Sets the state of this scope alone, and lists those below it. Returns what waits for it, to be woken outside the
    /// lock; `None` if it was reached before: then what is below was, too.
    fn take_listeners(
        &self,
        cause: Option<Cause>,
        is_own: bool,
        next: &mut Vec<(Arc<Self>, Option<Cause>)>,
    ) -> Option<Listeners> {
        let mut shared = self.lock();
        let listeners = match &cause {
            Some(_) if shared.cause.is_some() => return None,
            Some(cause) => {
                shared.cause = Some(cause.clone());
                let own = if is_own { OWN_CAUSE } else { 0 };
                if self.flags.fetch_or(CANCELLED | DRAINING | own, Ordering::AcqRel) & CHECKED != 0 {
                    epoch::next();
                }
                let wakers = shared.waiters.take().chain(shared.drain_waiters.take());
                (wakers.collect(), shared.token.take(), shared.members.close())
            }
            None if self.flags.fetch_or(DRAINING, Ordering::Release) & DRAINING != 0 => return None,
            None => (shared.drain_waiters.take().collect(), None, None),
        };
        let below = shared.below.iter().filter_map(Weak::upgrade);
        next.extend(below.map(|below| {
            let cause = cause.clone().filter(|_| below.role != Role::Section);
            (below, cause)
        }));
        Some(listeners)
    }

    /// Returns a token for foreign code. Cancelling it cancels nothing of the group.
    pub(crate) fn child_token(&self) -> CancellationToken {
        // The token may outlive what was carried, and is that of the group.
        if let (Role::Carried, Some(group)) = (self.role, &self.parent) {
            return group.child_token();
        }
        // Under the lock: a cancellation either finds this token, or is seen here.
        let mut shared = self.lock();
        if self.is_cancelled() {
            let token = CancellationToken::new();
            token.cancel();
            return token;
        }
        // A child of the one that is kept: cancelling what is given away cancels nothing else.
        shared.token.get_or_insert_default().child_token()
    }

    /// Returns `true` if no token for foreign code was made of this scope, and no gate leads into it.
    pub(crate) fn is_unseen(&self) -> bool {
        let shared = self.lock();
        shared.token.is_none() && shared.members.get().is_none()
    }

    /// The runtime on which the first child below this scope was started.
    pub(crate) fn runtime(&self) -> Option<Id> {
        self.lock().runtime
    }

    pub(crate) fn set_runtime(&self, runtime: Option<Id>) {
        self.lock().runtime = runtime;
    }

    // Shields: which children of the group are in a critical section.

    pub(crate) fn is_shielding(&self, child: Key) -> bool {
        self.lock().sections.has(child)
    }

    /// Returns `true` if any child is in a critical section.
    pub(crate) fn is_shielding_any(&self) -> bool {
        !self.lock().sections.is_empty()
    }

    /// A section of the child begins; `is_inline` if the child would be dropped with the owner of this scope.
    pub(crate) fn section_begins(&self, child: Key, is_inline: bool) {
        self.lock().sections.begin(child, is_inline);
        if is_inline {
            self.flags.fetch_or(HOLDS, Ordering::Release);
        }
    }

    /// Keeps the waker with which a section of the child is polled. The caller clones it, outside the lock.
    pub(crate) fn section_waits(&self, child: Key, waker: Waker) {
        let before = self.lock().sections.wait(child, waker);
        drop(before);
    }

    /// The poll leaves this scope for `outer`, whose `child` it was: links the two if a section is open that concerns it.
    pub(crate) fn link_sections(&self, outer: &Arc<Scope>, child: Key, is_inline: bool) {
        // Nearly no scope ever has a section of an inline child: one load then.
        if !self.has(HOLDS) {
            return;
        }
        let mut shared = self.lock();
        if shared.sections.wants_link() {
            // Under both locks, the inner one first: the section may end on another thread in this very moment.
            outer.section_begins(child, is_inline);
            shared.sections.set_link((outer.clone(), child));
        }
    }

    /// Ends a section of the child. Returns its waker if that was the last one.
    pub(crate) fn section_ends(&self, child: Key) -> Option<Waker> {
        let (mut waker, mut link) = self.lock().sections.end(child);
        while let Some((outer, child)) = link {
            let (outer_waker, next) = outer.lock().sections.end(child);
            waker = waker.or(outer_waker);
            link = next;
        }
        waker
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let unlink = |scope: &mut Self| {
            let parent = scope.parent.take()?;
            parent.lock().below.remove(scope.place.load(Ordering::Relaxed));
            Some(parent)
        };
        // Not by recursion: the chain is as long as groups are deep.
        let mut parent = unlink(self);
        // Up to one that is referred to elsewhere: it keeps those above it.
        while let Some(mut scope) = parent.and_then(Arc::into_inner) {
            parent = unlink(&mut scope);
        }
    }
}

#[cfg(test)]
#[path = "scope/tests.rs"]
mod tests;
