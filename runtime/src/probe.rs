//! The reports of the machine, and of points in the user's code, to a running exploration.
//!
//! At the bottom of the layers, so that every room can report; [`testing`](crate::testing), at the top, is the side that
//! users see. Without the feature `testing`, the functions are empty.

mod injected;
#[cfg(feature = "testing")]
mod session;

pub use self::injected::Injected;
#[cfg(feature = "testing")]
pub use self::session::Interference;
#[cfg(feature = "testing")]
pub(crate) use self::session::{
    Entered, Plan, Session, answers_used_up, child_panicked, child_polled, looked, pass, try_pass,
};

#[cfg(not(feature = "testing"))]
#[inline(always)]
pub(crate) fn child_polled() {}

#[cfg(not(feature = "testing"))]
#[inline(always)]
pub(crate) fn child_panicked(_: &crate::unwind::Payload) {}

#[cfg(not(feature = "testing"))]
#[inline(always)]
pub(crate) fn looked(_is_cancelled: bool) {}

#[cfg(not(feature = "testing"))]
#[inline(always)]
pub(crate) fn answers_used_up() {}
