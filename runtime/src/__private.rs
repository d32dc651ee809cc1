//! Exactly the items that expansions name. Not part of the public interface.

pub use crate::group::arms::{Arms, function, group};
pub use crate::runtime::here;
pub use crate::task_fn::{Hub, Returned, Returns, Site, hub};
