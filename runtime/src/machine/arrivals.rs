//! Values that are handed out as they come, under `.each(…)` and `.first(n)`.
//!
//! A value stays in its node, which alone knows its type. Here is only the order in which values came: after each step of the
//! children, the policy takes them from their arms in this order (`policy/hand_out.rs`).
//!
//! 1. A value that comes after the outcome was decided is dropped, and is not listed here. So whatever decides while values are
//!    listed came after all of them, and the policy may still end the group by one of these.
//! 2. Under `.first(n)`, the `n`-th value decides at once, so that no child after it is polled.

use std::collections::VecDeque;

#[derive(Default)]
pub(super) struct Arrivals {
    /// The arms whose children they are of, in the order in which they came.
    pub(super) order: VecDeque<u32>,
    /// The arm whose node is making a step.
    pub(super) arm: u32,
    /// How many came.
    pub(super) count: usize,
    /// How many end the group, under `.first(n)`.
    pub(super) wanted: usize,
}
