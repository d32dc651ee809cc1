//! Critical sections.

use std::{
    future::{pending, poll_fn},
    task::Poll,
};

use taskgroup::{cancelled, cause, deadline, draining, group, is_cancelled, is_draining, shield};
use taskgroup_tests::*;
use tokio::time::{Instant, sleep};

every_kind_in_virtual_time! {
    async fn nothing_is_seen_inside_and_everything_after() {
        let trail = Trail::new();
        let words = trail.clone();
        let started = Instant::now();
        let ended = crowd!(
            saves = async move {
                shield(async {
                    sleep(ms(50)).await;
                    words.say(format!("inside: {} {:?}", is_cancelled(), cause().is_some()));
                })
                .await;
                words.say(format!("after: {}", is_cancelled()));
                sleep(ms(1)).await;
                words.say("never");
                Ok(())
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(started.elapsed(), ms(50));
        assert_eq!(trail.read(), ["inside: false false", "after: true"]);
    }

    async fn a_section_that_begins_during_the_clean_up_is_finished() {
        let trail = Trail::new();
        let words = trail.clone();
        let ended = crowd!(
            saves = async move {
                cancelled().await;
                shield(async { sleep(ms(50)).await; words.say("saved") }).await;
                Ok(())
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .await;
        assert!(ended.is_err());
        assert_eq!(trail.read(), ["saved"]);
    }

    async fn a_group_that_is_opened_inside_is_shielded_too() {
        let trail = Trail::new();
        let words = trail.clone();
        let ended = crowd!(
            saves = async move {
                let inner = shield(async {
                    crowd!(
                        a = async { sleep(ms(50)).await; Ok::<_, &str>(is_cancelled()) },
                        b = async { sleep(ms(60)).await; Ok(is_cancelled()) },
                    )
                    .outcome()
                    .await
                })
                .await;
                words.say(text(inner));
                Ok(())
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .await;
        assert!(ended.is_err());
        assert_eq!(trail.read(), ["ok (false, false)"]);
    }

    async fn shielding_the_owner_does_not_shield_its_other_children() {
        let trail = Trail::new();
        let words = trail.clone();
        let ended = crowd!(
            shielded = async { shield(sleep(ms(50))).await; Ok(()) },
            plain = async move { cancelled().await; words.say("seen"); Ok(()) },
            fails = after(10, Err::<(), _>("boom")),
        )
        .await;
        assert!(ended.is_err());
        assert_eq!(trail.read(), ["seen"]);
    }

    async fn a_section_ends_with_the_grace_at_the_latest() {
        let started = Instant::now();
        let ended = crowd!(
            stuck = async { shield(pending::<()>()).await; Ok(()) },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(30))
        .await;
        assert!(ended.is_err());
        assert_eq!(started.elapsed(), ms(40));
    }

    async fn sections_nest() {
        let trail = Trail::new();
        let words = trail.clone();
        let ended = crowd!(
            saves = async move {
                shield(async {
                    shield(sleep(ms(20))).await;
                    sleep(ms(20)).await;
                    words.say(format!("{}", is_cancelled()));
                })
                .await;
                Ok(())
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .await;
        assert!(ended.is_err());
        assert_eq!(trail.read(), ["false"]);
    }

    async fn a_drain_is_seen_inside_though_a_cancellation_is_not() {
        let ended = crowd!(saves = async {
            shield(async { draining().await; Ok::<_, Fail>(is_draining() && !is_cancelled()) }).await
        })
        .drain_on(sleep(ms(5)))
        .await;
        assert_eq!(text(ended), "ok true");
    }

    async fn the_deadlines_outside_are_hidden() {
        let ended = crowd!(saves = async { Ok::<_, Fail>((deadline().is_some(), shield(async { deadline().is_none() }).await)) })
            .timeout(ms(100))
            .await;
        assert_eq!(text(ended), "ok (true, true)");
    }
}

virtual_time! {
    async fn the_items_of_a_for_finish_their_sections_and_the_others_are_dropped() {
        let trail = Trail::new();
        let ended = group!(
            xs = for n in 0..12 {
                async {
                    if n % 4 == 0 {
                        shield(sleep(ms(30))).await;
                        trail.say(format!("{n}"));
                    }
                    pending::<Result<(), &str>>().await
                }
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .await;
        assert!(ended.is_err());
        assert_eq!(trail.sorted(), ["0", "4", "8"]);
    }

    async fn outside_a_group_a_section_is_just_its_future() {
        assert_eq!(shield(after(5, 7)).await, 7);
    }

    async fn a_panic_inside_ends_the_section() {
        let text = panic_of(
            group!(
                saves = async { shield(async { sleep(ms(5)).await; std::panic::panic_any("inside") }).await; Ok::<_, &str>(()) },
                other = pending::<Result<(), &str>>(),
            )
            .into_future(),
        )
        .await;
        assert_eq!(text, "inside");
    }

    async fn a_section_that_is_dropped_half_way_holds_nothing_up() {
        let started = Instant::now();
        let ended = group!(
            selects = async {
                tokio::select! {
                    () = shield(sleep(ms(1_000))) => {}
                    () = sleep(ms(5)) => {}
                }
                pending::<Result<(), &str>>().await
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .await;
        assert!(ended.is_err());
        assert_eq!(started.elapsed(), ms(10));
    }

    async fn a_section_that_goes_on_in_a_task_outside_wakes_its_group_when_it_ends() {
        let started = Instant::now();
        let group = group!(
            moves = async {
                let mut section = Box::pin(shield(sleep(ms(50))));
                let begun = poll_fn(|cx| Poll::Ready(section.as_mut().poll(cx))).await;
                assert!(begun.is_pending());
                outside(section);
                pending::<Result<(), &str>>().await
            },
            fails = after(10, Err::<(), _>("boom")),
        );
        // Without a wake-up, the timer of the test would be the next one.
        let ended = tokio::time::timeout(ms(10_000), group.into_future()).await;
        assert_eq!(ended.map(|ended| ended.map(drop)), Ok(Err("boom")));
        assert_eq!(started.elapsed(), ms(50));
    }
}

fn outside(section: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(section);
}

/// A function that protects its own section, whoever calls it.
async fn transfers(trail: &Trail) -> Result<(), &'static str> {
    #[taskgroup::task_group]
    async fn transfer(trail: &Trail) -> Result<(), &'static str> {
        shield(async {
            trail.say("begun");
            sleep(ms(50)).await;
            trail.say("done");
        })
        .await;
        Ok(())
    }
    transfer(trail).await
}

virtual_time! {
    async fn a_section_in_a_function_holds_its_caller_against_the_callers_group() {
        let (trail, started) = (Trail::new(), Instant::now());
        let ended = group!(a = transfers(&trail), b = after(10, Err::<(), _>("boom"))).await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!((trail.read(), started.elapsed()), (vec!["begun".to_owned(), "done".to_owned()], ms(50)));
    }

    async fn a_section_three_groups_further_in_holds_all_of_them() {
        let (trail, started) = (Trail::new(), Instant::now());
        let ended = group!(
            a = async {
                group!(b = async {
                    group!(transfers(&trail), c = pending::<Result<(), _>>()).await.map(drop)
                }, d = pending::<Result<(), _>>()).await.map(drop)
            },
            e = after(10, Err::<(), _>("boom")),
        )
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!((trail.read(), started.elapsed()), (vec!["begun".to_owned(), "done".to_owned()], ms(50)));
    }

    async fn a_section_in_a_group_of_a_spawned_child_holds_the_child() {
        let trail = Trail::new();
        let words = trail.clone();
        let ended = group!(
            #[spawn] a = async move { group!(transfers(&words), b = pending::<Result<(), _>>()).await.map(drop) },
            c = after(10, Err::<(), _>("boom")),
        )
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(trail.read(), ["begun", "done"]);
    }

    async fn the_grace_of_the_group_that_drops_bounds_a_section_further_in() {
        let (trail, started) = (Trail::new(), Instant::now());
        let ended = group!(
            a = async { group!(transfers(&trail), pending::<Result<(), _>>()).await.map(drop) },
            b = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(20))
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!((trail.read(), started.elapsed()), (vec!["begun".to_owned()], ms(30)));
    }

    async fn after_the_section_an_outer_group_no_longer_waits() {
        let (trail, started) = (Trail::new(), Instant::now());
        let ended = group!(
            a = async {
                group!(b = async { transfers(&trail).await?; pending::<Result<(), &str>>().await }).await
            },
            c = after(10, Err::<(), &str>("boom")),
        )
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!((trail.read().len(), started.elapsed()), (2, ms(50)));
    }
}
