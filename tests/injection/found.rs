//! What was found here, in its smallest form.

use std::{
    future::pending,
    io,
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread::{self, ThreadId},
    time::Duration,
};

use taskgroup::group;
use tokio::runtime::Builder;

/// A group that only cancelled its own daemon was not cancelled by an option or by an enclosing group.
#[tokio::test]
async fn failures_beside_a_daemon_are_not_a_cancellation() {
    let collected = group!(
        fails = async { Err::<(), _>(io::Error::other("no")) },
        #[daemon]
        pending(),
    );
    assert!(collected.collect_errors().await.unwrap_err().cancelled().is_none());
    let race = group!(
        fails = async { Err::<(), _>(io::Error::other("no")) },
        #[daemon]
        pending(),
    );
    assert!(race.race().await.unwrap_err().cancelled().is_none());
}

/// A race that its own daemon ended was not cancelled either: the daemon's failure says it all.
#[tokio::test]
async fn a_race_that_a_daemon_ends_is_not_a_cancellation() {
    let race = group!(
        runs = pending::<Result<(), io::Error>>(),
        #[daemon]
        watch = async { Err(io::Error::other("no")) },
    );
    let failures = race.race().await.unwrap_err();
    assert!(failures.cancelled().is_none());
    assert_eq!(failures.iter().map(|(child, _)| child.to_string()).collect::<Vec<_>>(), ["watch"]);
}

/// The destructor of a blocking child that is taken back before it begins is the child's, too.
#[test]
fn a_panic_in_the_destructor_of_a_blocking_child_that_never_began_is_resumed() {
    struct Strict;
    impl Drop for Strict {
        fn drop(&mut self) {
            resume_unwind(Box::new(17_u8));
        }
    }
    // One thread for blocking work, and it is busy.
    let runtime = Builder::new_multi_thread().worker_threads(1).max_blocking_threads(1).build().unwrap();
    let (let_go, held) = mpsc::channel::<()>();
    runtime.spawn_blocking(move || held.recv());
    let ended = runtime.block_on(runtime.spawn(async {
        let strict = Strict;
        let queued = group!(
            #[blocking]
            never = move || {
                let _strict = &strict;
                Ok::<(), io::Error>(())
            },
            fails = async { Err::<(), _>(io::Error::other("no")) },
        );
        queued.await.ok();
    }));
    drop(let_go);
    let payload = ended.unwrap_err().into_panic();
    assert_eq!(payload.downcast_ref(), Some(&17_u8));
}

/// What an adopted child carried belongs to it: the enclosing group waits until that is dropped, too.
#[test]
fn what_an_adopted_child_carried_is_gone_when_the_enclosing_group_returns() {
    #[derive(Clone)]
    struct Slow(Arc<AtomicUsize>, ThreadId);
    impl Drop for Slow {
        fn drop(&mut self) {
            if thread::current().id() != self.1 {
                thread::sleep(Duration::from_millis(50)); // the child's
            }
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    tokio::task_local!(static CARRIED: Slow);

    let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    // Which thread drops the child's is a matter of luck.
    for _ in 0..10 {
        let gone = Arc::new(AtomicUsize::new(0));
        let dropped = Slow(gone.clone(), thread::current().id());
        let around = group!(
            inline = CARRIED.scope(dropped, async {
                let adopted = group!(
                    #[spawn]
                    sleeps = pending::<io::Result<()>>()
                )
                .carry(&CARRIED);
                let _ = tokio::time::timeout(Duration::from_millis(5), adopted.into_future()).await;
                Ok::<_, io::Error>(())
            }),
        );
        let around = async {
            around.await.unwrap();
            gone.load(Ordering::SeqCst)
        };
        // The one in the scope, the one that the group read, and the child's.
        assert_eq!(runtime.block_on(around), 3);
    }
}
