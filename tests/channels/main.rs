//! Channels and signals: `taskgroup::channel`, `taskgroup::shutdown_signal`.

mod abandoned_by;
mod abandoned_in_one_pass;
mod abandoned_midway;
mod bug_10;
mod cancellation;
mod drain;
mod ends;
mod first_error;
mod owner_elsewhere;
#[cfg(unix)]
mod shutdown;
mod stream;
mod withheld;

use std::{cell::Cell, future::Future, panic, sync::Once};

use tokio::runtime::Builder;

/// A runtime with two worker threads.
fn on_many_threads<F: Future>(test: F) -> F::Output {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime").block_on(test)
}

/// Runs a test on one thread, in virtual time, and on many, in real time.
fn on_both<F: Future>(test: impl Fn() -> F) {
    let one = Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime");
    one.block_on(test());
    on_many_threads(test());
}

thread_local! {
    /// The line of the last panic on this thread.
    static PANICKED_AT: Cell<Option<(String, u32)>> = const { Cell::new(None) };
}

/// Panics that are part of a test say `on purpose`, and are not printed.
fn expect_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICKED_AT.set(info.location().map(|at| (at.file().to_owned(), at.line())));
            if !info.payload().downcast_ref::<&str>().is_some_and(|text| text.contains("on purpose")) {
                print(info);
            }
        }));
    });
}
