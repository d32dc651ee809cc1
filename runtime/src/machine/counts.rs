//! How much of a group is left: how many children have not ended or not begun, and how many more may begin.
//!
//! 1. `unfinished` counts the ordinary children that have not ended, those that wait for room included, and the sources
//!    that may yield more; `daemons` counts the daemons that have not ended. A group is over only when both are zero: a
//!    count that is too high hangs it, one that is too low lets it return over a running child.
//! 2. `waiting` static children have not begun. A source is pulled only while `room` exceeds that number, because the
//!    static arms come first under a limit (states 14 and 15).

use crate::machine::shape::Shape;

pub(crate) struct Counts {
    unfinished: usize,
    daemons: usize,
    waiting: usize,
    /// Of `unfinished`, the sources.
    sources: usize,
    room: usize,
    /// How many children began that were not counted before. It only grows, so that a child that ends meanwhile does not hide
    /// one that begins.
    begun: usize,
}

impl Counts {
    pub(super) fn new() -> Self {
        Self { unfinished: 0, daemons: 0, waiting: 0, sources: 0, room: usize::MAX, begun: 0 }
    }

    /// Counts the arms of a group that has its machine from the start.
    pub(super) fn open(&mut self, shape: Shape, limit: usize) {
        // A source counts until it yields nothing more: the group is not over while one may still yield a child.
        self.unfinished = shape.statics + shape.sources;
        self.waiting = shape.statics;
        self.sources = shape.sources;
        self.daemons = shape.daemons;
        self.room = limit;
    }

    /// Counts one arm of a group that had no machine so far.
    pub(super) fn resume(&mut self, has_begun: bool) {
        self.unfinished += 1;
        // No room is taken: a group that begins without a machine has no limit that can be reached.
        self.waiting += usize::from(!has_begun);
    }

    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.room > self.waiting
    }

    pub(super) fn room(&self) -> usize {
        self.room
    }

    /// Returns `true` if children wait for room, as far as that is known before their sources are pulled.
    pub(super) fn waits_for_room(&self) -> bool {
        self.room == 0 && self.waiting + self.sources > 0
    }

    pub(super) fn begun(&self) -> usize {
        self.begun
    }

    /// Takes room for a static child; returns `false` if there is none.
    #[inline]
    pub(super) fn static_begins(&mut self) -> bool {
        if self.room == 0 {
            return false;
        }
        self.room -= 1;
        // A static child was counted among the unfinished at the start; only a source adds one when a child begins.
        self.waiting -= 1;
        true
    }

    /// Begins the body of a function: it is waited for, and takes no room, or `limit = 1` would leave none for a child.
    pub(super) fn body_begins(&mut self) {
        self.waiting -= 1;
    }

    /// Begins a child that was not counted before: of a source, or of a child statement.
    #[inline]
    pub(super) fn child_begins(&mut self) {
        self.room -= 1;
        self.unfinished += 1;
        self.begun = self.begun.wrapping_add(1);
    }

    /// Begins a daemon that was not counted before.
    pub(super) fn daemon_begins(&mut self) {
        self.daemons += 1;
        self.begun = self.begun.wrapping_add(1);
    }

    /// Ends an ordinary child that had room.
    #[inline]
    pub(super) fn child_ends(&mut self) {
        self.unfinished -= 1;
        // Without a limit, a group that took over after a pass without a machine has more ends than it has given room.
        self.room = self.room.saturating_add(1);
    }

    /// Ends what was counted without having room: a source, a body, a child that never began.
    pub(super) fn roomless_ends(&mut self) {
        self.unfinished -= 1;
    }

    pub(super) fn source_ends(&mut self) {
        self.sources -= 1;
        self.roomless_ends();
    }

    /// Returns how many values may still come; `None` while a source is open, which may yield any number.
    pub(super) fn to_come(&self) -> Option<usize> {
        (self.sources == 0).then_some(self.unfinished)
    }

    pub(super) fn daemon_ends(&mut self) {
        self.daemons -= 1;
    }

    pub(super) fn has_unfinished(&self) -> bool {
        self.unfinished > 0
    }

    /// Returns `true` if an ordinary child runs. What is queued, and what was not pulled, does not.
    pub(super) fn has_running(&self) -> bool {
        self.unfinished > self.waiting + self.sources
    }

    pub(super) fn has_daemons(&self) -> bool {
        self.daemons > 0
    }

    pub(super) fn left(&self) -> usize {
        self.unfinished + self.daemons
    }
}
