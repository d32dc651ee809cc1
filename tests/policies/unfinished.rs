//! `Cancelled::unfinished`: which children a cancelled group was waiting for.

use std::{future::pending, time::Duration};

use taskgroup::{Cancelled, Cause, Failures, Settled, Stopped, cancelled, checkpoint, group, is_cancelled, task_group};
use taskgroup_tests::*;

/// Returns the cancellation of a group with `.outcome()`.
fn why<T, E>(ended: Result<T, Stopped<E>>) -> Cancelled {
    match ended {
        Err(Stopped::Cancelled(why)) => why,
        Err(Stopped::Failed { child, .. }) => panic!("`{child}` failed"),
        Err(Stopped::Panicked(panicked)) => panic!("{panicked}"),
        Ok(_) => panic!("it has its values"),
    }
}

fn names(why: &Cancelled) -> Vec<&str> {
    why.unfinished().names().iter().map(|name| &**name).collect()
}

/// Keeps what the group returned, for types that only have `From<Cancelled>`.
#[derive(Debug)]
struct Why(Cancelled);

impl From<Cancelled> for Why {
    fn from(why: Cancelled) -> Self {
        Self(why)
    }
}

virtual_time! {
    async fn the_list_is_that_of_the_first_cancellation() {
        // The enclosing group is cancelled at 5 ms, the inner one by its own timeout at 20 ms, when `quick` has ended.
        let ended = group!(
            inner = async {
                let ended = group!(
                    quick = async { cancelled().await; after(10, ()).await; Ok(()) },
                    slow = async { cancelled().await; pending::<Result<(), &str>>().await },
                )
                .outcome()
                .timeout(ms(20))
                .await;
                let why = why(ended);
                assert_eq!(names(&why), ["quick", "slow"]);
                Ok::<_, &str>(())
            },
        )
        .outcome()
        .cancel_on(tokio::time::sleep(ms(5)))
        .grace(ms(1_000))
        .await;
        assert!(ended.is_ok());
    }
}

every_kind_in_virtual_time! {
    async fn a_group_that_times_out_names_those_that_had_not_ended() {
        let ended = crowd!(
            user = after(1, Ok::<_, &str>(1)),
            posts = pending::<Result<(), &str>>(),
            @daemon beat = pending::<Result<(), &str>>(),
            friends = after(9, Ok::<_, &str>(())),
        )
        .outcome()
        .timeout(ms(5))
        .name("report")
        .await;
        let why = why(ended);
        assert_eq!(names(&why), ["posts", "friends"]);
        assert_eq!(why.unfinished().count(), 2);
        assert_eq!(why.to_string(), "cancelled: `report` timed out; unfinished: `posts`, `friends`");
        assert_eq!(why.clone(), why);
    }

    async fn the_first_eight_names_and_the_number_of_the_others() {
        let ended = crowd_for!(pages = n in (0..30_u64) {
            async move {
                if n < 3 { Ok(()) } else { pending::<Result<(), &str>>().await }
            }
        })
        .outcome()
        .cancel_on(tokio::time::sleep(ms(5)))
        .name("g")
        .await;
        let why = why(ended);
        assert_eq!((why.unfinished().names().len(), why.unfinished().count()), (8, 27));
        assert!(why.unfinished().names().iter().all(|name| name.starts_with("pages[")), "{why}");
        assert!(why.to_string().starts_with("cancelled: `g` was asked to stop; unfinished: `pages["), "{why}");
        assert!(why.to_string().ends_with("` and 19 more"), "{why}");
    }

    async fn it_is_the_list_of_the_moment_at_which_the_cancellation_began() {
        let ended = crowd!(
            cleans_up = async { cancelled().await; Ok::<_, &str>(()) },
            stays = pending::<Result<(), &str>>(),
        )
        .outcome()
        .timeout(ms(5))
        .grace(ms(5))
        .await;
        assert_eq!(names(&why(ended)), ["cleans_up", "stays"]);
    }

    async fn what_waits_for_room_is_counted_and_what_was_never_pulled_is_not() {
        let ended = crowd!(
            begun = pending::<Result<(), &str>>(),
            queued = pending::<Result<(), &str>>(),
        )
        .outcome()
        .limit(1)
        .timeout(ms(5))
        .await;
        assert_eq!(names(&why(ended)), ["begun", "queued"]);
        let ended = crowd_for!(pages = _n in (0..1_000) { pending::<Result<(), &str>>() }).outcome().limit(2).timeout(ms(5)).await;
        let why = why(ended);
        assert_eq!((names(&why), why.unfinished().count()), (vec!["pages[0]", "pages[1]"], 2));
    }

    async fn every_policy_that_can_return_a_cancellation_has_it() {
        let plain = crowd!(slow = pending::<Result<i32, Why>>()).timeout(ms(1)).await;
        assert_eq!(names(&plain.unwrap_err().0), ["slow"]);
        let of = |failures: Failures<&'static str>| failures.cancelled().map(ToString::to_string);
        let collected = crowd!(slow = pending::<Result<i32, &str>>()).collect_errors().timeout(ms(1)).name("g").await;
        assert_eq!(of(collected.unwrap_err()).as_deref(), Some("cancelled: `g` timed out; unfinished: `slow`"));
        let raced = crowd!(slow = pending::<Result<i32, &str>>()).race().timeout(ms(1)).name("g").await;
        assert_eq!(of(raced.unwrap_err()).as_deref(), Some("cancelled: `g` timed out; unfinished: `slow`"));
    }

    async fn a_child_that_asks_gets_none() {
        let (seen, list) = (Trail::new(), Trail::new());
        let (words, other) = (seen.clone(), list.clone());
        let ended = crowd!(
            asks = async move {
                words.say(cancelled().await.to_string());
                words.say(checkpoint().unwrap_err().to_string());
                Ok::<_, &str>(())
            },
            slow = async move { let _word = other.last_words("dropped"); pending::<Result<(), &str>>().await },
        )
        .outcome()
        .timeout(ms(1))
        .name("g")
        .await;
        assert_eq!(why(ended).unfinished().count(), 2);
        assert_eq!(seen.read(), ["cancelled: `g` timed out", "cancelled: `g` timed out"]);
        assert_eq!(list.read(), ["dropped"]);
    }
}

virtual_time! {
    async fn a_group_that_never_began_lists_what_was_written_out() {
        let ended = group!(
            a = async { Ok::<_, &str>(()) },
            #[spawn] b = async { Ok(()) },
            pages = for n in 0..3 { async move { Ok(n) } },
        ).outcome().timeout(Duration::ZERO).await;
        assert_eq!(names(&why(ended)), ["a", "b"]);
    }

    async fn a_group_that_is_cancelled_from_outside_lists_its_own_children() {
        let inner = Trail::new();
        let ended = group!(
            inner = async {
                let answers = async { cancelled().await; Ok::<_, &str>(()) };
                let ended = group!(done = async { Ok(()) }, answers = answers, queued = async { Ok(()) }).outcome().limit(1).await;
                inner.say(why(ended).to_string());
                Err::<(), _>("stopped")
            },
            other = pending::<Result<(), &str>>(),
        )
        .outcome()
        .timeout(ms(5))
        .name("outer")
        .await;
        assert!(matches!(ended, Err(Stopped::Failed { error: "stopped", .. })));
        assert_eq!(inner.read(), ["cancelled: `outer` timed out; unfinished: `answers`, `queued`"]);
    }

    async fn a_blocking_child_is_listed_too() {
        let ended = group!(
            #[blocking] waits = || { while !is_cancelled() { std::thread::yield_now() } Err::<(), _>(()) },
            slow = pending::<Result<(), ()>>(),
        )
        .collect_errors()
        .cancel_on(async {})
        .await
        .unwrap_err();
        assert_eq!(ended.cancelled().map(names), Some(vec!["waits", "slow"]));
    }

    async fn a_settled_slot_has_the_cause_only() {
        let slot = group!(a = pending::<Result<(), &str>>()).settle().timeout(ms(1)).name("g").await;
        assert!(matches!(slot, Settled::Cancelled { cause: Cause::TimedOut { .. }, late: None }));
    }

    async fn a_function_lists_its_children_and_not_its_body() {
        #[task_group(timeout = Duration::from_millis(5))]
        async fn report() -> Result<(), Why> {
            #[child]
            let user = async { Ok(1) };
            #[child]
            let posts = pending::<Result<(), Why>>();
            #[daemon]
            async { pending().await };
            for _ in 0..2 {
                #[spawn]
                pending::<Result<(), Why>>();
            }
            let _ = user.await;
            posts.await;
            Ok(())
        }
        let why = report().await.unwrap_err().0;
        assert_eq!((names(&why), why.unfinished().count()), (vec!["posts", "pending[0]", "pending[1]"], 3));
        assert_eq!(why.to_string(), "cancelled: `report` timed out; unfinished: `posts`, `pending[0]`, `pending[1]`");
    }
}

virtual_time! {
    async fn a_group_that_an_enclosing_one_cancels_before_its_own_deadline_keeps_the_first_list() {
        let said = std::cell::Cell::new(None);
        let ended = group!(
            inner = async {
                let ended = group!(
                    cleans_up = async { cancelled().await; Ok::<_, &str>(()) },
                    stays = async { cancelled().await; pending::<Result<(), &str>>().await },
                )
                .outcome()
                .timeout(ms(30))
                .await;
                said.set(Some(why(ended)));
                Ok(())
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(1_000))
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(names(&said.take().expect("it returned")), ["cleans_up", "stays"]);
    }
}
