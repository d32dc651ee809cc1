//! Every kind of child under every policy: one group each with nothing but children, and one with every option.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::{Arc, Mutex},
};

use futures::stream;
use taskgroup::{Name, Stopped, group};

use crate::{
    functions,
    verdict::{self, Case, SettledSlots, Slots, Verdict, caught, judge},
    world::{Plan, World, blocking_daemon, daemon, probe, work},
};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Policy {
    FailFast,
    CatchPanics,
    Outcome,
    Settle,
    Collect,
    Race,
    First,
    Each,
    Supervise,
}

pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// One group under test: makes it from the world of the case, awaits it, and judges it.
#[derive(Clone, Copy)]
pub struct Subject {
    pub kind: &'static str,
    pub policy: Policy,
    pub is_armed: bool,
    /// The ids of its children; the last one is not necessarily ordinary.
    pub ordinary: &'static [usize],
    pub daemons: &'static [usize],
    pub make: fn(Arc<World>) -> Boxed<Verdict>,
}

impl Subject {
    pub fn run(self, world: Arc<World>) -> Boxed<()> {
        let group = (self.make)(world.clone());
        Box::pin(async move {
            let verdict = caught(group).await;
            let case = Case {
                policy: self.policy,
                ordinary: self.ordinary.to_vec(),
                daemons: self.daemons.to_vec(),
                is_stream: self.kind.contains("stream"),
                is_function: self.kind.contains("function"),
                is_armed: self.is_armed,
            };
            // Where nobody is left to hear a panic, it must be heard all the same.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| judge(&world, &case, &verdict))) {
                world.misjudge();
                resume_unwind(payload);
            }
        })
    }

    pub fn name(self) -> String {
        format!("{} {:?}{}", self.kind, self.policy, if self.is_armed { " with options" } else { "" })
    }

    /// How many children could do something.
    pub fn children(self) -> impl Iterator<Item = usize> {
        self.ordinary.iter().chain(self.daemons).copied()
    }
}

/// Every option that does not change the type, and those that do with what they wait for.
macro_rules! armed {
    ($world:ident, $group:expr) => {{
        let Plan { limit, grace, timeout, drain_timeout, .. } = $world.plan;
        let late = $world.clone();
        let group = $group.cancel_on($world.clone().cancels()).drain_on($world.clone().drains()).on_late_error(
            move |_, fault| {
                drop(fault);
                late.has_late_listener();
            },
        );
        let group = if let Some(limit) = limit { group.limit(limit) } else { group };
        let group = if let Some(grace) = grace { group.grace(grace) } else { group };
        let group = if let Some(timeout) = timeout { group.timeout(timeout) } else { group };
        if let Some(timeout) = drain_timeout { group.drain_timeout(timeout) } else { group }
    }};
}

macro_rules! plain {
    ($world:ident, $group:expr) => {
        $group
    };
}

macro_rules! subject {
    ($list:ident, $kind:literal, $ordinary:expr, $daemons:expr, $armed:literal, $arm:ident, $world:ident, [$($arms:tt)*]) => {
        let mut push = |policy, make: fn(Arc<World>) -> Boxed<Verdict>| {
            let (ordinary, daemons): (&'static [usize], &'static [usize]) = (&$ordinary, &$daemons);
            $list.push(Subject { kind: $kind, policy, is_armed: $armed, ordinary, daemons, make });
        };
        push(Policy::FailFast, |$world| {
            let group = $arm!($world, group!($($arms)*));
            Box::pin(async move { group.await.map_or_else(verdict::of_error, |slots| Verdict::Values(slots.values())) })
        });
        push(Policy::CatchPanics, |$world| {
            let group = $arm!($world, group!($($arms)*).catch_panics());
            Box::pin(async move { group.await.map_or_else(verdict::of_error, |slots| Verdict::Values(slots.values())) })
        });
        push(Policy::Outcome, |$world| {
            let group = $arm!($world, group!($($arms)*).outcome());
            Box::pin(async move { group.await.map_or_else(verdict::of_stopped, |slots| Verdict::Values(slots.values())) })
        });
        push(Policy::Settle, |$world| {
            let group = $arm!($world, group!($($arms)*).settle());
            Box::pin(async move { Verdict::Slots(group.await.slots()) })
        });
        push(Policy::Collect, |$world| {
            let group = $arm!($world, group!($($arms)*).collect_errors());
            Box::pin(async move { group.await.map_or_else(verdict::of_failures, |slots| Verdict::Values(slots.values())) })
        });
        push(Policy::Race, |$world| {
            let group = $arm!($world, group!($($arms)*).race());
            Box::pin(async move { group.await.map_or_else(verdict::of_failures, |winner| Verdict::Winner(winner.id)) })
        });
        push(Policy::First, |$world| {
            let group = $arm!($world, group!($($arms)*).first(1));
            Box::pin(async move { group.await.map_or_else(verdict::of_failures, |winner| Verdict::Winner(winner[0].id)) })
        });
        push(Policy::Each, |$world| {
            let seen = Arc::new(Mutex::new(Vec::new()));
            let list = seen.clone();
            let group = $arm!($world, group!($($arms)*).each(move |_, value| list.lock().unwrap().push(value.id)));
            Box::pin(async move { group.await.map_or_else(verdict::of_error, |()| Verdict::values_in_any_order(&seen)) })
        });
        push(Policy::Supervise, |$world| {
            let seen = Arc::new(Mutex::new(Vec::new()));
            let list = seen.clone();
            let report = move |_: &Name, failure| list.lock().unwrap().push(verdict::of_failure(failure));
            let group = $arm!($world, group!($($arms)*).supervise(report));
            Box::pin(async move { Verdict::supervised(group.await.is_err(), &seen) })
        });
    };
}

macro_rules! kind {
    ($list:ident, $kind:literal, $ordinary:expr, $daemons:expr, $world:ident, [$($arms:tt)*]) => {{
        subject!($list, $kind, $ordinary, $daemons, false, plain, $world, [$($arms)*]);
        subject!($list, $kind, $ordinary, $daemons, true, armed, $world, [$($arms)*]);
    }};
}

/// A source that is idle before each item.
fn idle(world: &Arc<World>) -> impl futures::Stream<Item = (Arc<World>, usize)> + Send + use<> {
    stream::unfold((world.clone(), 1), |(world, next)| async move {
        tokio::task::yield_now().await;
        (next < 3).then(|| ((world.clone(), next), (world, next + 1)))
    })
}

fn items(world: &Arc<World>) -> impl ExactSizeIterator<Item = (Arc<World>, usize)> + Send + use<> {
    [(world.clone(), 1), (world.clone(), 2)].into_iter()
}

/// Groups and functions.
pub fn all() -> Vec<Subject> {
    [groups(), functions::all()].concat()
}

/// All groups. In each, an inline child stands beside what gives the kind its name.
fn groups() -> Vec<Subject> {
    let mut list = Vec::new();
    kind!(list, "inline", [0, 1, 3], [], world, [a = probe(&world, 0), b = probe(&world, 1), c = probe(&world, 3)]);
    kind!(
        list,
        "spawn",
        [0, 1, 3],
        [],
        world,
        [
            #[spawn]
            a = probe(&world, 0),
            b = probe(&world, 1),
            #[spawn]
            c = probe(&world, 3)
        ]
    );
    kind!(
        list,
        "blocking",
        [0, 1, 3],
        [],
        world,
        [
            a = probe(&world, 0),
            #[blocking]
            b = work(&world, 1),
            #[blocking]
            c = work(&world, 3)
        ]
    );
    kind!(
        list,
        "daemon",
        [0, 1],
        [3],
        world,
        [
            a = probe(&world, 0),
            #[daemon]
            daemon(&world, 3),
            b = probe(&world, 1)
        ]
    );
    kind!(
        list,
        "spawned daemon",
        [0, 1],
        [3],
        world,
        [
            a = probe(&world, 0),
            #[daemon]
            #[spawn]
            daemon(&world, 3),
            #[spawn]
            b = probe(&world, 1)
        ]
    );
    kind!(
        list,
        "blocking daemon",
        [0, 1],
        [3],
        world,
        [
            a = probe(&world, 0),
            #[daemon]
            #[blocking]
            blocking_daemon(&world, 3),
            b = probe(&world, 1)
        ]
    );
    kind!(
        list,
        "for",
        [0, 1, 2, 3],
        [],
        world,
        [
            a = probe(&world, 0),
            b = for (world, id) in items(&world) {
                probe(&world, id)
            },
            c = probe(&world, 3)
        ]
    );
    kind!(
        list,
        "spawned for",
        [0, 1, 2, 3],
        [],
        world,
        [
            a = probe(&world, 0),
            #[spawn]
            b = for (world, id) in items(&world) {
                probe(&world, id)
            },
            #[spawn]
            c = probe(&world, 3)
        ]
    );
    kind!(
        list,
        "blocking for",
        [0, 1, 2, 3],
        [],
        world,
        [
            a = probe(&world, 0),
            #[blocking]
            b = for (world, id) in items(&world) {
                work(&world, id)
            },
            c = probe(&world, 3)
        ]
    );
    kind!(
        list,
        "stream",
        [0, 1, 2, 3],
        [],
        world,
        [
            a = probe(&world, 0),
            #[stream]
            b = for (world, id) in idle(&world) {
                probe(&world, id)
            },
            c = probe(&world, 3)
        ]
    );
    kind!(
        list,
        "spawned stream",
        [0, 1, 2, 3],
        [],
        world,
        [
            a = probe(&world, 0),
            #[stream]
            #[spawn]
            b = for (world, id) in idle(&world) {
                probe(&world, id)
            },
            c = probe(&world, 3)
        ]
    );
    list
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Nest {
    Alone,
    InInline,
    InSpawned,
}

impl Nest {
    pub const ALL: [Self; 3] = [Self::Alone, Self::InInline, Self::InSpawned];
}

/// The subject and the groups that enclose it. When an enclosing group returns, nothing of the subject is left.
pub async fn nested(subject: Subject, nest: Nest, world: Arc<World>) {
    let inner = subject.run(world.clone());
    let inner = async move {
        inner.await;
        Ok::<(), Stopped<()>>(())
    };
    let around = world.clone().cancels_the_enclosing_group();
    let ended = match nest {
        Nest::Alone => inner.await,
        Nest::InInline => group!(inner = inner).outcome().cancel_on(around).await.map_err(flat),
        Nest::InSpawned => group!(
            #[spawn]
            inner = inner
        )
        .outcome()
        .cancel_on(around)
        .await
        .map_err(flat),
    };
    assert_eq!(
        world.living(),
        0,
        "something lives on after the group around: {} {nest:?} {:?}",
        subject.name(),
        world.plan
    );
    match ended {
        Ok(()) | Err(Stopped::Cancelled(_)) => {}
        Err(Stopped::Panicked(panicked)) => std::panic::resume_unwind(panicked.into_payload()),
        Err(Stopped::Failed { error: (), .. }) => unreachable!("nobody returns it"),
    }
}

fn flat(stopped: Stopped<Stopped<()>>) -> Stopped<()> {
    match stopped {
        Stopped::Failed { error: inner, .. } => inner,
        Stopped::Cancelled(cancelled) => Stopped::Cancelled(cancelled),
        Stopped::Panicked(panicked) => Stopped::Panicked(panicked),
    }
}
