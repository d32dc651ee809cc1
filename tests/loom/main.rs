//! The interleavings of the places where threads of one group meet: the ready set of the inline children, the orders to the
//! spawned ones, the queue of their ends, the guards that a group waits for, its scope and critical sections, the ends of
//! channels, and the gates of spawners. The files are the runtime's own, built with locks, counters and references that loom explores (`sync.rs`).
//!
//! Every model also checks that no waker is called or dropped under a lock (`wakers.rs`).
//!
//! `cargo test -p taskgroup-tests --test loom`, or with part of a name behind `--` to run some only.

#![allow(clippy::unwrap_used, reason = "tests")]

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/child/ready_set.rs"]
mod ready_set;

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/child/end_queue.rs"]
mod end_queue;

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/channel/end.rs"]
mod end;

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/spawner/queue.rs"]
mod queue;

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/token/wait.rs"]
mod wait;

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/waker.rs"]
mod waker;

#[allow(unused_imports, reason = "its unit tests are built, and not run")]
#[path = "../../runtime/src/slab.rs"]
mod slab;

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/unwind.rs"]
mod unwind;

mod context;
mod sync;
mod wakers;

mod bells;
mod channel_ends;
mod ends;
mod gates;
mod living;
mod orders;
mod scopes;
mod sections;

/// What the files take from the runtime's `error.rs`.
mod error {
    pub(crate) use taskgroup::Cause;

    pub(crate) struct Cancelled;

    impl Cancelled {
        pub(crate) fn new(_: Cause) -> Self {
            Self
        }
    }
}

/// What they take from `name.rs`.
mod name {
    pub(crate) use taskgroup::Name;
}

/// What they take from `observe.rs`: nothing is observed.
mod observe {
    #[derive(Clone)]
    pub(crate) struct Group;
}

/// What they take from `probe.rs`.
mod probe {
    pub(crate) fn looked(_is_cancelled: bool) {}
}

/// How often a thread is interrupted against its will, at most, unless `LOOM_MAX_PREEMPTIONS` says otherwise. Without any
/// bound, the models take some minutes each.
const PREEMPTIONS: usize = 3;

type Model = (&'static str, fn());

const MODELS: [&[Model]; 8] = [
    bells::MODELS,
    ends::MODELS,
    orders::MODELS,
    living::MODELS,
    scopes::MODELS,
    sections::MODELS,
    channel_ends::MODELS,
    gates::MODELS,
];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for (name, model) in MODELS.concat() {
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
            wakers::assert_none_under_a_lock();
        });
        let interleavings = interleavings.load(std::sync::atomic::Ordering::Relaxed);
        println!("loom: {name}: {interleavings} interleavings in {:.1?}", since.elapsed());
    }
}
