//! The key of a child within its group.

/// The key of a child within its group: the number of its arm in 24 bits, and above them a place within a `for` in 32. So the
/// key of a child that is written out is a small number, which needs no register of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key(u64);

impl Key {
    /// How many bits a key has. The rest of a word is free for notes about the child.
    pub(crate) const BITS: u32 = Self::ARM_BITS + 32;
    const ARM_BITS: u32 = 24;

    // Above every arm and place that a group can have.
    pub(crate) const OWNER: Self = Self((1 << Self::BITS) - 1);

    #[inline(always)]
    pub(crate) const fn arm(arm: usize) -> Self {
        Self(arm as u64)
    }

    #[inline(always)]
    pub(crate) const fn place(arm: usize, place: usize) -> Self {
        Self(arm as u64 | (place as u64) << Self::ARM_BITS)
    }

    /// The key of a member that is polled elsewhere. It has no arm.
    pub(crate) const fn member(place: usize) -> Self {
        Self::place(Self::NO_ARM, place)
    }

    const NO_ARM: usize = (1 << Self::ARM_BITS) - 2;

    pub(crate) const fn is_member(self) -> bool {
        self.arm_index() == Self::NO_ARM
    }

    pub(crate) const fn to_bits(self) -> u64 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) const fn arm_index(self) -> usize {
        self.0 as usize & ((1 << Self::ARM_BITS) - 1)
    }

    /// The bit of the arm among the 32 that can be written out.
    #[inline(always)]
    pub(crate) const fn arm_bit(self) -> u32 {
        1 << (self.0 & 31)
    }

    pub(crate) const fn place_index(self) -> usize {
        (self.0 >> Self::ARM_BITS) as u32 as usize
    }
}
