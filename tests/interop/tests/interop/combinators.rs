//! Groups inside the combinators of tokio, tokio-util and futures, and the other way round.

use std::time::Duration;

use futures::{FutureExt, StreamExt, TryFutureExt, TryStreamExt, future, stream};
use taskgroup::{Cancelled, cancelled, child_token, group, in_current_group};
use tokio::{sync::Mutex, task::JoinSet, time};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

async fn one() -> Result<u32, Cancelled> {
    Ok(1)
}

fn pair() -> impl IntoFuture<Output = Result<(u32, u32), Cancelled>, IntoFuture: Send + 'static> {
    group!(
        one(),
        #[spawn]
        one()
    )
    .timeout(Duration::from_secs(1))
}

const BOTH: Result<(u32, u32), Cancelled> = Ok((1, 1));

#[tokio::test]
async fn tokio_takes_groups() {
    assert_eq!(time::timeout(Duration::from_secs(5), pair()).await.unwrap(), BOTH);
    let selected = tokio::select! { ended = pair() => ended, () = future::pending() => unreachable!() };
    assert_eq!(selected, BOTH);
    assert_eq!(tokio::try_join!(pair().into_future(), one()).unwrap(), ((1, 1), 1));
    assert_eq!(tokio::spawn(pair().into_future()).await.unwrap(), BOTH);
    let mut set = JoinSet::new();
    set.spawn(pair().into_future());
    assert_eq!(set.join_next().await.unwrap().unwrap(), BOTH);
}

#[tokio::test]
async fn futures_takes_groups() {
    assert_eq!(pair().into_future().boxed().await, BOTH);
    let all = stream::iter([1, 2]).map(|_| pair().into_future()).buffered(2).try_collect::<Vec<_>>().await;
    assert_eq!(all.unwrap().len(), 2);
    assert_eq!(future::try_join_all([pair().into_future(), pair().into_future()]).await.unwrap().len(), 2);
    assert_eq!(group!(one().map_ok(|n| n + 1), one().and_then(|n| async move { Ok(n + 2) })).await, Ok((2, 3)));
}

#[tokio::test]
async fn cancellation_tokens_in_and_out() {
    let outer = CancellationToken::new();
    outer.cancel();
    let listens = async { Err::<(), _>(cancelled().await) };
    assert!(group!(listens).cancel_on(outer.clone().cancelled_owned()).await.is_err());
    let given = group!(
        library = async { Ok(child_token().run_until_cancelled(future::pending::<()>()).await) },
        fails = async { Err::<(), _>("broken") },
    )
    .grace(Duration::from_secs(1))
    .await;
    assert_eq!(given, Err("broken"));
}

#[tokio::test]
async fn a_tracker_beside_a_group() {
    let tracker = TaskTracker::new();
    let tracked = tracker.clone();
    let ended = group!(
        starts = async {
            tracked.spawn(in_current_group(async { drop(cancelled().await) }));
            Ok(())
        },
        fails = async {
            tokio::task::yield_now().await;
            Err::<(), _>("broken")
        },
    )
    .await;
    assert_eq!(ended, Err("broken"));
    tracker.close();
    tracker.wait().await; // its task saw the token of the group
}

#[tokio::test]
async fn locks_are_shared_by_inline_children() {
    let (tokio_lock, std_lock) = (Mutex::new(0), std::sync::Mutex::new(0));
    let adds = || async {
        *tokio_lock.lock().await += 1;
        *std_lock.lock().unwrap() += 1;
        Ok::<_, ()>(())
    };
    group!(
        adds(),
        adds(),
        for _ in 0..8 {
            adds()
        }
    )
    .await
    .unwrap();
    assert_eq!((tokio_lock.into_inner(), std_lock.into_inner().unwrap()), (10, 10));
}
