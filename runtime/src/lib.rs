#![doc = include_str!("../../README.md")]

mod ambient;
mod builder;
mod carry;
pub mod channel;
mod child;
mod error;
mod group;
mod live;
mod name;
mod nodes;
mod observe;
mod options;
mod policy;
mod running;
mod scope;
#[cfg(all(feature = "signal", any(unix, windows)))]
mod shutdown;
mod slab;
mod sync;
mod token;
#[cfg(feature = "tree")]
pub mod tree;
mod wake;

#[doc(hidden)]
pub mod __private;
pub mod testing;

#[cfg(feature = "tracing")]
pub use self::observe::stall::report_stalls_after;
#[cfg(all(feature = "signal", any(unix, windows)))]
pub use self::shutdown::{ShutdownSignal, Signal, shutdown_signal};
#[cfg(feature = "tree")]
pub use self::tree::live_count;
pub use self::{
    error::{Cancelled, Cause, Failure, Failures, Panicked, Settled, Stopped, Tally},
    live::orphans,
    name::Name,
    options::Group,
    scope::{Child, Join},
    token::{
        cancelled, cause, checkpoint, child_token, deadline, draining, has_room, in_current_group, is_cancelled,
        is_draining, or_cancelled, shield,
    },
};

/// Runs children concurrently and returns their values, typed, once all of them have ended.
///
/// See the crate's own page for the tour, and [`Group`] for the options.
#[macro_export]
macro_rules! group {
    ($($tokens:tt)*) => {
        $crate::__private::group_impl! { ($crate) $($tokens)* }
    };
}

/// Makes an `async fn` own its children: it returns only when everything that it started has ended.
///
/// ```
/// # use std::num::ParseIntError;
/// # async fn parse(text: &str) -> Result<u64, ParseIntError> { text.parse() }
/// #[taskgroup::task_group]
/// async fn sum(a: &str, b: &str) -> Result<u64, ParseIntError> {
///     #[child]
///     let a = parse(a);
///     #[child]
///     let b = parse(b);
///     let (a, b) = (a, b).join().await;
///     Ok(a + b)
/// }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// assert_eq!(sum("1", "2").await, Ok(3));
/// # });
/// ```
pub use taskgroup_macros::task_group;

/// Adapts a future that cannot fail: `group!(n = ok(count()), user = fetch_user(id))`.
pub async fn ok<F: IntoFuture, E>(future: F) -> Result<F::Output, E> {
    Ok(future.await)
}
