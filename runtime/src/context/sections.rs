//! The open critical sections of the members of one scope, and the link that lets the enclosing scope know of them.
//!
//! A section holds its child against every group, however far out (DESIGN §4). Which child of an enclosing group that is
//! becomes known when the poll leaves the inner group: there the inner scope is linked to the outer scope and the outer
//! child, once, as long as a section is open. So a section costs as much as the groups are deep, and a poll without one
//! costs nothing.
//!
//! 1. A scope is linked only while a section of one of its *inline* children is open. A task is not dropped with the owner
//!    of its group, so its section holds no other child.
//! 2. What a link opened in the outer scope is closed once, when the last of those sections has ended.
//! 3. Links end by a loop, not by recursion: groups can be deep.

use std::task::Waker;

use crate::{context::key::Key, waker::WakerSlot};

/// The open critical sections of one child.
struct Open {
    child: Key,
    count: usize,
    /// The child runs on the owner's task, and would be dropped with it.
    is_inline: bool,
    /// Who polls the child: it has to look again if a section ends where the child is not polled.
    waker: WakerSlot,
}

/// The open critical sections of the members of one scope.
pub(super) struct Sections<L> {
    open: Vec<Open>,
    /// Leads to the enclosing scope and its child, in which the sections of inline children count as one.
    link: Option<L>,
}

impl<L> Default for Sections<L> {
    fn default() -> Self {
        Self { open: Vec::new(), link: None }
    }
}

impl<L> Sections<L> {
    pub(super) fn has(&self, child: Key) -> bool {
        self.open.iter().any(|open| open.child == child)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Whether the enclosing scope does not know yet of a section that concerns it.
    pub(super) fn wants_link(&self) -> bool {
        self.link.is_none() && self.holds_owner()
    }

    fn holds_owner(&self) -> bool {
        self.open.iter().any(|open| open.is_inline)
    }

    pub(super) fn set_link(&mut self, link: L) {
        self.link = Some(link);
    }

    pub(super) fn begin(&mut self, child: Key, is_inline: bool) {
        match self.open.iter_mut().find(|open| open.child == child) {
            // Sections of one child may be nested, or run side by side in a `join!`.
            Some(open) => open.count += 1,
            None => self.open.push(Open { child, count: 1, is_inline, waker: WakerSlot::default() }),
        }
    }

    /// Keeps the waker with which a section of the child is polled. Returns the one that is not kept, to be dropped outside
    /// the lock: the one before, or this one if no section is open.
    #[must_use = "drop it outside the lock"]
    pub(super) fn wait(&mut self, child: Key, waker: Waker) -> Option<Waker> {
        match self.open.iter_mut().find(|open| open.child == child) {
            Some(open) => open.waker.replace(waker),
            None => Some(waker),
        }
    }

    /// Ends a section of the child. Returns the child's waker, if that was its last one, and the link that ends with it.
    pub(super) fn end(&mut self, child: Key) -> (Option<Waker>, Option<L>) {
        let Some(index) = self.open.iter().position(|open| open.child == child) else { return (None, None) };
        self.open[index].count -= 1;
        if self.open[index].count > 0 {
            return (None, None);
        }
        // The order of the list means nothing.
        let waker = self.open.swap_remove(index).waker.take();
        // Invariant 2: sections of tasks may still be open, but they hold no other child.
        (waker, if self.holds_owner() { None } else { self.link.take() })
    }
}
