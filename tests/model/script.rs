//! Children and bodies that do what their scripts say, in the code under test.

use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll, time::Duration};

use taskgroup::{Cancelled, Child, Panicked, cancelled, cause, draining, is_draining, or_cancelled, shield};
use tokio::time::sleep;

use crate::{
    case::{BODY, End, Error, Got, Id, Saw, Script, Step, What},
    functions::{self, Running},
    groups,
    shape::SHAPES,
    world::{World, payload, yield_once},
};

/// Steps of one part of a body are counted from a multiple of this.
pub const PART: u16 = 64;

/// What awaiting a child of a loop on the spot is called.
pub const JOINS: u16 = 9_999;

/// The handles that somebody holds, each with the number of its child.
pub type Handles<'h> = Vec<(usize, Child<'h, Value>)>;

pub fn none() -> Handles<'static> {
    Vec::new()
}

pub fn with<'h>(mut held: Handles<'h>, child: usize, handle: Child<'h, Value>) -> Handles<'h> {
    held.push((child, handle));
    held
}

impl From<Cancelled> for Error {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<Panicked> for Error {
    fn from(panicked: Panicked) -> Self {
        Self::Panicked(panicked.message().parse().unwrap_or(0))
    }
}

/// A local above all stages.
pub struct Bomb {
    code: Option<u16>,
}

impl Bomb {
    pub fn of(world: &World, group: usize) -> Self {
        Self { code: world.group(group).bomb.then(|| Id::body(group as u8).code()) }
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        if let (Some(code), false) = (self.code, std::thread::panicking()) {
            std::panic::panic_any(payload(code));
        }
    }
}

/// What a child returns.
pub struct Value {
    code: u16,
    /// Set until it is read, for the child of a function: then its destruction is an event.
    unread: Option<(Arc<World>, Id)>,
}

impl Value {
    fn of(world: &Arc<World>, id: Id) -> Self {
        let group = world.group(usize::from(id.group));
        let shape = &SHAPES[group.shape];
        let has_handle = shape.is_function()
            && id.child != BODY
            && !shape.statements[group.statement(usize::from(id.child))].kind.is_daemon();
        Self { code: id.code(), unread: has_handle.then(|| (world.clone(), id)) }
    }

    pub fn read(mut self) -> u16 {
        self.unread = None;
        self.code
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        if let Some((world, id)) = self.unread.take() {
            world.say(id, What::Destroyed);
        }
    }
}

/// As long as it is there, somebody has begun and not ended.
struct Inside {
    world: Arc<World>,
    id: Id,
    has_ended: bool,
}

impl Inside {
    fn enter(world: Arc<World>, id: Id) -> Self {
        let seen = if world.case.asks(id) { cause().map(Into::into) } else { None };
        world.say(id, What::Enter(seen));
        Self { world, id, has_ended: false }
    }

    /// The end of a script.
    fn end(&mut self, end: End) -> Result<Value, Error> {
        self.has_ended = true;
        self.world.say(self.id, What::End(end));
        let code = self.id.code();
        match end {
            End::Ok => Ok(Value::of(&self.world, self.id)),
            End::Fail => Err(Error::Own(code)),
            End::Panic => std::panic::panic_any(payload(code)),
        }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        if !self.has_ended {
            self.world.say(self.id, What::Gone);
        }
    }
}

/// What the static code calls.
impl World {
    pub fn child<'h>(
        self: &Arc<Self>,
        group: usize,
        child: usize,
        held: Handles<'h>,
    ) -> impl Future<Output = Result<Value, Error>> + Send + use<'h> + 'h {
        let (world, id) = (self.clone(), Id { group: group as u8, child: child as u8 });
        counted(self.clone(), id, async move {
            let case = world.case.clone();
            let script = &case.groups[usize::from(id.group)].children[usize::from(id.child)].script;
            let mut held = held;
            let mut inside = Inside::enter(world, id);
            match run(&mut inside, 0, script, &mut held).await {
                Ok(Some(end)) => inside.end(end),
                Ok(None) => inside.end(End::Ok),
                Err(error) => {
                    inside.has_ended = true;
                    Err(error)
                }
            }
        })
    }

    /// A child that is given nothing, and so can be spawned.
    pub fn alone(
        self: &Arc<Self>,
        group: usize,
        child: usize,
    ) -> impl Future<Output = Result<Value, Error>> + Send + use<> + 'static {
        self.child(group, child, none())
    }

    pub fn daemon(
        self: &Arc<Self>,
        group: usize,
        child: usize,
    ) -> impl Future<Output = Result<(), Error>> + Send + use<> + 'static {
        let daemon = self.child(group, child, none());
        async move { daemon.await.map(drop) }
    }

    /// A part of a body that is not its last.
    pub fn part<'h>(
        self: &Arc<Self>,
        group: usize,
        part: usize,
        held: Handles<'h>,
    ) -> impl Future<Output = Result<Handles<'h>, Error>> + Send + use<'h> + 'h {
        let (world, id) = (self.clone(), Id::body(group as u8));
        counted(self.clone(), id, async move {
            let case = world.case.clone();
            let script = &case.groups[group].body[part];
            let mut held = held;
            let mut inside = Inside::enter(world, id);
            match run(&mut inside, part as u16 * PART, script, &mut held).await {
                Ok(Some(end)) => drop(inside.end(end)?),
                Ok(None) => {}
                Err(error) => {
                    inside.has_ended = true;
                    return Err(error);
                }
            }
            inside.has_ended = true;
            Ok(held)
        })
    }

    /// The last part.
    pub async fn last(self: &Arc<Self>, group: usize, part: usize, held: Handles<'_>) -> Result<u16, Error> {
        drop(self.part(group, part, held).await?);
        Ok(Id::body(group as u8).code())
    }

    /// Awaits one child in the body.
    pub fn joins<'h>(
        self: &Arc<Self>,
        group: usize,
        child: usize,
        handle: Child<'h, Value>,
    ) -> impl Future<Output = ()> + Send + use<'h> + 'h {
        let (world, id) = (self.clone(), Id::body(group as u8));
        counted(self.clone(), id, async move {
            let mut inside = Inside::enter(world.clone(), id);
            let value = handle.await.read();
            debug_assert_eq!(usize::from(value % 1_000), child);
            world.say(id, What::Done(JOINS, Saw::Value(value)));
            inside.has_ended = true;
        })
    }

    /// Splits off the handles that a child is given.
    pub fn give<'h>(&self, group: usize, child: usize, held: Handles<'h>) -> (Handles<'h>, Handles<'h>) {
        let given = &self.group(group).children[child].given;
        held.into_iter().partition(|(held, _)| given.contains(&(*held as u8)))
    }
}

/// Notes each poll.
async fn counted<T>(world: Arc<World>, id: Id, future: impl Future<Output = T> + Send) -> T {
    let mut future = pin!(future);
    poll_fn(|cx| {
        world.polled(id);
        future.as_mut().poll(cx)
    })
    .await
}

/// Goes through a script; `Err` is that of a group inside.
async fn run(inside: &mut Inside, first: u16, script: &Script, held: &mut Handles<'_>) -> Result<Option<End>, Error> {
    let (world, id) = (inside.world.clone(), inside.id);
    for (number, step) in (first..).zip(&script.steps) {
        let saw = match step {
            Step::Await(child) => match take(held, *child) {
                Some(handle) => Saw::Value(handle.await.read()),
                None => Saw::No,
            },
            Step::Cancel(child) => match take(held, *child) {
                Some(handle) => {
                    world.say(id, What::Done(number, Saw::Yes));
                    Child::cancel(handle).await.map_or(Saw::No, |value| Saw::Value(value.read()))
                }
                None => Saw::No,
            },
            Step::Forget(child) => take(held, *child).map_or(Saw::No, |handle| {
                drop(handle);
                Saw::Yes
            }),
            Step::Group { group, question } => {
                let got = nested(world.clone(), usize::from(*group)).await;
                world.say(id, What::Done(number, Saw::Got(got.clone())));
                match got {
                    Got::Error(error) if *question => return Err(error),
                    Got::Panic(code) => {
                        inside.has_ended = true;
                        std::panic::panic_any(payload(code));
                    }
                    _ => continue,
                }
            }
            step => plain(&world, id, step).await,
        };
        world.say(id, What::Done(number, saw));
    }
    Ok(script.end)
}

fn take<'h>(held: &mut Handles<'h>, child: u8) -> Option<Child<'h, Value>> {
    let at = held.iter().position(|(there, _)| *there == usize::from(child))?;
    Some(held.swap_remove(at).1)
}

async fn plain(world: &World, id: Id, step: &Step) -> Saw {
    match step {
        Step::Yield(times) => {
            for _ in 0..*times {
                yield_once().await;
            }
        }
        Step::Sleep(time) => sleep(Duration::from_millis(*time)).await,
        Step::Budget(units) => budget(world, id, *units).await,
        Step::Ask => return Saw::Cause(cause().map(Into::into)),
        Step::UntilCancelled => return Saw::Cause(Some(cancelled().await.cause().clone().into())),
        Step::OrCancelled(time) => {
            return match or_cancelled(sleep(Duration::from_millis(*time))).await {
                Ok(()) => Saw::Nothing,
                Err(cancelled) => Saw::Cause(Some(cancelled.cause().clone().into())),
            };
        }
        Step::AskDraining => return if is_draining() { Saw::Yes } else { Saw::No },
        Step::UntilDraining => draining().await,
        Step::Shield(steps) => {
            shield(async {
                for step in steps {
                    match step {
                        Step::Sleep(time) => sleep(Duration::from_millis(*time)).await,
                        _ => yield_once().await,
                    }
                }
            })
            .await;
        }
        Step::Open(gate) => world.gates[usize::from(*gate)].close(),
        Step::Wait(gate) => drop(world.gates[usize::from(*gate)].acquire().await),
        Step::Forever => std::future::pending().await,
        Step::Await(_) | Step::Cancel(_) | Step::Forget(_) | Step::Group { .. } => unreachable!("not a plain step"),
    }
    Saw::Nothing
}

/// Takes budget, and notes how many polls of the outermost future that took.
async fn budget(world: &World, id: Id, units: u32) {
    let begin = world.state().root_polls;
    for _ in 0..units {
        let mut unit = pin!(tokio::task::consume_budget());
        poll_fn(|cx| {
            let polled = unit.as_mut().poll(cx);
            let mut state = world.state();
            state.budget_ran_out |= polled.is_pending();
            if id.group == 0 && !world.is_spawned(id) {
                state.takes(id, polled.is_ready());
            }
            polled
        })
        .await;
    }
    let mut state = world.state();
    let turns = state.root_polls - begin;
    state.turns.push((id, units, turns));
}

/// A group inside a child, or the outermost.
pub fn nested(world: Arc<World>, group: usize) -> Running {
    let shape = &SHAPES[world.group(group).shape];
    if shape.is_function() { functions::run(shape.name, world, group) } else { groups::run(shape.name, world, group) }
}

/// So that a poll can be told from the next.
pub async fn counting_polls<T>(world: Arc<World>, future: impl Future<Output = T>) -> Option<T> {
    /// More than this is a group that keeps itself awake.
    const MOST: usize = 20_000;
    let mut future = pin!(future);
    poll_fn(|cx| {
        if world.begin_root_poll() > MOST {
            return Poll::Ready(None);
        }
        future.as_mut().poll(cx).map(Some)
    })
    .await
}
