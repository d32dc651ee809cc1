//! The key of a child within its group.

/// The key of a child within its group: the number of its arm, and a place within a `for`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key(u64);

impl Key {
    // Above every arm and place that a group can have.
    pub(crate) const OWNER: Self = Self(u64::MAX);

    #[inline(always)]
    pub(crate) const fn arm(arm: usize) -> Self {
        Self((arm as u64) << 32)
    }

    #[inline(always)]
    pub(crate) const fn place(arm: usize, place: usize) -> Self {
        Self((arm as u64) << 32 | place as u64)
    }

    /// The key of a member that is polled elsewhere. It has no arm.
    pub(crate) const fn member(place: usize) -> Self {
        Self::place(Self::NO_ARM, place)
    }

    const NO_ARM: usize = u32::MAX as usize - 1;

    pub(crate) const fn is_member(self) -> bool {
        self.arm_index() == Self::NO_ARM
    }

    pub(crate) const fn to_bits(self) -> u64 {
        self.0
    }

    pub(crate) const fn arm_index(self) -> usize {
        (self.0 >> 32) as usize
    }

    pub(crate) const fn place_index(self) -> usize {
        self.0 as u32 as usize
    }
}
