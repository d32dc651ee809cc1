//! Jobs: accepted means run; what is not accepted is returned; what is lost is counted.

use std::{
    future::pending,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use taskgroup::{
    Cause, Stopped, accepted, cause, draining, group, shield,
    spawner::{self, Jobs, Refused, Spawner},
    task_group,
};
use taskgroup_tests::{Alive, Counting, Fail, ms, poll_once};
use tokio::time::{Instant, sleep, timeout};

/// Spawns `count` jobs that take 10 ms each, and returns what counts them.
async fn spawn_many(spawner: &Spawner<Fail>, count: usize) -> Alive {
    let alive = Alive::new();
    for _ in 0..count {
        let alive = alive.clone();
        let job = async move {
            let _here = alive.enter();
            sleep(ms(10)).await;
            Ok(())
        };
        spawner.spawn(job).await.expect("an open spawner");
    }
    alive
}

#[tokio::test(start_paused = true)]
async fn each_job_is_a_child_of_the_for_and_the_last_spawner_ends_it() {
    let (spawner, jobs) = spawner::bounded(100);
    let alive = spawn_many(&spawner, 7).await;
    let other = spawner.clone();
    drop(spawner);
    let began = Instant::now();
    let ended = group!(
        #[stream]
        #[spawn]
        jobs = for job in jobs {
            job
        },
        keeper = async move {
            sleep(ms(35)).await;
            drop(other);
            Ok::<_, Fail>(())
        },
    )
    .limit(3)
    .await;
    assert_eq!(ended.map(|(jobs, ())| jobs.len()).map_err(|error| error.to_string()), Ok(7));
    assert_eq!((alive.ever(), alive.most()), (7, 2), "one of three places is the keeper's");
    assert_eq!(began.elapsed(), ms(40));
}

#[tokio::test(start_paused = true)]
async fn an_inline_for_runs_jobs_too() {
    let (spawner, mut jobs) = spawner::unbounded();
    let alive = spawn_many(&spawner, 5).await;
    drop(spawner);
    let ended = group!(
        #[stream]
        jobs = for job in &mut jobs {
            job
        }
    )
    .limit(2)
    .await;
    assert!(matches!(ended, Ok(jobs) if jobs.len() == 5));
    assert_eq!((alive.ever(), alive.most()), (5, 2));
}

#[task_group(limit = 2)]
async fn serve(mut jobs: Jobs<Fail>) -> Result<usize, Fail> {
    let mut begun = 0;
    while let Some(job) = jobs.next().await {
        #[spawn]
        job;
        begun += 1;
    }
    Ok(begun)
}

#[tokio::test(start_paused = true)]
async fn a_function_runs_jobs_in_a_loop() {
    let (spawner, jobs) = spawner::bounded(100);
    let alive = spawn_many(&spawner, 5).await;
    drop(spawner);
    assert!(matches!(serve(jobs).await, Ok(5)));
    assert_eq!((alive.ever(), alive.most()), (5, 2));
}

#[tokio::test(start_paused = true)]
async fn a_bounded_spawner_waits_for_room_and_an_unbounded_one_does_not() {
    let (spawner, mut jobs) = spawner::bounded::<Fail>(1);
    assert!(spawner.try_spawn(async { Ok(()) }).is_ok());
    let mut waits = pin!(spawner.spawn(async { Ok(()) }));
    assert!(poll_once(waits.as_mut()).is_pending());
    assert!(matches!(spawner.try_spawn(async { Ok(()) }), Err(Refused::Full(_))));
    assert!(jobs.next().await.is_some());
    assert!(poll_once(waits.as_mut()).is_ready());

    let (spawner, jobs) = spawner::unbounded::<Fail>();
    assert!((0..1_000).all(|_| spawner.try_spawn(async { Ok(()) }).is_ok()));
    drop(jobs);
    assert_eq!(spawner.lost(), 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_while_it_waits_has_not_been_accepted() {
    let (spawner, mut jobs) = spawner::bounded::<Fail>(1);
    let alive = Alive::new();
    let here = alive.enter();
    spawner.try_spawn(async { Ok(()) }).expect("room");
    {
        let mut waits = pin!(spawner.spawn(async move {
            let _here = here;
            Ok(())
        }));
        assert!(poll_once(waits.as_mut()).is_pending());
        assert_eq!(alive.now(), 1);
    }
    assert_eq!(alive.now(), 0);
    assert!(jobs.next().await.is_some());
    drop(spawner);
    assert!(jobs.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn accepted_jobs_run_under_a_drain_which_closes_the_spawner() {
    let (spawner, jobs) = spawner::bounded(100);
    let alive = spawn_many(&spawner, 20).await;
    let outside = spawner.clone();
    let ended = group!(
        #[stream]
        #[spawn]
        jobs = for job in jobs {
            job
        },
        late = async {
            draining().await;
            Ok::<_, Fail>(matches!(spawner.spawn(async { Ok(()) }).await, Err(Refused::Closed(_))))
        },
    )
    .limit(3)
    .drain_on(sleep(ms(15)))
    .await;
    assert!(matches!(ended, Ok((jobs, true)) if jobs.len() == 20));
    assert_eq!(alive.ever(), 20);
    assert!(outside.is_closed());
    assert_eq!(outside.lost(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_drain_ends_a_call_that_waits_for_room_and_a_wait_for_the_closing() {
    let (spawner, jobs) = spawner::bounded(1);
    spawner.try_spawn(pending()).expect("room");
    let waiting = tokio::spawn({
        let spawner = spawner.clone();
        async move {
            let first = spawner.spawn(async { Ok(()) }).await; // room for this one, when the other is taken
            let (second, ()) = tokio::join!(spawner.spawn(async { Ok(()) }), spawner.closed());
            (first.is_ok(), matches!(second, Err(Refused::Closed(_))))
        }
    });
    let ended = group!(
        #[stream]
        #[spawn]
        jobs = for job in jobs {
            job
        }
    )
    .limit(1)
    .drain_on(sleep(ms(15)))
    .drain_timeout(ms(20))
    .await;
    assert!(ended.is_err_and(|error: Fail| error.to_string().contains("timed out")));
    assert_eq!(waiting.await.expect("no panic"), (true, true));
    assert_eq!(spawner.lost(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_drops_what_has_not_begun_and_counts_it() {
    let (spawner, jobs) = spawner::bounded(100);
    let alive = spawn_many(&spawner, 20).await;
    let ended = group!(
        #[stream]
        #[spawn]
        jobs = for job in jobs {
            job
        }
    )
    .limit(2)
    .timeout(ms(15))
    .await;
    assert!(ended.is_err());
    assert_eq!((alive.ever(), alive.now()), (4, 0));
    assert_eq!(spawner.lost(), 16);
    assert!(matches!(spawner.try_spawn(async { Ok(()) }), Err(Refused::Closed(_))));
}

#[tokio::test(start_paused = true)]
async fn what_a_cancelled_function_has_not_taken_is_lost_before_its_jobs_are_dropped() {
    let (spawner, mut jobs) = spawner::bounded(100);
    let alive = spawn_many(&spawner, 20).await;
    let ended = group!(
        #[stream]
        #[spawn]
        jobs = for job in &mut jobs {
            job
        }
    )
    .limit(2)
    .timeout(ms(15))
    .await;
    assert!(ended.is_err());
    assert_eq!((alive.ever(), spawner.lost()), (4, 16));
    assert!(shield(jobs.next()).await.is_none());
    drop(jobs);
    assert_eq!(spawner.lost(), 16);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_was_taken_and_dropped_before_its_first_poll_is_lost_too() {
    let (spawner, mut jobs) = spawner::bounded::<Fail>(8);
    spawner.try_spawn(async { Ok(()) }).expect("room");
    spawner.try_spawn(pending()).expect("room");
    drop(jobs.next().await);
    assert_eq!(spawner.lost(), 1);
    let mut begun = Box::pin(jobs.next().await.expect("another job"));
    assert!(poll_once(begun.as_mut()).is_pending());
    drop(begun);
    assert_eq!(spawner.lost(), 1, "it had begun");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_group_closes_the_spawner() {
    let (spawner, mut jobs) = spawner::bounded::<Fail>(8);
    let closed = tokio::spawn({
        let spawner = spawner.clone();
        async move { spawner.closed().await }
    });
    let one = group!(one = jobs.next_or_none()).await;
    assert!(one.is_ok_and(|job| !job));
    assert!(spawner.is_closed());
    closed.await.expect("no panic");
}

/// A child that looks for a job for a moment.
trait NextOrNone {
    async fn next_or_none(&mut self) -> Result<bool, Fail>;
}

impl NextOrNone for Jobs<Fail> {
    async fn next_or_none(&mut self) -> Result<bool, Fail> {
        Ok(timeout(ms(1), self.next()).await.is_ok())
    }
}

#[tokio::test(start_paused = true)]
async fn a_spawner_does_not_keep_the_group_and_outlives_it() {
    let (spawner, jobs) = spawner::bounded::<Fail>(8);
    {
        let running = group!(
            #[stream]
            #[spawn]
            jobs = for job in jobs {
                job
            }
        )
        .into_future();
        let mut running = pin!(running);
        assert!(poll_once(running.as_mut()).is_pending());
        assert!(!spawner.is_closed());
    }
    assert!(spawner.is_closed(), "the group was dropped");
    assert!(spawner.spawn(async { Ok(()) }).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_drain_of_an_enclosing_group_leaves_the_spawner_of_one_inside_open() {
    let ended = group!(
        request = async {
            let (spawner, jobs) = spawner::bounded(8);
            let crawl = async move {
                draining().await;
                sleep(ms(5)).await;
                // The request was accepted before the drain: what it still starts is part of it.
                let spawned = spawner.spawn(async { Ok(()) }).await;
                Ok::<_, Fail>(spawned.is_ok())
            };
            group!(
                #[stream]
                #[spawn]
                jobs = for job in jobs {
                    job
                },
                crawl
            )
            .await
        }
    )
    .drain_on(sleep(ms(10)))
    .await;
    assert!(matches!(ended, Ok((jobs, true)) if jobs.len() == 1));
}

#[tokio::test(start_paused = true)]
async fn a_caller_whose_own_group_is_cancelled_while_it_waits_gets_its_future_back() {
    let (spawner, jobs) = spawner::bounded::<Fail>(1);
    spawner.try_spawn(async { Ok(()) }).expect("room");
    let ended = group!(
        caller = async {
            let refused = spawner.spawn(async { Ok(()) }).await;
            Ok::<_, Fail>(matches!(refused, Err(Refused::Full(_))))
        }
    )
    .timeout(ms(5))
    .await;
    assert!(matches!(ended, Ok(true)));
    // With room, a cancelled caller can still hand over its work.
    drop(jobs);
    assert_eq!(spawner.lost(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_job_has_its_own_name_in_errors_and_causes() {
    let (spawner, jobs) = spawner::unbounded();
    spawner
        .spawn_named("witness", async {
            taskgroup::cancelled().await;
            assert_eq!(cause(), Some(Cause::Failed { child: "import".into() }));
            Ok(())
        })
        .await
        .expect("an open spawner");
    spawner.spawn_named("import", async { Err(Fail::Own("no file")) }).await.expect("an open spawner");
    let ended = group!(
        #[stream]
        #[spawn]
        jobs = for job in jobs {
            job
        }
    )
    .outcome()
    .grace(ms(5))
    .await;
    assert!(matches!(ended, Err(Stopped::Failed { child, .. }) if child == "import"));
}

#[tokio::test(start_paused = true)]
async fn a_job_has_its_own_name_inline_and_in_a_list_of_failures() {
    let (spawner, jobs) = spawner::unbounded();
    for n in 0..3 {
        let job = async move { if n == 1 { Ok(()) } else { Err(Fail::Own("no file")) } };
        if n == 0 {
            spawner.spawn(job).await.expect("an open spawner");
        } else {
            spawner.spawn_named(format!("import {n}"), job).await.expect("an open spawner");
        }
    }
    drop(spawner);
    let failures = group!(
        #[stream]
        jobs = for job in jobs {
            job
        }
    )
    .collect_errors()
    .await
    .expect_err("two failed");
    let names: Vec<_> = failures.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(names, ["jobs[0]", "import 2"]);
}

#[task_group]
async fn one_fails(mut jobs: Jobs<Fail>) -> Result<(), Fail> {
    while let Some(job) = jobs.next().await {
        #[spawn]
        job;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_a_statement_of_a_function_has_its_own_name() {
    let (spawner, jobs) = spawner::unbounded();
    spawner.spawn_named("import", async { panic!("on purpose") }).await.expect("an open spawner");
    drop(spawner);
    let panicked = group!(f = one_fails(jobs)).outcome().await;
    assert!(
        matches!(&panicked, Err(Stopped::Panicked(panicked)) if panicked.message() == "on purpose"),
        "{panicked:?}"
    );
    let (spawner, jobs) = spawner::unbounded();
    spawner
        .spawn_named("witness", async {
            taskgroup::cancelled().await;
            assert_eq!(cause(), Some(Cause::Failed { child: "import".into() }));
            Ok(())
        })
        .await
        .expect("an open spawner");
    spawner.spawn_named("import", async { Err(Fail::Own("no file")) }).await.expect("an open spawner");
    assert!(one_fails(jobs).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn jobs_start_jobs_until_there_are_none_left() {
    fn crawl(depth: usize, spawner: Spawner<Fail>, count: Arc<AtomicUsize>) -> Result<(), Fail> {
        count.fetch_add(1, Relaxed);
        for _ in 0..if depth == 0 { 0 } else { 3 } {
            let (below, count) = (spawner.clone(), count.clone());
            spawner.try_spawn(async move { crawl(depth - 1, below, count) }).expect("unbounded");
        }
        Ok(())
    }
    let (spawner, jobs) = spawner::unbounded();
    let count = Arc::<AtomicUsize>::default();
    crawl(5, spawner, count.clone()).expect("no failure");
    let ended = group!(
        #[stream]
        #[spawn]
        jobs = for job in jobs {
            job
        }
    )
    .limit(4)
    .await;
    assert!(ended.is_ok());
    assert_eq!(count.load(Relaxed), (0..=5).map(|depth| 3_usize.pow(depth)).sum());
}

/// In real time: a loop that goes on would keep a paused clock where it is.
#[tokio::test]
async fn refused_jobs_that_are_asked_for_again_and_again_still_yield() {
    let (spawner, jobs) = spawner::bounded::<Fail>(1);
    drop(jobs);
    let ended = group!(
        loops = async {
            loop {
                let _ = spawner.spawn(async { Ok(()) }).await;
            }
            #[allow(unreachable_code)]
            Ok::<(), Fail>(())
        }
    )
    .timeout(ms(5))
    .await;
    assert!(ended.is_err());
}

#[tokio::test(start_paused = true)]
async fn the_owner_is_woken_once_for_a_job_and_reads_it() {
    let (spawner, jobs) = spawner::bounded::<Fail>(8);
    let (count, waker) = Counting::new();
    let mut cx = std::task::Context::from_waker(&waker);
    let mut running = pin!(
        group!(
            #[stream]
            jobs = for job in accepted(jobs) {
                job
            }
        )
        .into_future()
    );
    assert!(running.as_mut().poll(&mut cx).is_pending());
    spawner.try_spawn(async { Ok(()) }).expect("room");
    assert_eq!(count.count(), 1);
    assert!(running.as_mut().poll(&mut cx).is_pending());
    drop(spawner);
    assert_eq!(count.count(), 2);
    assert!(running.as_mut().poll(&mut cx).is_ready());
}

/// A gate that opens into it would never be closed, and the spawner would accept what nothing runs.
#[tokio::test(start_paused = true)]
async fn a_spawner_whose_jobs_begin_in_a_group_that_drains_is_closed() {
    #[task_group(drain_on = std::future::ready(()))]
    async fn serves(mut jobs: Jobs<Fail>) -> Result<bool, Fail> {
        draining().await;
        Ok(jobs.next().await.is_some())
    }
    let (spawner, jobs) = spawner::unbounded();
    let ended = timeout(ms(10), serves(jobs)).await.expect("no job can come any more");
    assert_eq!(ended.map_err(|error| error.to_string()), Ok(false));
    assert!(spawner.is_closed());
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_opens_into_a_group_that_drains_is_closed() {
    let (spawner, mut jobs) = spawner::unbounded::<Fail>();
    let ended = group!(
        worker = async {
            draining().await;
            let next = timeout(ms(1), jobs.next()).await;
            assert!(matches!(next, Ok(None)), "nothing more is accepted");
            assert!(spawner.is_closed());
            Ok::<_, Fail>(())
        }
    )
    .drain_on(std::future::ready(()))
    .await;
    assert!(ended.is_ok());
}
