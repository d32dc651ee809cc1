//! `limit`: a child statement waits for room; `has_room` asks first.

use taskgroup::{has_room, task_group};
use taskgroup_tests::*;

use crate::support::{Error, FAILED};

async fn enters(alive: Alive, turns: usize) -> Result<(), Error> {
    let _presence = alive.enter();
    yields(turns).await;
    Ok(())
}

macro_rules! with {
    ($word:ident) => {
        use super::*;

        on_both_runtimes! {
            async fn never_more_than_the_limit_are_there() {
                #[task_group(limit = limit)]
                async fn run(alive: &Alive, limit: usize) -> Result<(), Error> {
                    for n in 0..1_025 {
                        #[$word]
                        enters(alive.clone(), n % 5);
                    }
                    Ok(())
                }
                for limit in [1, 10, 100] {
                    let alive = Alive::new();
                    assert_eq!(run(&alive, limit).await, Ok(()));
                    assert!(alive.most() <= limit, "{} of {limit}", alive.most());
                    assert_eq!((alive.now(), alive.ever()), (0, 1_025));
                }
            }

            async fn after_a_failure_no_statement_starts_a_child() {
                #[task_group(limit = 2)]
                async fn run(alive: &Alive) -> Result<(), Error> {
                    for n in 1..=10 {
                        let alive = alive.clone();
                        #[$word]
                        async move {
                            let _presence = alive.enter();
                            yields(2).await;
                            if n == 4 { Err(FAILED) } else { if n > 2 { forever(()).await } else { Ok(()) } }
                        };
                    }
                    Ok(())
                }
                let alive = Alive::new();
                assert_eq!(run(&alive).await, Err(FAILED));
                assert_eq!((alive.now(), alive.ever()), (0, 4));
            }

            async fn one_that_asks_first_sheds_load() {
                #[task_group(limit = 3)]
                async fn run(alive: &Alive) -> Result<usize, Error> {
                    let mut shed = 0;
                    for _ in 0..10 {
                        if has_room() {
                            #[$word]
                            enters(alive.clone(), 1_000);
                        } else {
                            shed += 1;
                        }
                    }
                    Ok(shed)
                }
                let alive = Alive::new();
                assert_eq!(run(&alive).await, Ok(7));
                assert_eq!(alive.ever(), 3);
            }

            async fn a_cancelled_child_makes_room() {
                #[task_group(limit = 1)]
                async fn run() -> Result<u64, Error> {
                    #[$word]
                    let first = async { forever::<_, Result<u64, Error>>(()).await };
                    assert_eq!(taskgroup::Child::cancel(first).await, None);
                    #[$word]
                    let second = async { yields(2).await; Ok(2) };
                    Ok(second.await)
                }
                assert_eq!(run().await, Ok(2));
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
    async fn a_daemon_takes_no_room() {
        #[task_group(limit = 1)]
        async fn run(alive: &Alive) -> Result<u64, Error> {
            for n in 0..4 {
                let presence = alive.enter();
                if n % 2 == 0 {
                    #[daemon]
                    async move { forever(presence).await };
                } else {
                    #[daemon]
                    #[spawn]
                    async move { forever(presence).await };
                }
            }
            #[child]
            let one = async { yields(3).await; Ok(1) };
            #[spawn]
            let two = async { yields(3).await; Ok(1) };
            let (one, two) = (one, two).join().await;
            Ok(one + two)
        }
        let alive = Alive::new();
        assert_eq!(run(&alive).await, Ok(2));
        assert_eq!((alive.now(), alive.ever()), (0, 4));
    }

    async fn a_limit_of_nothing_panics_where_it_is_written() {
        #[task_group(limit = 0)]
        async fn run() -> Result<(), Error> {
            Ok(())
        }
        let panicked = tokio::spawn(run()).await.expect_err("a panic");
        assert!(panicked.is_panic());
    }
}
