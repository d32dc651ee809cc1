//! The word that says where on the thread's stack of groups the code that runs now is, and what its group has to know.

use super::{key::Key, notes::Running};

/// `depth` in bits 0..24, `top` in bits 24..48, and flags from bit 56. What concerns one child only is in [`Running`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Word(u64);

impl Word {
    const DEPTHS: u64 = (1 << 24) - 1;
    const PLACE: u64 = (1 << 48) - 1;
    /// All that is not the place is in these bits, in which [`Running`] has its notes too.
    const NOTES: u32 = Key::BITS;
    /// A child of this group was answered, in this or an earlier poll since the group was entered.
    const ANSWERED: u64 = 1 << 56;
    const PUT_OFF: u64 = 1 << 57;
    /// A child of this group that was polled since the group was entered listens (DESIGN §1).
    const LISTENED: u64 = 1 << 58;
    /// An end of a channel that was dropped in this poll is withheld.
    const WITHHOLDS: u64 = 1 << 59;
    /// A child of this group, or its owner, dropped an end of a channel that waits for the name of who did.
    const DROPPED: u64 = 1 << 60;
    /// What is ready for ever pends for the child of the enclosing group in whose poll this one is: the bit that says so of
    /// that child.
    const PARENT_PENDS: u64 = Running::PENDS;
    const ASKED: u64 = 1 << 63;
    const HANDED_ON: u64 = Self::ANSWERED | Self::PUT_OFF | Self::LISTENED | Self::WITHHOLDS | Self::ASKED;

    pub(super) const OUTSIDE: Self = Self(0);

    /// In a group that has a scope, outside any other group, with nothing noted: as a child elsewhere begins.
    pub(super) const ELSEWHERE: Self = Self(1 | 1 << 24);

    #[inline(always)]
    pub(super) fn depth(self) -> u32 {
        (self.0 & Self::DEPTHS) as u32
    }

    #[inline(always)]
    pub(super) fn top(self) -> u32 {
        ((self.0 >> 24) & Self::DEPTHS) as u32
    }

    #[inline(always)]
    pub(super) fn with_top(self, top: u32) -> Self {
        Self((self.0 & !(Self::DEPTHS << 24)) | (u64::from(top) << 24))
    }

    /// One group deeper, inside `child`, with nothing asked yet.
    #[inline(always)]
    pub(super) fn deeper(self, child: Running) -> Self {
        if (self.0 | child.to_bits()) >> Self::NOTES == 0 { Self(self.0 + 1) } else { self.deeper_without_notes(child) }
    }

    #[cold]
    fn deeper_without_notes(self, child: Running) -> Self {
        let parent_pends = (self.0 | child.to_bits()) & Self::PARENT_PENDS;
        Self(((self.0 & Self::PLACE) + 1) | parent_pends)
    }

    /// Back in the enclosing group, whose word was `self`: takes over what concerns it of a group inside.
    #[inline]
    pub(super) fn after(self, inner: Self) -> Self {
        // Outside any group there is nothing that would have to know.
        if self.depth() == 0 {
            return self;
        }
        Self(self.0 | (inner.0 & Self::HANDED_ON))
    }

    #[inline(always)]
    pub(super) fn is_asked(self) -> bool {
        self.0 & Self::ASKED != 0
    }

    /// The running child asked whether it is cancelled, or was answered that it is.
    #[inline(always)]
    pub(super) fn listens(self) -> Self {
        Self(self.0 | Self::ASKED | Self::LISTENED)
    }

    #[inline(always)]
    pub(super) fn asked(self, yes: bool) -> Self {
        Self(self.0 | (u64::from(yes) << 63))
    }

    /// Whether any child listens that was polled since the group was entered.
    #[inline(always)]
    pub(super) fn is_listening(self) -> bool {
        self.0 & Self::LISTENED != 0
    }

    /// With what `before` says about listening.
    pub(super) fn listening_as(self, before: Self) -> Self {
        Self((self.0 & !Self::LISTENED) | (before.0 & Self::LISTENED))
    }

    /// Whether `child`, which runs here, may be answered at once.
    #[inline(always)]
    pub(super) fn answers(self, child: Running) -> bool {
        (self.0 | child.to_bits()) & Self::PARENT_PENDS == 0
    }

    /// A child of the group was answered.
    #[inline(always)]
    pub(super) fn answered(self) -> Self {
        Self(self.0 | Self::ANSWERED)
    }

    pub(super) fn is_answered(self) -> bool {
        self.0 & Self::ANSWERED != 0
    }

    pub(super) fn withholds(self) -> Self {
        Self(self.0 | Self::WITHHOLDS)
    }

    pub(super) fn is_withholding(self) -> bool {
        self.0 & Self::WITHHOLDS != 0
    }

    /// An end was dropped that waits for the name of who dropped it.
    pub(super) fn drops_end(self) -> Self {
        Self(self.0 | Self::DROPPED)
    }

    #[inline(always)]
    pub(super) fn has_dropped_end(self) -> bool {
        self.0 & Self::DROPPED != 0
    }

    /// Whether any is left that waits for a name.
    pub(super) fn with_dropped_end(self, is_left: bool) -> Self {
        if is_left { self.drops_end() } else { Self(self.0 & !Self::DROPPED) }
    }

    pub(super) fn is_put_off(self) -> bool {
        self.0 & Self::PUT_OFF != 0
    }

    pub(super) fn put_off(self, yes: bool) -> Self {
        Self(if yes { self.0 | Self::PUT_OFF } else { self.0 & !Self::PUT_OFF })
    }
}
