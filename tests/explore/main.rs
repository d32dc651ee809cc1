//! `testing::explore` on code that is broken on purpose, one bug each: it has to find every one, and the way to see it
//! again; and on the same code, mended, it has to find nothing.

#![allow(clippy::unwrap_used, clippy::unit_arg, reason = "tests")]

mod functions;
mod schedules;

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending, poll_fn},
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use taskgroup::{
    checkpoint, group, is_cancelled, or_cancelled, shield,
    testing::{Explorer, Finding, Interference, Problem, explore, fail_point, point},
};
use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::sleep,
};

const SECOND: Duration = Duration::from_secs(1);

fn leaks(found: &Finding) -> usize {
    match found.problem() {
        Problem::Leak { tasks } => *tasks,
        other => panic!("a leak was expected, and not {other}"),
    }
}

fn hangs(found: &Finding) -> &str {
    match found.problem() {
        Problem::Hang { how } => how,
        other => panic!("a hang was expected, and not {other}"),
    }
}

fn panics(found: &Finding) -> &str {
    match found.problem() {
        Problem::Panic { message } => message,
        other => panic!("a panic was expected, and not {other}"),
    }
}

// Leaks.

#[test]
fn a_raw_spawn_that_outlives_its_owner_is_found_at_once() {
    let found = Explorer::new()
        .try_run(|| async {
            tokio::spawn(pending::<()>());
            sleep(SECOND).await;
        })
        .unwrap_err();
    assert_eq!((found.replay().as_str(), leaks(&found)), ("nothing", 1));
}

#[test]
fn a_raw_spawn_that_is_joined_leaks_only_when_its_owner_is_dropped() {
    let code = || async {
        let task = tokio::spawn(sleep(SECOND));
        task.await.expect("it does not panic");
    };
    let found = Explorer::new().try_run(code).unwrap_err();
    assert_eq!((found.replay().as_str(), leaks(&found)), ("drop@1", 1));
    // The replay shows the same, and nothing else.
    let again = Explorer::new().replay(&found.replay()).try_run(code).unwrap_err();
    assert_eq!((again.replay(), again.problem()), (found.replay(), found.problem()));
}

async fn sloppy() -> io::Result<()> {
    tokio::spawn(pending::<()>());
    Ok(())
}

#[test]
fn a_child_that_spawns_by_hand_leaks_though_its_group_has_ended() {
    let found = Explorer::new()
        .try_run(|| async {
            let ended = group!(
                #[spawn]
                sloppy = sloppy(),
                tidy = async { Ok(sleep(SECOND).await) },
            );
            ended.await.expect("both are fine");
        })
        .unwrap_err();
    assert_eq!(leaks(&found), 1);
}

#[test]
fn a_join_set_and_a_spawned_child_leak_nothing() {
    explore(|| async {
        let mut set = tokio::task::JoinSet::new();
        for _ in 0..3 {
            set.spawn(sleep(SECOND));
        }
        let slow = async { Ok::<_, io::Error>(sleep(2 * SECOND).await) };
        group!(
            #[spawn]
            slow = slow
        )
        .await
        .expect("it is fine");
        while set.join_next().await.is_some() {}
    });
}

#[test]
fn a_task_that_needs_a_moment_to_end_is_given_one_if_asked_for() {
    let code = || async {
        let (open, closed) = oneshot::channel::<()>();
        let lingering = tokio::spawn(async {
            let _ = closed.await;
            sleep(SECOND).await;
        });
        sleep(SECOND).await;
        drop(open);
        lingering.await.expect("it does not panic");
    };
    assert_eq!(leaks(&Explorer::new().try_run(code).unwrap_err()), 1);
    Explorer::new().settle(2 * SECOND).run(code);
}

// Hangs.

#[test]
fn waiting_for_nothing_is_a_hang_and_takes_no_time() {
    let before = std::time::Instant::now();
    let found = Explorer::new()
        .try_run(|| async {
            sleep(SECOND).await;
            let (_kept, never) = oneshot::channel::<()>();
            let _ = never.await;
        })
        .unwrap_err();
    assert_eq!(found.replay(), "nothing");
    assert!(hangs(&found).contains("nothing of it could run any more"), "{found}");
    assert!(before.elapsed() < Duration::from_secs(10));
}

#[test]
fn going_on_for_ever_is_a_hang() {
    let ticking = || async {
        loop {
            sleep(SECOND).await;
        }
    };
    assert!(hangs(&Explorer::new().try_run(ticking).unwrap_err()).contains("it is still going on"));
    let spinning = || async {
        loop {
            tokio::task::yield_now().await;
        }
    };
    assert!(hangs(&Explorer::new().try_run(spinning).unwrap_err()).contains("it is still going on after 100001 polls"));
}

/// Keeps the first waker that it is given. It works as long as it always stands on the same task, alone.
#[derive(Default)]
struct KeepsTheFirstWaker {
    waker: Arc<std::sync::Mutex<Option<Waker>>>,
    begun: bool,
    done: Arc<AtomicUsize>,
}

impl Future for KeepsTheFirstWaker {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.done.load(Ordering::SeqCst) > 0 {
            return Poll::Ready(());
        }
        self.waker.lock().expect("no panic").get_or_insert_with(|| cx.waker().clone());
        if !self.begun {
            self.begun = true;
            let (waker, done) = (self.waker.clone(), self.done.clone());
            tokio::spawn(async move {
                sleep(SECOND).await;
                done.store(1, Ordering::SeqCst);
                let waker = waker.lock().expect("no panic").take();
                waker.into_iter().for_each(Waker::wake);
            });
        }
        Poll::Pending
    }
}

#[test]
fn a_wake_up_lost_to_an_old_waker_is_found() {
    let found = Explorer::new()
        .settle(2 * SECOND)
        .try_run(|| async {
            sleep(SECOND).await;
            KeepsTheFirstWaker::default().await;
        })
        .unwrap_err();
    assert_eq!(found.replay(), "repoll@2");
    assert!(hangs(&found).contains("never wakes it"), "{found}");
}

#[test]
fn a_wake_up_lost_between_looking_and_waiting_is_found() {
    // `notify_waiters` wakes only those who wait already.
    let code = |patient: bool| {
        move || async move {
            let (ready, done) = (Notify::new(), Cell::new(false));
            let consumer = async {
                if !done.get() {
                    point("it looked, and is about to wait").await;
                    if patient {
                        while !done.get() {
                            tokio::time::timeout(SECOND, ready.notified()).await.ok();
                        }
                    } else {
                        ready.notified().await;
                    }
                }
                Ok::<_, io::Error>(())
            };
            let producer = async {
                sleep(SECOND).await;
                done.set(true);
                ready.notify_waiters();
                Ok(())
            };
            group!(consumer = consumer, producer = producer).await.expect("nobody fails");
        }
    };
    let found = Explorer::new().try_run(code(false)).unwrap_err();
    assert_eq!(found.replay(), "stall@1", "{found}");
    hangs(&found);
    Explorer::new().run(code(true));
}

#[test]
fn code_that_swallows_its_cancellation_is_found() {
    // It waits for the end of its cancellation: without end, and without an await.
    let spinning = Explorer::new()
        .try_run(|| async {
            for _ in 0..3 {
                let _ = or_cancelled(sleep(SECOND)).await;
                while is_cancelled() {}
            }
        })
        .unwrap_err();
    assert_eq!(spinning.interference(), Interference::Stop, "{spinning}");
    assert!(hangs(&spinning).contains("over and over"), "{spinning}");
    // It takes a cancellation for a failed attempt, and tries again. It yields after some attempts, so its group can drop it,
    // but a graceful end waits for ever.
    let retrying = Explorer::new()
        .try_run(|| async {
            for _ in 0..3 {
                while or_cancelled(sleep(SECOND)).await.is_err() {}
            }
        })
        .unwrap_err();
    assert_eq!(retrying.replay(), "cancel@1", "{retrying}");
    assert!(hangs(&retrying).contains("over and over"), "{retrying}");
    // Politer: it waits in between. Its group can still drop it, but a graceful end waits for ever.
    let polite = Explorer::new()
        .try_run(|| async {
            for _ in 0..3 {
                while or_cancelled(sleep(SECOND)).await.is_err() {
                    sleep(SECOND).await;
                }
            }
        })
        .unwrap_err();
    assert_eq!(polite.replay(), "cancel@1");
    hangs(&polite);
    // In a spawned child, too.
    let spawned = Explorer::new()
        .try_run(|| async {
            let worker = async {
                while or_cancelled(sleep(SECOND)).await.is_err() {}
                Ok::<_, io::Error>(())
            };
            group!(
                #[spawn]
                worker = worker
            )
            .await
            .expect("nobody fails");
        })
        .unwrap_err();
    assert!(hangs(&spawned).contains("over and over"), "{spawned}");
}

#[test]
fn a_cleanup_that_waits_for_what_was_cancelled_too_is_found() {
    // On cancellation, the writer stops at once, and the flush waits for an acknowledgement that nobody writes any more.
    let code = || async {
        let (write, mut written) = mpsc::channel::<oneshot::Sender<()>>(1);
        let writer = async {
            while let Ok(Some(acknowledge)) = or_cancelled(written.recv()).await {
                sleep(SECOND).await;
                acknowledge.send(()).ok();
            }
            pending::<()>().await; // keeps the channel open
            Ok::<_, io::Error>(())
        };
        let user = async {
            for _ in 0..2 {
                let (acknowledge, acknowledged) = oneshot::channel();
                write.send(acknowledge).await.ok();
                shield(acknowledged).await.ok();
            }
            Ok(())
        };
        group!(
            #[daemon]
            writer,
            user = user
        )
        .await
        .expect("nobody fails");
    };
    let found = Explorer::new().try_run(code).unwrap_err();
    assert!(matches!(found.interference(), Interference::Stop | Interference::Cancel), "{found}");
    hangs(&found);
}

#[test]
fn a_shielded_child_that_never_ends_is_found_among_what_a_drop_left_behind() {
    // Those who wait for an answer are kept in a list, and whoever answers is dropped.
    let waiting = RefCell::new(Vec::new());
    let found = Explorer::new()
        .only([Interference::Drop])
        .try_run(|| async {
            let (answer, answered) = oneshot::channel();
            waiting.borrow_mut().push(answer);
            let asks = async { Ok::<_, io::Error>(shield(answered).await.is_ok()) };
            let answers = async {
                sleep(SECOND).await;
                Ok(waiting.borrow_mut().drain(..).for_each(|answer| answer.send(()).unwrap_or(())))
            };
            group!(
                #[spawn]
                asks = asks,
                answers = answers
            )
            .await
            .expect("nobody fails");
        })
        .unwrap_err();
    assert!(hangs(&found).contains("was ordered to stop, and never did"), "{found}");
}

// Assertions.

/// Two accounts, and money on its way between them.
fn transfer(accounts: &RefCell<(i32, i32)>, safe: bool) -> impl Future<Output = ()> + '_ {
    struct PutBack<'a>(&'a RefCell<(i32, i32)>, i32);
    impl Drop for PutBack<'_> {
        fn drop(&mut self) {
            self.0.borrow_mut().0 += self.1;
        }
    }
    async move {
        for _ in 0..5 {
            sleep(SECOND).await; // nothing is in flight here
        }
        accounts.borrow_mut().0 -= 10;
        let mut put_back = PutBack(accounts, if safe { 10 } else { 0 });
        sleep(SECOND).await;
        put_back.1 = 0;
        accounts.borrow_mut().1 += 10;
        sleep(SECOND).await;
    }
}

#[test]
fn an_assertion_that_fails_only_when_dropped_at_one_poll_is_found() {
    let accounts = RefCell::new((100, 0));
    let explorer = || {
        Explorer::new().only([Interference::Drop]).check(|run| {
            let (a, b) = accounts.replace((100, 0));
            assert_eq!(a + b, 100, "money is lost in {}", run.replay());
        })
    };
    let found = explorer().try_run(|| transfer(&accounts, false)).unwrap_err();
    assert_eq!(found.replay(), "drop@6");
    assert!(panics(&found).contains("money is lost in drop@6"), "{found}");
    let explored = explorer().run(|| transfer(&accounts, true));
    // A run that is left alone, one drop before the first poll, and one after each of eight, the last one too late.
    assert_eq!((explored.polls(), explored.runs_with(Interference::Drop)), (8, 9));
    assert!(explored.is_complete());
}

#[test]
fn an_assertion_in_the_code_itself_is_found() {
    // It believes that a `false` from `is_cancelled` is still true after the next await.
    let found = Explorer::new()
        .try_run(|| async {
            for _ in 0..3 {
                if is_cancelled() {
                    return;
                }
                sleep(SECOND).await;
                assert!(!is_cancelled(), "cancelled in the middle");
            }
        })
        .unwrap_err();
    assert!(matches!(found.interference(), Interference::Stop | Interference::Cancel), "{found}");
    assert!(panics(&found).contains("cancelled in the middle"), "{found}");
}

#[test]
fn a_panic_in_the_destructor_of_a_spawned_child_of_a_dropped_group_is_heard() {
    struct Strict(bool);
    impl Drop for Strict {
        fn drop(&mut self) {
            assert!(self.0, "dropped before it was done");
        }
    }
    let found = Explorer::new()
        .try_run(|| async {
            let worker = async {
                let mut strict = Strict(false);
                sleep(SECOND).await;
                strict.0 = true;
                Ok::<_, io::Error>(())
            };
            group!(
                #[spawn]
                worker = worker
            )
            .await
            .expect("nobody fails");
        })
        .unwrap_err();
    // Its owner is gone, so nobody else can hear it.
    assert_eq!(found.interference(), Interference::Drop);
    assert!(panics(&found).contains("dropped before it was done"), "{found}");
}

// Points.

async fn order(stock: &Cell<i32>, charged: &Cell<i32>, mended: bool) -> io::Result<()> {
    stock.set(stock.get() - 1);
    point("reserved").await;
    let paid = async {
        fail_point("the card is declined")?;
        sleep(SECOND).await;
        charged.set(charged.get() + 1);
        Ok(())
    };
    let paid: io::Result<()> = paid.await;
    if paid.is_err() && mended {
        stock.set(stock.get() + 1);
    }
    paid
}

#[test]
fn a_failure_at_a_marked_point_is_found() {
    let (stock, charged) = (Cell::new(10), Cell::new(0));
    let explore = |mended| {
        Explorer::new()
            .only([Interference::Fail])
            .check(|_| assert_eq!(stock.replace(10) + charged.replace(0), 10, "something was sold that nobody paid"))
            .try_run(|| async {
                order(&stock, &charged, mended).await.ok();
                order(&stock, &charged, mended).await.ok();
            })
    };
    let found = explore(false).unwrap_err();
    assert_eq!(found.replay(), "fail@1");
    let report = found.to_string();
    assert!(report.contains("`the card is declined`") && report.contains("TASKGROUP_REPLAY=fail@1"), "{report}");
    // Both arrivals, and one more to learn that there are only two.
    assert_eq!(explore(true).map(|explored| explored.runs_with(Interference::Fail)).ok(), Some(3));
}

#[test]
fn a_panic_at_a_marked_point_stops_a_group_and_leaks_nothing() {
    let ends = Cell::new((0, 0));
    let explored = Explorer::new().run(|| async {
        let children = group!(
            #[spawn]
            a = async {
                point("a").await;
                Ok::<_, io::Error>(sleep(SECOND).await)
            },
            #[blocking]
            b = || Ok(fail_point("b")?),
            c = for n in 0..3_u32 {
                async move {
                    point("c").await;
                    sleep(n * SECOND).await;
                    Ok(fail_point("c")?)
                }
            },
        );
        let (well, ill) = ends.get();
        ends.set(if children.await.is_ok() { (well + 1, ill) } else { (well, ill + 1) });
    });
    assert_eq!(explored.runs_with(Interference::Panic), 8 + 1, "{explored}");
    assert_eq!(explored.runs_with(Interference::Fail), 4 + 1, "{explored}");
    assert_eq!(ends.get().1, 4, "each failure was the outcome once");
}

// The tool itself.

#[test]
fn an_interference_falls_between_any_two_polls_of_spawned_children() {
    // Two tasks take turns; the owner waits, and is polled twice only.
    let turns = Arc::new(AtomicUsize::new(0));
    let seen = RefCell::new(std::collections::BTreeSet::new());
    let explored = Explorer::new()
        .only([Interference::Drop])
        .check(|_| {
            seen.borrow_mut().insert(turns.swap(0, Ordering::SeqCst));
        })
        .run(|| async {
            let turn = |turns: Arc<AtomicUsize>| async move {
                for _ in 0..10 {
                    turns.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                }
                Ok::<_, io::Error>(())
            };
            group!(
                #[spawn]
                a = turn(turns.clone()),
                #[spawn]
                b = turn(turns.clone())
            )
            .await
            .expect("nobody fails");
        });
    assert!(explored.polls() > 20, "{explored}");
    assert_eq!(*seen.borrow(), (0..=20).collect());
}

#[test]
fn blocking_children_are_waited_for_in_real_time() {
    let explored = explore(|| async {
        let blocking = group!(
            #[blocking]
            reads = || {
                std::thread::sleep(Duration::from_millis(2));
                checkpoint().ok();
                Ok::<_, io::Error>(())
            },
            waits = async { Ok(sleep(SECOND).await) },
        );
        blocking.await.ok();
    });
    assert!(explored.is_complete());
}

#[test]
fn what_never_waits_is_explored_too() {
    assert_eq!(explore(|| async {}).polls(), 1);
    assert_eq!(explore(|| poll_fn(|_| Poll::Ready(17))).polls(), 1);
}

#[test]
fn a_panic_that_is_left_alone_is_found_first() {
    let found = Explorer::new().try_run(|| async { panic!("as it is") }).unwrap_err();
    assert_eq!((found.replay().as_str(), panics(&found)), ("nothing", "as it is"));
}

#[test]
#[should_panic(expected = "the run `drop@1` went wrong: it leaks a task")]
fn the_report_is_the_panic() {
    explore(|| async { tokio::spawn(sleep(SECOND)).await.ok() });
}

#[test]
#[should_panic(expected = "`drop-17` is not the name of a run")]
fn a_replay_needs_the_name_of_a_run() {
    let _ = Explorer::new().replay("drop-17");
}

#[tokio::test]
#[should_panic(expected = "call it from a plain `#[test]`")]
async fn within_a_runtime_it_says_what_to_do() {
    explore(|| async {});
}
