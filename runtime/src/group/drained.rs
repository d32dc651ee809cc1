//! The call that follows a `for` arm and finds out, from the type of its source, what a drain does to it.
//!
//! rustc tries the methods of a value's own type first, and only then those of the type that it derefs to. So
//! `at_drain()` is the method of [`ForArm`] if the source is one whose items were accepted, and else that of [`Other`]: no
//! trait has to be in scope, and a source of a generic type is an ordinary one.

use std::{cell::Cell, ops::Deref};

/// A list of arms whose last one is a `for` over items that were accepted.
pub trait LastIsAccepted {
    /// Notes it in the arm.
    fn accept_last(&mut self);
}

/// A group whose last arm is a `for`.
#[must_use]
pub struct ForArm<A>(Other<A>);

/// The same, as a source of another kind finds it. In a cell, because a method that is found by `Deref` cannot take it.
#[must_use]
pub struct Other<A>(Cell<Option<A>>);

impl<A> ForArm<A> {
    #[inline(always)]
    pub(super) fn new(arms: A) -> Self {
        Self(Other(Cell::new(Some(arms))))
    }
}

impl<A> Deref for ForArm<A> {
    type Target = Other<A>;

    #[inline(always)]
    fn deref(&self) -> &Other<A> {
        &self.0
    }
}

impl<A> Other<A> {
    /// A drain stops the source.
    #[inline(always)]
    pub fn at_drain(&self) -> A {
        match self.0.take() {
            Some(arms) => arms,
            // In a cell, because the method takes `&self`: found through a deref, it cannot take the value.
            None => unreachable!("the expansion calls it once"),
        }
    }
}

impl<A: LastIsAccepted> ForArm<A> {
    /// A drain pulls the source to its end.
    #[inline(always)]
    pub fn at_drain(self) -> A {
        let mut arms = self.0.at_drain();
        arms.accept_last();
        arms
    }
}
