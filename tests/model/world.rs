//! What everybody in one run shares: the case, the clock, what has happened, and who was polled how often.

use std::{
    any::Any,
    collections::HashMap,
    future::poll_fn,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    time::Duration,
};

use tokio::{
    sync::Semaphore,
    time::{Instant, sleep},
};

use crate::{
    case::{BODY, Case, Cause, Event, Group, Id, Ms, Policy, Trigger, Variant, What},
    shape::SHAPES,
};

/// Later than everything that a case does.
pub const FAR: Duration = Duration::from_secs(3_600);

/// So often is nobody polled in one poll of the outermost future, but by a group that never leaves it.
const MOST_POLLS: usize = 100_000;

pub struct World {
    pub case: Arc<Case>,
    start: Instant,
    pub gates: Vec<Semaphore>,
    state: Mutex<State>,
}

#[derive(Default)]
pub struct State {
    pub events: Vec<Event>,
    /// How often the outermost future has been polled.
    pub root_polls: usize,
    /// How often each child, since the outermost future was last polled.
    polls: HashMap<Id, usize>,
    pub most_polls: usize,
    /// Budget that the future of an option took since the outermost future was last polled.
    trigger_budget: usize,
    pub most_trigger_budget: usize,
    pub budget_ran_out: bool,
    /// Polls of the outermost future between the beginning and the end of taking budget: who, how much, how many.
    pub turns: Vec<(Id, u32, usize)>,
    /// Who took the last unit in this poll of the outermost future, until there was none left.
    last_taker: Option<Id>,
    /// Who found none left, and who has used up the budget since.
    overtaken_by: HashMap<Id, Vec<Id>>,
    /// Those by whom somebody was overtaken twice.
    pub overtaken: Vec<(Id, Id)>,
}

impl State {
    /// Somebody on the outermost future's own task takes a unit of budget, or finds none left.
    pub fn takes(&mut self, id: Id, found: bool) {
        if found {
            self.last_taker = Some(id);
            self.overtaken_by.remove(&id);
            return;
        }
        self.overtaken_by.entry(id).or_default();
        // The first who finds none in this poll; that one may have used it up itself.
        let Some(taker) = self.last_taker.take() else { return };
        for (waiting, takers) in &mut self.overtaken_by {
            if takers.contains(&taker) && *waiting != taker {
                self.overtaken.push((*waiting, taker));
            }
            takers.push(taker);
        }
    }
}

impl World {
    pub fn new(case: Arc<Case>) -> Arc<Self> {
        Arc::new(Self {
            case,
            start: Instant::now(),
            gates: (0..Case::GATES).map(|_| Semaphore::new(0)).collect(),
            state: Mutex::default(),
        })
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn now(&self) -> Ms {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(Ms::MAX)
    }

    pub fn say(&self, id: Id, what: What) {
        let at = self.now();
        self.state().events.push(Event { at, id, what });
    }

    pub fn begin_root_poll(&self) -> usize {
        let mut state = self.state();
        state.root_polls += 1;
        state.polls.clear();
        state.trigger_budget = 0;
        state.last_taker = None;
        state.root_polls
    }

    pub fn polled(&self, id: Id) {
        let mut state = self.state();
        let polls = state.polls.entry(id).or_default();
        *polls += 1;
        let polls = *polls;
        assert!(polls < MOST_POLLS, "a poll of the whole does not end");
        // Groups inside have polls of their own within one of the whole: a task is polled between two of them.
        if id.group == 0 && !self.is_task(id) {
            state.most_polls = state.most_polls.max(polls);
        }
    }

    /// Its polls are not part of those of the whole.
    fn is_task(&self, id: Id) -> bool {
        let group = self.group(usize::from(id.group));
        id.child != BODY && SHAPES[group.shape].statements[group.statement(usize::from(id.child))].kind.is_spawned()
    }

    pub fn group(&self, group: usize) -> &Group {
        &self.case.groups[group]
    }

    /// The children of a repeated statement.
    pub fn items(&self, group: usize, statement: usize) -> Range<usize> {
        let group = self.group(group);
        let first = group.first(statement);
        first..first + usize::from(group.counts[statement])
    }

    pub fn children(&self, group: usize) -> usize {
        self.group(group).children.len()
    }
}

/// The options of the case, as the groups want them. What is not set is too far away to matter.
impl World {
    pub fn variant(&self, group: usize) -> Variant {
        self.group(group).options.variant
    }

    pub fn policy(&self, group: usize) -> Policy {
        self.group(group).options.policy
    }

    pub fn limit(&self, group: usize) -> usize {
        self.group(group).options.limit.unwrap_or(usize::MAX)
    }

    pub fn timeout(&self, group: usize) -> Duration {
        self.group(group).options.timeout.map_or(2 * FAR, Duration::from_millis)
    }

    pub fn drain_timeout(&self, group: usize) -> Duration {
        self.group(group).options.drain_timeout.map_or(2 * FAR, Duration::from_millis)
    }

    pub fn grace(&self, group: usize) -> Duration {
        self.grace_if_any(group).expect("the case has one")
    }

    pub fn grace_if_any(&self, group: usize) -> Option<Duration> {
        self.group(group).options.grace.map(Duration::from_millis)
    }

    pub fn catches(&self, group: usize) -> bool {
        self.group(group).options.catches()
    }

    /// Is it a child on a task of its own?
    pub fn is_spawned(&self, id: Id) -> bool {
        let group = self.group(usize::from(id.group));
        let statement = || &SHAPES[group.shape].statements[group.statement(usize::from(id.child))];
        id.child != BODY && statement().kind.is_spawned()
    }

    /// Without any option.
    pub fn is_bare(&self, group: usize) -> bool {
        self.group(group).is_bare()
    }

    pub fn is_bound(&self, group: usize) -> bool {
        self.variant(group) != Variant::Plain
    }

    pub fn cancel_on(self: &Arc<Self>, group: usize) -> impl Future<Output = ()> + Send + use<> {
        trigger(self.clone(), self.group(group).options.cancel_on)
    }

    pub fn drain_on(self: &Arc<Self>, group: usize) -> impl Future<Output = ()> + Send + use<> {
        trigger(self.clone(), self.group(group).options.drain_on)
    }
}

async fn trigger(world: Arc<World>, trigger: Option<Trigger>) {
    let Some(trigger) = trigger else { return std::future::pending().await };
    sleep(Duration::from_millis(trigger.at)).await;
    for _ in 0..trigger.budget {
        tokio::task::consume_budget().await;
        let mut state = world.state();
        state.trigger_budget += 1;
        state.most_trigger_budget = state.most_trigger_budget.max(state.trigger_budget);
    }
}

/// Is pending once, awake: not as tokio's `yield_now`, which wakes only after the poll of the whole task.
pub async fn yield_once() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// What our own panics carry.
pub fn payload(code: u16) -> String {
    code.to_string()
}

pub fn code_of(payload: &(dyn Any + Send)) -> u16 {
    payload.downcast_ref::<String>().and_then(|text| text.parse().ok()).unwrap_or(0)
}

impl From<taskgroup::Cause> for Cause {
    fn from(cause: taskgroup::Cause) -> Self {
        match cause {
            taskgroup::Cause::Failed { .. } => Self::Failed,
            taskgroup::Cause::Panicked { .. } => Self::Panicked,
            taskgroup::Cause::TimedOut { .. } => Self::TimedOut,
            taskgroup::Cause::Requested { .. } => Self::Requested,
            taskgroup::Cause::Finished { .. } => Self::Finished,
            _ => Self::Dropped,
        }
    }
}
