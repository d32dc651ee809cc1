//! What the machine keeps of the inline children that are written out.
//!
//! Not in the children: without a machine there is nothing to keep, and each would be larger for it.

/// A set of arms.
#[derive(Default)]
struct ArmSet {
    first: u64,
    // Groups with more than 64 arms, daemons included, are rare.
    others: Vec<usize>,
}

impl ArmSet {
    #[inline]
    fn contains(&self, arm: usize) -> bool {
        if arm < 64 { self.first >> arm & 1 != 0 } else { self.others.contains(&arm) }
    }

    #[inline]
    fn insert(&mut self, arm: usize) {
        if arm < 64 {
            self.first |= 1 << arm;
        } else if !self.others.contains(&arm) {
            self.others.push(arm);
        }
    }
}

/// Which inline children have begun, and which listen (DESIGN §1).
#[derive(Default)]
pub(crate) struct ArmNotes {
    begun: ArmSet,
    listening: ArmSet,
}

impl ArmNotes {
    #[inline]
    pub(crate) fn has_begun(&self, arm: usize) -> bool {
        self.begun.contains(arm)
    }

    #[inline]
    pub(crate) fn begins(&mut self, arm: usize) {
        self.begun.insert(arm);
    }

    /// Notes whether a child `listens`, so far as its last poll shows; returns whether it does, so far as any shows.
    #[inline]
    pub(crate) fn listens(&mut self, arm: usize, listens: bool) -> bool {
        if listens {
            self.listening.insert(arm);
        }
        listens || self.is_listening(arm)
    }

    #[inline]
    pub(crate) fn is_listening(&self, arm: usize) -> bool {
        self.listening.contains(arm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arms_beyond_the_first_64_are_kept_too() {
        let mut notes = ArmNotes::default();
        for arm in [0, 62, 64, 127, 64] {
            notes.begins(arm);
            assert!(notes.has_begun(arm) && !notes.has_begun(arm + 1) && !notes.is_listening(arm));
        }
        assert!(notes.listens(64, true) && notes.listens(64, false) && !notes.is_listening(63));
    }
}
