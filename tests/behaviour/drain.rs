//! Draining: the graceful end.

use std::cell::Cell;

use taskgroup::{draining, group, is_cancelled, is_draining};
use taskgroup_tests::*;
use tokio::time::{Instant, sleep};

every_kind_in_virtual_time! {
    async fn sources_are_pulled_no_more_and_what_was_begun_ends_uncancelled() {
        let alive = Alive::new();
        let there = alive.clone();
        let ended = crowd_for!(xs = n in (0_u64..) {
            let there = there.clone();
            async move {
                let _here = there.enter();
                sleep(ms(10)).await;
                assert!(!is_cancelled());
                Ok::<_, &str>(n)
            }
        })
        .limit(2)
        .drain_on(sleep(ms(25)))
        .await;
        // Two at 0, two at 10, two at 20, which end at 30.
        assert_eq!(ended, Ok(vec![0, 1, 2, 3, 4, 5]));
        assert_eq!((alive.now(), alive.ever()), (0, 6));
    }

    async fn queued_arms_run_all_the_same() {
        let ended = crowd!(
            a = after(10, Ok::<_, &str>(1)),
            b = after(10, Ok(2)),
            c = after(10, Ok(3)),
        )
        .limit(1)
        .drain_on(sleep(ms(5)))
        .await;
        assert_eq!(ended, Ok((1, 2, 3)));
    }

    async fn children_may_look() {
        let trail = Trail::new();
        let words = trail.clone();
        let ended = crowd!(server = async move {
            assert!(!is_draining());
            draining().await;
            words.say(format!("{} {}", is_draining(), is_cancelled()));
            draining().await; // a level, not an edge
            Ok::<_, &str>(1)
        })
        .drain_on(sleep(ms(5)))
        .await;
        assert_eq!(ended, Ok(1));
        assert_eq!(trail.read(), ["true false"]);
    }

    async fn grandchildren_see_it_too() {
        let ended = crowd!(outer = async {
            crowd!(inner = async { draining().await; Ok::<_, &str>(is_draining()) }).await
        })
        .drain_on(sleep(ms(5)))
        .await;
        assert_eq!(ended, Ok(true));
    }

    async fn sources_of_groups_inside_the_children_go_on() {
        let ended = crowd!(request = async {
            crowd_for!(parts = n in (0..5) {
                async move {
                    after(10, Ok::<_, &str>(n)).await
                }
            })
            .limit(1)
            .await
        })
        .drain_on(sleep(ms(15)))
        .await;
        assert_eq!(ended, Ok(vec![0, 1, 2, 3, 4]));
    }

    async fn a_drain_that_lasts_longer_becomes_a_timeout() {
        let started = Instant::now();
        let ended = crowd!(stuck = forever::<_, Result<(), Fail>>(()))
            .drain_on(sleep(ms(5)))
            .drain_timeout(ms(10))
            .name("g")
            .await;
        assert_eq!(text(ended), "err cancelled: `g` timed out");
        assert_eq!(started.elapsed(), ms(15));
    }

    async fn a_drain_in_time_is_ok_and_the_drain_timeout_counts_from_the_drain() {
        let ended = crowd!(child = after(50, Ok::<_, Fail>(1))).drain_on(sleep(ms(45))).drain_timeout(ms(10)).await;
        assert_eq!(text(ended), "ok 1");
    }

    async fn daemons_end_last() {
        let trail = Trail::new();
        let (one, two) = (trail.clone(), trail.clone());
        let ended = crowd!(
            @daemon beat = async move { taskgroup::cancelled().await; one.say("daemon"); Ok(()) },
            child = async move { draining().await; sleep(ms(10)).await; two.say("child"); Ok::<_, &str>(1) },
        )
        .drain_on(sleep(ms(5)))
        .await;
        assert_eq!(ended, Ok(1));
        assert_eq!(trail.read(), ["child", "daemon"]);
    }

    async fn a_failure_while_draining_fails_the_group() {
        let ended = crowd!(
            a = async { draining().await; Err::<(), _>("boom") },
            b = forever::<_, Result<(), &str>>(()),
        )
        .drain_on(sleep(ms(5)))
        .await;
        assert_eq!(ended.err(), Some("boom"));
    }

    async fn a_cancellation_while_draining_cancels() {
        let ended = crowd!(a = forever::<_, Result<(), Fail>>(()))
            .drain_on(sleep(ms(5)))
            .cancel_on(sleep(ms(8)))
            .name("g")
            .await;
        assert_eq!(text(ended), "err cancelled: `g` was asked to stop");
    }
}

virtual_time! {
    async fn settling_a_drain_leaves_no_trace_of_what_was_never_pulled() {
        let xs = group!(xs = for n in 0..1_000 { after(10, Ok::<_, &str>(n)) }).settle().limit(1).drain_on(sleep(ms(15))).await;
        assert_eq!(xs.iter().map(settled).collect::<Vec<_>>(), ["done 0", "done 1"]);
    }

    async fn a_drain_closes_the_source_at_once() {
        let dropped = Cell::new(None);
        struct Source<'a>(&'a Cell<Option<Instant>>);
        impl Iterator for Source<'_> {
            type Item = u32;
            fn next(&mut self) -> Option<u32> { Some(0) }
        }
        impl Drop for Source<'_> {
            fn drop(&mut self) { self.0.set(Some(Instant::now())); }
        }
        let started = Instant::now();
        let ended = group!(xs = for _ in Source(&dropped) { after(100, Ok::<_, &str>(())) }).limit(1).drain_on(sleep(ms(5))).await;
        assert_eq!(ended, Ok(vec![()]));
        assert_eq!(dropped.get().map(|at| at - started), Some(ms(5)));
    }
}
