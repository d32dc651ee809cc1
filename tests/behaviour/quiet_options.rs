//! The options of a group to which nothing happens. It runs without a machine until something does, and cannot be told from one
//! that has a machine from its start, as a group with an option that waits for something has.

use std::{cell::Cell, future::pending};

use taskgroup::{Cause, Stopped, cancelled, cause, child_token, deadline, group, is_cancelled, shield};
use taskgroup_tests::*;
use tokio::{
    task::{coop, yield_now},
    time::{Instant, sleep},
};

macro_rules! without_machine {
    ($group:expr) => {
        $group
    };
}

macro_rules! with_machine {
    ($group:expr) => {
        $group.drain_on(pending::<()>())
    };
}

use {with_machine, without_machine};

/// Runs each test with a group that has no machine at its start, and with one that has.
macro_rules! either_way {
    ($(async fn $name:ident() $body:block)*) => {$(
        mod $name {
            mod without {
                use super::super::{*, without_machine as begun};
                virtual_time! { async fn a_machine() $body }
            }
            mod with {
                use super::super::{*, with_machine as begun};
                virtual_time! { async fn a_machine() $body }
            }
        }
    )*};
}

either_way! {
    async fn values_come_as_without_options() {
        let late = Cell::new(0);
        let ended = begun!(group!(a = after(10, Ok::<_, Fail>(1)), b = async { Ok(2) })
            .name("g")
            .timeout(ms(20))
            .grace(ms(5))
            .catch_panics()
            .on_late_error(|_, _| late.set(late.get() + 1)))
        .await;
        assert_eq!((text(ended), late.get()), ("ok (1, 2)".to_owned(), 0));
    }

    async fn a_failure_after_a_while_stops_the_others_within_the_grace() {
        let (begun, trail) = (Instant::now(), Trail::new());
        let ended = begun!(group!(
            fails = after(10, Err::<(), _>(Fail::Own("broken"))),
            reacts = async {
                let heard = cancelled().await;
                sleep(ms(3)).await;
                trail.say(format!("{} after {:?}", heard, begun.elapsed()));
                Err::<(), _>(Fail::Own("late"))
            },
            deaf = forever::<_, Result<(), Fail>>(trail.last_words("dropped")),
        )
        .name("g")
        .timeout(ms(100))
        .grace(ms(5))
        .on_late_error(|child, error| trail.say(format!("{child}: {error}"))))
        .await;
        trail.say(format!("{} after {:?}", text(ended), begun.elapsed()));
        assert_eq!(
            trail.read(),
            ["cancelled: `fails` failed after 13ms", "reacts: late", "dropped", "err broken after 15ms"]
        );
    }

    async fn a_panic_after_a_while_is_caught() {
        let ended = begun!(group!(
            panics = async {
                sleep(ms(10)).await;
                if true {
                    panic!("a bug");
                }
                Ok::<(), Fail>(())
            },
            other = pending::<Result<(), Fail>>(),
        )
        .catch_panics())
        .await;
        assert_eq!(text(ended), "err `panics` panicked: a bug");
    }

    async fn the_deadline_comes_when_it_is_due() {
        let (begun, trail) = (Instant::now(), Trail::new());
        let ended = begun!(group!(
            reacts = async {
                cancelled().await;
                trail.say(format!("{:?}: {}", begun.elapsed(), cause().expect("a cause")));
                sleep(ms(4)).await;
                Ok::<_, Fail>(1)
            },
            busy = async {
                for _ in 0..5 {
                    sleep(ms(3)).await;
                }
                Ok(2)
            },
        )
        .name("g")
        .timeout(ms(10))
        .grace(ms(10)))
        .await;
        trail.say(format!("{} after {:?}", text(ended), begun.elapsed()));
        assert_eq!(trail.read(), ["10ms: `g` timed out", "ok (1, 2) after 15ms"]);
    }

    async fn after_an_expired_deadline_no_child_is_polled() {
        let polled = Flag::new();
        let flag = polled.clone();
        let ended = begun!(group!(a = async move {
            drop(flag.on_drop());
            Ok::<_, Fail>(1)
        })
        .name("g")
        .deadline(Instant::now()))
        .await;
        assert!(text(ended).contains("`g` timed out") && !polled.is_set());
    }

    async fn cancelled_from_outside_it_answers_at_once() {
        let (begun, trail) = (Instant::now(), Trail::new());
        let outer = group!(
            inner = async {
                let ended = begun!(group!(
                    deaf = forever::<_, Result<(), Fail>>(trail.last_words("dropped")),
                    done = async { Ok(()) },
                )
                .timeout(ms(1_000)))
                .await;
                trail.say(format!("{} after {:?}", text(ended), begun.elapsed()));
                Ok::<_, &str>(())
            },
            fails = after(10, Err::<(), _>("broken")),
        )
        .grace(ms(50))
        .await;
        assert_eq!(outer, Err("broken"));
        assert_eq!(trail.read(), ["dropped", "err cancelled: `fails` failed after 10ms"]);
        assert_eq!(begun.elapsed(), ms(10));
    }

    async fn started_when_all_is_cancelled_it_starts_nobody() {
        let trail = Trail::new();
        let outer = group!(
            inner = async {
                cancelled().await;
                let never = async { trail.say("polled"); Ok::<_, Fail>(()) };
                let ended = begun!(group!(never).name("g").timeout(ms(10))).await;
                trail.say(text(ended));
                Ok::<_, &str>(())
            },
            fails = after(10, Err::<(), _>("broken")),
        )
        .grace(ms(50))
        .await;
        assert_eq!(outer, Err("broken"));
        assert_eq!(trail.read(), ["err cancelled: `fails` failed"]);
    }

    async fn without_a_way_to_say_so_it_goes_on_through_the_grace_of_the_outer_group() {
        let begun = Instant::now();
        let done = Cell::new(None);
        let outer = group!(
            inner = async {
                let ended = begun!(group!(works = after(30, Ok::<_, &str>(1))).name("g").grace(ms(500))).await;
                done.set(ended.ok().map(|one| (one, begun.elapsed())));
                Ok::<_, &str>(())
            },
            asks = async { cancelled().await; Ok(()) },
            fails = after(10, Err::<(), _>("broken")),
        )
        .grace(ms(50))
        .await;
        assert_eq!((outer, done.get()), (Err("broken"), Some((1, ms(30)))));
    }

    async fn a_drop_is_heard_by_the_destructors() {
        struct Asks<'a>(&'a Trail);
        impl Drop for Asks<'_> {
            fn drop(&mut self) {
                let left = deadline().map(|at| at - Instant::now());
                self.0.say(format!("{} {:?} {left:?}", is_cancelled(), cause().map(|cause| cause.to_string())));
            }
        }
        let trail = Trail::new();
        let group = begun!(group!(
            a = forever::<_, Result<(), Fail>>(Asks(&trail)),
            b = forever::<_, Result<(), Fail>>(Asks(&trail)),
        )
        .name("g")
        .timeout(ms(100)))
        .into_future();
        assert!(tokio::time::timeout(ms(10), group).await.is_err());
        let heard = "true Some(\"`g` was dropped\") Some(90ms)";
        assert_eq!(trail.read(), [heard, heard]);
        assert!(deadline().is_none() && cause().is_none());
    }

    async fn the_deadline_reaches_a_group_whose_children_use_up_the_budget() {
        let begun = Instant::now();
        let ended = begun!(group!(
            greedy = async {
                loop {
                    coop::consume_budget().await;
                    if begun.elapsed() > ms(1_000) {
                        return Ok::<(), Fail>(());
                    }
                }
            },
            clock = async {
                loop {
                    // The clock of the test goes on by itself only when everything waits.
                    tokio::time::advance(ms(1)).await;
                    yield_now().await;
                }
            },
        )
        .name("g")
        .timeout(ms(20)))
        .await;
        assert!(text(ended).contains("`g` timed out") && begun.elapsed() < ms(100));
    }

    async fn a_child_reads_the_deadline_and_asks() {
        let seen = begun!(group!(
            reads = async {
                let outside = deadline().expect("one") - Instant::now();
                yield_now().await;
                let hidden = shield(async { deadline().is_none() }).await;
                Ok::<_, Fail>((outside, hidden, is_cancelled()))
            },
            later = async {
                sleep(ms(10)).await;
                Ok(deadline().expect("one") - Instant::now())
            },
        )
        .timeout(ms(100)))
        .await;
        assert_eq!(seen.expect("values"), ((ms(100), true, false), ms(90)));
        assert!(deadline().is_none());
    }

    async fn a_critical_section_hides_the_deadline_also_where_the_group_has_a_token() {
        let seen = begun!(group!(
            holds = async {
                let _token = child_token();
                yield_now().await;
                let hidden = shield(async { deadline().is_none() }).await;
                Ok::<_, Fail>((hidden, deadline().is_some()))
            },
            other = taskgroup::ok(yields(2)),
        )
        .timeout(ms(100)))
        .await;
        assert_eq!(seen.expect("values"), ((true, true), ()));
    }

    async fn of_two_deadlines_one_in_the_other_the_nearest_is_read_and_counts() {
        for (outer, inner, says) in [(30, 50, "`outer`"), (50, 30, "`inner`")] {
            let begun = Instant::now();
            let ended = begun!(group!(nested = async {
                let before = deadline().expect("that of the outer group");
                let ended = begun!(group!(
                    child = async {
                        sleep(ms(1)).await;
                        assert_eq!(deadline(), Some(begun + ms(30)));
                        pending::<Result<(), Fail>>().await
                    },
                    other = async { Ok(()) },
                )
                .name("inner")
                .timeout(ms(inner)))
                .await;
                assert_eq!((before, deadline()), (begun + ms(outer), Some(begun + ms(outer))));
                ended.map(drop)
            })
            .name("outer")
            .timeout(ms(outer)))
            .await;
            assert!(text(ended).contains(says));
            assert_eq!(begun.elapsed(), ms(30));
        }
    }

    async fn an_outcome_says_how_it_ended() {
        let value = begun!(group!(a = after(10, Ok::<_, &str>(1))).outcome()).await;
        assert!(matches!(value, Ok(1)));
        let failed = begun!(group!(a = after(10, Err::<(), _>("broken")), b = after(20, Ok(2))).outcome()).await;
        assert!(matches!(&failed, Err(Stopped::Failed { child, error: "broken", .. }) if child == "a"));
        let late = begun!(group!(a = after(10, Ok::<_, &str>(1)), b = after(30, Ok(2))).outcome().timeout(ms(20))).await;
        let Err(Stopped::Cancelled(late)) = late else { panic!("{late:?}") };
        assert!(matches!(late.cause(), Cause::TimedOut { .. }));
        assert!(late.to_string().ends_with("unfinished: `b`"), "{late}");
    }

    async fn the_timer_wakes_what_polled_the_group_last() {
        let group = begun!(group!(a = pending::<Result<(), Fail>>(), b = async { Ok(()) }).name("g").timeout(ms(20)));
        let mut group = std::pin::pin!(group.into_future());
        let other = &mut std::task::Context::from_waker(std::task::Waker::noop());
        assert!(group.as_mut().poll(other).is_pending());
        let begun = Instant::now();
        assert!(text(group.await).contains("`g` timed out"));
        assert_eq!(begun.elapsed(), ms(20));
    }

    async fn polled_after_its_end_it_panics_and_leaves_no_deadline_behind() {
        let group = begun!(group!(a = taskgroup::ok(yields(1)), b = async { Ok::<_, Fail>(2) }).timeout(ms(100))).into_future();
        let mut group = std::pin::pin!(group);
        assert_eq!(group.as_mut().await.ok(), Some(((), 2)));
        let again = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _ = group.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
        }));
        assert!(again.is_err() && deadline().is_none());
    }
}
