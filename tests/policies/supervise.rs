//! `.supervise(f)` and `#[task_group(supervise = f)]`: nothing ends anything.

use std::{cell::Cell, future::pending, ops::ControlFlow, panic::AssertUnwindSafe, sync::Mutex, time::Duration};

use futures::{FutureExt, StreamExt};
use taskgroup::{Cancelled, Failure, cancelled, group, task_group};
use taskgroup_tests::*;

every_kind_in_virtual_time! {
    async fn each_failure_is_reported_as_it_happens_and_ends_nothing() {
        let trail = Trail::new();
        let words = trail.clone();
        let ended = crowd!(
            fails = after(10, Err::<i32, _>("no")),
            works = async move { after(20, ()).await; assert!(!taskgroup::is_cancelled()); words.say("works"); Ok("a value of another type") },
            panics = async { after(5, ()).await; panic!("boom") as Result<(), &str> },
            @daemon beat = after(15, Err::<(), _>("beat's")),
            @daemon other = async { after(7, ()).await; panic!("daemon's") as Result<(), &str> },
        )
        .supervise(|child, failure| trail.say(format!("{child}: {failure}")))
        .await;
        assert_eq!(ended, Ok(()));
        assert_eq!(
            trail.read(),
            ["panics: panicked: boom", "other: panicked: daemon's", "fails: no", "beat: beat's", "works"]
        );
    }

    async fn the_items_of_a_for_are_supervised() {
        let trail = Trail::new();
        let ended = crowd_for!(xs = n in (0..6_u64) {
            async move {
                after(10 - n, ()).await;
                match n % 3 { 0 => Ok(n), 1 => Err("no"), _ => panic!("boom {n}") }
            }
        })
        .supervise(|child, failure| trail.say(format!("{child}: {failure}")))
        .limit(2)
        .await;
        assert_eq!(ended, Ok(()));
        assert_eq!(trail.sorted(), ["xs[1]: no", "xs[2]: panicked: boom 2", "xs[4]: no", "xs[5]: panicked: boom 5"]);
    }

    async fn values_are_dropped_at_once_and_a_panic_of_one_is_that_of_its_child() {
        struct Breaks;
        impl Drop for Breaks {
            fn drop(&mut self) { panic!("in drop"); }
        }
        let (alive, trail) = (Alive::new(), Trail::new());
        let here = alive.enter();
        let ended = crowd!(
            value = async move { Ok::<_, &str>(here) },
            breaks = async { Ok(Breaks) },
            looks = after(5, Ok(())),
        )
        .supervise(|child, failure| {
            assert_eq!(alive.now(), 0);
            trail.say(format!("{child}: {failure}"));
        })
        .await;
        assert_eq!((ended, trail.read()), (Ok(()), vec!["breaks: panicked: in drop".to_owned()]));
    }

    async fn break_ends_the_group() {
        let (alive, trail) = (Alive::new(), Trail::new());
        let (here, words) = (alive.enter(), trail.clone());
        let ended = crowd!(
            a = after(1, Err::<(), _>("first")),
            b = after(2, Err::<(), _>("second")),
            answers = async move { words.say(cancelled().await.cause().to_string()); Err::<(), _>("late") },
            stays = forever::<_, Result<(), &str>>(here),
        )
        .supervise(|_, failure| match failure {
            Failure::Failed("second") => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })
        .on_late_error(|child, error| trail.say(format!("{child}: {error}")))
        .name("g")
        .await;
        assert_eq!((ended, alive.now()), (Ok(()), 0));
        assert_eq!(trail.read(), ["`g` had finished", "answers: late"]);
    }

    async fn a_panic_of_the_function_ends_the_group_and_is_resumed() {
        let alive = Alive::new();
        let here = alive.enter();
        let group = crowd!(fails = after(1, Err::<(), _>(())), stays = forever::<_, Result<(), ()>>(here)).supervise(|_, _| panic!("enough"));
        let caught = AssertUnwindSafe(group.into_future()).catch_unwind().await.unwrap_err();
        assert_eq!((caught.downcast_ref::<&str>(), alive.now()), (Some(&"enough"), 0));
        let group = crowd!(fails = after(1, Err::<(), _>(()))).supervise(|_, _| panic!("enough")).catch_panics();
        assert!(AssertUnwindSafe(group.into_future()).catch_unwind().await.is_err());
    }

    async fn after_a_cancellation_an_error_is_late() {
        let (reported, late) = (Trail::new(), Trail::new());
        let ended = crowd!(
            answers = async { cancelled().await; Err::<(), _>("answer") },
            slow = pending::<Result<(), &str>>(),
        )
        .supervise(|child, failure| reported.say(format!("{child}: {failure}")))
        .timeout(ms(5))
        .on_late_error(|child, error| late.say(format!("{child}: {error}")))
        .name("g")
        .await;
        assert_eq!(ended.unwrap_err().to_string(), "cancelled: `g` timed out; unfinished: `answers`, `slow`");
        assert_eq!((reported.read(), late.read()), (vec![], vec!["answers: answer".to_owned()]));
    }

    async fn cancelled_with_every_child_done_it_is_ok() {
        let ended = crowd!(a = async { cancelled().await; Ok::<_, &str>(()) }, b = after(1, Err::<(), _>("no"))).supervise(|_, _| {}).timeout(ms(5)).await;
        assert_eq!(ended, Ok(()));
    }
}

virtual_time! {
    async fn a_source_that_panics_is_reported_and_the_others_go_on() {
        let trail = Trail::new();
        let ended = group!(
            broken = for n in (0..3).map(|n| if n == 1 { panic!("source") } else { n }) { async move { Ok::<_, &str>(n) } },
            other = async { after(5, ()).await; trail.say("other"); Ok(()) },
        )
        .supervise(|child, failure| trail.say(format!("{child}: {failure}")))
        .await;
        assert_eq!((ended, trail.read()), (Ok(()), vec!["broken[1]: panicked: source".to_owned(), "other".to_owned()]));
    }

    async fn a_drain_ends_a_supervised_group_with_ok() {
        let ended = group!(#[stream] xs = for n in futures::stream::iter(0..3).chain(futures::stream::pending()) { async move { if n == 1 { Err("no") } else { Ok(()) } } })
            .supervise(|_, _| {})
            .drain_on(after(5, ()))
            .await;
        assert_eq!(ended, Ok(()));
    }

    async fn in_a_function_children_without_a_name_are_supervised() {
        #[task_group(supervise = |child, failure| trail.say(format!("{child}: {failure}")))]
        async fn serve(trail: &Trail) -> Result<u64, &'static str> {
            for n in 0..3_u64 {
                #[spawn]
                connection(n);
            }
            #[child]
            async { after(2, ()).await; panic!("inline") as Result<(), &str> };
            #[daemon]
            after(3, Err("daemon's"));
            after(10, ()).await;
            #[child]
            let value = after(1, Ok(7));
            Ok(value.await)
        }
        async fn connection(n: u64) -> Result<(), &'static str> {
            after(n, ()).await;
            match n { 0 => Ok(()), 1 => Err("reset"), _ => panic!("bug") }
        }
        let trail = Trail::new();
        assert_eq!(serve(&trail).await, Ok(7));
        assert_eq!(
            trail.sorted(),
            ["#2: panicked: inline", "after: daemon's", "connection[1]: reset", "connection[2]: panicked: bug"]
        );
    }

    async fn in_a_function_a_named_child_that_fails_ends_it() {
        #[task_group(supervise = |_, _| {})]
        async fn serve() -> Result<u64, &'static str> {
            #[child]
            let value = after(5, Err::<u64, _>("no"));
            #[spawn]
            async { after(1, Err::<(), _>("ignored")).await };
            #[spawn]
            pending::<Result<(), &str>>();
            Ok(value.await)
        }
        assert_eq!(serve().await, Err("no"));
    }

    async fn in_a_function_a_body_that_fails_ends_it() {
        #[task_group(supervise = |_, _| {})]
        async fn serve() -> Result<(), &'static str> {
            #[child]
            pending::<Result<(), &str>>();
            after(1, Err("body")).await?;
            Ok(())
        }
        assert_eq!(serve().await, Err("body"));
    }

    async fn in_a_function_break_cancels_it() {
        #[derive(Debug)]
        struct Why(String);
        impl From<Cancelled> for Why {
            fn from(why: Cancelled) -> Self { Self(why.cause().to_string()) }
        }
        #[task_group(supervise = |_, _| ControlFlow::Break(()))]
        async fn serve(body_ends: bool) -> Result<u64, Why> {
            #[child]
            async { after(5, Err::<(), _>(Why("no".into()))).await };
            if body_ends {
                cancelled().await;
                return Ok(3);
            }
            pending().await
        }
        assert_eq!(serve(false).await.unwrap_err().0, "`serve` was asked to stop");
        assert_eq!(serve(true).await.unwrap(), 3);
    }

    async fn in_a_function_a_panic_of_the_function_is_resumed() {
        #[task_group(supervise = |_, _| panic!("enough"))]
        async fn serve() -> Result<(), &'static str> {
            #[child]
            after(1, Err::<(), _>("no"));
            pending().await
        }
        let caught = AssertUnwindSafe(serve()).catch_unwind().await.unwrap_err();
        assert_eq!(caught.downcast_ref::<&str>(), Some(&"enough"));
    }

    async fn errors_of_supervised_statements_are_converted() {
        #[derive(Debug)]
        struct Text(String);
        impl From<&str> for Text {
            fn from(text: &str) -> Self { Self(text.to_owned()) }
        }
        #[task_group(supervise = |_, failure| if let Failure::Failed(error) = failure { seen.lock().unwrap().push(error.0) })]
        async fn serve(seen: &Mutex<Vec<String>>) -> Result<(), Text> {
            #[spawn]
            after(1, Err::<(), &'static str>("no"));
            Ok(())
        }
        let seen = Mutex::default();
        serve(&seen).await.unwrap();
        assert_eq!(*seen.lock().unwrap(), ["no"]);
    }

    async fn a_supervised_group_cancelled_from_outside_says_so() {
        let inner = Cell::new(None);
        let ended = group!(
            service = async {
                let group = group!(answers = async { cancelled().await; Ok::<_, &str>(()) }, queued = async { Ok(()) });
                inner.set(Some(group.supervise(|_, _| {}).limit(1).await));
                Err::<(), _>("over")
            },
        )
        .outcome()
        .timeout(Duration::from_millis(5))
        .name("outer")
        .await;
        assert!(ended.is_err());
        assert_eq!(inner.take().unwrap().unwrap_err().to_string(), "cancelled: `outer` timed out; unfinished: `answers`, `queued`");
    }
}
