//! Between any two polls, in virtual time.

use std::{cell::RefCell, sync::Arc, time::Instant};

use std::time::Duration;
use taskgroup::testing::Explorer;

use crate::{
    kinds::{Nest, Subject, all, nested},
    tell,
    world::{Plan, World},
};

fn explore(subject: Subject, nest: Nest, plan: Plan) -> usize {
    let worlds = RefCell::new(None::<Arc<World>>);
    let explored = Explorer::new()
        .schedules(10)
        .check(|run| {
            let world = worlds.borrow_mut().take();
            let left = world.map_or(0, |world| world.living());
            assert_eq!(left, 0, "something lives on after {}", run.replay());
        })
        .try_run(|| {
            let world = World::new(plan);
            worlds.replace(Some(world.clone()));
            nested(subject, nest, world)
        });
    match explored {
        Ok(explored) => explored.runs(),
        Err(finding) => panic!("{} {nest:?} {plan:?}\n{finding}", subject.name()),
    }
}

fn explore_all(what: &str, armed: bool, plan: Plan) {
    let since = Instant::now();
    let mut cases = 0;
    for subject in all().into_iter().filter(|subject| subject.is_armed == armed) {
        for nest in Nest::ALL {
            cases += explore(subject, nest, plan);
        }
    }
    tell(what, cases, since);
}

#[test]
fn without_options() {
    explore_all("explored, without options", false, Plan::default());
}

#[test]
fn with_options_that_rest() {
    let plan = Plan { limit: Some(2), listens: true, sleeps: true, ..Plan::default() };
    explore_all("explored, with options that rest", true, plan);
}

#[test]
fn with_grace_and_critical_sections() {
    let plan = Plan { grace: Some(Duration::from_millis(9)), shields: true, sleeps: true, ..Plan::default() };
    explore_all("explored, with grace and critical sections", true, plan);
}

/// Two things go wrong: the group is cancelled in the middle by itself, and then interfered with.
#[test]
fn in_the_middle_of_a_cancellation() {
    let plan = Plan { cancel: Some(4), grace: Some(Duration::from_millis(9)), sleeps: true, ..Plan::default() };
    explore_all("explored, cancelled", true, plan);
}

#[test]
fn in_the_middle_of_a_drain() {
    let plan = Plan {
        drain: Some(4),
        limit: Some(2),
        drain_timeout: Some(Duration::from_millis(9)),
        sleeps: true,
        ..Plan::default()
    };
    explore_all("explored, draining", true, plan);
}
