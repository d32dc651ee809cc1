//! The word that says where on the thread's stack of groups the code that runs now is, and what its group has to know.

/// `depth` in bits 0..24, `top` in bits 24..48, the answers of the running child in bits 48..54, and flags above.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Word(u64);

impl Word {
    const DEPTHS: u64 = (1 << 24) - 1;
    const PLACE: u64 = (1 << 48) - 1;
    /// How often the running child was answered at once in this poll. The count begins again after 64.
    const ANSWERS: u64 = 63 << 48;
    const ONE_ANSWER: u64 = 1 << 48;
    /// The count is 32 or more: what is ready for ever pends.
    const PENDS: u64 = 32 << 48;
    /// The same holds for the child of the enclosing group in whose poll this one is.
    const PARENT_PENDS: u64 = Self::PENDS << 1;
    /// A child of this group was answered, in this or an earlier poll since the group was entered.
    const ANSWERED: u64 = 1 << 55;
    const PUT_OFF: u64 = 1 << 56;
    /// The running child listens (DESIGN §1).
    const LISTENS: u64 = 1 << 57;
    /// A child of this group that was polled before it listens.
    const LISTENED: u64 = 1 << 58;
    const ASKED: u64 = 1 << 63;

    pub(super) const OUTSIDE: Self = Self(0);

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

    /// One group deeper, with nothing asked yet.
    #[inline(always)]
    pub(super) fn deeper(self) -> Self {
        let parent_pends = (self.0 | (self.0 << 1)) & Self::PARENT_PENDS;
        Self(((self.0 & Self::PLACE) + 1) | parent_pends)
    }

    /// Back in the enclosing group, whose word was `self`: takes over what concerns it of a group inside.
    #[inline]
    pub(super) fn after(self, inner: Self) -> Self {
        // Outside any group there is nothing that would have to know.
        if self.depth() == 0 {
            return self;
        }
        let listens = if inner.is_listening() { Self::LISTENS } else { 0 };
        let handed_on = Self(self.0 | (inner.0 & (Self::ASKED | Self::PUT_OFF)) | listens);
        if inner.0 & Self::ANSWERED == 0 { handed_on } else { handed_on.answered() }
    }

    #[inline(always)]
    pub(super) fn is_asked(self) -> bool {
        self.0 & Self::ASKED != 0
    }

    /// The running child asked whether it is cancelled, or was answered that it is.
    #[inline(always)]
    pub(super) fn listens(self) -> Self {
        Self(self.0 | Self::ASKED | Self::LISTENS)
    }

    #[inline(always)]
    pub(super) fn asked(self, yes: bool) -> Self {
        Self(self.0 | (u64::from(yes) << 63))
    }

    #[inline(always)]
    pub(super) fn child_listens(self) -> bool {
        self.0 & Self::LISTENS != 0
    }

    /// Whether any child listens that was polled since the group was entered.
    #[inline(always)]
    pub(super) fn is_listening(self) -> bool {
        self.0 & (Self::LISTENS | Self::LISTENED) != 0
    }

    /// That the running child listens becomes a fact about one that was polled before.
    #[inline(always)]
    pub(super) fn listens_taken(self) -> Self {
        Self((self.0 & !Self::LISTENS) | Self::LISTENED)
    }

    /// With what `before` says about listening.
    pub(super) fn listening_as(self, before: Self) -> Self {
        let both = Self::LISTENS | Self::LISTENED;
        Self((self.0 & !both) | (before.0 & both))
    }

    /// Whether anything is noted that concerns the running child only.
    #[inline(always)]
    pub(super) fn has_notes(self) -> bool {
        self.0 & (Self::ANSWERS | Self::LISTENS) != 0
    }

    /// A poll of another child begins, or another poll of the same one.
    #[inline(always)]
    pub(super) fn next_child(self) -> Self {
        Self(self.0 & !Self::ANSWERS)
    }

    /// Whether the running child may be answered at once.
    #[inline(always)]
    pub(super) fn answers(self) -> bool {
        self.0 & (Self::PENDS | Self::PARENT_PENDS) == 0
    }

    /// Counts an answer to the running child.
    #[inline(always)]
    pub(super) fn answered(self) -> Self {
        let counted = (self.0 + Self::ONE_ANSWER) & Self::ANSWERS;
        Self((self.0 & !Self::ANSWERS) | counted | Self::ANSWERED)
    }

    pub(super) fn is_put_off(self) -> bool {
        self.0 & Self::PUT_OFF != 0
    }

    pub(super) fn put_off(self, yes: bool) -> Self {
        Self(if yes { self.0 | Self::PUT_OFF } else { self.0 & !Self::PUT_OFF })
    }
}
