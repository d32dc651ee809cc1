//! The same children in functions: every kind of statement, in one stage and in several, with handles that siblings take.

use std::{sync::Arc, time::Duration};

use taskgroup::{Child, task_group};

use crate::{
    kinds::{Policy, Subject},
    verdict::{self, Verdict},
    world::{Fault, Value, World, blocking_daemon, daemon, probe, work},
};

/// A function of these statements, without options and with all of them, each also with `catch_panics`.
macro_rules! function {
    ($list:ident, $kind:literal, $ordinary:expr, $daemons:expr, $world:ident, $body:tt) => {{
        let (ordinary, daemons): (&'static [usize], &'static [usize]) = (&$ordinary, &$daemons);
        let mut push = |policy, is_armed, make| {
            $list.push(Subject { kind: $kind, policy, is_armed, ordinary, daemons, make });
        };
        function!(push, Policy::FailFast, false, $world, $body, []);
        function!(push, Policy::CatchPanics, false, $world, $body, [catch_panics]);
        function!(push, Policy::FailFast, true, $world, $body, [], armed);
        function!(push, Policy::CatchPanics, true, $world, $body, [catch_panics,], armed);
    }};
    ($push:ident, $policy:expr, $is_armed:literal, $world:ident, $body:tt, [$($options:tt)*], armed) => {
        function!($push, $policy, $is_armed, $world, $body, [
            $($options)*
            limit = $world.plan.limit.unwrap_or(usize::MAX),
            grace = $world.plan.grace.unwrap_or_default(),
            timeout = $world.plan.timeout.unwrap_or(Duration::MAX),
            drain_timeout = $world.plan.drain_timeout.unwrap_or(Duration::MAX),
            cancel_on = $world.clone().cancels(),
            drain_on = $world.clone().drains()
        ]);
    };
    ($push:ident, $policy:expr, $is_armed:literal, $world:ident, $body:tt, [$($options:tt)*]) => {
        $push($policy, $is_armed, |world| {
            #[task_group($($options)*)]
            async fn subject($world: Arc<World>) -> Result<Vec<usize>, Fault> $body

            Box::pin(async { judged(subject(world).await) })
        });
    };
}

fn judged(result: Result<Vec<usize>, Fault>) -> Verdict {
    result.map_or_else(verdict::of_error, Verdict::Values)
}

/// A child that takes the handle of another.
async fn after(first: Child<'_, Value>, world: Arc<World>, id: usize) -> Result<[Value; 2], Fault> {
    let own = probe(&world, id).await?;
    Ok([first.await, own])
}

/// All of them.
pub fn all() -> Vec<Subject> {
    let mut list = Vec::new();
    function!(list, "inline function", [0, 1, 3], [], world, {
        #[child]
        let a = probe(&world, 0);
        #[child]
        let b = probe(&world, 1);
        #[child]
        let c = probe(&world, 3);
        Ok(vec![a.await.id, b.await.id, c.await.id])
    });
    function!(list, "function without handles", [0, 1, 3], [], world, {
        #[child]
        daemon(&world, 0);
        #[spawn]
        daemon(&world, 1);
        #[blocking]
        blocking_daemon(&world, 3);
        Ok(vec![0, 1, 3])
    });
    function!(list, "function of stages", [0, 1, 3], [], world, {
        #[child]
        let a = probe(&world, 0);
        #[spawn]
        let b = probe(&world, 1);
        let a = a.await;
        #[child]
        let c = probe(&world, 3);
        let (b, c) = (b, c).join().await;
        Ok(vec![a.id, b.id, c.id])
    });
    function!(list, "function with a graph", [0, 1, 3], [], world, {
        #[child]
        let a = probe(&world, 0);
        #[child]
        let b = after(a, world.clone(), 1);
        tokio::task::yield_now().await;
        #[spawn]
        let c = probe(&world, 3);
        let [a, b] = b.await;
        Ok(vec![a.id, b.id, c.await.id])
    });
    function!(list, "spawning function", [0, 1, 3], [], world, {
        #[spawn]
        let a = probe(&world, 0);
        #[child]
        let b = probe(&world, 1);
        #[spawn]
        let c = probe(&world, 3);
        Ok(vec![a.await.id, b.await.id, c.await.id])
    });
    function!(list, "blocking function", [0, 1, 3], [], world, {
        #[child]
        let a = probe(&world, 0);
        #[blocking]
        let b = work(&world, 1);
        #[blocking]
        let c = work(&world, 3);
        Ok(vec![a.await.id, b.await.id, c.await.id])
    });
    function!(list, "function with a daemon", [0, 1], [3], world, {
        #[child]
        let a = probe(&world, 0);
        #[daemon]
        daemon(&world, 3);
        #[child]
        let b = probe(&world, 1);
        Ok(vec![a.await.id, b.await.id])
    });
    function!(list, "function with a spawned daemon", [0, 1], [3], world, {
        #[child]
        let a = probe(&world, 0);
        #[daemon]
        #[spawn]
        daemon(&world, 3);
        #[spawn]
        let b = probe(&world, 1);
        Ok(vec![a.await.id, b.await.id])
    });
    function!(list, "function with a blocking daemon", [0, 1], [3], world, {
        #[child]
        let a = probe(&world, 0);
        #[daemon]
        #[blocking]
        blocking_daemon(&world, 3);
        #[child]
        let b = probe(&world, 1);
        Ok(vec![a.await.id, b.await.id])
    });
    function!(list, "function with a loop", [0, 1, 2, 3], [], world, {
        #[child]
        let a = probe(&world, 0);
        let mut items = Vec::new();
        for id in [1, 2] {
            #[child]
            let b = probe(&world, id);
            items.push(b);
        }
        #[child]
        let c = probe(&world, 3);
        let a = a.await.id;
        let items = items.join().await;
        Ok(vec![a, items[0].id, items[1].id, c.await.id])
    });
    function!(list, "function with a spawning loop", [0, 1, 2, 3], [], world, {
        #[child]
        let a = probe(&world, 0);
        let mut items = Vec::new();
        for id in [1, 2] {
            #[spawn]
            let b = probe(&world, id);
            items.push(b);
        }
        #[spawn]
        let c = probe(&world, 3);
        let a = a.await.id;
        let items = items.join().await;
        Ok(vec![a, items[0].id, items[1].id, c.await.id])
    });
    list
}
