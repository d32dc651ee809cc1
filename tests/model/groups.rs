//! The groups of the cases: static code, one for each shape, under each policy, with and without what may cancel.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures::FutureExt;
use taskgroup::{Failure, Failures, Settled, accepted, group};

use crate::{
    case::{Error, Got, Policy, Slot},
    functions::Running,
    script::Value,
    world::{World, code_of},
};

/// The options of the case, then the run. Without any, it is a group without a machine, as long as all goes well.
macro_rules! run {
    ($w:ident, $g:ident, $group:expr) => {{
        if $w.is_bare($g) {
            return got($group.into_future()).await;
        }
        let group = $group.limit($w.limit($g));
        let group = if let Some(grace) = $w.grace_if_any($g) { group.grace(grace) } else { group };
        let group = if $w.catches($g) { group.catch_panics() } else { group };
        if $w.is_bound($g) {
            let group = group.timeout($w.timeout($g)).drain_timeout($w.drain_timeout($g));
            got(group.cancel_on($w.cancel_on($g)).drain_on($w.drain_on($g)).into_future()).await
        } else {
            got(group.into_future()).await
        }
    }};
}

macro_rules! shapes {
    ($w:ident, $g:ident; $($name:ident { $($arms:tt)* })*) => {
        $(
            async fn $name($w: Arc<World>, $g: usize) -> Got {
                match $w.policy($g) {
                    Policy::FailFast => run!($w, $g, group!($($arms)*)),
                    Policy::Settle => run!($w, $g, group!($($arms)*).settle()),
                    Policy::Race => run!($w, $g, group!($($arms)*).race()),
                }
            }
        )*

        /// Runs the group of this name.
        pub fn run(name: &str, $w: Arc<World>, $g: usize) -> Running {
            match name {
                $(stringify!($name) => Box::pin($name($w, $g)),)*
                _ => panic!("no group is called {name}"),
            }
        }
    };
}

shapes! { w, g;
    two { w.alone(g, 0), w.alone(g, 1) }
    four { w.alone(g, 0), w.alone(g, 1), w.alone(g, 2), w.alone(g, 3) }
    mixed { w.alone(g, 0), #[spawn] b = w.alone(g, 1), w.alone(g, 2) }
    daemons {
        w.alone(g, 0),
        #[daemon] w.daemon(g, 1),
        #[daemon] #[spawn] w.daemon(g, 2),
        w.alone(g, 3),
    }
    items { w.alone(g, 0), items = for n in w.items(g, 1) { w.alone(g, n) } }
    spawned_items {
        #[spawn] items = for n in w.items(g, 0) { w.alone(g, n) },
        w.alone(g, w.children(g) - 1),
    }
    accepted_items {
        items = for n in accepted(w.items(g, 0)) { w.alone(g, n) },
        w.alone(g, w.children(g) - 1),
    }
}

async fn got<O: Outcome>(group: impl Future<Output = O>) -> Got {
    match AssertUnwindSafe(group).catch_unwind().await {
        Ok(outcome) => outcome.got(),
        Err(payload) => Got::Panic(code_of(&*payload)),
    }
}

/// What one of the policies gives.
trait Outcome {
    fn got(self) -> Got;
}

impl<S: Slots> Outcome for Result<S, Error> {
    fn got(self) -> Got {
        match self {
            Ok(slots) => Got::Value(all(slots)),
            Err(error) => Got::Error(error),
        }
    }
}

impl Outcome for Result<Value, Failures<Error>> {
    fn got(self) -> Got {
        match self {
            Ok(value) => Got::Value(vec![Slot::Done(value.read())]),
            Err(failures) => Got::Failures(
                failures
                    .iter()
                    .map(|(_, failure)| match failure {
                        Failure::Failed(error) => *error,
                        Failure::Panicked(panicked) => Error::Panicked(panicked.message().parse().unwrap_or(0)),
                    })
                    .collect(),
            ),
        }
    }
}

impl<A, B> Outcome for (A, B)
where
    Self: Slots,
{
    fn got(self) -> Got {
        Got::Value(all(self))
    }
}

impl<A, B, C> Outcome for (A, B, C)
where
    Self: Slots,
{
    fn got(self) -> Got {
        Got::Value(all(self))
    }
}

impl<A, B, C, D> Outcome for (A, B, C, D)
where
    Self: Slots,
{
    fn got(self) -> Got {
        Got::Value(all(self))
    }
}

fn all(slots: impl Slots) -> Vec<Slot> {
    let mut list = Vec::new();
    slots.list(&mut list);
    list
}

trait Slots {
    fn list(self, into: &mut Vec<Slot>);
}

impl Slots for Value {
    fn list(self, into: &mut Vec<Slot>) {
        into.push(Slot::Done(self.read()));
    }
}

impl Slots for Settled<Value, Error> {
    fn list(self, into: &mut Vec<Slot>) {
        into.push(match self {
            Self::Done(value) => Slot::Done(value.read()),
            Self::Failed(error) => Slot::Failed(error),
            Self::Panicked(panicked) => Slot::Panicked(panicked.message().parse().unwrap_or(0)),
            Self::Cancelled { late, .. } => Slot::Cancelled(late),
            Self::NeverStarted => Slot::NeverStarted,
        });
    }
}

impl<S: Slots> Slots for Vec<S> {
    fn list(self, into: &mut Vec<Slot>) {
        self.into_iter().for_each(|slot| slot.list(into));
    }
}

macro_rules! tuples {
    ($($slot:ident)*) => {
        impl<$($slot: Slots),*> Slots for ($($slot,)*) {
            #[allow(non_snake_case, reason = "each is called like its type")]
            fn list(self, into: &mut Vec<Slot>) {
                let ($($slot,)*) = self;
                $($slot.list(into);)*
            }
        }
    };
}

tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
