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

/// Pends for ever, and says when it is dropped what it sees of its group.
struct Asks<'a> {
    name: &'static str,
    trail: &'a Trail,
    panics: bool,
}

impl Future for Asks<'_> {
    type Output = Result<(), &'static str>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Pending
    }
}

impl Drop for Asks<'_> {
    fn drop(&mut self) {
        let token = taskgroup::child_token();
        let cause = taskgroup::cause().map(|cause| matches!(cause, taskgroup::Cause::Dropped { .. }));
        let seen = (taskgroup::is_cancelled(), token.is_cancelled(), cause);
        self.trail.say(format!("{}: {seen:?}", self.name));
        assert!(!self.panics, "{}", self.name);
    }
}

fn poll_and_drop(group: impl Future) -> Result<(), Box<dyn std::any::Any + Send>> {
    catch_unwind(AssertUnwindSafe(|| {
        let mut group = std::pin::pin!(group);
        assert!(group.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop())).is_pending());
    }))
}

const DROPPED: &str = "(true, true, Some(true))";

#[test]
fn a_destructor_sees_that_a_group_was_dropped_in_which_nothing_had_asked_before() {
    let trail = Trail::new();
    let asks = |name| Asks { name, trail: &trail, panics: false };
    let inner =
        async { group!(std::future::pending::<Result<(), &str>>(), asks("inner"), asks("next")).await.map(drop) };
    assert!(poll_and_drop(group!(asks("outer"), inner, asks("last")).into_future()).is_ok());
    assert_eq!(trail.read(), ["outer", "inner", "next", "last"].map(|name| format!("{name}: {DROPPED}")));
    // Nothing of it stays on the thread.
    assert!(!taskgroup::is_cancelled() && taskgroup::cause().is_none());
}

#[test]
fn an_inner_group_alone_that_is_dropped_leaves_the_enclosing_one_uncancelled() {
    in_virtual_time(Box::pin(async {
        let trail = Trail::new();
        let ended = group!(async {
            let asks = Asks { name: "inner", trail: &trail, panics: false };
            drop(poll_and_drop(group!(asks, std::future::pending::<Result<(), &str>>()).into_future()));
            Ok::<_, &str>(taskgroup::is_cancelled())
        })
        .await;
        assert_eq!((ended, trail.read()), (Ok(false), vec![format!("inner: {DROPPED}")]));
    }));
}

#[test]
fn the_children_of_a_dropped_group_are_dropped_in_order_and_the_first_panic_of_several_is_resumed() {
    let trail = Trail::new();
    let asks = |name, panics| Asks { name, trail: &trail, panics };
    let ended =
        poll_and_drop(group!(asks("a", false), asks("b", true), asks("c", true), asks("d", false)).into_future());
    let payload = ended.expect_err("the panic of a destructor");
    assert_eq!(payload.downcast_ref::<String>().map(String::as_str), Some("b"));
    assert_eq!(trail.read(), ["a", "b", "c", "d"].map(|name| format!("{name}: {DROPPED}")));
}
