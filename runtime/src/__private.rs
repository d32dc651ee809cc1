//! Exactly what expansions name. Not part of the interface.

pub use crate::builder::{Arms, function, group};
pub use crate::scope::{Hub, Site, hub, never, stage};
pub use taskgroup_macros::group_impl;
