//! The first failure among the children of one group that run on tasks or threads of their own.
//!
//! A child that fails drops its ends of channels, and a sibling may fail because of that before the owner of both is
//! polled. The order in which their ends reach the owner is then a matter of chance.
//!
//! 1. The wrapper of a child notes a failure before the ends of channels that were dropped in that poll become visible
//!    (`channel/end.rs`). So a failure that only answers another one finds the other one noted.
//! 2. Only the first is noted, and it stays noted until the owner has taken the end of that child. Its code is over by
//!    then, except for its destructor, so the end is on its way: the owner waits for it (`machine/held.rs`).
//! 3. The place of a child is given to another one only after its end was taken, so a key never stands for two children.

use crate::{
    context::key::Key,
    sync::atomic::{AtomicU64, Ordering},
};

/// The key of the child, or [`Key::OWNER`].
pub(super) struct FirstFailure(AtomicU64);

impl Default for FirstFailure {
    fn default() -> Self {
        Self(AtomicU64::new(Key::OWNER.to_bits()))
    }
}

impl FirstFailure {
    pub(super) fn note(&self, child: Key) {
        // Whether another one was noted before makes no difference to this child.
        let _ = self.0.compare_exchange(Key::OWNER.to_bits(), child.to_bits(), Ordering::AcqRel, Ordering::Relaxed);
    }

    /// Returns `true` if this child was noted, and forgets it.
    pub(super) fn take(&self, child: Key) -> bool {
        // Not one exchange: only the owner takes, and a note never replaces one that is there.
        let is_noted = self.0.load(Ordering::Acquire) == child.to_bits();
        if is_noted {
            self.0.store(Key::OWNER.to_bits(), Ordering::Release);
        }
        is_noted
    }

    /// Returns `true` if a failure has been noted, and its end has not been taken.
    pub(super) fn is_noted(&self) -> bool {
        self.0.load(Ordering::Acquire) != Key::OWNER.to_bits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_is_noted_until_its_end_is_taken() {
        let first = FirstFailure::default();
        let (a, b) = (Key::arm(0), Key::place(1, 2));
        assert!(!first.is_noted());
        first.note(b);
        first.note(a);
        assert!(!first.take(a) && first.is_noted());
        assert!(first.take(b) && !first.is_noted());
        first.note(a);
        assert!(first.take(a));
    }
}
