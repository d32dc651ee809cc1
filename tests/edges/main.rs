//! The rules at the edges of a group: which child listens, what encloses a group, and what a critical section holds.

#![allow(clippy::unwrap_used, reason = "tests")]

mod enclosing;
mod forced_end;
mod last_poll;
mod listening;
mod sections;

/// Runs `f` when it is dropped.
fn at_the_end<F: FnMut()>(f: F) -> impl Drop {
    struct AtTheEnd<F: FnMut()>(F);

    impl<F: FnMut()> Drop for AtTheEnd<F> {
        fn drop(&mut self) {
            (self.0)();
        }
    }

    AtTheEnd(f)
}
