//! Daemons run until the others are done.

use taskgroup::{Cause, cancelled, cause, task_group};
use taskgroup_tests::*;
use tokio::task::yield_now;

use crate::support::{Error, FAILED};

virtual_time! {
    async fn a_daemon_is_stopped_when_the_children_and_the_body_are_done() {
        #[task_group]
        async fn run(trail: &Trail) -> Result<(), Error> {
            #[daemon]
            async {
                let _last = trail.last_words("daemon stopped");
                loop {
                    after(30, ()).await;
                    trail.say("tick");
                }
            };
            #[child]
            async { after(100, ()).await; trail.say("child"); Ok(()) };
            after(10, ()).await;
            trail.say("body");
            Ok(())
        }
        let trail = Trail::new();
        assert_eq!(run(&trail).await, Ok(()));
        assert_eq!(trail.read(), ["body", "tick", "tick", "tick", "child", "daemon stopped"]);
    }

    async fn a_daemon_due_later_does_not_delay_the_end() {
        #[task_group]
        async fn run(trail: &Trail) -> Result<(), Error> {
            #[daemon]
            async { after(200, ()).await; trail.say("never"); Ok(()) };
            #[child]
            async { after(100, ()).await; trail.say("child"); Ok(()) };
            Ok(())
        }
        let trail = Trail::new();
        let begin = tokio::time::Instant::now();
        assert_eq!(run(&trail).await, Ok(()));
        assert_eq!(trail.read(), ["child"]);
        assert_eq!(begin.elapsed(), ms(100));
    }
}

on_both_runtimes! {
    async fn a_daemon_sees_that_the_group_has_finished_and_whatever_it_returns_is_fine() {
        #[task_group]
        async fn run(trail: Trail) -> Result<u64, Error> {
            let heard = trail.clone();
            #[daemon]
            #[spawn]
            async move { heard.say("there"); cancelled().await; heard.say(format!("{:?}", cause())); Err(FAILED) };
            #[daemon]
            async { cancelled().await; Err(FAILED) };
            while trail.read().is_empty() {
                yield_now().await;
            }
            Ok(1)
        }
        let trail = Trail::new();
        assert_eq!(run(trail.clone()).await, Ok(1));
        assert_eq!(trail.read()[1..], [format!("{:?}", Some(Cause::Finished { group: "run".into() }))]);
    }

    async fn a_daemon_that_fails_before_is_a_failure() {
        #[task_group]
        async fn run(alive: &Alive) -> Result<u64, Error> {
            #[daemon]
            async { yields(2).await; Err(FAILED) };
            let presence = alive.enter();
            #[child]
            let never = async move { forever::<_, Result<u64, Error>>(presence).await };
            Ok(never.await)
        }
        let alive = Alive::new();
        assert_eq!(run(&alive).await, Err(FAILED));
        assert_eq!(alive.now(), 0);
    }

    async fn a_daemon_that_ends_early_is_no_end() {
        #[task_group]
        async fn run() -> Result<u64, Error> {
            #[daemon]
            async { Ok(()) };
            yields(3).await;
            #[child]
            let value = async { yield_now().await; Ok(3) };
            Ok(value.await)
        }
        assert_eq!(run().await, Ok(3));
    }

    async fn a_blocking_daemon_is_cancelled_and_waited_for() {
        #[task_group]
        async fn run(alive: &Alive) -> Result<u64, Error> {
            let presence = alive.enter();
            #[daemon]
            #[blocking]
            move || {
                let _presence = presence;
                while !taskgroup::is_cancelled() {
                    std::thread::yield_now();
                }
                Ok(())
            };
            yields(3).await;
            Ok(1)
        }
        let alive = Alive::new();
        assert_eq!(run(&alive).await, Ok(1));
        assert_eq!(alive.now(), 0);
    }
}
