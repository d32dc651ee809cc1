//! Tests how *your* code behaves when it is dropped, when it is cancelled, when it fails, and when its children are polled in
//! another order, at every point at which that can happen.
//!
//! Async code can end at each `.await`: a client hangs up, a `select!` takes another branch, a sibling fails. Between any two
//! awaits of one child, others can run. No test that runs the code once from beginning to end sees any of that. [`explore`]
//! runs it again and again, in virtual time, each time interfering one poll later or in another order, and reports every
//! cause for which a run
//!
//! - **leaks**: a task is alive after the future has returned or was dropped, and everything that this crate's groups had
//!   to wait for has ended;
//! - **hangs**: nothing can run any more and no timer is due, or it goes on beyond a bound;
//! - **panics**: an assertion of yours, in the code, in a destructor, or in [`Explorer::check`].
//!
//! | interference | what it is in real life |
//! | --- | --- |
//! | [`Drop`](Interference::Drop) | the future is dropped: a `select!`, a timeout, a client that hung up |
//! | [`Stop`](Interference::Stop) | the enclosing group fails: cancelled, one last poll, dropped, and waited for |
//! | [`Cancel`](Interference::Cancel) | the enclosing group is cancelled, with unlimited grace: a graceful shutdown |
//! | [`Repoll`](Interference::Repoll) | polled with another waker though nothing woke it, as `select!` and `join!` do |
//! | [`Panic`](Interference::Panic) | a panic at a [`point`] or [`fail_point`] that you marked |
//! | [`Fail`](Interference::Fail) | an error at a [`fail_point`] that you marked |
//! | [`Stall`](Interference::Stall) | a [`point`] that you marked takes a minute, while everything else continues |
//! | [`Schedule`](Interference::Schedule) | children that are ready are polled in another order, and interrupted at an await of something that is ready |
//!
//! "One poll later" counts the polls of the future and those of every spawned child of a group in it: between any two of
//! them, there is an interference in some run.
//!
//! # Example
//!
//! A queue hands out tickets, and takes each back when the work is done. It passes every test that lets it finish.
//!
#![cfg_attr(feature = "testing", doc = "```")]
#![cfg_attr(not(feature = "testing"), doc = "```ignore")]
//! use std::{cell::Cell, time::Duration};
//! use taskgroup::testing::{Explorer, Interference};
//! use tokio::time::sleep;
//!
//! let out = Cell::new(0);
//! let broken = async || {
//!     out.set(out.get() + 1);
//!     sleep(Duration::from_secs(1)).await; // the work
//!     out.set(out.get() - 1); // never comes, if the work is cut short
//! };
//! let found = Explorer::new()
//!     .check(|_| assert_eq!(out.replace(0), 0, "a ticket is lost"))
//!     .try_run(broken)
//!     .unwrap_err();
//! assert_eq!(found.interference(), Interference::Drop);
//! assert_eq!(found.replay(), "drop@1"); // after the first poll: that is, at the `sleep`
//!
//! // A destructor runs however the work ends.
//! struct Ticket<'a>(&'a Cell<i32>);
//! impl Drop for Ticket<'_> {
//!     fn drop(&mut self) {
//!         self.0.set(self.0.get() - 1);
//!     }
//! }
//! let mended = async || {
//!     out.set(out.get() + 1);
//!     let _ticket = Ticket(&out);
//!     sleep(Duration::from_secs(1)).await;
//! };
//! Explorer::new().check(|_| assert_eq!(out.replace(0), 0, "a ticket is lost")).run(mended);
//! ```
//!
//! # Schedules
//!
//! The order in which a runtime polls what is ready is no promise. [`Explorer::schedules`] sets how many other orders are
//! tried. Each is drawn from a seed: a child that is ready is put off, so that others go first, or its poll is cut short
//! at an await of a resource of tokio that is ready, as it is when tokio's cooperative budget is used up. That concerns
//! all children of groups and of `#[task_group]` functions, spawned ones included, arrivals at a [`point`], and the
//! explored future itself. A task that was spawned without this crate keeps its own order, except at its points. Of a
//! finding, the fewest changes from the usual order are searched for, and listed.
//!
//! # Replay and reports
//!
//! A report ends with a line such as `TASKGROUP_REPLAY=drop@17 cargo test the_test`: with that variable set, `explore`
//! makes that run only. [`Explorer::replay`] does the same in code. Each finding has been run twice, and says if it did not
//! repeat.
//!
//! [`explore`] and [`Explorer::run`] panic with all findings, one for each cause; [`Explorer::report`] returns them, also as
//! JSON and in JUnit's format; [`Explorer::try_run`] stops at the first one.
//!
//! # Points
//!
//! [`point`] and [`fail_point`] stand in your code, not in your tests. Without the feature `testing`, which only the
//! `[dev-dependencies]` need, they are empty functions.
//!
//! # Limits
//!
//! - One thread: interleavings that need two threads are not found; those are loom's to find. Schedules are drawn, so that
//!   none of them shows a bug is no proof; the other interferences are tried at every poll, each in the usual order.
//! - Time is tokio's paused clock: a `sleep` of an hour takes no time. Sockets and files are real, and the clock jumps while
//!   they are waited for: use `tokio::io::duplex` and the like.
//! - Blocking children run on real threads and in real time; the clock stands still meanwhile. Where in their work the
//!   interference falls is not determined.
//! - A run is repeatable if your code is. `tokio::select!` without `biased;` polls its branches in random order, and a
//!   `HashMap` has a random one: a replay may then need a few tries.
//! - The same closure makes the future of every run: state that it shares between runs has to be reset (in
//!   [`Explorer::check`], for instance).
//! - A task is a leak if tokio counts it as alive. A `std::thread` or a raw `spawn_blocking` is not detected.
//! - Every run starts from the beginning: n polls cost about n² / 2 polls for each kind of interference.

#![cfg_attr(
    not(feature = "testing"),
    allow(
        rustdoc::broken_intra_doc_links,
        reason = "without the feature, most of the items that the text names do not exist"
    )
)]

mod points;

pub use self::points::{fail_point, point};
pub use crate::probe::Injected;
#[cfg(feature = "testing")]
pub use crate::probe::Interference;

#[cfg(feature = "testing")]
mod explored;
#[cfg(feature = "testing")]
mod explorer;
#[cfg(feature = "testing")]
mod finding;
#[cfg(feature = "testing")]
mod guardian;
#[cfg(feature = "testing")]
mod json;
#[cfg(feature = "testing")]
mod problem;
#[cfg(feature = "testing")]
mod report;
#[cfg(feature = "testing")]
mod run;
#[cfg(feature = "testing")]
mod search;
#[cfg(feature = "testing")]
mod shrink;

#[cfg(feature = "testing")]
pub use self::{
    explored::Explored,
    explorer::{Explorer, explore},
    finding::{Arm, Finding},
    problem::Problem,
    report::Report,
    run::Run,
};
