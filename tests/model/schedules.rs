//! The generated programs in other orders of polls: whatever the order, each ends, and leaves nothing behind.

use std::{panic::AssertUnwindSafe, sync::Arc, thread};

use futures::FutureExt;
use taskgroup::testing::{Explorer, Interference};
use tokio::time::timeout;

use crate::{
    case::{Case, Got},
    explore::{STACK, case_of, number, silence_our_own_panics},
    features::Features,
    script::nested,
    world::{FAR, World},
};

/// Runs a case to its end. How it ends depends on the order; the reference knows the usual one only.
async fn ends(case: Arc<Case>) {
    let world = World::new(case);
    let ended = AssertUnwindSafe(timeout(FAR, nested(world, 0))).catch_unwind().await;
    assert!(!matches!(ended, Ok(Err(_))), "it never ends");
}

#[test]
fn every_case_ends_in_every_order_and_leaves_nothing_behind() {
    silence_our_own_panics();
    let thread = thread::Builder::new().stack_size(STACK).spawn(explore_all).expect("a thread");
    thread.join().unwrap_or_else(|payload| std::panic::resume_unwind(payload));
}

fn explore_all() {
    let features = Features::from_env();
    let (first, cases) = (number("MODEL_SEED", 1), number("MODEL_SCHEDULED", 60));
    let (mut explored, mut functions) = (0, 0);
    for seed in first..first + cases {
        let (case, (expected, _)) = case_of(seed, &features);
        // One that waits for what never comes does so in any order.
        if expected.got == Got::Hung {
            continue;
        }
        explored += 1;
        functions += usize::from(crate::shape::SHAPES[case.groups[0].shape].is_function());
        let report = Explorer::new()
            .only([Interference::Schedule])
            .schedules(10)
            .time_limit(3 * FAR)
            .report(|| ends(case.clone()));
        assert!(report.findings().is_empty(), "seed {seed}: {report}");
    }
    println!("{explored} cases in 10 orders each, {functions} of them functions");
    assert!(explored * 2 > cases as usize && functions > 0, "most cases end, and some are functions");
}
