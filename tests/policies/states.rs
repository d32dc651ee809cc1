//! The transitions of `machine/states.md` from number 58 on, each under its number.

use std::{future::pending, ops::ControlFlow, panic::AssertUnwindSafe};

use futures::FutureExt;
use taskgroup::{cancelled, group};
use taskgroup_tests::*;

/// A child that says why it was cancelled.
async fn witness<T>(trail: Trail) -> Result<T, &'static str> {
    trail.say(cancelled().await.cause().to_string());
    pending().await
}

virtual_time! {
    async fn t58_running_child_ok_under_each() {
        let trail = Trail::new();
        let ended = group!(a = async { Ok::<_, &str>(1) }, b = after(5, Ok(2))).each(|child, n| trail.say(format!("{child} {n}"))).await;
        assert_eq!((ended, trail.read()), (Ok(()), vec!["a 1".to_owned(), "b 2".to_owned()]));
    }

    async fn t59_running_the_function_returns_break() {
        let trail = Trail::new();
        let (ended, late) = (group!(a = after(1, Ok(1)), b = witness(trail.clone()), c = after(1, Err("no"))), Trail::new());
        let ended = ended.each(|_, _| ControlFlow::Break(())).on_late_error(|child, _| late.say(&**child)).name("g").await;
        assert_eq!((ended, trail.read(), late.read()), (Ok(()), vec!["`g` had finished".to_owned()], vec!["c".to_owned()]));
        let trail = Trail::new();
        let ended = group!(a = after(1, Err::<(), _>("no")), b = witness::<()>(trail.clone()));
        let ended = ended.supervise(|_, _| ControlFlow::Break(())).name("g").await;
        assert_eq!((ended, trail.read()), (Ok(()), vec!["`g` had finished".to_owned()]));
    }

    async fn t60_running_the_function_panics() {
        let trail = Trail::new();
        let each = group!(a = after(1, Ok(1)), b = witness(trail.clone())).each(|_, _| panic!("in each"));
        assert!(AssertUnwindSafe(each.into_future()).catch_unwind().await.is_err());
        let supervise = group!(a = after(1, Err::<(), _>("no")), b = witness::<()>(trail.clone())).supervise(|_, _| panic!("in supervise"));
        assert!(AssertUnwindSafe(supervise.into_future()).catch_unwind().await.is_err());
        assert_eq!(trail.read(), ["`each` panicked", "`supervise` panicked"]);
    }

    async fn t61_running_the_last_value_that_is_wanted() {
        let (trail, polled) = (Trail::new(), Flag::new());
        let sets = polled.clone();
        let ended = group!(a = witness(trail.clone()), b = after(1, Ok(1)), c = async { after(1, ()).await; sets.set(); Ok(2) })
            .first(1)
            .name("g")
            .await;
        assert_eq!((ended.unwrap(), trail.read()), (vec![1], vec!["`g` had finished".to_owned()]));
        // Its last poll, at which it sees the cancellation only if it looks.
        assert!(polled.is_set());
    }

    async fn t62_running_a_failure_after_which_enough_can_come() {
        let ended = group!(a = async { Err("no") }, b = after(1, Ok(1)), c = after(2, Ok(2))).first(2).await;
        assert_eq!(ended.unwrap(), [1, 2]);
    }

    async fn t63_running_a_failure_after_which_too_few_can_come() {
        let trail = Trail::new();
        let ended = group!(a = after(1, Err("no")), b = witness::<i32>(trail.clone())).first(2).await;
        assert_eq!((ended.unwrap_err().to_string().as_str(), trail.read()), ("`a`: no", vec!["`a` failed".to_owned()]));
        let trail = Trail::new();
        let ended = group!(xs = for _ in 0..1 { witness::<i32>(trail.clone()) }).first(2).name("g").await;
        assert!(ended.unwrap_err().is_empty());
    }

    async fn t64_fresh_none_wanted_or_more_than_there_can_be() {
        for wanted in [0, 2] {
            let polled = Flag::new();
            let ended = group!(a = async { polled.set(); Ok::<_, &str>(1) }).first(wanted).await;
            assert_eq!((ended.is_ok(), polled.is_set()), (wanted == 0, false));
        }
    }

    async fn t65_running_a_failure_under_supervise() {
        let trail = Trail::new();
        let ended = group!(a = async { Err::<(), _>("no") }, #[daemon] b = async { Err("daemon's") }, c = after(5, Ok(())))
            .supervise(|child, failure| trail.say(format!("{child}: {failure}")))
            .await;
        assert_eq!((ended, trail.read()), (Ok(()), vec!["a: no".to_owned(), "b: daemon's".to_owned()]));
    }

    async fn t66_cancelled_an_error_under_supervise() {
        let late = Trail::new();
        let ended = group!(a = async { cancelled().await; Err::<(), _>("answer") })
            .supervise(|_, _| {})
            .cancel_on(after(1, ()))
            .on_late_error(|child, error| late.say(format!("{child}: {error}")))
            .await;
        assert_eq!((ended.is_err(), late.read()), (true, vec!["a: answer".to_owned()]));
    }
}
