use std::{
    sync::Arc,
    task::{Wake, Waker},
};

use super::*;

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        std::panic::resume_unwind(Box::new("a waker of an executor"));
    }
}

#[derive(Default)]
struct Notes(AtomicU16);

impl Wake for Notes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_waker_that_panics_keeps_no_other_from_a_cancellation() {
    let outer = Scope::group(None, None);
    let inner = Scope::group(Some(outer.clone()), None);
    let notes = Arc::new(Notes::default());
    for scope in [&outer, &inner] {
        for waker in [Waker::from(Arc::new(Panics)), Waker::from(notes.clone())] {
            scope.lock().waiters.insert(waker);
        }
    }
    assert!(outer.cancel(Cause::Requested { group: "outer".into() }));
    assert!(inner.is_cancelled());
    assert_eq!(notes.0.load(Ordering::Relaxed), 2);
}
