//! Observability without the features: the same types as in `on.rs`, empty, with functions that do nothing.

use super::kind::Kind;
use crate::{
    error::{Cause, Panicked},
    name::{Label, LazyName, Name},
    runtime::Here,
};

/// When a poll began.
#[derive(Clone, Copy)]
pub(crate) struct Begun;

/// A group, as it is observed.
#[derive(Clone, Default)]
pub struct Group(());

impl Group {
    #[inline(always)]
    pub(crate) fn begin(&mut self, _: impl FnOnce() -> Option<Name>, _: Here) -> Begun {
        Begun
    }
    #[inline(always)]
    pub(crate) fn child(&self, _: Kind, _daemon: bool, _: LazyName, _: impl FnOnce() -> Option<Name>) -> Child {
        Child(())
    }
    #[inline(always)]
    pub(crate) fn item(&self, _: &mut Items, _: Kind, _: Label, _: usize, _: impl FnOnce() -> Option<Name>) -> Child {
        Child(())
    }
    #[inline(always)]
    pub(crate) fn polls(&self, _: &mut Child, _: LazyName) -> Begun {
        Begun
    }
    #[inline(always)]
    pub(crate) fn poll_begins(&self) -> Begun {
        Begun
    }
    #[inline(always)]
    pub(crate) fn poll_ends(&self, _: Begun, _waits_for_room: impl FnOnce() -> Option<bool>) {}
    #[inline(always)]
    pub(crate) fn run<R>(&self, part: impl FnOnce() -> R) -> R {
        part()
    }
    #[inline(always)]
    pub(crate) fn failed(&self, _: &Name) {}
    #[inline(always)]
    pub(crate) fn panicked(&self, _: &Panicked) {}
    #[inline(always)]
    pub(crate) fn late_error(&self, _: &Name) {}
    #[inline(always)]
    pub(crate) fn late_panic(&self, _: &Panicked) {}
    #[inline(always)]
    pub(crate) fn cancelled(&self, _: &Cause) {}
    #[inline(always)]
    pub(crate) fn draining(&self) {}
    #[inline(always)]
    pub(crate) fn stopping(&self, _grace_is_over: bool, _left: usize) {}
    #[inline(always)]
    pub(crate) fn dropped(&mut self) {}
    #[inline(always)]
    pub(crate) fn end(&mut self) {}
}

/// The entries that a `for` has taken for its next items.
#[derive(Default)]
pub(crate) struct Items(());

/// A child, as it is observed.
#[derive(Default)]
pub(crate) struct Child(());

impl Child {
    #[inline(always)]
    pub(crate) fn ends(&self, _failed: bool) {}
    #[inline(always)]
    pub(crate) fn leaves(self) {}
    #[inline(always)]
    pub(crate) fn run_poll<R>(&self, _: Begun, part: impl FnOnce() -> R, _: impl FnOnce(&R) -> bool) -> R {
        part()
    }
    #[inline(always)]
    pub(crate) fn run<R>(&self, part: impl FnOnce() -> R, _: impl FnOnce(&R) -> bool) -> R {
        part()
    }
}
