//! Observability: the live tree, spans and events, and reports of groups that stall.
//!
//! With neither of the features `tree` and `tracing`, [`Group`] and [`Child`] are empty and so are their functions: a group
//! that cannot be observed pays nothing. With one of them, each group and each child has an entry in the registry.

#[cfg(any(feature = "tracing", feature = "tree"))]
mod batch;
#[cfg(any(feature = "tracing", feature = "tree"))]
pub(crate) mod figures;
#[cfg(any(feature = "tracing", feature = "tree"))]
mod items;
mod kind;
#[cfg(any(feature = "tracing", feature = "tree"))]
mod member;
mod noted;
#[cfg(not(any(feature = "tracing", feature = "tree")))]
mod off;
#[cfg(any(feature = "tracing", feature = "tree"))]
mod on;
#[cfg(any(feature = "tracing", feature = "tree"))]
pub(crate) mod registry;
#[cfg(any(feature = "tracing", feature = "tree"))]
mod rows;
#[cfg(feature = "tracing")]
pub(crate) mod stall;
#[cfg(any(feature = "tracing", feature = "tree"))]
pub(crate) mod state;
#[cfg(any(feature = "tracing", feature = "tree"))]
mod trace;
mod wait;
#[cfg(any(feature = "tracing", feature = "tree"))]
mod waits;

pub use self::kind::Kind;
pub(crate) use self::kind::ON;
pub(crate) use self::noted::{Noted, noted};
#[cfg(not(any(feature = "tracing", feature = "tree")))]
pub use self::off::Group;
#[cfg(not(any(feature = "tracing", feature = "tree")))]
pub(crate) use self::off::{Begun, Child, Items};
#[cfg(any(feature = "tracing", feature = "tree"))]
pub use self::on::Group;
#[cfg_attr(not(feature = "tree"), allow(unreachable_pub, reason = "the tree shows it"))]
pub use self::wait::Wait;
#[cfg(feature = "tree")]
pub use self::waits::Waits;
#[cfg(any(feature = "tracing", feature = "tree"))]
pub(crate) use self::{figures::Begun, items::Items, on::Child};
