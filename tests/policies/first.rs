//! `.first(n)`: the first `n` values.

use std::{cell::Cell, future::pending, panic::AssertUnwindSafe};

use futures::FutureExt;
use taskgroup::{Failure, Failures, cancelled, group};
use taskgroup_tests::*;

fn texts<T, E: std::fmt::Display>(ended: Result<T, Failures<E>>) -> String {
    ended.err().map_or_else(|| "ok".to_owned(), |failures| failures.to_string())
}

every_kind_in_virtual_time! {
    async fn the_first_values_in_the_order_in_which_they_came_and_the_rest_is_stopped() {
        let (alive, trail) = (Alive::new(), Trail::new());
        let (here, words) = (alive.enter(), trail.clone());
        let ended = crowd!(
            slow = after(30, Ok::<_, &str>(30)),
            fast = after(10, Ok(10)),
            fails = after(5, Err("no")),
            answers = async move { words.say(cancelled().await.cause().to_string()); Ok(0) },
            middle = after(20, Ok(20)),
            stays = forever::<_, Result<i32, &str>>(here),
        )
        .first(2)
        .name("g")
        .await;
        assert_eq!((ended.unwrap(), alive.now()), (vec![10, 20], 0));
        assert_eq!(trail.read(), ["`g` had finished"]);
    }

    async fn the_items_of_a_for_compete_for_the_first_places_too() {
        let ended = crowd_for!(xs = n in ([30_u64, 10, 20]) { async move { after(n, Ok::<_, &str>(n)).await } }).first(2).await;
        assert_eq!(ended.unwrap(), [10, 20]);
    }

    async fn as_soon_as_too_many_have_failed_the_rest_is_stopped() {
        let (alive, started, trail) = (Alive::new(), tokio::time::Instant::now(), Trail::new());
        let (here, words) = (alive.enter(), trail.clone());
        let ended = crowd!(
            a = after(10, Err("a's")),
            b = after(5, Err("b's")),
            c = async move { let _here = here; words.say(cancelled().await.cause().to_string()); Ok::<i32, &str>(1) },
            d = after(1, Ok::<i32, &str>(1)),
        )
        .first(3)
        .await
        .unwrap_err();
        assert_eq!((ended.to_string().as_str(), alive.now(), started.elapsed()), ("`a`: a's\n`b`: b's", 0, ms(10)));
        assert!(ended.cancelled().is_none());
        assert_eq!(trail.read(), ["`a` failed"]);
    }

    async fn more_than_are_written_out_is_an_error_at_once_and_starts_nothing() {
        let ran = Flag::new();
        let sets = ran.clone();
        let ended = crowd!(a = async move { sets.set(); Ok::<_, &str>(1) }).first(2).await.unwrap_err();
        assert!(ended.is_empty() && ended.cancelled().is_none() && !ran.is_set());
    }

    async fn with_a_for_it_is_known_when_the_source_has_ended() {
        let ended = crowd_for!(xs = n in (0..4) { async move { if n == 2 { Err("no") } else { Ok(n) } } }).first(4).await;
        assert_eq!(texts(ended), "`xs[2]`: no");
        let ended = crowd_for!(xs = n in (0..4) { async move { if n == 2 { Err("no") } else { Ok(n) } } }).first(3).await;
        assert_eq!(ended.unwrap(), [0, 1, 3]);
    }

    async fn the_first_none_is_empty_and_starts_nothing() {
        let ran = Flag::new();
        let sets = ran.clone();
        let ended = crowd!(a = async move { sets.set(); Ok::<_, &str>(1) }).first(0).await;
        assert_eq!((ended.unwrap(), ran.is_set()), (vec![], false));
    }

    async fn a_panic_ends_it() {
        macro_rules! one { () => {
            crowd!(broken = async { panic!("boom") as Result<i32, Fail> }, other = pending::<Result<i32, Fail>>()).first(1)
        } }
        let failures = one!().catch_panics().await.unwrap_err();
        assert!(failures.iter().any(|(child, failure)| *child == "broken" && matches!(failure, Failure::Panicked(_))));
        assert!(AssertUnwindSafe(one!().into_future()).catch_unwind().await.is_err());
    }

    async fn cancelled_before_there_were_enough_it_says_so() {
        let ended = crowd!(a = after(1, Ok::<_, &str>(1)), b = after(2, Err("no")), slow = pending()).first(2).timeout(ms(5)).name("g").await;
        assert_eq!(texts(ended), "`b`: no\ncancelled: `g` timed out; unfinished: `slow`");
    }

    async fn past_a_deadline_the_values_that_complete_it_still_count() {
        let ended = crowd!(a = after(1, Ok::<_, &str>(1)), b = async { cancelled().await; Ok(2) }, slow = pending())
            .first(2)
            .timeout(ms(5))
            .await;
        assert_eq!(ended.unwrap(), [1, 2]);
    }

    async fn a_daemon_that_fails_ends_it_as_it_ends_a_race() {
        let ended = crowd!(slow = pending::<Result<i32, &str>>(), @daemon broken = after(5, Err::<(), _>("down"))).first(1).await;
        assert_eq!(texts(ended), "`broken`: down");
    }
}

virtual_time! {
    async fn an_endless_source_is_pulled_no_further_than_needed() {
        let pulled = Cell::new(0);
        let pulls = &pulled;
        let ended = group!(numbers = for n in (0_u64..).inspect(|_| pulls.set(pulls.get() + 1)) { async move { Ok::<_, &str>(n) } })
            .first(5)
            .await;
        assert_eq!((ended.unwrap(), pulled.get()), (vec![0, 1, 2, 3, 4], 5));
    }

    async fn failures_of_items_are_listed_in_input_order() {
        let ended = group!(a = async { Err::<u64, _>("a's") }, xs = for n in [3_u64, 1, 2] { async move { after(n, Err("no")).await } }).first(1).await;
        assert_eq!(texts(ended), "`a`: a's\n`xs[0]`: no\n`xs[1]`: no\n`xs[2]`: no");
    }

    async fn a_drain_that_leaves_too_few_is_an_error() {
        let ended = group!(xs = for n in 0..9 { async move { after(10, Ok::<_, &str>(n)).await } }).first(5).limit(2).drain_on(after(15, ())).await;
        let failures = ended.unwrap_err();
        assert!(failures.is_empty() && failures.cancelled().is_none());
    }
}
