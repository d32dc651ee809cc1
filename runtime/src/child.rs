//! The kinds of children. Each is a node: it starts, continues and stops a child at the machine's steps, and yields its slot.
//!
//! A child is here (on the owner's task) or elsewhere (on a task or thread of its own), and there is one of it or any
//! number: [`inline`] and [`spawned`] are one arm, [`each`] and [`each_spawned`] the two kinds of `for`. What runs
//! elsewhere is in [`task`] and [`blocking`], and how its end comes back in [`report`].

pub(crate) mod accepted;
pub(crate) mod blocking;
pub(crate) mod driven;
pub(crate) mod each;
pub(crate) mod each_spawned;
pub(crate) mod end_queue;
pub(crate) mod inline;
pub(crate) mod output;
pub(crate) mod pinned_slab;
pub(crate) mod poll_set;
pub(crate) mod ready_set;
pub(crate) mod report;
pub(crate) mod results;
pub(crate) mod source;
pub(crate) mod spawned;
pub(crate) mod task;
