#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod budget;
pub mod channel;
mod child;
mod context;
mod error;
mod group;
mod machine;
mod name;
mod observe;
pub mod parts;
mod policy;
mod probe;
mod runtime;
mod sealed;
mod shutdown;
mod slab;
pub mod spawner;
mod sync;
mod task_fn;
mod token;
#[cfg(feature = "tower")]
pub mod tower;
#[cfg(feature = "tree")]
pub mod tree;
mod unwind;
mod waker;

#[doc(hidden)]
pub mod __private;
pub mod testing;

#[cfg(feature = "tracing")]
pub use self::observe::stall::report_stalls_after;
#[cfg(all(feature = "signal", any(unix, windows)))]
pub use self::shutdown::{ShutdownSignal, Signal, shutdown_signal};
#[cfg(feature = "tree")]
#[doc(inline)]
pub use self::tree::live_count;
pub use self::{
    child::accepted::{Accepted, accepted},
    context::orphans::orphans,
    error::{Cancelled, Cause, Failure, Failures, Panicked, Settled, Stopped, Tally, Unfinished},
    group::Group,
    name::Name,
    task_fn::{Child, Join},
    token::{
        cancelled, cause, checkpoint, child_token, deadline, draining, has_room, in_current_group, is_cancelled,
        is_draining, or_cancelled, shield, with_current_group,
    },
};
// Not part of the public interface. rustc names these in errors about children, by the shortest path that it finds.
#[doc(hidden)]
pub use self::{
    child::output::ChildOutput,
    group::{
        arms::{Arms, Children},
        habits::{ChildrenLater, Items, LimitByAnotherName, StreamItems, ValuesEarly},
    },
    machine::rows::Many,
    task_fn::{Hub, Site},
};
#[doc(hidden)]
pub use taskgroup_macros::group_impl;

/// Runs children concurrently and returns their values, typed, once all of them have ended.
///
/// ```
/// # use taskgroup::group;
/// # async fn user(id: u64) -> Result<String, String> { Ok(format!("user {id}")) }
/// # async fn page(number: u32) -> Result<u32, String> { Ok(number * 10) }
/// # fn render(width: usize) -> Result<Vec<u8>, String> { Ok(vec![0; width]) }
/// # async fn report_progress() -> Result<(), String> { std::future::pending().await }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), String> {
/// let id = 7;
/// let (user, image, pages) = group!(
///     user = user(id),                         // on this task; may borrow
///     #[blocking]
///     image = || render(640),                  // on a thread of the blocking pool
///     #[daemon]
///     report_progress(),                       // cancelled when the others are done
///     #[spawn]
///     pages = for number in 1..=3 {            // any number of children, each on its own task
///         page(number)
///     },
/// )
/// .limit(8)
/// .await?;
/// assert_eq!((user.as_str(), image.len(), pages), ("user 7", 640, vec![10, 20, 30]));
/// # Ok(())
/// # }
/// ```
///
/// # Arms
/// `[attributes] [name =] expression`, or `[attributes] [name =] for pattern in source { body }`, separated by commas. At
/// least one arm has a value; at most 32 have one.
///
/// An expression evaluates to a future, or anything that is [`IntoFuture`], with a [`Result`] as its output; under
/// `#[blocking]` to a closure that returns one. The owner evaluates the expressions in order, before any child runs. All
/// arms have the same error type. [`ok`] adapts a future that cannot fail.
///
/// | attribute | the child |
/// | --- | --- |
/// | none | runs on the owner's task, concurrently: may borrow, need not be `Send` |
/// | `#[spawn]` | is a tokio task, parallel to the others: `Send + 'static` |
/// | `#[blocking]` | is a closure on a blocking thread; it cannot be dropped, and is always waited for |
/// | `#[daemon]`, alone or with one of the last two | is cancelled when the others are done; has no value |
/// | `#[stream]`, on a `for` | the source is a `Stream`, not an iterator |
/// | `#[allow(detached, blocking_sleep, outer_token)]` | `tokio::spawn`, `std::thread::sleep`, or a token of the enclosing group, is not an error in this arm |
///
/// The name identifies the child in errors, causes, logs and the tree. Without one, the path of the function that is called
/// does, or the arm's position.
///
/// A `for` arm pulls an item from its source when the limit leaves room, so the source may be infinite. Inline, the body
/// runs in the child, and may use `?`; under `#[spawn]` and `#[blocking]` the owner evaluates it, and its value is the
/// child.
///
/// # Value
/// A [`Group`]: lazy, with options as methods, and awaited like a future. One arm yields its value, several yield a tuple in
/// the order written; a `for` yields a `Vec` in the order of its source.
///
/// # Errors
/// The first `Err` cancels the other children, and is returned when all have ended, as the children's own error type. A
/// child's error after that is *late*: see [`Group::on_late_error`]. The policies change this: [`Group::outcome`],
/// [`Group::settle`], [`Group::collect_errors`], [`Group::race`], [`Group::first`], [`Group::each`], [`Group::supervise`].
///
/// # Panics
/// A panic of a child stops the others like an error, and is resumed in the owner when they have ended; see
/// [`Group::catch_panics`]. Spawned and blocking children need a tokio runtime, and so do deadlines and grace periods;
/// without one, their first use panics, at the line of the group.
///
/// # Cancel safety
/// Dropping the group's future stops everything it started. What cannot stop at once is waited for by the enclosing group,
/// or by [`orphans`]. What a child had done so far is lost, as with any future that is dropped.
#[doc(alias = "errgroup")]
#[doc(alias = "nursery")]
#[doc(alias = "TaskGroup")]
#[doc(alias = "JoinSet")]
#[doc(alias = "WaitGroup")]
#[doc(alias = "scope")]
#[doc(alias = "try_join")]
#[doc(alias = "join")]
#[doc(alias = "select")]
#[doc(alias = "race")]
#[macro_export]
macro_rules! group {
    ($($tokens:tt)*) => {
        $crate::group_impl! { ($crate) $($tokens)* }
    };
}

/// Makes an `async fn` own its children: it returns only when everything that it started has ended.
///
/// ```
/// # use std::num::ParseIntError;
/// # async fn parse(text: &str) -> Result<u64, ParseIntError> { text.parse() }
/// # async fn log(_: u64) -> Result<(), ParseIntError> { Ok(()) }
/// #[taskgroup::task_group]
/// async fn sum(texts: &[&str], last: &str) -> Result<u64, ParseIntError> {
///     #[child]
///     let last = parse(last); // runs on this task while the body runs, and may borrow
///     let mut all = Vec::new();
///     for text in texts {
///         #[child]
///         let number = parse(text); // any number of them, in any loop or branch
///         all.push(number);
///     }
///     let last = last.await; // a value, not a `Result`: a child that fails ends the function
///     #[spawn]
///     log(last); // on a task of its own
///     let all = all.join().await; // tuples, arrays and `Vec`s of children are joined
///     Ok(all.iter().sum::<u64>() + last)
/// }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// assert_eq!(sum(&["1", "2"], "3").await, Ok(6));
/// assert!(sum(&["1", "two"], "3").await.is_err());
/// # });
/// ```
///
/// # Child statements
/// An attribute on `let name = expression;` or on `expression;` starts a child:
///
/// | attribute | the child |
/// | --- | --- |
/// | `#[child]` | a future on the function's own task: may borrow, need not be `Send` |
/// | `#[spawn]` | a future on a task of its own: `Send + 'static` |
/// | `#[blocking]` | a closure on a blocking thread |
/// | `#[daemon]`, alone or with one of the last two | is stopped when the others are done; has no name |
///
/// A child statement can be anywhere in the body, except in a closure, an inner `async` block or an inner item. An inline
/// child is first polled when the body next waits; the others begin at their statement. `let name: T` names the value's
/// type.
///
/// Before the join, a name is a [`Child`]: an opaque handle, to be awaited, joined, cancelled or dropped. A dropped handle
/// lets its child run on.
///
/// # Borrowing
/// A child may borrow the arguments, and everything above the outermost statement that it stands in: awaited results of
/// earlier children, but no local of a loop or branch. What it borrows stays borrowed to the end of the function, and
/// cannot be changed or moved below.
///
/// The function's future is `Send` if its contents are. What is declared above a child statement and used by reference
/// below it is shared between the two, and has to be `Sync` for that. An inline child that calls the function itself
/// needs no box; one under `#[spawn]` needs the option `boxed`.
///
/// # Errors
/// The function returns a `Result`. A child's error becomes the function's by `From`, as with `?`; in a literal `async`
/// block or closure whose error nothing else determines, it is the function's own. The first failure cancels the others,
/// ends the body at its next await, and is returned when all have ended. `?` and `return Err(…)` in the body do the same.
/// Options that cancel need `E: From<`[`Cancelled`]`>`, `catch_panics` needs `E: From<`[`Panicked`]`>`.
///
/// # Options
/// `#[task_group(limit = 8, timeout = Duration::from_secs(5))]`: any expressions, evaluated once, before the body. They
/// apply from its first line.
///
/// | option | |
/// | --- | --- |
/// | `limit = n` | at most `n` children at once. A child statement waits for room, the only await that is added; [`has_room`] checks without waiting. A body that waits for something only a later child does waits forever |
/// | `timeout = d`, `deadline = at`, `cancel_on = future` | as the methods of [`Group`] |
/// | `drain_on = future`, `drain_timeout = d` | the body queries [`draining`], and decides what it still starts |
/// | `grace = d`, `catch_panics`, `name = s`, `carry = &KEY` | as the methods of [`Group`]; `carry` can be given several times |
/// | `supervise = f` | children without a name end nothing: each failure of one, a daemon's too, goes to `f`, a `FnMut(&Name, Failure<E>)`. A child with a name ends the function as always. `f` may return `ControlFlow::Break(())`, which cancels the function, if `E: From<Cancelled>` |
/// | `boxed` | the function returns `Pin<Box<dyn Future + Send>>`: for recursion through `#[spawn]` |
/// | `allow(detached, blocking_sleep)` | `tokio::spawn`, `std::thread::spawn` and `std::thread::sleep` are not errors |
/// | `crate = path` | where this crate is, if not at `::taskgroup` |
///
/// A method with a limit and a daemon, and a function that drains:
///
/// ```
/// use std::time::Duration;
/// use taskgroup::{Cancelled, is_draining, task_group};
/// use tokio::time::sleep;
/// # async fn fetch(page: &str) -> Result<usize, Cancelled> { Ok(page.len()) }
/// # async fn report_progress() -> Result<(), Cancelled> { std::future::pending().await }
/// # async fn answer() -> Result<(), Cancelled> { sleep(Duration::from_secs(1)).await; Ok(()) }
///
/// struct Index {
///     pages: Vec<String>,
/// }
///
/// impl Index {
///     #[task_group(limit = 2, timeout = Duration::from_secs(5), name = "index")]
///     async fn size(&self) -> Result<usize, Cancelled> {
///         #[daemon]
///         report_progress(); // cancelled when all else has ended
///         let mut sizes = Vec::new();
///         for page in &self.pages {
///             #[child]
///             let size = fetch(page); // waits here while two are running
///             sizes.push(size);
///         }
///         Ok(sizes.join().await.iter().sum())
///     }
/// }
///
/// #[task_group(drain_on = sleep(Duration::from_millis(25)), drain_timeout = Duration::from_secs(30))]
/// async fn serve() -> Result<u32, Cancelled> {
///     let mut requests = 0;
///     while !is_draining() {
///         sleep(Duration::from_millis(10)).await;
///         #[child]
///         answer(); // takes a second, and is waited for
///         requests += 1;
///     }
///     Ok(requests)
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// let index = Index { pages: ["one", "two", "three"].map(String::from).to_vec() };
/// assert_eq!(index.size().await.unwrap(), 11);
/// assert_eq!(serve().await.unwrap(), 3);
/// # });
/// ```
///
/// # Panics
/// A panic of the body or a child stops all the others, and is resumed when they have ended.
///
/// # Cancel safety
/// Dropping the future stops everything that it started. What cannot stop at once is waited for by the enclosing group, or
/// by [`orphans`].
///
/// # Other attributes
/// `#[tokio::main]` and `#[tokio::test]` go below this one. `#[tracing::instrument]` goes above or below, and methods of an
/// `#[async_trait]` can have children too.
#[doc(alias = "coroutineScope")]
#[doc(alias = "nursery")]
#[doc(alias = "scope")]
#[doc(alias = "errgroup")]
pub use taskgroup_macros::task_group;

/// Adapts a future that cannot fail: `group!(n = ok(count()), user = fetch_user(id))`.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let count = async { 3 }; // no `Result`
/// let both = taskgroup::group!(count = taskgroup::ok(count), user = async { Err::<u8, _>("gone") }).await;
/// assert_eq!(both, Err("gone"));
/// # });
/// ```
pub async fn ok<F: IntoFuture, E>(future: F) -> Result<F::Output, E> {
    Ok(future.await)
}
