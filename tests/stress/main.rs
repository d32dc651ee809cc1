//! Any number of children before and after the one that ends the group: all that wait are woken, and nothing survives.
//!
//! For all (before, after) in 0..16 × 0..16, for every kind of child, on threads. The children sleep for ever; the one in
//! the middle fails, panics, or makes the group's option cancel it; at its first poll, later, or woken by another thread.

#![allow(clippy::unwrap_used, clippy::unit_arg, reason = "tests")]

use std::{
    convert::Infallible,
    future::{Future, pending, poll_fn},
    io::Write,
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    thread,
    time::{Duration, Instant},
};

use taskgroup::{Cancelled, cancelled, group, is_cancelled};
use tokio::{
    runtime::{Builder, Handle},
    sync::Notify,
    time::timeout,
};

const MOST: usize = 16;

/// How the one in the middle ends the group.
#[derive(Clone, Copy, Debug)]
enum End {
    Fails,
    Panics,
    Cancels,
}

/// And when.
#[derive(Clone, Copy, Debug)]
enum When {
    AtOnce,
    AfterAYield,
    WokenByAThread,
}

const ENDS: [End; 3] = [End::Fails, End::Panics, End::Cancels];
const WHENS: [When; 3] = [When::AtOnce, When::AfterAYield, When::WokenByAThread];

#[derive(Debug, PartialEq, Eq)]
enum Fault {
    Failed,
    Cancelled,
}

impl From<Cancelled> for Fault {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// What the members of one group share.
#[derive(Clone)]
struct Crowd {
    living: Arc<AtomicUsize>,
    cancel: Arc<Notify>,
    end: End,
    when: When,
}

/// Counted while it exists.
struct Life(Arc<AtomicUsize>);

impl Drop for Life {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Crowd {
    fn new(end: End, when: When) -> Self {
        Self { living: Arc::default(), cancel: Arc::default(), end, when }
    }

    fn life(&self) -> Life {
        self.living.fetch_add(1, Ordering::SeqCst);
        Life(self.living.clone())
    }

    /// Sleeps for ever; every other one would like to know when it is cancelled.
    fn sleeper(&self, number: usize) -> impl Future<Output = Result<(), Fault>> + Send + use<> {
        let life = self.life();
        async move {
            let _life = life;
            if number % 2 == 0 {
                cancelled().await;
            }
            pending().await
        }
    }

    fn blocking_sleeper(&self) -> impl FnOnce() -> Result<(), Fault> + Send + use<> {
        let life = self.life();
        move || {
            let _life = life;
            while !is_cancelled() {
                thread::sleep(Duration::from_micros(200));
            }
            Ok(())
        }
    }

    fn ender(&self) -> impl Future<Output = Result<(), Fault>> + Send + use<> {
        let (life, crowd) = (self.life(), self.clone());
        async move {
            let _life = life;
            match crowd.when {
                When::AtOnce => {}
                When::AfterAYield => tokio::task::yield_now().await,
                When::WokenByAThread => woken_by_a_thread().await,
            }
            match crowd.end {
                End::Fails => Err(Fault::Failed),
                End::Panics => resume_unwind(Box::new(17_u8)),
                End::Cancels => {
                    crowd.cancel.notify_one();
                    pending().await
                }
            }
        }
    }
}

async fn woken_by_a_thread() {
    let mut begun = false;
    poll_fn(|cx| {
        if begun {
            return Poll::Ready(());
        }
        begun = true;
        let waker = cx.waker().clone();
        thread::spawn(move || waker.wake());
        Poll::Pending
    })
    .await;
}

/// Runs all pairs, each group on a task of its own.
fn matrix<F>(kind: &str, ends: &[End], make: fn(Crowd, usize, usize) -> F)
where
    F: Future<Output = Result<(), Fault>> + Send + 'static,
{
    let since = Instant::now();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let mut groups = 0;
    runtime.block_on(async {
        for before in 0..MOST {
            for after in 0..MOST {
                for end in ends {
                    for when in WHENS {
                        let crowd = Crowd::new(*end, when);
                        let living = crowd.living.clone();
                        let task = tokio::spawn(make(crowd, before, after));
                        let place = || format!("{kind}: {before} before, {after} after, {end:?} {when:?}");
                        let Ok(ended) = timeout(Duration::from_secs(20), task).await else {
                            panic!("nobody woke {}", place());
                        };
                        assert_eq!(living.load(Ordering::SeqCst), 0, "somebody survived {}", place());
                        match (end, ended) {
                            (End::Fails, Ok(Err(Fault::Failed))) | (End::Cancels, Ok(Err(Fault::Cancelled))) => {}
                            (End::Panics, Err(error)) => {
                                assert_eq!(error.into_panic().downcast_ref(), Some(&17_u8), "{}", place());
                            }
                            (_, ended) => panic!("{ended:?} of {}", place()),
                        }
                        groups += 1;
                    }
                }
            }
        }
        let metrics = Handle::current().metrics();
        while metrics.num_alive_tasks() > 0 {
            assert!(since.elapsed() < Duration::from_secs(100), "tasks survived");
            tokio::task::yield_now().await;
        }
    });
    let _ = writeln!(std::io::stderr(), "stress: {kind}: {groups} groups in {:.1?}", since.elapsed());
}

/// Arms that are written out cannot be counted at run time: those beyond `before` or `after` end at once.
fn arm(crowd: &Crowd, number: usize, wanted: usize) -> impl Future<Output = Result<(), Fault>> + Send + use<> {
    let sleeper = (number < wanted).then(|| crowd.sleeper(number));
    async move {
        match sleeper {
            Some(sleeper) => sleeper.await,
            None => Ok(()),
        }
    }
}

macro_rules! written_out {
    ($name:ident, $kind:literal, $(#[$spawn:ident])?) => {
        #[test]
        fn $name() {
            async fn make(crowd: Crowd, before: usize, after: usize) -> Result<(), Fault> {
                let cancel = crowd.cancel.clone();
                let b = |number| arm(&crowd, number, before);
                let a = |number| arm(&crowd, number, after);
                let group = group!(
                    $(#[$spawn])? b0 = b(0), $(#[$spawn])? b1 = b(1), $(#[$spawn])? b2 = b(2), $(#[$spawn])? b3 = b(3),
                    $(#[$spawn])? b4 = b(4), $(#[$spawn])? b5 = b(5), $(#[$spawn])? b6 = b(6), $(#[$spawn])? b7 = b(7),
                    $(#[$spawn])? b8 = b(8), $(#[$spawn])? b9 = b(9), $(#[$spawn])? b10 = b(10), $(#[$spawn])? b11 = b(11),
                    $(#[$spawn])? b12 = b(12), $(#[$spawn])? b13 = b(13), $(#[$spawn])? b14 = b(14),
                    $(#[$spawn])? middle = crowd.ender(),
                    $(#[$spawn])? a0 = a(0), $(#[$spawn])? a1 = a(1), $(#[$spawn])? a2 = a(2), $(#[$spawn])? a3 = a(3),
                    $(#[$spawn])? a4 = a(4), $(#[$spawn])? a5 = a(5), $(#[$spawn])? a6 = a(6), $(#[$spawn])? a7 = a(7),
                    $(#[$spawn])? a8 = a(8), $(#[$spawn])? a9 = a(9), $(#[$spawn])? a10 = a(10), $(#[$spawn])? a11 = a(11),
                    $(#[$spawn])? a12 = a(12), $(#[$spawn])? a13 = a(13), $(#[$spawn])? a14 = a(14),
                );
                match crowd.end {
                    End::Cancels => group.cancel_on(async move { cancel.notified().await }).await.map(drop),
                    // Without an option, as it is mostly used.
                    _ => group.await.map(drop),
                }
            }
            matrix($kind, &ENDS, make);
        }
    };
}

written_out!(inline_children, "inline",);
written_out!(spawned_children, "spawned", #[spawn]);

macro_rules! counted {
    ($name:ident, $kind:literal, [$($attribute:tt)*], $sleeper:expr) => {
        #[test]
        fn $name() {
            async fn make(crowd: Crowd, before: usize, after: usize) -> Result<(), Fault> {
                let (cancel, one, other) = (crowd.cancel.clone(), crowd.clone(), crowd.clone());
                let sleeper = $sleeper;
                let group = group!(
                    $($attribute)* before = for number in 0..before { sleeper(&one, number) },
                    middle = crowd.ender(),
                    $($attribute)* after = for number in 0..after { sleeper(&other, number) },
                );
                match crowd.end {
                    End::Cancels => group.cancel_on(async move { cancel.notified().await }).await.map(drop),
                    _ => group.await.map(drop),
                }
            }
            matrix($kind, &ENDS, make);
        }
    };
}

counted!(a_for, "for", [], Crowd::sleeper);
counted!(a_spawned_for, "spawned for", [#[spawn]], Crowd::sleeper);
counted!(a_blocking_for, "blocking for", [#[blocking]], |crowd: &Crowd, _| crowd.blocking_sleeper());

/// Those before and after are groups themselves, one in the other.
#[test]
fn nested_groups() {
    fn deep(
        crowd: Crowd,
        depth: usize,
        below: usize,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<(), Fault>> + Send>> {
        Box::pin(async move {
            if below == 0 {
                return crowd.sleeper(depth).await;
            }
            let inner = deep(crowd.clone(), depth + 1, below - 1);
            let beside = crowd.sleeper(depth);
            if below % 2 == 0 {
                group!(
                    #[spawn]
                    inner = inner,
                    beside = beside
                )
                .await
                .map(drop)
            } else {
                group!(
                    inner = inner,
                    #[spawn]
                    beside = beside
                )
                .await
                .map(drop)
            }
        })
    }
    async fn make(crowd: Crowd, before: usize, after: usize) -> Result<(), Fault> {
        let cancel = crowd.cancel.clone();
        let group = group!(
            before = deep(crowd.clone(), 0, before),
            middle = crowd.ender(),
            #[spawn]
            after = deep(crowd.clone(), 0, after),
        );
        group.cancel_on(async move { cancel.notified().await }).await.map(drop)
    }
    matrix("nested", &ENDS, make);
}

/// No child fails: all of them end, whatever their number.
#[test]
fn all_that_sleep_are_woken_from_other_threads() {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    runtime.block_on(async {
        for round in 0..50 {
            let woken = group!(
                inline = for _ in 0..round {
                    async { Ok::<_, Infallible>(woken_by_a_thread().await) }
                },
                #[spawn]
                spawned = for _ in 0..round {
                    async { Ok(woken_by_a_thread().await) }
                },
            );
            let (inline, spawned) =
                timeout(Duration::from_secs(20), woken.into_future()).await.expect("a wake-up is lost").unwrap();
            assert_eq!((inline.len(), spawned.len()), (round, round));
        }
    });
}
