//! What stays the same of an entry of the registry.

use std::panic::Location;

use super::{
    figures::{Figures, Moment},
    kind::Kind,
    trace::GroupTrace,
};
use crate::name::{LazyName, Who};

/// What stays the same of a group or child while it is alive.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) who: Who,
    pub(crate) kind: Kind,
    pub(crate) daemon: bool,
    /// The place of its group.
    #[cfg_attr(not(feature = "tree"), allow(dead_code, reason = "only the tree shows it"))]
    pub(crate) at: &'static Location<'static>,
    /// Its own line in that file; 0 if that is not known.
    #[cfg_attr(not(feature = "tree"), allow(dead_code, reason = "only the tree shows it"))]
    pub(crate) line: u32,
    #[cfg_attr(not(feature = "tree"), allow(dead_code, reason = "only the tree shows it"))]
    pub(crate) since: Moment,
    /// Of a group, for reports that come from another thread.
    #[cfg_attr(not(feature = "tracing"), allow(dead_code, reason = "only reports of stalls need it"))]
    pub(super) trace: Option<GroupTrace>,
    pub(super) parent: Option<&'static Figures>,
}

/// Returns the line of a child, 0 if it is not known.
pub(super) fn line_of(_who: LazyName) -> u32 {
    #[cfg(feature = "tree")]
    return _who.line();
    #[cfg(not(feature = "tree"))]
    0
}
