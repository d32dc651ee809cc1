//! What was found here, in its smallest form.

use std::{future::pending, io, panic::resume_unwind, sync::mpsc};

use taskgroup::group;
use tokio::runtime::Builder;

/// A group that had to cancel nobody but its daemon was not "cancelled, by an option or from around".
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
