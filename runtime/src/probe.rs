//! The reports of the machine, and of points in the user's code, to a running exploration.
//!
//! At the bottom of the layers, so that every room can report; [`testing`](crate::testing), at the top, is the side that
//! users see. Without the feature `testing`, the functions are empty.

mod injected;
#[cfg(not(feature = "testing"))]
mod off;
#[cfg(feature = "testing")]
mod plan;
#[cfg(feature = "testing")]
mod schedule;
#[cfg(feature = "testing")]
mod session;
#[cfg(feature = "testing")]
mod turns;

pub use self::injected::Injected;
#[cfg(not(feature = "testing"))]
pub(crate) use self::off::{Group, Task, answers_used_up, child_panicked, child_polled, looked, reorders};
#[cfg(feature = "testing")]
pub use self::plan::Interference;
#[cfg(feature = "testing")]
pub(crate) use self::{
    plan::{Plan, Replay},
    schedule::{Change, Id, Who},
    session::{Entered, Session, answers_used_up, child_panicked, child_polled, looked, pass, try_pass},
    turns::{Group, Task, reorders},
};
