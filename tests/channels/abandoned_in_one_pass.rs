//! In a group whose children are polled without a machine, a receiver knows too which child abandoned the stream.

use std::{
    future::{pending, ready},
    panic::AssertUnwindSafe,
};

use futures::{FutureExt, executor::block_on};
use taskgroup::{
    channel::{RecvError, Sender, bounded},
    group, ok,
};
use taskgroup_tests::{Fail, ms};
use tokio::time::timeout;

use crate::{abandoned_by::abandoned_by, expect_panics, on_both};

/// Forgets to finish, in the poll in which it ends.
async fn forgets_at_once(tx: Sender<u32>, end: Result<(), Fail>) -> Result<(), Fail> {
    drop(tx);
    end
}

#[test]
fn siblings_that_end_in_one_pass_are_known_to_one_that_reads_in_it() {
    on_both(async || {
        let ((a, mut first), (b, mut second), (c, mut third)) = (bounded(4), bounded(4), bounded(4));
        let seen = group!(
            alpha = forgets_at_once(a, Ok(())),
            pair =
                async { group!(beta = forgets_at_once(b, Ok(())), gamma = forgets_at_once(c, Ok(()))).await.map(drop) },
            reader = async {
                let inner = [abandoned_by(&mut second).await, abandoned_by(&mut third).await];
                Ok::<_, Fail>((abandoned_by(&mut first).await, inner))
            },
        )
        .await;
        let (outer, inner) = seen.map(|((), (), names)| names).expect("no child fails");
        assert_eq!(outer.as_deref(), Some("alpha"));
        assert_eq!(inner.map(|name| name.unwrap_or_default()), ["beta", "gamma"]);
    });
}

#[test]
fn a_sibling_that_blocks_until_it_has_read_is_not_kept_waiting_for_the_name() {
    on_both(async || {
        let (tx, mut rx) = bounded(4);
        let seen =
            group!(forgets = forgets_at_once(tx, Ok(())), reader = async { Ok::<_, Fail>(block_on(rx.recv())) },).await;
        assert_eq!(seen.map(|((), end)| end).ok(), Some(Err(RecvError::Abandoned)));
        assert_eq!(rx.abandoned_by().as_deref(), Some("forgets"));
    });
}

#[test]
fn it_is_a_child_that_ends_the_first_pass_of_its_group() {
    expect_panics();
    on_both(async || {
        let ((a, mut first), (b, mut second)) = (bounded(4), bounded(4));
        let failed =
            group!(before = ok::<_, Fail>(ready(())), fails = forgets_at_once(a, Err(Fail::Own("boom")))).await;
        assert!(failed.is_err());
        assert_eq!(abandoned_by(&mut first).await.as_deref(), Some("fails"));
        let panicking = async {
            let panics = async move {
                let _tx = b;
                if true {
                    panic!("on purpose");
                }
                Ok::<_, Fail>(())
            };
            group!(before = ok::<_, Fail>(ready(())), panics = panics).await
        };
        assert!(AssertUnwindSafe(panicking).catch_unwind().await.is_err());
        assert_eq!(abandoned_by(&mut second).await.as_deref(), Some("panics"));
    });
}

#[test]
fn it_is_a_child_of_a_group_that_was_dropped() {
    on_both(async || {
        let ((a, mut first), (b, mut second)) = (bounded(4), bounded(4));
        let holds = async |tx: Sender<u32>| {
            let _tx = tx;
            pending::<Result<(), Fail>>().await
        };
        let group = group!(alpha = holds(a), beta = holds(b));
        assert!(timeout(ms(5), group.into_future()).await.is_err());
        assert_eq!(abandoned_by(&mut first).await.as_deref(), Some("alpha"));
        assert_eq!(abandoned_by(&mut second).await.as_deref(), Some("beta"));
    });
}
