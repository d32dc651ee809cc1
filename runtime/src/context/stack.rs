//! The scopes of the groups whose code a thread runs.
//!
//! 1. There is at most one for each depth, and they are kept in the order of their depths.
//! 2. That of depth 1 has a place of its own: the wrapper of a spawned child puts its scope there in each poll, and nearly
//!    always there is no other one.

use std::cell::{Cell, RefCell};

use crate::context::frame::Frame;

/// The depth of a group that has no enclosing one on its thread.
const OUTERMOST: u32 = 1;

pub(super) struct Stack {
    // No `RefCell`: it is put there and taken back in each poll of a spawned child.
    outermost: Cell<Option<Frame>>,
    inner: RefCell<Vec<(u32, Frame)>>,
}

impl Stack {
    pub(super) const fn new() -> Self {
        Self { outermost: Cell::new(None), inner: RefCell::new(Vec::new()) }
    }

    /// Moves the frame of an outermost group here.
    #[inline(always)]
    pub(super) fn lend(&self, frame: &mut Option<Frame>) {
        self.outermost.set(frame.take());
    }

    /// Returns the frame of the outermost group.
    #[inline(always)]
    pub(super) fn give_back(&self) -> Option<Frame> {
        self.outermost.take()
    }

    pub(super) fn push(&self, depth: u32, frame: Frame) {
        if depth == OUTERMOST {
            self.outermost.set(Some(frame));
        } else {
            self.inner.borrow_mut().push((depth, frame));
        }
    }

    pub(super) fn pop(&self) -> Option<Frame> {
        match self.inner.borrow_mut().pop() {
            Some((_, frame)) => Some(frame),
            None => self.outermost.take(),
        }
    }

    /// Looks at the innermost scope, with its depth. `look` runs no code that could come back here.
    #[inline]
    pub(super) fn last<R>(&self, look: impl FnOnce(u32, &Frame) -> R) -> Option<R> {
        match self.inner.borrow().last() {
            Some((depth, frame)) => Some(look(*depth, frame)),
            None => self.outermost(|frame| look(OUTERMOST, frame)),
        }
    }

    #[inline]
    fn outermost<R>(&self, look: impl FnOnce(&Frame) -> R) -> Option<R> {
        let frame = self.outermost.take();
        let seen = frame.as_ref().map(look);
        self.outermost.set(frame);
        seen
    }

    /// Returns the depth of the innermost scope, 0 if there is none.
    #[inline]
    pub(super) fn last_depth(&self) -> u32 {
        self.last(|depth, _| depth).unwrap_or(0)
    }

    /// Looks at the scope of this depth, if it exists; those of all depths further out do.
    pub(super) fn at<R>(&self, depth: u32, look: impl FnOnce(&Frame) -> R) -> Option<R> {
        if depth <= OUTERMOST {
            return if depth == OUTERMOST { self.outermost(look) } else { None };
        }
        let inner = self.inner.borrow();
        let (there, frame) = inner.get(Self::index(depth))?;
        (*there == depth).then(|| look(frame))
    }

    /// Adds the scope of this depth; those of all depths further out exist.
    pub(super) fn insert(&self, depth: u32, frame: Frame) {
        if depth == OUTERMOST {
            self.outermost.set(Some(frame));
        } else {
            self.inner.borrow_mut().insert(Self::index(depth), (depth, frame));
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.outermost(|_| 1).unwrap_or(0) + self.inner.borrow().len()
    }

    const fn index(depth: u32) -> usize {
        (depth - OUTERMOST - 1) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::scope::Scope;

    #[test]
    fn scopes_are_in_the_order_of_their_depths() {
        let frame = || Frame::Scope(Scope::group(None, None));
        let stack = Stack::new();
        assert!(stack.last(|_, _| ()).is_none() && stack.pop().is_none());
        // One that was brought along may be further in than some that are made later.
        stack.push(4, frame());
        for depth in 1..=3 {
            assert!(stack.at(depth, |_| ()).is_none());
            stack.insert(depth, frame());
            assert!(stack.at(depth, |_| ()).is_some());
            assert_eq!(stack.last_depth(), 4);
        }
        assert!(stack.at(4, |_| ()).is_some() && stack.at(5, |_| ()).is_none());
        for depth in (1..=4).rev() {
            assert_eq!(stack.last_depth(), depth);
            assert!(stack.pop().is_some());
        }
        assert_eq!(stack.last_depth(), 0);
    }
}
