//! The core of a group as its owner holds it: made when something needs it, and lent.

use std::ops::{Deref, DerefMut};

use crate::{
    machine::{core::Core, outcome::Rule},
    name::Name,
    runtime::Here,
};

/// A core, as one pointer, so that a function can lend it to its stages while it polls them.
pub struct CoreBox<E>(Option<Box<Core<E>>>);

impl<E> CoreBox<E> {
    /// No core: not made yet, or lent.
    pub(crate) const fn absent() -> Self {
        Self(None)
    }

    pub(crate) fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn made(&mut self) -> Option<&mut Core<E>> {
        self.0.as_deref_mut()
    }

    /// Returns whether its group has no machine so far: there is no core, or it holds options only.
    pub(crate) fn is_lean(&self) -> bool {
        self.0.as_ref().is_none_or(|core| core.is_lean())
    }

    /// Returns the name that the group was given.
    pub(crate) fn given_name(&self) -> Option<Name> {
        self.0.as_ref().and_then(|core| core.given_name())
    }

    #[inline]
    pub(crate) fn make(&mut self, rule: Rule, here: Here) -> &mut Self {
        if self.0.is_none() {
            self.fill(rule, here);
        }
        self
    }

    // Apart and cold: a group is asked for its core in each poll, and makes it in the first.
    #[cold]
    #[inline(never)]
    fn fill(&mut self, rule: Rule, here: Here) {
        self.0 = Some(Core::new(rule, here));
    }

    pub(crate) fn lend(&mut self) -> Self {
        // Nothing stays behind, so that a use in the wrong place is found at once.
        Self(self.0.take())
    }
}

impl<E> Deref for CoreBox<E> {
    type Target = Core<E>;

    #[inline(always)]
    fn deref(&self) -> &Core<E> {
        match &self.0 {
            Some(core) => core,
            // Apart and cold, so that an access costs no more than the test of a pointer.
            None => is_elsewhere(),
        }
    }
}

impl<E> DerefMut for CoreBox<E> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Core<E> {
        match &mut self.0 {
            Some(core) => core,
            None => is_elsewhere(),
        }
    }
}

#[cold]
#[inline(never)]
fn is_elsewhere() -> ! {
    unreachable!("the core of a group is used where it has been lent to")
}
