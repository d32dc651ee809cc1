//! Locks, messages and wakers that the children of one task share.

use std::{
    cell::Cell,
    future::poll_fn,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    task::Poll,
    time::Duration,
};

use futures::{StreamExt, stream};
use taskgroup::{channel, group, shield, task_group};
use tokio::time::{sleep, timeout};

#[derive(Debug, PartialEq)]
enum Failed {
    It,
    Io,
}

async fn ms(n: u64) {
    sleep(Duration::from_millis(n)).await;
}

const LIMIT: Duration = Duration::from_secs(3600);

/// tokio#6450, RFD 609: a waiter that is handed the lock must be polled, whatever else the task waits for.
#[task_group]
async fn body_and_child_share_a_lock(lock: &tokio::sync::Mutex<u32>) -> Result<u32, Failed> {
    let guard = lock.lock().await;
    #[child]
    async {
        *lock.lock().await += 1;
        Ok::<(), Failed>(())
    };
    ms(1).await; // the child is in the queue now
    drop(guard); // and has been handed the lock
    let mut guard = lock.lock().await; // behind it in the queue
    *guard += 1;
    Ok(*guard)
}

#[tokio::test(start_paused = true)]
async fn a_lock_is_never_held_by_a_child_that_is_not_polled() {
    let lock = tokio::sync::Mutex::new(0);
    assert_eq!(timeout(LIMIT, body_and_child_share_a_lock(&lock)).await.expect("no deadlock"), Ok(2));
    // Children of one group, each of which takes the lock twice.
    let twice = async |_: u32| {
        for _ in 0..2 {
            *lock.lock().await += 1;
            ms(1).await;
            let mut guard = lock.lock().await;
            ms(1).await;
            *guard += 1;
        }
        Ok::<(), Failed>(())
    };
    timeout(LIMIT, async {
        group!(for n in 0..100 {
            twice(n)
        })
        .limit(7)
        .await
    })
    .await
    .expect("no deadlock")
    .unwrap();
    assert_eq!(*lock.lock().await, 402);
}

/// The holder of a lock is stopped while a sibling waits for it in a critical section.
#[tokio::test(start_paused = true)]
async fn a_section_gets_the_lock_of_a_sibling_that_is_stopped() {
    for order in [false, true] {
        let lock = tokio::sync::Mutex::new(false);
        let section = async {
            ms(1).await; // let the holder have it
            shield(async { *lock.lock().await = true }).await;
            Ok::<(), Failed>(())
        };
        let holder = async {
            let _guard = lock.lock().await;
            std::future::pending::<()>().await;
            Ok::<(), Failed>(())
        };
        let broken = async {
            ms(10).await;
            Err::<(), _>(Failed::It)
        };
        let run = async {
            if order {
                group!(holder, section, broken).await.map(|_| ())
            } else {
                group!(section, holder, broken).await.map(|_| ())
            }
        };
        assert_eq!(timeout(LIMIT, run).await.expect("no deadlock"), Err(Failed::It));
        assert!(*lock.lock().await);
    }
}

/// The same, when the body holds it, above the child. A guard that stands above a child lives as long as the child may
/// (as with `std::thread::scope`), so only a grace ends this.
#[task_group(grace = Duration::from_secs(1))]
async fn section_in_a_child(lock: &tokio::sync::Mutex<bool>) -> Result<(), Failed> {
    let _guard = lock.lock().await;
    #[child]
    async {
        shield(async { *lock.lock().await = true }).await;
        Ok::<(), Failed>(())
    };
    ms(10).await;
    Err(Failed::It) // the body ends, and with it the guard
}

#[tokio::test(start_paused = true)]
async fn a_grace_ends_a_section_that_waits_for_the_lock_of_a_body_that_fails() {
    let lock = tokio::sync::Mutex::new(false);
    assert_eq!(timeout(LIMIT, section_in_a_child(&lock)).await.expect("no deadlock"), Err(Failed::It));
    assert!(!*lock.lock().await);
}

/// The body is cut off by a child's failure while it holds the lock that another child's section waits for.
#[task_group(grace = Duration::from_secs(1))]
async fn body_is_cut_off(lock: &tokio::sync::Mutex<bool>) -> Result<(), Failed> {
    #[child]
    async {
        ms(10).await;
        Err::<(), _>(Failed::It)
    };
    let _guard = lock.lock().await;
    #[child]
    async {
        shield(async { *lock.lock().await = true }).await;
        Ok::<(), Failed>(())
    };
    std::future::pending::<()>().await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_grace_ends_a_section_that_waits_for_the_lock_of_a_body_that_is_cut_off() {
    let lock = tokio::sync::Mutex::new(false);
    assert_eq!(timeout(LIMIT, body_is_cut_off(&lock)).await.expect("no deadlock"), Err(Failed::It));
    assert!(!*lock.lock().await);
}

/// A consumer that goes early lets its producer go, too: not a failure, no hang.
#[tokio::test(start_paused = true)]
async fn a_producer_learns_that_its_consumer_has_enough() {
    let (tx, mut rx) = channel::bounded::<u32>(1);
    let ended = timeout(LIMIT, async {
        group!(
            async move {
                let mut sent = 0;
                while tx.send(sent).await.is_ok() {
                    sent += 1;
                }
                Ok::<u32, Failed>(sent)
            },
            async move {
                for _ in 0..3 {
                    rx.recv().await.map_err(|_| Failed::Io)?;
                }
                Ok(())
            },
        )
        .await
    })
    .await
    .expect("no hang");
    assert!(ended.unwrap().0 >= 3);
}

/// mdk#712: taken from the queue, then cut off before it was stored.
#[tokio::test(start_paused = true)]
async fn what_was_taken_is_stored_under_a_shield() {
    let (tx, mut rx) = channel::bounded::<u32>(16);
    for n in 0..10 {
        tx.send(n).await.unwrap();
    }
    let stored = Mutex::new(Vec::new());
    let ended = group!(
        async {
            while let Ok(Some(n)) = rx.recv().await {
                shield(async {
                    ms(10).await;
                    stored.lock().unwrap().push(n);
                })
                .await;
            }
            Ok::<(), Failed>(())
        },
        async {
            ms(35).await;
            Err::<(), _>(Failed::It)
        },
    )
    .await;
    assert_eq!(ended.unwrap_err(), Failed::It);
    let stored = stored.into_inner().unwrap();
    let left: Vec<u32> = std::iter::from_fn(|| rx.try_recv().ok().flatten()).collect();
    assert_eq!([stored, left].concat(), (0..10).collect::<Vec<_>>(), "each is either stored or still there");
}

/// datafusion#3104: a producer that panics must not look like one that is done.
#[tokio::test]
async fn a_panicking_producer_is_no_clean_end() {
    let (tx, mut rx) = channel::bounded::<u32>(4);
    let whole = Arc::new(AtomicBool::new(false));
    let taken_for_whole = Arc::clone(&whole);
    let task = tokio::spawn(async move {
        group!(
            #[spawn]
            async move {
                tx.send(1).await.map_err(|_| Failed::Io)?;
                if true {
                    panic!("a user's function");
                }
                tx.finish();
                Ok::<(), Failed>(())
            },
            #[spawn]
            async move {
                while rx.recv().await.map_err(|_| Failed::Io)?.is_some() {}
                taken_for_whole.store(true, SeqCst);
                Ok(())
            },
        )
        .await
    });
    let panic = task.await.unwrap_err().into_panic();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"a user's function"));
    assert!(!whole.load(SeqCst));
}

/// futures-rs#869: a source that is always ready, and children that are, too, do not starve a sibling.
#[tokio::test]
async fn an_endless_ready_source_starves_no_sibling() {
    let pulled = AtomicUsize::new(0);
    let ended = timeout(Duration::from_secs(20), async {
        group!(
            #[stream]
            for _ in stream::repeat(()).inspect(|()| {
                pulled.fetch_add(1, SeqCst);
            }) {
                async { Ok::<(), Failed>(()) }
            },
            async {
                for _ in 0..100 {
                    tokio::task::yield_now().await;
                }
                Err::<(), _>(Failed::It)
            },
        )
        .limit(4)
        .await
    })
    .await
    .expect("no starvation");
    assert_eq!(ended.unwrap_err(), Failed::It);
    assert!(pulled.into_inner() < 100_000);
}

/// sui#3572, mofa#1505: no child is made, and nothing is pulled, before there is room.
#[tokio::test(start_paused = true)]
async fn nothing_is_pulled_before_there_is_room() {
    let (pulled, done, ahead) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Cell::new(0));
    let counted = stream::iter(0..100).inspect(|_| {
        let now = pulled.fetch_add(1, SeqCst) + 1 - done.load(SeqCst);
        ahead.set(ahead.get().max(now));
    });
    group!(
        #[stream]
        #[spawn]
        for n in counted {
            let done = Arc::clone(&done);
            async move {
                ms(n % 7).await;
                done.fetch_add(1, SeqCst);
                Ok::<(), Failed>(())
            }
        }
    )
    .limit(3)
    .await
    .unwrap();
    assert!(ahead.get() <= 4, "{} at once", ahead.get());
}

/// restate sdk#89: a few children of one task may wait for something that remembers one waker only, as in `join!`, which polls
/// them all with the task's own. In a crowd each has a waker of its own, and this freezes, as in `join_all`.
#[tokio::test(start_paused = true)]
async fn a_few_children_may_share_one_waker_slot() {
    let slot = futures::task::AtomicWaker::new();
    let count = Cell::new(0_u32);
    let mut stuck = Vec::new();
    for children in [2_usize, 8] {
        count.set(0);
        let wait = async |n: usize| {
            for round in 1..=20 {
                poll_fn(|cx| {
                    slot.register(cx.waker());
                    if count.get() >= round { Poll::Ready(()) } else { Poll::Pending }
                })
                .await;
            }
            Ok::<usize, Failed>(n)
        };
        let tick = async {
            for _ in 0..20 {
                ms(1).await;
                count.set(count.get() + 1);
                slot.wake();
            }
            Ok::<(), Failed>(())
        };
        let ended = timeout(Duration::from_secs(60), async {
            group!(
                for n in 0..children {
                    wait(n)
                },
                tick
            )
            .await
        })
        .await;
        if ended.is_err() {
            stuck.push(children);
        }
    }
    assert_eq!(stuck, [0_usize; 0]);
}
