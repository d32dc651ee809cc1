//! The interleavings of the places where threads of one group meet: the ready set of the inline children, the orders to the
//! spawned ones, and the queue of their ends. The files are the runtime's own, built with loom's locks and counters in the place of std's.
//!
//! `cargo test -p taskgroup-tests --test loom`, or with part of a name behind `--` to run some only.

#![allow(clippy::unwrap_used, reason = "tests")]

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/child/ready_set.rs"]
mod ready_set;

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/context/orders.rs"]
mod orders_file;

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/child/end_queue.rs"]
mod end_queue;

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/waker.rs"]
mod waker;

mod bells;
mod ends;
mod orders;

/// What the files take from the runtime's `sync.rs`.
mod sync {
    pub(crate) use loom::sync::{Arc, MutexGuard, atomic};

    #[derive(Default)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap()
        }
    }
}

/// What they take from `context.rs`.
mod context {
    pub(crate) mod key {
        #[derive(Clone, Copy)]
        pub(crate) struct Key(pub usize);

        impl Key {
            pub(crate) fn arm_index(self) -> usize {
                0
            }

            pub(crate) fn place_index(self) -> usize {
                self.0
            }
        }
    }
}

/// How often a thread is interrupted against its will, at most, unless `LOOM_MAX_PREEMPTIONS` says otherwise. Without any
/// bound, the models take some minutes each.
const PREEMPTIONS: usize = 3;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for (name, model) in [bells::MODELS, ends::MODELS, orders::MODELS].concat() {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| name.contains(wanted)) {
            continue;
        }
        let since = std::time::Instant::now();
        let interleavings = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = interleavings.clone();
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound.get_or_insert(PREEMPTIONS);
        builder.check(move || {
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            model();
        });
        let interleavings = interleavings.load(std::sync::atomic::Ordering::Relaxed);
        println!("loom: {name}: {interleavings} interleavings in {:.1?}", since.elapsed());
    }
}
