//! `.each(f)`: results as they come.

use std::{cell::Cell, future::pending, ops::ControlFlow, panic::AssertUnwindSafe};

use futures::FutureExt;
use taskgroup::{Cause, cancelled, cause, group};
use taskgroup_tests::*;

every_kind_in_virtual_time! {
    async fn values_go_to_the_function_in_the_order_in_which_they_came() {
        let trail = Trail::new();
        let ended = crowd!(
            slow = after(30, Ok::<_, &str>(30)),
            fast = after(10, Ok(10)),
            @daemon beat = pending::<Result<(), &str>>(),
            middle = after(20, Ok(20)),
        )
        .each(|child, value| trail.say(format!("{child} {value}")))
        .await;
        assert_eq!(ended, Ok(()));
        assert_eq!(trail.read(), ["fast 10", "middle 20", "slow 30"]);
    }

    async fn the_items_of_a_for_are_handed_out_too() {
        let trail = Trail::new();
        let ended = crowd_for!(pages = n in ([30_u64, 10, 20]) { async move { after(n, Ok::<_, &str>(n)).await } })
            .each(|child, value| trail.say(format!("{child} {value}")))
            .await;
        assert_eq!(ended, Ok(()));
        assert_eq!(trail.read(), ["pages[1] 10", "pages[2] 20", "pages[0] 30"]);
    }

    async fn each_value_is_handed_out_at_once_and_nothing_is_kept() {
        let alive = Alive::new();
        let counts = alive.clone();
        let most = Cell::new(0);
        let ended = crowd_for!(pages = n in (0..50_u64) {
            let alive = counts.clone();
            async move {
                after(n, ()).await;
                Ok::<_, &str>(alive.enter())
            }
        })
        .each(|_, here| {
            most.set(most.get().max(alive.now()));
            drop(here);
        })
        .await;
        assert_eq!((ended, alive.now(), most.get()), (Ok(()), 0, 1));
    }

    async fn the_first_failure_stops_the_rest_and_what_came_before_it_was_handed_out() {
        let trail = Trail::new();
        let ended = crowd!(
            first = after(5, Ok(1)),
            fails = after(10, Err::<i32, _>("no")),
            later = after(20, Ok(3)),
            answers = async { cancelled().await; Ok(4) },
        )
        .each(|child, value| trail.say(format!("{child} {value}")))
        .await;
        assert_eq!(ended, Err("no"));
        assert_eq!(trail.read(), ["first 1"]);
    }

    async fn break_ends_the_group_without_a_failure() {
        let (trail, alive) = (Trail::new(), Alive::new());
        let (words, here) = (trail.clone(), alive.enter());
        let ended = crowd!(
            first = after(5, Ok::<i32, &str>(1)),
            second = after(10, Ok(2)),
            answers = async move {
                words.say(cancelled().await.cause().to_string());
                Err("late")
            },
            stays = forever::<_, Result<i32, &str>>(here),
        )
        .each(|_, value| if value == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        .name("g")
        .on_late_error(|child, error| trail.say(format!("{child}: {error}")))
        .await;
        assert_eq!((ended, alive.now()), (Ok(()), 0));
        assert_eq!(trail.read(), ["`g` had finished", "answers: late"]);
    }

    async fn break_at_a_value_outranks_a_failure_that_came_after_it() {
        let late = Trail::new();
        let ended = crowd!(
            value = after(5, Ok::<i32, &str>(1)),
            fails = after(5, Err("no")),
        )
        .each(|_, _| ControlFlow::Break(()))
        .on_late_error(|child, error| late.say(format!("{child}: {error}")))
        .await;
        assert_eq!((ended, late.read()), (Ok(()), vec!["fails: no".to_owned()]));
    }

    async fn after_break_the_function_is_not_called_again() {
        let calls = Cell::new(0);
        let ended = crowd!(a = after(5, Ok::<i32, &str>(1)), b = after(5, Ok(2)), c = after(5, Ok(3)))
            .each(|_, _| { calls.set(calls.get() + 1); ControlFlow::Break(()) })
            .await;
        assert_eq!((ended, calls.get()), (Ok(()), 1));
    }

    async fn past_a_deadline_what_children_return_still_counts() {
        let trail = Trail::new();
        let ended = crowd!(answers = async { cancelled().await; Ok::<_, Fail>(1) })
            .each(|child, value| trail.say(format!("{child} {value}")))
            .timeout(ms(5))
            .await;
        assert_eq!((text(ended).as_str(), trail.read()), ("ok ()", vec!["answers 1".to_owned()]));
        let ended = crowd!(slow = pending::<Result<i32, Fail>>(), fast = after(1, Ok(1))).each(|_, _| {}).timeout(ms(5)).name("g").await;
        assert_eq!(text(ended), "err cancelled: `g` timed out");
    }

    async fn a_panic_of_a_child_is_resumed_or_converted() {
        macro_rules! one { () => {
            crowd!(broken = async { panic!("boom") as Result<i32, Fail> }, other = pending::<Result<i32, Fail>>()).each(|_, _| {})
        } }
        assert_eq!(text(one!().catch_panics().await), "err `broken` panicked: boom");
        assert!(AssertUnwindSafe(one!().into_future()).catch_unwind().await.is_err());
    }

    async fn a_panic_of_the_function_ends_the_group_and_is_resumed() {
        let (alive, seen) = (Alive::new(), Trail::new());
        let (here, words) = (alive.enter(), seen.clone());
        let group = crowd!(
            value = after(5, Ok::<i32, &str>(1)),
            asks = async move { cancelled().await; words.say(cause().map_or_else(String::new, |why| why.to_string())); Ok(2) },
            stays = forever::<_, Result<i32, &str>>(here),
        )
        .each(|_, _| panic!("enough"));
        let caught = AssertUnwindSafe(group.into_future()).catch_unwind().await.unwrap_err();
        assert_eq!(caught.downcast_ref::<&str>(), Some(&"enough"));
        assert_eq!((alive.now(), seen.read()), (0, vec!["`each` panicked".to_owned()]));
    }
}

virtual_time! {
    async fn arms_and_items_of_one_type_are_mixed() {
        let mut all = Vec::new();
        let ended = group!(
            one = after(3, Ok::<_, &str>(1)),
            many = for n in 10..13 { async move { Ok(n) } },
            #[blocking] thread = || Ok(100),
        )
        .each(|_, n| all.push(n))
        .await;
        all.sort_unstable();
        assert_eq!((ended, all), (Ok(()), vec![1, 10, 11, 12, 100]));
    }

    async fn break_stops_an_endless_source_at_once() {
        let pulled = Cell::new(0);
        let pulls = &pulled;
        let ended = group!(numbers = for n in (0_u64..).inspect(|_| pulls.set(pulls.get() + 1)) { async move { Ok::<_, &str>(n) } })
            .each(|_, n| if n == 4 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            .await;
        assert_eq!((ended, pulled.get()), (Ok(()), 5));
    }

    async fn the_function_may_borrow_and_is_called_by_the_owner() {
        let owner = std::thread::current().id();
        let mut sum = 0;
        let values = [1, 2, 3];
        group!(#[spawn] xs = for n in values { async move { Ok::<_, &str>(n) } })
            .each(|_, n| {
                assert_eq!(std::thread::current().id(), owner);
                sum += n;
            })
            .await
            .unwrap();
        assert_eq!(sum, 6);
    }

    async fn the_cause_of_a_failure_names_the_child() {
        let seen = Trail::new();
        let ended = group!(
            asks = async { if let Cause::Failed { child } = cancelled().await.cause() { seen.say(&**child); } Ok(1) },
            fails = after(1, Err::<i32, _>("no")),
        )
        .each(|_, _| {})
        .await;
        assert_eq!((ended, seen.read()), (Err("no"), vec!["fails".to_owned()]));
    }

    async fn dropped_half_way_nothing_more_is_handed_out() {
        let (alive, trail) = (Alive::new(), Trail::new());
        let (here, mut group) = (alive.enter(), Box::pin(group!(
            done = async { Ok::<_, &str>(None) },
            stays = async { let _here = alive.enter(); pending::<Result<Option<Presence>, &str>>().await },
        ).each(|child, _| trail.say(&**child)).into_future()));
        assert!(polls(group.as_mut(), 2).await.is_none());
        drop(here);
        drop(group);
        assert_eq!((alive.now(), trail.read()), (0, vec!["done".to_owned()]));
    }
}
