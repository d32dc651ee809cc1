//! One case in the code under test.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use futures::FutureExt;
use tokio::{
    runtime::{Builder, Runtime},
    time::{sleep, timeout},
};

use crate::{
    case::{Case, Got, Id, Ms, Run},
    script::{counting_polls, nested},
    world::{FAR, World, code_of},
};

/// What else can be seen of a run.
pub struct Witness {
    pub run: Run,
    /// Events after the end.
    pub after: usize,
    /// Polls of one child within one poll of the outermost future, at most.
    pub most_polls: usize,
    /// Units of budget that options took within one, at most.
    pub most_trigger_budget: usize,
    pub budget_ran_out: bool,
    /// Who took how much budget in how many polls of the outermost future.
    pub turns: Vec<(Id, u32, usize)>,
    /// Who waited for budget while somebody else used it up twice.
    pub overtaken: Vec<(Id, Id)>,
}

/// On a current-thread runtime in virtual time, so that nothing depends on threads.
pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime")
}

pub fn run(runtime: &Runtime, case: &Arc<Case>) -> Witness {
    runtime.block_on(async {
        let world = World::new(case.clone());
        let mut outermost = Box::pin(counting_polls(world.clone(), timeout(FAR, nested(world.clone(), 0))));
        let got = match AssertUnwindSafe(outermost.as_mut()).catch_unwind().await {
            Ok(Some(Ok(got))) => got,
            // Time has come to its end, or it never passes.
            Ok(Some(Err(_)) | None) => Got::Hung,
            Err(_) if world.now() >= FAR.as_millis() as Ms => Got::Hung,
            // It came out of a destructor.
            Err(payload) => Got::Panic(code_of(&*payload)),
        };
        // A local may panic now, if nothing was caught before.
        drop(catch_unwind(AssertUnwindSafe(|| drop(outermost))));
        let at = world.now();
        let mut events = std::mem::take(&mut world.state().events);
        // What the end of time does to those who wait is no part of it.
        events.retain(|event| event.at < FAR.as_millis() as Ms);
        let ended = got != Got::Hung;
        taskgroup::orphans().await;
        if ended {
            sleep(2 * FAR / 3_600).await;
        }
        let mut state = world.state();
        Witness {
            after: if ended { state.events.len() } else { 0 },
            most_polls: state.most_polls,
            most_trigger_budget: state.most_trigger_budget,
            budget_ran_out: state.budget_ran_out,
            turns: std::mem::take(&mut state.turns),
            overtaken: std::mem::take(&mut state.overtaken),
            run: Run { got, at, events },
        }
    })
}
