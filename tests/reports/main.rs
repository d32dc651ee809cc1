//! Programs at the edges of a group that once went wrong, and the rules that they led to. Each test is named after its
//! rule.

#![allow(clippy::unwrap_used, reason = "tests")]

mod borrowed;
mod captured;
mod dynamic;
mod fan_in;
mod left_behind;
mod loops;
mod nesting;
mod own_tokens;
mod retries;
mod sharing;

use std::{future::Future, sync::mpsc, thread, time::Duration};

/// Runs a program in virtual time on a thread of its own, so that a loop which holds its thread fails the test.
fn ends<F, T>(program: impl FnOnce() -> F + Send + 'static) -> T
where
    F: Future<Output = T>,
    T: Send + 'static,
{
    ends_in(true, program)
}

/// The same in real time: virtual time stands still while a task always has something to do, so a grace period in it never
/// ends.
fn ends_in_real_time<F, T>(program: impl FnOnce() -> F + Send + 'static) -> T
where
    F: Future<Output = T>,
    T: Send + 'static,
{
    ends_in(false, program)
}

fn ends_in<F, T>(is_virtual: bool, program: impl FnOnce() -> F + Send + 'static) -> T
where
    F: Future<Output = T>,
    T: Send + 'static,
{
    let (tx, rx) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(is_virtual).build();
        let limit = Duration::from_secs(86_400);
        let ended = runtime.expect("a runtime").block_on(async { tokio::time::timeout(limit, program()).await.ok() });
        drop(tx.send(ended));
    });
    match rx.recv_timeout(Duration::from_secs(60)) {
        Ok(Some(ended)) => ended,
        Ok(None) => panic!("it hangs"),
        Err(_) => panic!("it holds its thread, or panicked"),
    }
}
