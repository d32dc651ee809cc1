//! On both runtimes, with one thing going wrong at a time.

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::Poll,
    time::{Duration, Instant},
};

use taskgroup::orphans;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::{
    kinds::{Nest, Subject, all, nested},
    tell,
    world::{Act, Boom, Plan, STEPS, World},
};

/// Makes the case on the runtime it is called in; `drop_after` so many polls, if at all. Was it dropped before its end?
async fn one(subject: Subject, nest: Nest, plan: Plan, drop_after: Option<usize>) -> bool {
    let world = World::new(plan);
    let mut root: Option<Pin<Box<dyn Future<Output = ()>>>> = Some(Box::pin(nested(subject, nest, world.clone())));
    let mut polls = 0;
    let dropped = poll_fn(|cx| {
        if drop_after == Some(polls) {
            return Poll::Ready(true);
        }
        polls += 1;
        let Some(future) = &mut root else { return Poll::Ready(false) };
        let poll = future.as_mut().poll(cx).map(|()| false);
        if poll.is_pending() && drop_after == Some(polls) { Poll::Ready(true) } else { poll }
    })
    .await;
    // A destructor of a child may panic here; the rest is dropped all the same.
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| root = None)) {
        assert!(payload.is::<Boom>(), "a payload of somebody else's");
    }
    orphans().await;
    assert_eq!(world.living(), 0, "something lives on: {} {nest:?} {plan:?}, dropped {drop_after:?}", subject.name());
    assert!(!world.is_misjudged(), "wrong outcome: {} {nest:?} {plan:?}, dropped {drop_after:?}", subject.name());
    dropped
}

/// Tasks that have handed over their output are not quite gone yet.
async fn nothing_is_alive() {
    let until = Instant::now() + Duration::from_secs(10);
    let metrics = Handle::current().metrics();
    while metrics.num_alive_tasks() > 0 {
        assert!(Instant::now() < until, "{} tasks are alive", metrics.num_alive_tasks());
        tokio::task::yield_now().await;
    }
}

fn paused() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

fn threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap()
}

/// Runs `each` for every subject, nested in every way, and looks afterwards whether any task is left.
fn all_cases(runtime: &Runtime, what: &str, each: impl AsyncFn(Subject, Nest) -> usize) {
    let since = Instant::now();
    let mut cases = 0;
    for subject in all() {
        for nest in Nest::ALL {
            cases += runtime.block_on(async {
                let cases = each(subject, nest).await;
                nothing_is_alive().await;
                cases
            });
        }
    }
    tell(what, cases, since);
}

/// The limits that make a difference to a subject.
fn limits(subject: Subject) -> &'static [Option<usize>] {
    if subject.is_armed { &[None, Some(1)] } else { &[None] }
}

/// More steps than all children together make.
fn steps(subject: Subject) -> usize {
    subject.children().count() * STEPS + 1
}

async fn acts(subject: Subject, nest: Nest) -> usize {
    let mut cases = 0;
    for limit in limits(subject) {
        for child in subject.children() {
            for step in 0..STEPS {
                for act in [Act::Fail, Act::Panic, Act::PanicInDrop] {
                    // A destructor has no steps.
                    if act == Act::PanicInDrop && step > 0 {
                        continue;
                    }
                    for listens in [false, true] {
                        let plan = Plan { act: Some((act, child, step)), limit: *limit, listens, ..Plan::default() };
                        one(subject, nest, plan, None).await;
                        cases += 1;
                    }
                }
            }
        }
    }
    cases
}

async fn drops(subject: Subject, nest: Nest) -> usize {
    let mut cases = 0;
    for limit in limits(subject) {
        for act in [None, Some((Act::PanicInDrop, 1, 0))] {
            for polls in 0.. {
                cases += 1;
                if !one(subject, nest, Plan { act, limit: *limit, ..Plan::default() }, Some(polls)).await {
                    break;
                }
            }
        }
    }
    cases
}

async fn cancellations(subject: Subject, nest: Nest) -> usize {
    let mut cases = 0;
    for limit in limits(subject) {
        for listens in [false, true] {
            for at in (0..steps(subject)).map(Some) {
                let plan = Plan { limit: *limit, listens, ..Plan::default() };
                if subject.is_armed {
                    one(subject, nest, Plan { cancel: at, ..plan }, None).await;
                    one(subject, nest, Plan { drain: at, ..plan }, None).await;
                    cases += 2;
                }
                if nest != Nest::Alone {
                    one(subject, nest, Plan { around: at, ..plan }, None).await;
                    cases += 1;
                }
            }
        }
    }
    cases
}

/// A deadline at every millisecond; the children's steps have times of their own.
async fn deadlines(subject: Subject, nest: Nest) -> usize {
    if !subject.is_armed {
        return 0;
    }
    let mut cases = 0;
    for limit in [None, Some(2)] {
        for timeout in (0..60).map(Duration::from_millis) {
            let plan = Plan { limit, sleeps: true, ..Plan::default() };
            let listens = timeout.as_millis() % 2 == 0;
            one(subject, nest, Plan { timeout: Some(timeout), listens, ..plan }, None).await;
            let drain_timeout = Some(timeout);
            one(subject, nest, Plan { drain: Some(2), drain_timeout, ..plan }, None).await;
            cases += 2;
        }
    }
    cases
}

/// In real time, with children that keep their threads busy.
async fn real_deadlines(subject: Subject, nest: Nest) -> usize {
    if !subject.is_armed {
        return 0;
    }
    let timeouts = [0, 1, 2].map(Duration::from_millis);
    for timeout in timeouts {
        let busy = Some(Duration::from_micros(200));
        one(subject, nest, Plan { timeout: Some(timeout), busy, ..Plan::default() }, None).await;
    }
    timeouts.len()
}

#[test]
fn on_one_thread() {
    all_cases(&paused(), "one thread, failures", acts);
    all_cases(&paused(), "one thread, drops", drops);
    all_cases(&paused(), "one thread, cancellations and drains", cancellations);
    all_cases(&paused(), "one thread, deadlines", deadlines);
}

#[test]
fn on_threads() {
    all_cases(&threads(), "threads, failures", acts);
    all_cases(&threads(), "threads, drops", drops);
    all_cases(&threads(), "threads, cancellations and drains", cancellations);
    all_cases(&threads(), "threads, deadlines", real_deadlines);
}
