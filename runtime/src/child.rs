//! The kinds of children, and what they have in common: each knows how to start, to go on, to be stopped, to be taken.

pub(crate) mod blocking;
pub(crate) mod each;
pub(crate) mod each_spawned;
pub(crate) mod inline;
pub(crate) mod pinned_slab;
pub(crate) mod poll_set;
pub(crate) mod ready_set;
pub(crate) mod report;
pub(crate) mod results;
pub(crate) mod source;
pub(crate) mod spawned;
pub(crate) mod task;
