//! Futures that others poll: the group waits for them, and can end them as far as they are polled.

use std::{future::pending, panic::AssertUnwindSafe, pin::pin, task::Poll};

use futures::FutureExt;
use taskgroup::{
    Cause, cancelled, deadline, draining, group, is_cancelled, is_draining, or_cancelled, orphans, shield,
    spawner::{self, Jobs, Refused},
};
use taskgroup_tests::{Alive, Fail, Flag, ms, poll_once};
use tokio::{
    spawn as foreign,
    time::{Instant, sleep},
};

/// Runs the group of the jobs, for as long as the child does.
macro_rules! with_jobs {
    ($jobs:expr, $child:expr) => {{
        let jobs: Jobs<Fail> = $jobs;
        group!(
            #[stream]
            #[spawn]
            jobs = for job in jobs {
                job
            },
            child = $child
        )
    }};
}

async fn never() -> Result<(), Fail> {
    pending().await
}

#[tokio::test(start_paused = true)]
async fn the_group_waits_for_it_without_cancelling_it() {
    let began = Instant::now();
    let (spawner, jobs) = spawner::bounded(8);
    let ended = with_jobs!(jobs, async move {
        let tracked = spawner.track(async {
            sleep(ms(50)).await;
            is_cancelled()
        });
        foreign(tracked.expect("an open spawner"));
        Ok(())
    })
    .await;
    assert!(ended.is_ok());
    assert_eq!(began.elapsed(), ms(50));
}

#[tokio::test(start_paused = true)]
async fn its_value_goes_to_the_code_that_polls_it() {
    let (spawner, jobs) = spawner::bounded(8);
    let ended = with_jobs!(jobs, async move {
        let tracked = spawner.track(async { Err::<(), _>("an error is a value like any other") });
        foreign(tracked.expect("an open spawner")).await.map_err(|_| Fail::Own("a panic"))
    })
    .await;
    let value = ended.map(|(_, value)| value).map_err(|error| error.to_string());
    assert_eq!(value, Ok(Ok(Err("an error is a value like any other"))));
}

#[tokio::test(start_paused = true)]
async fn it_sees_the_token_the_deadline_and_the_drain_of_the_group() {
    let (spawner, jobs) = spawner::bounded(8);
    let began = Instant::now();
    let seen = foreign(
        spawner
            .track(async move {
                sleep(ms(1)).await;
                let deadline = deadline().map(|at| at - began);
                draining().await;
                let draining = (began.elapsed(), is_draining());
                let why = cancelled().await;
                (deadline, draining, why)
            })
            .expect("an open spawner"),
    );
    let ended = with_jobs!(jobs, never()).drain_on(sleep(ms(10))).timeout(ms(100)).name("server").await;
    assert!(ended.is_err());
    let (deadline, draining, why) = seen.await.expect("no panic").expect("it ended in its last poll");
    assert_eq!((deadline, draining), (Some(ms(100)), (ms(10), true)));
    assert_eq!(why.cause(), &Cause::TimedOut { group: "server".into() });
}

#[tokio::test(start_paused = true)]
async fn one_that_does_not_listen_is_dropped_in_its_own_next_poll() {
    let alive = Alive::new();
    let here = alive.enter();
    let (spawner, jobs) = spawner::bounded(8);
    let tracked = foreign(
        spawner
            .track(async move {
                let _here = here;
                pending::<()>().await;
            })
            .expect("an open spawner"),
    );
    let ended = with_jobs!(jobs, never()).timeout(ms(10)).name("server").await;
    assert!(ended.is_err());
    assert_eq!(alive.now(), 0);
    let why = tracked.await.expect("no panic").expect_err("it was dropped");
    assert_eq!(why.cause(), &Cause::TimedOut { group: "server".into() });
}

#[tokio::test(start_paused = true)]
async fn one_that_listens_has_the_grace_and_no_more() {
    for (cleanup, ended_by_itself, at) in [(30, true, 40), (300, false, 110)] {
        let began = Instant::now();
        let (spawner, jobs) = spawner::bounded(8);
        let tracked = foreign(
            spawner
                .track(async move {
                    cancelled().await;
                    sleep(ms(cleanup)).await;
                })
                .expect("an open spawner"),
        );
        let child = async {
            cancelled().await;
            Ok(())
        };
        let ended = with_jobs!(jobs, child).timeout(ms(10)).grace(ms(100)).await;
        assert!(ended.is_err());
        assert_eq!(began.elapsed(), ms(at));
        assert_eq!(tracked.await.expect("no panic").is_ok(), ended_by_itself);
    }
}

#[tokio::test(start_paused = true)]
async fn a_critical_section_in_it_is_finished_first() {
    let saved = Flag::new();
    let flag = saved.clone();
    let (spawner, jobs) = spawner::bounded(8);
    let tracked = foreign(
        spawner
            .track(async move {
                shield(async {
                    sleep(ms(50)).await;
                    flag.set();
                })
                .await;
                pending::<()>().await;
            })
            .expect("an open spawner"),
    );
    let ended = with_jobs!(jobs, never()).timeout(ms(10)).await;
    assert!(ended.is_err() && saved.is_set());
    assert!(tracked.await.expect("no panic").is_err());
}

#[tokio::test(start_paused = true)]
async fn dropping_it_ends_the_wait() {
    let began = Instant::now();
    let (spawner, jobs) = spawner::bounded(8);
    let ended = with_jobs!(jobs, async move {
        let tracked = spawner.track(pending::<()>()).expect("an open spawner");
        foreign(async move {
            sleep(ms(20)).await;
            drop(tracked);
        });
        Ok(())
    })
    .await;
    assert!(ended.is_ok());
    assert_eq!(began.elapsed(), ms(20));
}

#[tokio::test(start_paused = true)]
async fn a_panic_goes_to_the_code_that_polls_it_and_the_group_goes_on() {
    let (spawner, jobs) = spawner::bounded(8);
    let ended = with_jobs!(jobs, async move {
        let tracked = spawner.track(async { panic!("on purpose") as () }).expect("an open spawner");
        let panicked = AssertUnwindSafe(tracked).catch_unwind().await.is_err();
        sleep(ms(5)).await;
        Ok(panicked && !is_cancelled())
    })
    .await;
    assert!(matches!(ended, Ok((_, true))));
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_its_destructor_goes_to_the_code_that_drops_it() {
    let (spawner, jobs) = spawner::bounded(8);
    let ended = with_jobs!(jobs, async move {
        let bomb = taskgroup_tests::Bomb("on purpose");
        let tracked = spawner.track(async move {
            let _bomb = bomb;
            pending::<()>().await
        });
        let mut tracked = Box::pin(tracked.expect("an open spawner"));
        assert!(poll_once(tracked.as_mut()).is_pending());
        Ok(std::panic::catch_unwind(AssertUnwindSafe(|| drop(tracked))).is_err())
    })
    .await;
    assert!(matches!(ended, Ok((_, true))));
}

#[tokio::test(start_paused = true)]
async fn before_the_jobs_are_polled_it_runs_without_a_group_and_joins_it_then() {
    let began = Instant::now();
    let (spawner, jobs) = spawner::bounded(8);
    let tracked = foreign(
        spawner
            .track(async {
                let before = deadline().is_some();
                sleep(ms(20)).await;
                (before, deadline().is_some())
            })
            .expect("not refused"),
    );
    let ready = spawner.track(async { 1 }).expect("not refused");
    assert_eq!(ready.await, Ok(1));
    sleep(ms(10)).await;
    drop(spawner);
    let ended = with_jobs!(jobs, async { Ok(()) }).timeout(ms(500)).await;
    assert!(ended.is_ok());
    assert_eq!(began.elapsed(), ms(20), "waited for, from when the group began");
    assert_eq!(tracked.await.expect("no panic"), Ok((false, true)));
}

#[tokio::test(start_paused = true)]
async fn one_that_came_before_the_group_began_is_stopped_with_it() {
    let (spawner, jobs) = spawner::bounded(8);
    let tracked = foreign(spawner.track(pending::<()>()).expect("not refused"));
    sleep(ms(1)).await;
    let ended = with_jobs!(jobs, never()).timeout(ms(10)).await;
    assert!(ended.is_err());
    assert!(tracked.await.expect("no panic").is_err());
}

#[tokio::test(start_paused = true)]
async fn jobs_that_are_dropped_without_a_group_leave_it_alone() {
    let (spawner, jobs) = spawner::bounded::<Fail>(8);
    let mut early = pin!(spawner.track(sleep(ms(5))).expect("not refused"));
    assert!(poll_once(early.as_mut()).is_pending());
    drop(jobs);
    assert!(matches!(spawner.track(async {}), Err(Refused::Closed(_))));
    assert_eq!(early.await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn it_is_refused_when_the_group_drains_or_is_over() {
    let (spawner, jobs) = spawner::bounded(8);
    let outside = spawner.clone();
    let ended = with_jobs!(jobs, async move {
        draining().await;
        Ok(spawner.track(async {}).is_err())
    })
    .drain_on(sleep(ms(5)))
    .await;
    assert!(matches!(ended, Ok((_, true))));
    let refused = outside.track(async { 7 }).expect_err("the group is over");
    assert_eq!(refused.into_inner().await, 7);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_first_polled_after_the_cancellation_never_starts() {
    let started = Flag::new();
    let flag = started.clone();
    let (spawner, jobs) = spawner::bounded(8);
    let mut tracked = pin!(spawner.track(async move { flag.set() }).expect("not refused"));
    let mut running = pin!(with_jobs!(jobs, never()).timeout(ms(10)).into_future());
    assert!(poll_once(running.as_mut()).is_pending());
    sleep(ms(20)).await;
    assert!(poll_once(running.as_mut()).is_pending(), "it is kept, and not polled");
    assert!(matches!(poll_once(tracked.as_mut()), Poll::Ready(Err(_))));
    assert!(!started.is_set());
    assert!(matches!(poll_once(running.as_mut()), Poll::Ready(Err(_))));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_group_hands_it_to_the_enclosing_one() {
    let began = Instant::now();
    let alive = Alive::new();
    let here = alive.enter();
    let ended = group!(
        outer = async {
            let (spawner, jobs) = spawner::bounded(8);
            let mut running = Box::pin(with_jobs!(jobs, never()).into_future());
            assert!(poll_once(running.as_mut()).is_pending());
            let tracked = spawner.track(async move {
                shield(sleep(ms(30))).await;
                drop(here);
            });
            foreign(tracked.expect("an open spawner"));
            sleep(ms(10)).await;
            drop(running);
            Ok::<_, Fail>(())
        }
    )
    .await;
    assert!(ended.is_ok());
    assert_eq!((began.elapsed(), alive.now()), (ms(30), 0));
}

#[tokio::test(start_paused = true)]
async fn outside_any_group_orphans_waits_for_it() {
    let began = Instant::now();
    let (spawner, jobs) = spawner::bounded(8);
    let mut running = Box::pin(with_jobs!(jobs, never()).into_future());
    assert!(poll_once(running.as_mut()).is_pending());
    let tracked = foreign(spawner.track(shield(sleep(ms(30)))).expect("an open spawner"));
    sleep(ms(10)).await;
    drop(running);
    orphans().await;
    assert_eq!(began.elapsed(), ms(30));
    assert!(tracked.await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_group_opened_in_it_is_below_the_group() {
    let (spawner, jobs) = spawner::bounded(8);
    let tracked = foreign(
        spawner
            .track(async { group!(upstream = or_cancelled(pending::<()>())).timeout(ms(1_000)).await })
            .expect("an open spawner"),
    );
    let ended = with_jobs!(jobs, never()).timeout(ms(10)).name("server").grace(ms(5)).await;
    assert!(ended.is_err());
    let answer = tracked.await.expect("no panic").expect("it answered in its last poll");
    assert_eq!(answer.expect_err("cancelled").cause(), &Cause::TimedOut { group: "server".into() });
}

/// The first arm may be a server that accepts a request before the jobs are pulled.
#[tokio::test(start_paused = true)]
async fn it_belongs_to_the_group_even_if_it_is_polled_before_the_jobs_are() {
    let (spawner, jobs) = spawner::bounded::<Fail>(8);
    let ended = group!(
        #[allow(detached)]
        front = async move {
            let tracked = spawner.track(async { deadline().is_some() }).expect("an open spawner");
            // Elsewhere, in the first poll of the group.
            let elsewhere = std::thread::spawn(move || tracked.now_or_never());
            Ok(elsewhere.join().expect("no panic"))
        },
        #[stream]
        #[spawn]
        jobs = for job in jobs {
            job
        }
    )
    .timeout(ms(50))
    .await;
    assert_eq!(ended.expect("no failure").0, Some(Ok(true)));
}
