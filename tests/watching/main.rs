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

use std::{
    future::Future,
    time::{Duration, Instant},
};

use taskgroup::tree::{Kind, Snapshot, State, snapshot};
use tokio::{
    runtime::{Builder, Runtime},
    task::yield_now,
};

/// What takes longer does not come any more.
const PATIENCE: Duration = Duration::from_secs(60);

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

/// Returns the first snapshot that is as `is_so` says. It shows the whole process, and so other tests, too.
async fn look(is_so: impl Fn(&Snapshot) -> bool) -> Snapshot {
    let since = Instant::now();
    loop {
        let tree = snapshot();
        if is_so(&tree) {
            return tree;
        }
        assert!(since.elapsed() < PATIENCE, "the tree is never so:\n{tree}");
        yield_now().await;
    }
}

/// Returns the first snapshot in which all children of these names wait, or run on a thread of their own.
async fn look_at(names: &[&str]) -> Snapshot {
    let is_there = |tree: &Snapshot, name: &str| {
        tree.iter().any(|node| {
            node.name == name
                && match node.kind {
                    Kind::Blocking => node.state == State::Running,
                    _ => node.state == State::Waiting,
                }
        })
    };
    look(|tree| names.iter().all(|name| is_there(tree, name))).await
}
