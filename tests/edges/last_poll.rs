//! The last poll of a task: none before it has begun, and a whole one once it has.

use std::{
    future::{Future, pending, poll_fn},
    pin::pin,
    sync::mpsc,
    task::Poll,
};

use taskgroup::{cancelled, group, is_cancelled};
use taskgroup_tests::*;

use crate::at_the_end;

virtual_time! {
    async fn a_task_that_was_not_polled_before_the_order_to_stop_never_starts_though_a_sibling_listens() {
        let started = Flag::new();
        let flag = started.clone();
        let ended = group!(
            listens = async { cancelled().await; Ok(()) },
            #[spawn] late = async move { flag.set(); Ok(()) },
            fails = async { Err::<(), _>("boom") },
        )
        .await;
        assert_eq!((ended.err(), started.is_set()), (Some("boom"), false));
    }
}

#[test]
fn a_poll_without_budget_is_not_the_last_one_of_a_task() {
    on_many_threads(Box::pin(async {
        let (ordered, wait) = mpsc::channel();
        let (begins, begun) = tokio::sync::oneshot::channel();
        let (tx, mut rx) = tokio::sync::mpsc::channel(1);
        tx.try_send(()).expect("room");
        let received = Flag::new();
        let flag = received.clone();
        let mut begins = Some(begins);
        let ended = group!(
            // Dropped after the task was ordered to stop.
            tells = async move {
                let _at_the_end = at_the_end(move || ordered.send(()).expect("the task"));
                pending::<Result<(), &str>>().await
            },
            #[spawn]
            task = async move {
                is_cancelled();
                let second = poll_fn(move |cx| {
                    let Some(begins) = begins.take() else { return Poll::Ready(()) };
                    begins.send(()).expect("the group");
                    // The order comes in a poll that has no budget left.
                    assert!(pin!(use_up_budget()).poll(cx).is_ready());
                    wait.recv().expect("the order");
                    Poll::Pending
                });
                second.await;
                if let Poll::Ready(Some(())) = poll_fn(|cx| Poll::Ready(rx.poll_recv(cx))).await {
                    flag.set();
                }
                Ok(())
            },
            fails = async { begun.await.map_err(|_| "no task").and(Err::<(), _>("boom")) },
        )
        .await;
        assert_eq!((ended.err(), received.is_set()), (Some("boom"), true));
    }));
}
