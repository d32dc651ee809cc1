//! `Child`: what can be done with a handle, and what cannot be lost.

use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll};

use futures::future::join_all;
use taskgroup::{Child, cancelled, is_cancelled, shield, task_group};
use taskgroup_tests::*;
use tokio::{sync::Semaphore, task::yield_now};

use crate::support::{Error, FAILED};

async fn gives(n: u64, after: usize) -> Result<u64, Error> {
    yields(after).await;
    Ok(n)
}

macro_rules! with {
    ($word:ident) => {
        use super::*;

        on_both_runtimes! {
            async fn tuples_arrays_and_vecs_are_joined() {
                #[task_group]
                async fn run() -> Result<(u64, &'static str, [u64; 2], Vec<u64>), Error> {
                    #[$word]
                    let a = gives(1, 3);
                    #[$word]
                    let b = async { yield_now().await; Ok("b") };
                    let (a, b) = (a, b).join().await;
                    #[$word]
                    let c = gives(3, 2);
                    #[$word]
                    let d = gives(4, 0);
                    let both = [c, d].join().await;
                    let mut many = Vec::new();
                    for n in 0..20 {
                        #[$word]
                        let one = gives(n, 20 - n as usize);
                        many.push(one);
                    }
                    Ok((a, b, both, many.join().await))
                }
                assert_eq!(run().await, Ok((1, "b", [3, 4], (0..20).collect())));
            }

            async fn twelve_of_them_are_a_tuple() {
                #[task_group]
                async fn run() -> Result<u64, Error> {
                    #[$word] let a = gives(1, 1);
                    #[$word] let b = gives(1, 1);
                    #[$word] let c = gives(1, 1);
                    #[$word] let d = gives(1, 1);
                    #[$word] let e = gives(1, 1);
                    #[$word] let f = gives(1, 1);
                    #[$word] let g = gives(1, 1);
                    #[$word] let h = gives(1, 1);
                    #[$word] let i = gives(1, 1);
                    #[$word] let j = gives(1, 1);
                    #[$word] let k = gives(1, 1);
                    #[$word] let l = gives(1, 1);
                    let (a, .., l) = (a, b, c, d, e, f, g, h, i, j, k, l).join().await;
                    Ok(a + l)
                }
                assert_eq!(run().await, Ok(2));
            }

            async fn join_all_over_forty_of_them_ends() {
                #[task_group]
                async fn run() -> Result<u64, Error> {
                    let mut handles = Vec::new();
                    for n in 0..40 {
                        #[$word]
                        let one = gives(n, n as usize % 7 + 1);
                        handles.push(one);
                    }
                    Ok(join_all(handles).await.into_iter().sum())
                }
                assert_eq!(run().await, Ok(780));
            }

            async fn a_cancelled_child_gives_nothing_and_fails_no_other() {
                #[task_group]
                async fn run(alive: &Alive) -> Result<(Option<u64>, u64), Error> {
                    let presence = alive.enter();
                    #[$word]
                    let endless = async move { forever::<_, Result<u64, Error>>(presence).await };
                    #[$word]
                    let sibling = gives(2, 20);
                    yield_now().await;
                    let ended = Child::cancel(endless).await;
                    assert_eq!(alive.now(), 0, "it has ended when `cancel` returns");
                    Ok((ended, sibling.await))
                }
                let alive = Alive::new();
                assert_eq!(run(&alive).await, Ok((None, 2)));
            }

            async fn a_cancelled_child_may_still_give_its_value() {
                #[task_group]
                async fn run() -> Result<Option<u64>, Error> {
                    #[$word]
                    let polite = async {
                        cancelled().await;
                        Ok(7)
                    };
                    tokio::time::sleep(ms(20)).await;
                    Ok(Child::cancel(polite).await)
                }
                assert_eq!(run().await, Ok(Some(7)));
            }

            async fn an_error_in_answer_to_its_own_cancellation_is_no_failure() {
                #[task_group]
                async fn run() -> Result<Option<u64>, Error> {
                    #[$word]
                    let bitter = async { cancelled().await; Err::<u64, _>(FAILED) };
                    yields(3).await;
                    Ok(Child::cancel(bitter).await)
                }
                assert_eq!(run().await, Ok(None));
            }

            async fn cancelling_waits_for_a_critical_section() {
                #[task_group]
                async fn run(trail: Trail) -> Result<Option<u64>, Error> {
                    #[$word]
                    let writer = {
                        let trail = trail.clone();
                        async move {
                            shield(async { tokio::time::sleep(ms(40)).await; trail.say("written"); }).await;
                            forever(()).await
                        }
                    };
                    tokio::time::sleep(ms(20)).await;
                    let ended = Child::cancel(writer).await;
                    trail.say("cancelled");
                    Ok(ended)
                }
                let trail = Trail::new();
                assert_eq!(run(trail.clone()).await, Ok(None));
                assert_eq!(trail.read(), ["written", "cancelled"]);
            }

            async fn a_handle_that_select_drops_loses_nothing() {
                #[task_group]
                async fn run() -> Result<(u64, u64), Error> {
                    // On another thread, a child that only yields may have ended before the first turn.
                    let go = Arc::new(Semaphore::new(0));
                    let may_go = go.clone();
                    #[$word]
                    let mut slow = async move { may_go.acquire().await.map(|_| 1).map_err(|_| FAILED) };
                    #[$word]
                    let mut fast = gives(2, 1);
                    let mut turns = 0;
                    let first = loop {
                        tokio::select! {
                            biased;
                            value = &mut slow => break value,
                            () = yield_now() => {
                                turns += 1;
                                go.add_permits(1);
                            }
                        }
                    };
                    assert!(turns > 0);
                    let second = tokio::select! {
                        value = &mut fast => value,
                        () = forever(()) => 0,
                    };
                    Ok((first, second))
                }
                assert_eq!(run().await, Ok((1, 2)));
            }

            async fn a_dropped_handle_lets_its_child_run_to_its_end() {
                #[task_group]
                async fn run(trail: Trail) -> Result<(), Error> {
                    for n in 0..3 {
                        let trail = trail.clone();
                        #[$word]
                        let child = async move { yields(n + 2).await; trail.say(format!("{n}")); Ok(()) };
                        drop(child);
                    }
                    Ok(())
                }
                let trail = Trail::new();
                assert_eq!(run(trail.clone()).await, Ok(()));
                assert_eq!(trail.sorted(), ["0", "1", "2"]);
            }

            async fn a_failure_without_a_handle_ends_the_function_too() {
                #[task_group]
                async fn run() -> Result<u64, Error> {
                    #[$word]
                    let failing = async { yields(2).await; Err::<u64, _>(FAILED) };
                    drop(failing);
                    forever(()).await
                }
                assert_eq!(run().await, Err(FAILED));
            }

            async fn a_handle_knows_its_name_and_whether_its_child_has_ended() {
                #[task_group]
                async fn run() -> Result<Vec<String>, Error> {
                    let mut names = Vec::new();
                    for n in 0..2 {
                        #[$word]
                        let item = gives(n, 2);
                        names.push(Child::name(&item).to_string());
                        assert!(!Child::is_finished(&item));
                        while !Child::is_finished(&item) {
                            yield_now().await;
                        }
                        assert_eq!(item.await, n);
                    }
                    #[$word]
                    let r#type = gives(1, 0);
                    names.push(Child::name(&r#type).to_string());
                    drop(r#type);
                    Ok(names)
                }
                assert_eq!(run().await, Ok(vec!["item[0]".to_owned(), "item[1]".to_owned(), "type".to_owned()]));
            }

            async fn the_value_of_a_dropped_handle_is_dropped() {
                #[task_group]
                async fn run(flag: Flag, keep: bool) -> Result<(), Error> {
                    let guard = flag.on_drop();
                    #[$word]
                    let child = async move { yield_now().await; Ok(guard) };
                    if keep {
                        while !Child::is_finished(&child) {
                            yield_now().await;
                        }
                    }
                    drop(child);
                    Ok(())
                }
                for keep in [false, true] {
                    let flag = Flag::new();
                    assert_eq!(run(flag.clone(), keep).await, Ok(()));
                    assert!(flag.is_set());
                }
            }

            async fn a_handle_that_moves_to_another_waker_is_heard_there() {
                #[task_group]
                async fn run() -> Result<Option<u64>, Error> {
                    #[$word]
                    let mut child = gives(5, 3);
                    assert!(futures::poll!(&mut child).is_pending());
                    // Each future of it has a waker of its own.
                    let mut set = futures::stream::FuturesUnordered::from_iter([child]);
                    Ok(futures::StreamExt::next(&mut set).await)
                }
                assert_eq!(run().await, Ok(Some(5)));
            }

            async fn the_value_of_a_child_whose_destructor_panics_reaches_nobody() {
                #[task_group(catch_panics)]
                async fn run(trail: &Trail) -> Result<u64, Error> {
                    let (bomb, mut polls) = (Bomb("bang"), 0);
                    #[$word]
                    let child = poll_fn(move |cx| {
                        let _ = &bomb;
                        polls += 1;
                        cx.waker().wake_by_ref();
                        if polls < 3 { Poll::Pending } else { Poll::Ready(Ok::<_, Error>(1)) }
                    });
                    // It asks, so it has a last poll, in which it looks at the handle once more.
                    #[child]
                    let other = async {
                        is_cancelled();
                        let value = child.await;
                        trail.say("went on");
                        Ok::<_, Error>(value)
                    };
                    Ok(other.await)
                }
                let trail = Trail::new();
                assert_eq!(run(&trail).await, Err(Error::Panicked("bang".to_owned())));
                assert!(trail.read().is_empty());
            }
        }

        // On one thread: a child that ended between the look at its handle and the drop would give its value to the body.
        virtual_time! {
            async fn the_value_of_a_dropped_handle_is_dropped_as_code_of_its_child() {
                struct Asks(Trail);
                impl Drop for Asks {
                    fn drop(&mut self) {
                        self.0.say(format!("{}", is_cancelled()));
                    }
                }
                #[task_group]
                async fn run(trail: &Trail) -> Result<(), Error> {
                    let value = Asks(trail.clone());
                    #[$word]
                    let child = async move {
                        cancelled().await;
                        Ok::<_, Error>(value)
                    };
                    yield_now().await;
                    // Cancelled, and dropped with the handle. The function itself is not cancelled.
                    let _ = futures::poll!(pin!(Child::cancel(child)));
                    Ok(())
                }
                let trail = Trail::new();
                assert_eq!(run(&trail).await, Ok(()));
                assert_eq!(trail.read(), ["true"]);
            }
        }
    };
}

mod inline {
    with!(child);
}

mod spawned {
    with!(spawn);
}

on_both_runtimes! {
    async fn a_blocking_child_that_has_not_begun_does_not() {
        #[task_group]
        async fn run() -> Result<u64, Error> {
            #[blocking]
            let value = || Ok(5);
            Ok(value.await)
        }
        assert_eq!(run().await, Ok(5));
    }
}
