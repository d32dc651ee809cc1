//! The live tree, spans, events and reports: what a person who watches can be told.

mod events;
mod listener;
mod otel;
#[cfg(unix)]
mod signal;
mod spans;
mod stalls;
mod substance;
mod tree;

use std::future::Future;

use tokio::runtime::{Builder, Runtime};

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn many_threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// Runs a test on one thread and on many.
fn on_both<F: Future>(test: impl Fn() -> F) {
    one_thread().block_on(test());
    many_threads().block_on(test());
}
