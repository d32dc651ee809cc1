//! What ends a function, and what has ended by then.

use std::panic::panic_any;

use taskgroup::{Cause, cancelled, cause, task_group};
use taskgroup_tests::*;
use tokio::task::yield_now;

use crate::support::{Error, FAILED};

async fn fails(after: usize) -> Result<u64, Error> {
    yields(after).await;
    Err(FAILED)
}

async fn fails_or_waits(fails_here: bool, after: usize) -> Result<u64, Error> {
    if fails_here { fails(after).await } else { forever(()).await }
}

/// Waits until all children have begun: on threads, a child need not have begun when the next line runs.
async fn all_are_there(trail: &Trail, events: usize) {
    while trail.read().len() < events {
        yield_now().await;
    }
}

async fn panics(message: &'static str) -> Result<u64, Error> {
    yield_now().await;
    panic_any(message)
}

async fn waits(presence: Presence) -> Result<u64, Error> {
    forever(presence).await
}

async fn reacts(trail: Trail, presence: Presence) -> Result<u64, Error> {
    trail.say("there");
    cancelled().await;
    trail.say(format!("{:?}", cause()));
    drop(presence);
    Err(Error::Failed("while cleaning up"))
}

/// The same for children on the function's own task and on tasks of their own.
macro_rules! with {
    ($word:ident) => {
        use super::*;

        on_both_runtimes! {
            async fn the_first_failure_is_returned_and_nothing_survives_it() {
                #[task_group]
                async fn run(alive: &Alive) -> Result<u64, Error> {
                    #[$word]
                    waits(alive.enter());
                    #[$word]
                    fails(3);
                    #[$word]
                    let never = waits(alive.enter());
                    Ok(never.await)
                }
                let alive = Alive::new();
                assert_eq!(run(&alive).await, Err(FAILED));
                assert_eq!((alive.now(), alive.ever()), (0, 2));
            }

            async fn a_failing_child_ends_the_body_at_its_next_await() {
                #[task_group]
                async fn run(trail: &Trail) -> Result<u64, Error> {
                    let _last = trail.last_words("body dropped");
                    #[$word]
                    fails(1);
                    std::future::pending::<()>().await;
                    trail.say("never said");
                    Ok(1)
                }
                let trail = Trail::new();
                assert_eq!(run(&trail).await, Err(FAILED));
                assert_eq!(trail.read(), ["body dropped"]);
            }

            async fn a_question_mark_in_the_body_ends_the_children_first() {
                #[task_group]
                async fn run(alive: &Alive, how: u8) -> Result<u64, Error> {
                    #[$word]
                    waits(alive.enter());
                    yield_now().await;
                    match how {
                        0 => Ok("x".parse::<u64>()?),
                        1 => return Err(FAILED),
                        _ => Err(FAILED),
                    }
                }
                for (how, error) in [(0, Error::Parse), (1, FAILED), (2, FAILED)] {
                    let alive = Alive::new();
                    assert_eq!(run(&alive, how).await, Err(error));
                    assert_eq!((alive.now(), alive.ever()), (0, 1));
                }
            }

            async fn an_early_return_of_a_value_waits_for_the_children() {
                #[task_group]
                async fn run(trail: Trail) -> Result<u64, Error> {
                    let heard = trail.clone();
                    #[$word]
                    async move {
                        yields(5).await;
                        heard.say("child");
                        Ok(())
                    };
                    return Ok(7);
                }
                let trail = Trail::new();
                assert_eq!(run(trail.clone()).await, Ok(7));
                assert_eq!(trail.read(), ["child"]);
            }

            async fn an_error_is_never_lost_to_a_value() {
                #[task_group]
                async fn run(n: usize) -> Result<usize, Error> {
                    #[$word]
                    fails(n % 5);
                    #[$word]
                    async move { yields(n % 3).await; Ok(()) };
                    yields(n % 7).await;
                    Ok(n)
                }
                for n in 0..300 {
                    assert_eq!(run(n).await, Err(FAILED), "{n}");
                }
            }

            async fn siblings_see_the_failure_and_its_child_and_do_not_replace_it() {
                #[task_group]
                async fn run(trail: Trail, alive: &Alive) -> Result<u64, Error> {
                    #[$word]
                    reacts(trail.clone(), alive.enter());
                    all_are_there(&trail, 1).await;
                    #[$word]
                    let culprit = fails(2);
                    Ok(culprit.await)
                }
                let (trail, alive) = (Trail::new(), Alive::new());
                assert_eq!(run(trail.clone(), &alive).await, Err(FAILED));
                assert_eq!(alive.now(), 0);
                assert_eq!(trail.read()[1..], [format!("{:?}", Some(failed("culprit")))]);
            }

            async fn the_body_failing_is_seen_under_the_name_of_the_function() {
                #[task_group]
                async fn run(trail: Trail, alive: &Alive) -> Result<u64, Error> {
                    #[$word]
                    reacts(trail.clone(), alive.enter());
                    all_are_there(&trail, 1).await;
                    Err(FAILED)
                }
                let (trail, alive) = (Trail::new(), Alive::new());
                assert_eq!(run(trail.clone(), &alive).await, Err(FAILED));
                assert_eq!(trail.read()[1..], [format!("{:?}", Some(failed("run")))]);
            }

            async fn children_in_a_loop_are_numbered() {
                #[task_group]
                async fn run(trail: Trail, alive: &Alive) -> Result<(), Error> {
                    #[$word]
                    reacts(trail.clone(), alive.enter());
                    all_are_there(&trail, 1).await;
                    for n in 0..5 {
                        #[$word]
                        fails_or_waits(n == 3, 4);
                    }
                    Ok(())
                }
                let (trail, alive) = (Trail::new(), Alive::new());
                assert_eq!(run(trail.clone(), &alive).await, Err(FAILED));
                assert_eq!(trail.read()[1..], [format!("{:?}", Some(failed("fails_or_waits[3]")))]);
            }

            async fn a_panic_of_a_child_is_resumed_when_all_have_ended() {
                #[task_group]
                async fn run(alive: &Alive) -> Result<u64, Error> {
                    #[$word]
                    waits(alive.enter());
                    #[$word]
                    panics("bang");
                    forever(()).await
                }
                let alive = Alive::new();
                assert_eq!(panic_of(run(&alive)).await, "bang");
                assert_eq!((alive.now(), alive.ever()), (0, 1));
            }

            async fn a_panic_of_the_body_is_resumed_when_all_have_ended() {
                #[task_group]
                async fn run(alive: &Alive) -> Result<u64, Error> {
                    #[$word]
                    waits(alive.enter());
                    yield_now().await;
                    panic_any("body")
                }
                let alive = Alive::new();
                assert_eq!(panic_of(run(&alive)).await, "body");
                assert_eq!((alive.now(), alive.ever()), (0, 1));
            }

            async fn a_panic_becomes_an_error_under_catch_panics() {
                #[task_group(catch_panics)]
                async fn run(alive: &Alive, in_body: bool) -> Result<u64, Error> {
                    #[$word]
                    waits(alive.enter());
                    if in_body {
                        panic!("body");
                    }
                    #[$word]
                    panics("child");
                    forever(()).await
                }
                let alive = Alive::new();
                assert_eq!(run(&alive, true).await, Err(Error::Panicked("body".to_owned())));
                assert_eq!(run(&alive, false).await, Err(Error::Panicked("child".to_owned())));
                assert_eq!((alive.now(), alive.ever()), (0, 2));
            }

            async fn a_blocking_child_is_waited_for_whatever_ends_the_function() {
                #[task_group]
                async fn run(alive: &Alive, how: u8) -> Result<u64, Error> {
                    let presence = alive.enter();
                    #[blocking]
                    move || {
                        std::thread::sleep(ms(20));
                        drop(presence);
                        Ok(())
                    };
                    #[$word]
                    fails_or_waits(how == 0, 1);
                    after(5, ()).await;
                    match how {
                        0 => Ok(0),
                        1 => Err(FAILED),
                        _ => panic_any("body"),
                    }
                }
                for how in 0..3 {
                    let alive = Alive::new();
                    if how == 2 {
                        assert_eq!(panic_of(run(&alive, how)).await, "body");
                    } else {
                        assert_eq!(run(&alive, how).await, Err(FAILED));
                    }
                    assert_eq!(alive.now(), 0, "{how}");
                }
            }

            async fn a_function_in_a_function_in_a_function() {
                #[task_group]
                async fn inner(alive: Alive, fails_here: bool) -> Result<u64, Error> {
                    #[$word]
                    let a = leaf(alive.clone(), fails_here);
                    #[$word]
                    waits_or_ends(alive, fails_here);
                    Ok(a.await)
                }
                #[task_group]
                async fn leaf(alive: Alive, fails_here: bool) -> Result<u64, Error> {
                    #[$word]
                    waits_or_ends(alive.clone(), fails_here);
                    yields(4).await;
                    if fails_here { Err(FAILED) } else { Ok(1) }
                }
                #[task_group]
                async fn outer(alive: &Alive, fails_here: bool) -> Result<u64, Error> {
                    let mut sum = 0;
                    for n in 0..4 {
                        #[$word]
                        let part = inner(alive.clone(), fails_here && n == 2);
                        sum += part.await;
                    }
                    Ok(sum)
                }
                async fn waits_or_ends(alive: Alive, waits: bool) -> Result<(), Error> {
                    let presence = alive.enter();
                    if waits { forever(presence).await } else { yields(2).await; Ok(()) }
                }
                let alive = Alive::new();
                assert_eq!(outer(&alive, false).await, Ok(4));
                assert_eq!(outer(&alive, true).await, Err(FAILED));
                assert_eq!(alive.now(), 0);
            }
        }
    };
}

fn failed(child: &'static str) -> Cause {
    Cause::Failed { child: child.into() }
}

mod inline {
    with!(child);
}

mod spawned {
    with!(spawn);
}

on_both_runtimes! {
    async fn the_body_runs_while_children_do() {
        #[task_group]
        async fn run(trail: &Trail) -> Result<(), Error> {
            #[child]
            async { trail.say("child 1"); yield_now().await; trail.say("child 2"); Ok(()) };
            trail.say("body 1");
            yield_now().await;
            trail.say("body 2");
            Ok(())
        }
        let trail = Trail::new();
        assert_eq!(run(&trail).await, Ok(()));
        let events = trail.read();
        assert_eq!(events[..2], ["body 1", "child 1"], "inline children are first polled when the body waits");
        assert_eq!(events.len(), 4);
    }

    async fn changes_through_a_mutable_receiver_are_seen_afterwards() {
        struct Counter { n: u64, names: Vec<String> }
        impl Counter {
            #[task_group]
            async fn run(&mut self) -> Result<u64, Error> {
                self.n += 1;
                let n = self.n;
                #[child]
                let doubled = async { yield_now().await; Ok(n * 2) };
                self.names.push("body".to_owned());
                let doubled = doubled.await;
                self.n += doubled;
                let own = &mut self.names;
                #[child]
                async { own.push("child".to_owned()); Ok(()) };
                Ok(self.n)
            }
        }
        let mut counter = Counter { n: 1, names: Vec::new() };
        assert_eq!(counter.run().await, Ok(6));
        assert_eq!(counter.run().await, Ok(21));
        assert_eq!(counter.names, ["body", "child", "body", "child"]);
    }

    async fn a_child_may_borrow_the_awaited_result_of_an_earlier_one() {
        #[task_group]
        async fn run(text: &str) -> Result<(String, usize, usize), Error> {
            #[child]
            let first = async { yield_now().await; Ok(text.repeat(2)) };
            let first = first.await;
            #[child]
            let second = async { yield_now().await; Ok(first.len()) };
            let third = first.as_str();
            let second = second.await;
            #[child]
            let third = async { yield_now().await; Ok(third.len() + second) };
            let third = third.await;
            Ok((first.clone(), second, third))
        }
        assert_eq!(run("ab").await, Ok(("abab".to_owned(), 4, 8)));
    }

    async fn a_graph_of_dependencies_is_written_with_handles() {
        #[task_group]
        async fn run(trail: &Trail) -> Result<u64, Error> {
            #[child]
            let a = async { yields(3).await; trail.say("a"); Ok(1) };
            #[child]
            let b = async { yields(1).await; trail.say("b"); Ok(2) };
            #[child]
            let c = async move { let (a, b) = (a, b).join().await; trail.say("c"); Ok(a + b) };
            #[child]
            let d = async move { let c = c.await; trail.say("d"); Ok(c * 2) };
            Ok(d.await)
        }
        let trail = Trail::new();
        assert_eq!(run(&trail).await, Ok(6));
        assert_eq!(trail.read(), ["b", "a", "c", "d"]);
    }

    async fn a_child_that_waits_for_a_failing_one_ends_with_the_function() {
        #[task_group]
        async fn run(alive: &Alive) -> Result<u64, Error> {
            #[child]
            let a = fails(3);
            let presence = alive.enter();
            #[child]
            let b = async move { let _presence = presence; Ok(a.await) };
            Ok(b.await)
        }
        let alive = Alive::new();
        assert_eq!(run(&alive).await, Err(FAILED));
        assert_eq!(alive.now(), 0);
    }
}
