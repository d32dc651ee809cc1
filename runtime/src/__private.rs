//! Exactly what expansions name. Not part of the interface.

pub use crate::builder::{Arms, group};
pub use taskgroup_macros::group_impl;
