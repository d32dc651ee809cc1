//! A destructor that panics is a panic of its child (rule 3).

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use taskgroup::group;
use taskgroup_tests::*;

/// Ends at its `polls`-th poll, and panics when it is dropped.
struct Touchy {
    polls: usize,
    ends: Result<u32, &'static str>,
    armed: bool,
}

impl Future for Touchy {
    type Output = Result<u32, &'static str>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.polls -= 1;
        if self.polls == 0 {
            return Poll::Ready(self.ends);
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for Touchy {
    fn drop(&mut self) {
        assert!(!self.armed, "touchy");
    }
}

#[test]
fn the_destructor_of_a_child_that_delivered_is_heard() {
    for ends in [Ok(1), Err("failed")] {
        for polls in 1..4 {
            for touchy in 0..3 {
                let child = |at| {
                    let armed = at == touchy;
                    Touchy { polls: if armed { polls } else { 2 }, ends: if armed { ends } else { Ok(1) }, armed }
                };
                let ended = catch_unwind(AssertUnwindSafe(|| {
                    in_virtual_time(Box::pin(async {
                        let _ = group!(child(0), child(1), child(2)).await;
                    }));
                }));
                let payload = ended.expect_err("the panic of a destructor");
                assert_eq!(payload.downcast_ref::<&str>(), Some(&"touchy"), "{touchy} at its poll {polls}");
            }
        }
    }
}
