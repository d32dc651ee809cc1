//! The child that runs, and what is noted of it in one poll.

use super::key::Key;

/// The key of a child, with its notes in the bits that no key has: how often it was answered, and whether it listens.
///
/// They share a word so that the store that says which child runs also begins its notes anew. A pass over children that note
/// nothing, which is nearly every pass, spends nothing on them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Running(u64);

impl Running {
    const KEY: u64 = (1 << Key::BITS) - 1;
    /// How often it was answered at once. The count begins again after 64.
    const ANSWERS: u64 = 63 << Key::BITS;
    const ONE_ANSWER: u64 = 1 << Key::BITS;
    /// The count is 32 or more: what is ready for ever pends.
    pub(super) const PENDS: u64 = 32 << Key::BITS;
    /// It listens (DESIGN §1).
    const LISTENS: u64 = 1 << 62;

    /// A poll begins: nothing is noted.
    #[inline(always)]
    pub(super) const fn new(child: Key) -> Self {
        Self(child.to_bits())
    }

    #[inline(always)]
    pub(super) const fn key(self) -> Key {
        Key::from_bits(self.0 & Self::KEY)
    }

    #[inline(always)]
    pub(super) const fn arm(self) -> usize {
        Key::from_bits(self.0).arm_index()
    }

    #[inline(always)]
    pub(super) const fn to_bits(self) -> u64 {
        self.0
    }

    #[inline(always)]
    pub(super) const fn listens(self) -> Self {
        Self(self.0 | Self::LISTENS)
    }

    #[inline(always)]
    pub(super) const fn is_listening(self) -> bool {
        self.0 & Self::LISTENS != 0
    }

    /// With what `before` says about listening.
    #[inline(always)]
    pub(super) const fn listening_as(self, before: Self) -> Self {
        Self((self.0 & !Self::LISTENS) | (before.0 & Self::LISTENS))
    }

    /// With one answer more.
    #[inline(always)]
    pub(super) const fn answered(self) -> Self {
        // The bits above the count stay as they are when it begins again.
        let counted = (self.0 + Self::ONE_ANSWER) & Self::ANSWERS;
        Self((self.0 & !Self::ANSWERS) | counted)
    }
}
