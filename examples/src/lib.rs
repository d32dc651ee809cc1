//! The parts of the example programs that are worth testing on their own.

pub mod treesum;
