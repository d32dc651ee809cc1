//! Without the feature `testing`, nothing is reported, and no turn is put off.

use crate::{name::LazyName, runtime::Here, unwind::Payload};

#[inline(always)]
pub(crate) fn child_polled() {}

#[inline(always)]
pub(crate) fn child_panicked(_: &Payload) {}

#[inline(always)]
pub(crate) fn looked(_is_cancelled: bool) {}

#[inline(always)]
pub(crate) fn answers_used_up() {}

#[inline(always)]
pub(crate) fn reorders() -> bool {
    false
}

#[derive(Clone, Copy)]
pub(crate) struct Group;

impl Group {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn puts_off(self, _: usize, _: usize, _: LazyName, _: Here) -> bool {
        false
    }

    #[inline(always)]
    pub(crate) fn announces(self, _: LazyName, _: Here) {}
}

#[derive(Clone, Copy)]
pub(crate) struct Task;

impl Task {
    #[inline(always)]
    pub(crate) fn announced() -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn is_put_off(self) -> bool {
        false
    }
}
