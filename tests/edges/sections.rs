//! A critical section holds its child against every group, whatever is in between (DESIGN §4).

use std::future::pending;

use taskgroup::{group, shield, task_group};
use taskgroup_tests::*;
use tokio::time::{Instant, sleep};

/// A function that protects its own section, wherever it is called.
#[task_group]
async fn transfer(trail: Trail) -> Result<(), &'static str> {
    shield(async {
        sleep(ms(50)).await;
        trail.say("done");
    })
    .await;
    pending().await
}

/// Calls it in a group, in a function of its own.
#[task_group]
async fn pays(trail: Trail) -> Result<(), &'static str> {
    #[child]
    async move {
        group!(transfer(trail), pending::<Result<(), &str>>()).await.map(drop)
    };
    pending().await
}

virtual_time! {
    async fn it_holds_a_function_in_a_group_in_a_function() {
        let (trail, began) = (Trail::new(), Instant::now());
        let ended = group!(pays(trail.clone()), after(10, Err::<(), _>("boom"))).await;
        assert_eq!((ended.err(), trail.read(), began.elapsed()), (Some("boom"), vec!["done".to_owned()], ms(50)));
    }

    async fn it_holds_a_spawned_function_in_a_group_in_a_function() {
        let (trail, began) = (Trail::new(), Instant::now());
        let ended = group!(#[spawn] pays = pays(trail.clone()), fails = after(10, Err::<(), _>("boom"))).await;
        assert_eq!((ended.err(), trail.read(), began.elapsed()), (Some("boom"), vec!["done".to_owned()], ms(50)));
    }

    async fn it_holds_the_task_that_has_it_though_its_owner_is_dropped() {
        let (trail, began) = (Trail::new(), Instant::now());
        let words = trail.clone();
        let ended = group!(
            a = async { group!(#[spawn] b = transfer(words), c = pending::<Result<(), _>>()).await.map(drop) },
            fails = after(10, Err::<(), _>("boom")),
        )
        .await;
        assert_eq!((ended.err(), trail.read(), began.elapsed()), (Some("boom"), vec!["done".to_owned()], ms(50)));
    }

    async fn a_spawned_one_ends_though_the_client_of_its_handler_hangs_up() {
        let trail = Trail::new();
        let words = trail.clone();
        // What hyper does: the handler is no child, and is dropped with its connection.
        let handler = async move { group!(#[spawn] pays = transfer(words)).await };
        assert!(tokio::time::timeout(ms(10), handler).await.is_err());
        assert_eq!(trail.read(), Vec::<String>::new());
        taskgroup::orphans().await;
        assert_eq!(trail.read(), ["done"]);
    }

    async fn the_grace_of_the_group_that_wants_to_drop_bounds_it() {
        let (trail, began) = (Trail::new(), Instant::now());
        let ended = group!(pays(trail.clone()), after(10, Err::<(), _>("boom"))).grace(ms(20)).await;
        assert_eq!((ended.err(), trail.read(), began.elapsed()), (Some("boom"), vec![], ms(30)));
    }

    async fn a_grace_further_in_does_not_bound_it() {
        let (trail, began) = (Trail::new(), Instant::now());
        let ended = group!(
            a = async { group!(pays(trail.clone()), pending::<Result<(), _>>()).grace(ms(5)).await.map(drop) },
            fails = after(10, Err::<(), _>("boom")),
        )
        .await;
        assert_eq!((ended.err(), trail.read(), began.elapsed()), (Some("boom"), vec!["done".to_owned()], ms(50)));
    }

    async fn it_lasts_until_the_last_of_a_childs_sections_that_run_side_by_side_has_ended() {
        for spawned in [false, true] {
            let (trail, began) = (Trail::new(), Instant::now());
            let words = trail.clone();
            let pays = async move {
                let long = shield(async { sleep(ms(50)).await; words.say("long") });
                tokio::join!(shield(sleep(ms(20))), long, shield(sleep(ms(30))));
                pending::<Result<(), &str>>().await
            };
            let fails = after(10, Err::<(), _>("boom"));
            let ended = if spawned { group!(#[spawn] pays, fails).await } else { group!(pays, fails).await };
            assert_eq!((ended.err(), trail.read(), began.elapsed()), (Some("boom"), vec!["long".to_owned()], ms(50)));
        }
    }

    async fn the_section_of_one_child_ends_elsewhere_and_that_of_its_sibling_still_holds_the_outer_child() {
        let (trail, began) = (Trail::new(), Instant::now());
        let (tx, rx) = tokio::sync::oneshot::channel();
        // Its end is in no poll of the group, which could notice there what else is open.
        let elsewhere = tokio::spawn(async move {
            let section: std::pin::Pin<Box<dyn Future<Output = ()> + Send>> = rx.await.expect("a section");
            sleep(ms(20)).await;
            drop(section);
        });
        let ended = group!(
            outer = async {
                group!(
                    moves = async move {
                        let mut section: std::pin::Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(shield(pending()));
                        assert!(polls(section.as_mut(), 1).await.is_none());
                        assert!(tx.send(section).is_ok());
                        pending::<Result<(), &str>>().await
                    },
                    stays = async {
                        shield(async { sleep(ms(50)).await; trail.say("stays") }).await;
                        pending::<Result<(), &str>>().await
                    },
                )
                .await
                .map(drop)
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .await;
        assert_eq!((ended.err(), trail.read(), began.elapsed()), (Some("boom"), vec!["stays".to_owned()], ms(50)));
        elsewhere.await.expect("no panic");
    }

    async fn one_that_ends_elsewhere_wakes_the_group_that_waits_for_it_though_it_was_polled_there() {
        for polled in [false, true] {
            let began = Instant::now();
            let (tx, rx) = tokio::sync::oneshot::channel();
            let elsewhere = tokio::spawn(async move {
                let mut section: std::pin::Pin<Box<dyn Future<Output = ()> + Send>> = rx.await.expect("a section");
                if polled {
                    assert!(poll_once(section.as_mut()).is_pending());
                }
                sleep(ms(50)).await;
                drop(section);
            });
            let ended = group!(
                moves = async move {
                    let mut section: std::pin::Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(shield(pending()));
                    assert!(polls(section.as_mut(), 1).await.is_none());
                    assert!(tx.send(section).is_ok());
                    pending::<Result<(), &str>>().await
                },
                fails = after(10, Err::<(), _>("boom")),
            );
            let ended = tokio::time::timeout(ms(1_000), ended.into_future()).await.expect("it is woken");
            assert_eq!((ended.err(), began.elapsed()), (Some("boom"), ms(50)), "polled: {polled}");
            elsewhere.await.expect("no panic");
        }
    }

    async fn that_of_an_option_is_the_owners_and_holds_no_child() {
        let began = Instant::now();
        let ended = group!(
            owner = async {
                let stop = shield(async { sleep(ms(50)).await });
                group!(deaf = pending::<Result<(), &str>>()).drain_on(stop).await
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .await;
        assert_eq!((ended.err(), began.elapsed()), (Some("boom"), ms(10)));
    }

    async fn that_of_a_task_holds_the_task_and_not_the_owner_of_its_group() {
        let (trail, began) = (Trail::new(), Instant::now());
        let words = trail.clone();
        let ended = group!(
            owner = async {
                let _gone = trail.last_words("owner");
                group!(
                    // Had one of its own before: from then on the groups look for sections that hold them.
                    inline = async { shield(sleep(ms(1))).await; pending::<Result<(), &str>>().await },
                    #[spawn] task = async move { shield(async { sleep(ms(50)).await; words.say("task") }).await; Ok(()) },
                )
                .await
                .map(drop)
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .await;
        let expected = vec!["owner".to_owned(), "task".to_owned()];
        assert_eq!((ended.err(), trail.read(), began.elapsed()), (Some("boom"), expected, ms(50)));
    }
}

#[test]
fn it_holds_below_a_blocking_child() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let trail = Trail::new();
    let words = trail.clone();
    let ended = runtime.block_on(async move {
        let handle = tokio::runtime::Handle::current();
        let (ready, gate) = (Ready::new(), Ready::new());
        let (begun, opens) = (ready.reach(1), gate.reach(1));
        group!(
            #[blocking]
            block = move || {
                handle.block_on(async {
                    group!(
                        pays = async {
                            shield(async {
                                ready.tick();
                                opens.await;
                                words.say("done")
                            })
                            .await;
                            pending::<Result<(), &str>>().await
                        },
                        fails = async {
                            yields(3).await;
                            Err::<(), _>("inner")
                        },
                    )
                    .await
                    .map(drop)
                })
            },
            fails = async {
                begun.await;
                Err::<(), _>("outer")
            },
            opens = async {
                taskgroup::cancelled().await;
                gate.tick();
                Ok(())
            },
        )
        .await
    });
    assert_eq!((ended.err().is_some(), trail.read()), (true, vec!["done".to_owned()]));
}
