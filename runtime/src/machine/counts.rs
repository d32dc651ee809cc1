//! How much of a group is left: who has not ended, who has not begun, and how many more may begin.
//!
//! 1. `unfinished` counts the ordinary children that have not ended, those that wait for room included, and the sources
//!    that may give more; `daemons` counts the daemons that have not ended. Nothing is over while either is not zero.
//! 2. `waiting` static children have not begun; a source is asked only while `room` exceeds it.

use crate::machine::nodes::Shape;

pub(crate) struct Counts {
    unfinished: usize,
    daemons: usize,
    waiting: usize,
    room: usize,
}

impl Counts {
    pub(super) fn new() -> Self {
        Self { unfinished: 0, daemons: 0, waiting: 0, room: usize::MAX }
    }

    /// The first poll of a group that has its machine from the start.
    pub(super) fn open(&mut self, shape: Shape, limit: usize) {
        self.unfinished = shape.statics + shape.sources;
        self.waiting = shape.statics;
        self.daemons = shape.daemons;
        self.room = limit;
    }

    /// An arm of a group that had no machine so far.
    pub(super) fn resume(&mut self, has_begun: bool) {
        self.unfinished += 1;
        self.waiting += usize::from(!has_begun);
    }

    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.room > self.waiting
    }

    pub(super) fn room(&self) -> usize {
        self.room
    }

    /// A static child begins, if there is room.
    #[inline]
    pub(super) fn static_begins(&mut self) -> bool {
        if self.room == 0 {
            return false;
        }
        self.room -= 1;
        self.waiting -= 1;
        true
    }

    /// The body of a function begins: it is waited for, and takes no room.
    pub(super) fn body_begins(&mut self) {
        self.waiting -= 1;
    }

    /// A child that was not counted before begins: of a source, or of a child statement.
    #[inline]
    pub(super) fn child_begins(&mut self) {
        self.room -= 1;
        self.unfinished += 1;
    }

    /// A daemon that was not counted before begins.
    pub(super) fn daemon_begins(&mut self) {
        self.daemons += 1;
    }

    /// An ordinary child that had room ends.
    #[inline]
    pub(super) fn child_ends(&mut self) {
        self.unfinished -= 1;
        self.room = self.room.saturating_add(1);
    }

    /// What was counted without having room ends: a source, a body, a child that never began.
    pub(super) fn roomless_ends(&mut self) {
        self.unfinished -= 1;
    }

    pub(super) fn daemon_ends(&mut self) {
        self.daemons -= 1;
    }

    pub(super) fn has_unfinished(&self) -> bool {
        self.unfinished > 0
    }

    pub(super) fn has_daemons(&self) -> bool {
        self.daemons > 0
    }

    pub(super) fn left(&self) -> usize {
        self.unfinished + self.daemons
    }
}
