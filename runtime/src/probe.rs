//! What the machine reports to an exploration that runs, and where points in the user's code report to.
//!
//! Below everything else, so that every room can report; `testing` is the side of it that users see. Without the feature
//! `testing`, the functions are empty.

mod injected;
#[cfg(feature = "testing")]
mod session;

pub use self::injected::Injected;
#[cfg(feature = "testing")]
pub use self::session::Interference;
#[cfg(feature = "testing")]
pub(crate) use self::session::{Entered, Plan, Session, child_panicked, child_polled, looked, pass, try_pass};

#[cfg(not(feature = "testing"))]
#[inline(always)]
pub(crate) fn child_polled() {}

#[cfg(not(feature = "testing"))]
#[inline(always)]
pub(crate) fn child_panicked(_: &crate::unwind::Payload) {}

#[cfg(not(feature = "testing"))]
#[inline(always)]
pub(crate) fn looked(_is_cancelled: bool) {}
