//! Options: evaluated once, before the body, and in force from its first line.

use std::cell::Cell;

use taskgroup::{Cancelled, cancelled, deadline, draining, is_draining, task_group};
use taskgroup_tests::*;
use tokio::time::Instant;

use crate::support::{Error, FAILED, endless};

tokio::task_local! {
    static USER: &'static str;
    static PLACE: u64;
}

virtual_time! {
    async fn a_deadline_is_known_from_the_first_line() {
        #[task_group(timeout = ms(50), deadline = Instant::now() + ms(70))]
        async fn run() -> Result<Option<Instant>, Error> {
            Ok(deadline())
        }
        assert_eq!(run().await, Ok(Some(Instant::now() + ms(50))));
    }

    async fn a_timeout_stops_body_and_children() {
        #[task_group(timeout = ms(50))]
        async fn run(alive: &Alive) -> Result<u64, Error> {
            let presence = alive.enter();
            #[child]
            async move { endless(presence).await };
            let presence = alive.enter();
            #[spawn]
            async move { endless(presence).await };
            forever(alive.enter()).await
        }
        let (alive, begin) = (Alive::new(), Instant::now());
        assert_eq!(run(&alive).await, Err(Error::Cancelled));
        assert_eq!((alive.now(), alive.ever(), begin.elapsed()), (0, 3, ms(50)));
    }

    async fn what_is_done_in_time_is_delivered() {
        #[task_group(timeout = ms(50))]
        async fn run() -> Result<u64, Error> {
            #[child]
            let value = async { after(49, Ok(1)).await };
            Ok(value.await)
        }
        assert_eq!(run().await, Ok(1));
    }

    async fn a_child_may_clean_up_within_the_grace() {
        #[task_group(grace = ms(100))]
        async fn run(trail: &Trail) -> Result<(), Error> {
            #[child]
            async { cancelled().await; after(80, ()).await; trail.say("in time"); Ok(()) };
            #[child]
            async { cancelled().await; after(120, ()).await; trail.say("too late"); Ok(()) };
            after(10, ()).await;
            Err(FAILED)
        }
        let (trail, begin) = (Trail::new(), Instant::now());
        assert_eq!(run(&trail).await, Err(FAILED));
        assert_eq!(trail.read(), ["in time"]);
        assert_eq!(begin.elapsed(), ms(110));
    }

    async fn the_grace_holds_for_one_cancelled_child_too() {
        #[task_group(grace = ms(100))]
        async fn run() -> Result<Option<u64>, Error> {
            #[child]
            let slow = async { cancelled().await; forever::<_, Result<u64, Error>>(()).await };
            after(10, ()).await;
            Ok(taskgroup::Child::cancel(slow).await)
        }
        let begin = Instant::now();
        assert_eq!(run().await, Ok(None));
        assert_eq!(begin.elapsed(), ms(110));
    }

    async fn cancelling_from_outside_is_an_error_of_its_own() {
        #[task_group(cancel_on = after(30, ()))]
        async fn run(trail: &Trail) -> Result<u64, Error> {
            #[child]
            async { let reason: Cancelled = cancelled().await; trail.say(reason.to_string()); endless(()).await };
            forever(()).await
        }
        let trail = Trail::new();
        assert_eq!(run(&trail).await, Err(Error::Cancelled));
        assert_eq!(trail.read().len(), 1);
    }

    async fn while_the_function_drains_the_body_decides() {
        #[task_group(drain_on = after(100, ()))]
        async fn run(trail: &Trail) -> Result<u64, Error> {
            let mut taken = 0;
            while !is_draining() {
                taken += 1;
                #[child]
                async { after(35, ()).await; trail.say("served"); Ok(()) };
                tokio::select! {
                    () = draining() => {}
                    () = tokio::time::sleep(ms(30)) => {}
                }
            }
            #[child]
            async { trail.say("farewell"); Ok(()) };
            Ok(taken)
        }
        let trail = Trail::new();
        assert_eq!(run(&trail).await, Ok(4));
        assert_eq!(trail.sorted(), ["farewell", "served", "served", "served", "served"]);
    }

    async fn a_drain_that_lasts_too_long_is_a_cancellation() {
        #[task_group(drain_on = after(100, ()), drain_timeout = ms(50))]
        async fn run() -> Result<u64, Error> {
            #[child]
            async { endless(()).await };
            draining().await;
            Ok(1)
        }
        let begin = Instant::now();
        assert_eq!(run().await, Err(Error::Cancelled));
        assert_eq!(begin.elapsed(), ms(150));
    }

    async fn the_name_is_in_the_cause() {
        #[task_group(timeout = ms(10), name = format!("shop {id}"))]
        async fn run(id: u64, trail: &Trail) -> Result<u64, Error> {
            #[child]
            async { trail.say(cancelled().await.to_string()); Ok(()) };
            forever(()).await
        }
        let trail = Trail::new();
        assert_eq!(run(7, &trail).await, Err(Error::Cancelled));
        assert!(trail.read()[0].contains("shop 7"), "{:?}", trail.read());
    }
}

on_both_runtimes! {
    async fn task_locals_are_carried() {
        #[task_group(carry = &USER, carry = &PLACE)]
        async fn run() -> Result<Vec<(&'static str, u64)>, Error> {
            #[child]
            let inline = async { Ok((USER.get(), PLACE.get())) };
            #[spawn]
            let spawned = async { yields(2).await; Ok((USER.get(), PLACE.get())) };
            #[blocking]
            let blocking = || Ok((USER.get(), PLACE.get()));
            Ok([inline, spawned, blocking].join().await.to_vec())
        }
        let seen = USER.scope("me", PLACE.scope(5, run())).await;
        assert_eq!(seen, Ok(vec![("me", 5); 3]));
    }

    async fn an_option_is_evaluated_once_before_the_body() {
        #[task_group(limit = { trail.say("limit"); count.set(count.get() + 1); 2 }, grace = { trail.say("grace"); ms(1) })]
        async fn run(count: &Cell<u64>, trail: &Trail) -> Result<(), Error> {
            trail.say("body");
            for _ in 0..5 {
                #[child]
                async { Ok(()) };
            }
            Ok(())
        }
        let (count, trail) = (Cell::new(0), Trail::new());
        assert_eq!(run(&count, &trail).await, Ok(()));
        assert_eq!(count.get(), 1);
        assert_eq!(trail.read(), ["limit", "grace", "body"]);
    }
}
