//! Daemons are not waited for, and do not outlive the children that they serve.

use std::future::pending;

use taskgroup::{Cause, cancelled, group};
use taskgroup_tests::*;

every_kind_in_virtual_time! {
    async fn a_daemon_that_would_go_on_is_not_waited_for() {
        let trail = Trail::new();
        let (one, two) = (trail.clone(), trail.clone());
        let started = tokio::time::Instant::now();
        let ended = crowd!(
            @daemon ticks = async move { tokio::time::sleep(ms(200)).await; one.say("daemon"); Ok(()) },
            child = async move { tokio::time::sleep(ms(100)).await; two.say("child"); Ok::<_, &str>(1) },
        )
        .await;
        trail.say("done");
        assert_eq!((ended, started.elapsed()), (Ok(1), ms(100)));
        tokio::time::sleep(ms(1_000)).await;
        assert_eq!(trail.read(), ["child", "done"]);
    }

    async fn a_daemon_that_fails_while_children_run_fails_the_group() {
        let saw = Trail::new();
        let words = saw.clone();
        let ended = crowd!(
            child = async move { words.say(cancelled().await.cause().to_string()); Ok(()) },
            @daemon beat = after(10, Err::<(), _>("beat")),
        )
        .await;
        assert_eq!(ended, Err("beat"));
        assert_eq!(saw.read(), ["`beat` failed"]);
    }

    async fn a_daemon_that_ends_early_does_not_end_the_group() {
        let ended = crowd!(@daemon early = async { Ok(()) }, child = after(10, Ok::<_, &str>(1))).await;
        assert_eq!(ended, Ok(1));
    }

    async fn the_cause_for_a_daemon_is_that_the_group_has_finished() {
        let saw = Trail::new();
        let words = saw.clone();
        let ended = crowd!(
            @daemon beat = async move {
                let why = cancelled().await;
                assert!(matches!(why.cause(), Cause::Finished { group } if *group == "g"));
                words.say("seen");
                Ok(())
            },
            child = after(10, Ok::<_, &str>(1)),
        )
        .name("g")
        .await;
        assert_eq!(ended, Ok(1));
        assert_eq!(saw.read(), ["seen"]);
    }

    async fn a_daemon_that_was_cancelled_is_no_failure_whatever_it_returns() {
        let late = Trail::new();
        let ended = crowd!(
            @daemon beat = async { cancelled().await; Err::<(), _>("told to stop") },
            child = after(10, Ok::<_, &str>(1)),
        )
        .on_late_error(|child, error| late.say(format!("{child}: {error}")))
        .await;
        assert_eq!(ended, Ok(1));
        assert_eq!(late.read(), ["beat: told to stop"]);
    }

    async fn a_daemon_is_waited_for_in_its_grace() {
        let (trail, started) = (Trail::new(), tokio::time::Instant::now());
        let words = trail.clone();
        let ended = crowd!(
            @daemon beat = async move { cancelled().await; tokio::time::sleep(ms(30)).await; words.say("flushed"); Ok(()) },
            child = after(10, Ok::<_, &str>(1)),
        )
        .grace(ms(50))
        .await;
        assert_eq!((ended, started.elapsed()), (Ok(1), ms(40)));
        assert_eq!(trail.read(), ["flushed"]);
    }

    async fn settling_a_failing_daemon_is_a_late_error_and_stops_no_other() {
        let late = Trail::new();
        let child = crowd!(
            @daemon beat = async { Err::<(), _>("beat") },
            child = after(10, Ok::<_, &str>(1)),
        )
        .settle()
        .on_late_error(|child, error| late.say(format!("{child}: {error}")))
        .await;
        assert_eq!(settled(&child), "done 1");
        assert_eq!(late.read(), ["beat: beat"]);
    }
}

virtual_time! {
    async fn a_blocking_daemon_is_cancelled_and_waited_for() {
        let trail = Trail::new();
        let words = trail.clone();
        let ready = Ready::new();
        let begun = ready.reach(1);
        let ended = group!(
            #[daemon] #[blocking] beat = move || {
                ready.tick();
                while !taskgroup::is_cancelled() {
                    std::thread::yield_now();
                }
                words.say("ended");
                Ok(())
            },
            child = async { begun.await; Ok::<_, &str>(1) },
        )
        .await;
        trail.say("done");
        assert_eq!(ended, Ok(1));
        assert_eq!(trail.read(), ["ended", "done"]);
    }

    async fn an_endless_loop_needs_no_type_to_be_a_daemon() {
        let ended = group!(
            #[daemon] beat = async { loop { tokio::time::sleep(ms(1)).await; } },
            child = after(10, Ok::<_, &str>(1)),
        )
        .await;
        assert_eq!(ended, Ok(1));
    }

    async fn a_race_is_won_while_daemons_run() {
        let ended = group!(
            #[daemon] beat = pending::<Result<(), &str>>(),
            a = after(10, Ok::<_, &str>(1)),
            b = after(20, Ok::<_, &str>(2)),
        )
        .race()
        .await;
        assert_eq!(ended.expect("a wins"), 1);
    }
}

/// How long a group takes whose work is done at once, with a grace of a minute, and what its daemon said.
macro_rules! finishes {
    (@ $words:ident spawned $daemon:expr) => {
        taskgroup::group!(work = async { yields(3).await; Ok::<_, &str>(()) }, #[daemon] #[spawn] $daemon($words))
    };
    (@ $words:ident inline $daemon:expr) => {
        taskgroup::group!(work = async { yields(3).await; Ok::<_, &str>(()) }, #[daemon] $daemon($words))
    };
    ($word:ident $daemon:expr) => {{
        let (trail, started) = (Trail::new(), tokio::time::Instant::now());
        let words = trail.clone();
        let ended = finishes!(@ words $word $daemon).grace(ms(60_000)).await;
        assert_eq!(ended, Ok(()));
        (started.elapsed(), trail.read())
    }};
}

async fn deaf(trail: Trail) -> Result<(), &'static str> {
    let _end = trail.last_words("gone");
    loop {
        tokio::time::sleep(ms(1_000)).await;
    }
}

async fn listening(trail: Trail) -> Result<(), &'static str> {
    taskgroup::cancelled().await;
    tokio::time::sleep(ms(20)).await;
    trail.say("cleaned up");
    Ok(())
}

async fn in_a_section(trail: Trail) -> Result<(), &'static str> {
    taskgroup::shield(async {
        tokio::time::sleep(ms(20)).await;
        trail.say("stored");
    })
    .await;
    std::future::pending().await
}

virtual_time! {
    async fn a_daemon_that_does_not_listen_costs_a_clean_end_nothing() {
        assert_eq!(finishes!(inline deaf), (ms(0), vec!["gone".to_owned()]));
        assert_eq!(finishes!(spawned deaf), (ms(0), vec!["gone".to_owned()]));
    }

    async fn a_daemon_that_does_not_listen_costs_a_winner_nothing_though_others_are_queued() {
        let started = tokio::time::Instant::now();
        let won = group!(
            #[daemon]
            #[spawn]
            std::future::pending::<Result<(), &str>>(),
            first = after(10, Ok::<_, &str>(1)),
            queued = after(10, Ok(2)),
        )
        .race()
        .limit(1)
        .grace(ms(60_000))
        .await;
        assert_eq!((won.ok(), started.elapsed()), (Some(1), ms(10)));
    }

    async fn a_daemon_that_listens_has_the_grace_at_a_clean_end() {
        assert_eq!(finishes!(inline listening), (ms(20), vec!["cleaned up".to_owned()]));
        assert_eq!(finishes!(spawned listening), (ms(20), vec!["cleaned up".to_owned()]));
    }

    async fn a_daemon_in_a_section_finishes_it_at_a_clean_end() {
        assert_eq!(finishes!(inline in_a_section).1, ["stored"]);
        assert_eq!(finishes!(spawned in_a_section).1, ["stored"]);
    }

    async fn a_function_that_has_finished_does_not_wait_for_a_daemon_that_does_not_listen() {
        #[taskgroup::task_group(grace = ms(60_000))]
        async fn run(trail: Trail) -> Result<(), &'static str> {
            #[daemon]
            deaf(trail.clone());
            #[daemon]
            #[spawn]
            deaf(trail.clone());
            #[daemon]
            listening(trail.clone());
            yields(3).await;
            Ok(())
        }
        let (trail, started) = (Trail::new(), tokio::time::Instant::now());
        assert_eq!(run(trail.clone()).await, Ok(()));
        assert_eq!((started.elapsed(), trail.sorted()), (ms(20), vec!["cleaned up".into(), "gone".into(), "gone".into()]));
    }
}
