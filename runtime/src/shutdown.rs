//! The end of a program that is requested from outside, and how long a group takes to answer such a request.

mod kept;
#[cfg(all(feature = "signal", any(unix, windows)))]
mod signal;

pub(crate) use self::kept::Kept;
#[cfg(all(feature = "signal", any(unix, windows)))]
pub use self::signal::{ShutdownSignal, Signal, shutdown_signal};
