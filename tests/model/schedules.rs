//! The generated programs in other orders of polls: whatever the order, each ends, and leaves nothing behind; and if its
//! outcome does not depend on the order, it is that of the reference.

use std::{panic::AssertUnwindSafe, sync::Arc, thread};

use futures::FutureExt;
use taskgroup::testing::{Explorer, Interference};
use tokio::time::timeout;

use crate::{
    case::{Case, End, Got, Policy, Script, Step},
    explore::{STACK, case_of, number, silence_our_own_panics},
    features::Features,
    script::nested,
    shape::SHAPES,
    world::{FAR, World, code_of},
};

/// Runs a case to its end, which is `fixed`, or depends on the order; the reference knows the usual order only.
async fn ends(case: Arc<Case>, fixed: Option<Got>) {
    let world = World::new(case);
    let got = match AssertUnwindSafe(timeout(FAR, nested(world, 0))).catch_unwind().await {
        Ok(Ok(got)) => got,
        Ok(Err(_)) => panic!("it never ends"),
        Err(payload) => Got::Panic(code_of(&*payload)),
    };
    if let Some(fixed) = fixed {
        assert_eq!(got, fixed, "the outcome does not depend on the order");
    }
}

/// Does a case end in the same way in any order? If nothing is cancelled, drained or won, and at most one child fails or
/// panics: one that the outermost group waits for.
fn is_fixed(case: &Case) -> bool {
    let is_open = |options: &crate::case::Options| {
        options.timeout.is_some()
            || options.cancel_on.is_some()
            || options.drain_on.is_some()
            || options.policy == Policy::Race
    };
    let scripts = |at: usize| case.groups[at].children.iter().map(|child| &child.script).chain(&case.groups[at].body);
    let fails = |script: &Script| matches!(script.end, Some(End::Fail | End::Panic));
    let cancels = |script: &Script| script.steps.iter().any(|step| matches!(step, Step::Cancel(_)));
    let group = &case.groups[0];
    let is_daemon = |child: usize| SHAPES[group.shape].statements[group.statement(child)].kind.is_daemon();
    let daemons_fail = (0..group.children.len()).any(|child| is_daemon(child) && fails(&group.children[child].script));
    let inner_fail = (1..case.groups.len()).any(|at| scripts(at).any(fails));
    !case.groups.iter().any(|group| is_open(&group.options) || group.bomb)
        && !(0..case.groups.len()).any(|at| scripts(at).any(cancels))
        && !daemons_fail
        && !inner_fail
        && scripts(0).filter(|script| fails(script)).count() <= 1
}

#[test]
fn every_case_ends_in_every_order_and_leaves_nothing_behind() {
    silence_our_own_panics();
    let thread = thread::Builder::new().stack_size(STACK).spawn(explore_all).expect("a thread");
    thread.join().unwrap_or_else(|payload| std::panic::resume_unwind(payload));
}

/// So many cases whose outcome is fixed are explored, beside the first ones.
const FIXED: usize = 20;

fn explore_all() {
    let features = Features::from_env();
    let (first, cases) = (number("MODEL_SEED", 1), number("MODEL_SCHEDULED", 60));
    let (mut explored, mut functions, mut compared) = (0, 0, 0);
    for seed in first.. {
        if seed >= first + cases && compared >= FIXED {
            break;
        }
        let (case, (expected, _)) = case_of(seed, &features);
        let fixed = is_fixed(&case).then(|| expected.got.clone());
        // One that waits for what never comes does so in any order.
        if expected.got == Got::Hung || (seed >= first + cases && fixed.is_none()) {
            continue;
        }
        explored += 1;
        functions += usize::from(SHAPES[case.groups[0].shape].is_function());
        compared += usize::from(fixed.is_some());
        let report = Explorer::new()
            .only([Interference::Schedule])
            .schedules(10)
            .time_limit(3 * FAR)
            .report(|| ends(case.clone(), fixed.clone()));
        assert!(report.findings().is_empty(), "seed {seed}: {report}");
    }
    println!("{explored} cases in 10 orders each, {functions} of them functions, {compared} with a fixed outcome");
    assert!(explored * 2 > cases as usize && functions > 0, "most cases end, and some are functions");
}
