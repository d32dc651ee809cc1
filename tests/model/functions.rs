//! The functions of the cases: static code, one for each shape and set of options, with the bodies left open.

use std::{panic::AssertUnwindSafe, pin::Pin, sync::Arc};

use futures::FutureExt;
use taskgroup::task_group;

use crate::{
    case::{Error, Got, Slot, Variant},
    script::{Bomb, Handles, none, with},
    world::{World, code_of},
};

/// Each function four times: `limit`; then what may cancel or drain; then with a grace; then with `catch_panics`.
macro_rules! family {
    ($w:ident, $g:ident; $($name:ident $body:block)*) => {
        $(
            mod $name {
                use super::*;

                #[task_group(limit = $w.limit($g))]
                pub(super) async fn plain($w: Arc<World>, $g: usize) -> Result<u16, Error> $body

                #[task_group(
                    limit = $w.limit($g), timeout = $w.timeout($g), cancel_on = $w.cancel_on($g),
                    drain_on = $w.drain_on($g), drain_timeout = $w.drain_timeout($g)
                )]
                pub(super) async fn bound($w: Arc<World>, $g: usize) -> Result<u16, Error> $body

                #[task_group(
                    limit = $w.limit($g), timeout = $w.timeout($g), cancel_on = $w.cancel_on($g),
                    drain_on = $w.drain_on($g), drain_timeout = $w.drain_timeout($g), grace = $w.grace($g)
                )]
                pub(super) async fn grace($w: Arc<World>, $g: usize) -> Result<u16, Error> $body

                #[task_group(
                    limit = $w.limit($g), timeout = $w.timeout($g), cancel_on = $w.cancel_on($g),
                    drain_on = $w.drain_on($g), drain_timeout = $w.drain_timeout($g), catch_panics
                )]
                pub(super) async fn catch($w: Arc<World>, $g: usize) -> Result<u16, Error> $body
            }
        )*

        /// Runs the function of this name.
        pub fn run(name: &str, $w: Arc<World>, $g: usize) -> Running {
            match (name, $w.variant($g)) {
                $(
                    (stringify!($name), Variant::Plain) => Box::pin(got($name::plain($w, $g))),
                    (stringify!($name), Variant::Bound) => Box::pin(got($name::bound($w, $g))),
                    (stringify!($name), Variant::Grace) => Box::pin(got($name::grace($w, $g))),
                    (stringify!($name), Variant::Catch) => Box::pin(got($name::catch($w, $g))),
                )*
                _ => panic!("no function is called {name}"),
            }
        }
    };
}

/// A function or group under way. Apart from each other: one future of all would be as big as the biggest.
pub type Running = Pin<Box<dyn Future<Output = Got> + Send>>;

async fn got(function: impl Future<Output = Result<u16, Error>>) -> Got {
    match AssertUnwindSafe(function).catch_unwind().await {
        Ok(Ok(value)) => Got::Value(vec![Slot::Done(value)]),
        Ok(Err(error)) => Got::Error(error),
        Err(payload) => Got::Panic(code_of(&*payload)),
    }
}

family! { w, g;
    trio {
        let _bomb = Bomb::of(&w, g);
        let _ = w.part(g, 0, none()).await?;
        #[child] let a = w.alone(g, 0);
        #[child] let b = w.alone(g, 1);
        #[child] let c = w.alone(g, 2);
        let held = with(with(with(none(), 0, a), 1, b), 2, c);
        w.last(g, 1, held).await
    }
    chain {
        let _bomb = Bomb::of(&w, g);
        let _ = w.part(g, 0, none()).await?;
        #[child] let a = w.alone(g, 0);
        #[child] let b = w.child(g, 1, with(none(), 0, a));
        #[child] let c = w.child(g, 2, with(none(), 1, b));
        w.last(g, 1, with(none(), 2, c)).await
    }
    two_then_one {
        let _bomb = Bomb::of(&w, g);
        let _ = w.part(g, 0, none()).await?;
        #[child] let a = w.alone(g, 0);
        #[child] let b = w.alone(g, 1);
        let held = w.part(g, 1, with(with(none(), 0, a), 1, b)).await?;
        let (given, held) = w.give(g, 2, held);
        #[child] let c = w.child(g, 2, given);
        w.last(g, 2, with(held, 2, c)).await
    }
    three_stages {
        let _bomb = Bomb::of(&w, g);
        let _ = w.part(g, 0, none()).await?;
        #[child] let a = w.alone(g, 0);
        let held = w.part(g, 1, with(none(), 0, a)).await?;
        let (given, held) = w.give(g, 1, held);
        #[child] let b = w.child(g, 1, given);
        let held = w.part(g, 2, with(held, 1, b)).await?;
        let (given, held) = w.give(g, 2, held);
        #[child] let c = w.child(g, 2, given);
        w.last(g, 3, with(held, 2, c)).await
    }
    four_stages {
        let _bomb = Bomb::of(&w, g);
        let _ = w.part(g, 0, none()).await?;
        #[child] let a = w.alone(g, 0);
        let held = w.part(g, 1, with(none(), 0, a)).await?;
        let (given, held) = w.give(g, 1, held);
        #[child] let b = w.child(g, 1, given);
        let held = w.part(g, 2, with(held, 1, b)).await?;
        let (given, held) = w.give(g, 2, held);
        #[child] let c = w.child(g, 2, given);
        let held = w.part(g, 3, with(held, 2, c)).await?;
        let (given, held) = w.give(g, 3, held);
        #[child] let d = w.child(g, 3, given);
        w.last(g, 4, with(held, 3, d)).await
    }
    loop_then_one {
        let _bomb = Bomb::of(&w, g);
        let _ = w.part(g, 0, none()).await?;
        let mut many: Handles<'_> = Vec::new();
        for n in w.items(g, 0) {
            #[child] let item = w.alone(g, n);
            many.push((n, item));
        }
        let held = w.part(g, 1, many).await?;
        let one = w.children(g) - 1;
        let (given, held) = w.give(g, one, held);
        #[child] let last = w.child(g, one, given);
        w.last(g, 2, with(held, one, last)).await
    }
    spawned_then_inline {
        let _bomb = Bomb::of(&w, g);
        let _ = w.part(g, 0, none()).await?;
        #[spawn] let a = w.alone(g, 0);
        #[child] let b = w.alone(g, 1);
        let held = w.part(g, 1, with(with(none(), 0, a), 1, b)).await?;
        let (given, held) = w.give(g, 2, held);
        #[child] let c = w.child(g, 2, given);
        w.last(g, 2, with(held, 2, c)).await
    }
    alternating {
        let _bomb = Bomb::of(&w, g);
        let _ = w.part(g, 0, none()).await?;
        #[spawn] let a = w.alone(g, 0);
        let held = w.part(g, 1, with(none(), 0, a)).await?;
        let (given, held) = w.give(g, 1, held);
        #[child] let b = w.child(g, 1, given);
        let held = w.part(g, 2, with(held, 1, b)).await?;
        #[spawn] let c = w.alone(g, 2);
        w.last(g, 3, with(held, 2, c)).await
    }
    with_daemon {
        let _bomb = Bomb::of(&w, g);
        let _ = w.part(g, 0, none()).await?;
        #[daemon] w.daemon(g, 0);
        #[child] let b = w.alone(g, 1);
        let held = w.part(g, 1, with(none(), 1, b)).await?;
        let (given, held) = w.give(g, 2, held);
        #[child] let c = w.child(g, 2, given);
        w.last(g, 2, with(held, 2, c)).await
    }
    with_spawned_daemon {
        let _bomb = Bomb::of(&w, g);
        let _ = w.part(g, 0, none()).await?;
        #[daemon] #[spawn] w.daemon(g, 0);
        #[child] let b = w.alone(g, 1);
        let held = w.part(g, 1, with(none(), 1, b)).await?;
        let (given, held) = w.give(g, 2, held);
        #[child] let c = w.child(g, 2, given);
        w.last(g, 2, with(held, 2, c)).await
    }
    spawned_loop_then_one {
        let _bomb = Bomb::of(&w, g);
        let _ = w.part(g, 0, none()).await?;
        let mut many: Handles<'_> = Vec::new();
        for n in w.items(g, 0) {
            #[spawn] let item = w.alone(g, n);
            many.push((n, item));
        }
        let held = w.part(g, 1, many).await?;
        let one = w.children(g) - 1;
        let (given, held) = w.give(g, one, held);
        #[child] let last = w.child(g, one, given);
        w.last(g, 2, with(held, one, last)).await
    }
    one_two_loops {
        let _bomb = Bomb::of(&w, g);
        let _ = w.part(g, 0, none()).await?;
        #[child] let a = w.alone(g, 0);
        let held = w.part(g, 1, with(none(), 0, a)).await?;
        let mut many: Handles<'_> = Vec::new();
        for n in w.items(g, 1) {
            #[child] let item = w.alone(g, n);
            many.push((n, item));
        }
        for n in w.items(g, 2) {
            #[spawn] let item = w.alone(g, n);
            many.push((n, item));
        }
        many.extend(held);
        w.last(g, 2, many).await
    }
    one_by_one {
        let _bomb = Bomb::of(&w, g);
        let _ = w.part(g, 0, none()).await?;
        #[child] let a = w.alone(g, 0);
        let held = w.part(g, 1, with(none(), 0, a)).await?;
        for n in w.items(g, 1) {
            #[child] let item = w.alone(g, n);
            w.joins(g, n, item).await;
        }
        w.last(g, 2, held).await
    }
}
