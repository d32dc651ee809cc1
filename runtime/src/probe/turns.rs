//! The turns of children, as the rooms that poll them see it: whether an exploration lets others go first.

use std::{
    collections::VecDeque,
    task::{Context, Poll, Waker},
};

use tokio::{task::coop::poll_proceed, time::Instant};

use super::{
    schedule::{Id, Who},
    session::{Session, on_this_thread, scheduled},
};
use crate::{name::LazyName, runtime::Here};

/// Returns `true` if the children have to ask for their turn: this thread makes a run whose order of polls is drawn from a
/// seed, or in which the children are asked for their names.
#[inline]
pub(crate) fn reorders() -> bool {
    on_this_thread(|session| session.lock().schedule.is_asked()).unwrap_or(false)
}

/// The number of a group in its run.
#[derive(Clone, Copy)]
pub(crate) struct Group(u32);

impl Group {
    pub(crate) fn new() -> Self {
        let number = scheduled(|schedule| {
            schedule.groups += 1;
            schedule.groups
        });
        Self(number.unwrap_or(0))
    }

    /// Returns `true` if others go before this child.
    pub(crate) fn puts_off(self, arm: usize, item: usize, who: LazyName, here: Here) -> bool {
        let id = Id { group: self.0, arm: arm as u32, item: item as u32 };
        let who = || Who::new(who.name(), here.location(), who.line());
        on_this_thread(|session| session.turn(id, Some(who()))).unwrap_or(false)
    }

    /// Notes for which child a task is about to be started.
    pub(crate) fn announces(self, who: LazyName, here: Here) {
        scheduled(|schedule| {
            let item = schedule.tasks.entry(self.0).or_default();
            *item += 1;
            schedule.announced = Some((Id::task(self.0, *item), Who::new(who.name(), here.location(), who.line())));
        });
    }
}

/// The child of a task.
#[derive(Clone, Copy)]
pub(crate) struct Task(Option<Id>);

impl Task {
    /// The child that was announced last.
    pub(crate) fn announced() -> Self {
        let id = scheduled(|schedule| {
            let (id, who) = schedule.announced.take()?;
            schedule.names.insert(id, who);
            Some(id)
        });
        Self(id.flatten())
    }

    /// Returns `true` if others go before it.
    pub(crate) fn is_put_off(self) -> bool {
        let Some(id) = self.0 else { return false };
        on_this_thread(|session| session.turn(id, None)).unwrap_or(false)
    }
}

impl Session {
    /// Returns `true` if others go first; else, the poll that follows may be cut short.
    pub(crate) fn turn(&self, id: Id, who: Option<Who>) -> bool {
        let turn = {
            let mut state = self.lock();
            let schedule = &mut state.schedule;
            if !schedule.is_asked() {
                return false;
            }
            schedule.now = Some(Instant::now());
            let who = who.or_else(|| schedule.names.get(&id).cloned());
            schedule.turn(id, who.unwrap_or_else(|| Who::named("a task")))
        };
        match turn {
            Err(()) => true,
            Ok(left) => {
                if let Some(left) = left {
                    leave_budget(left);
                }
                false
            }
        }
    }
}

/// Uses up tokio's budget for this poll of the task, except for `left` steps.
fn leave_budget(left: usize) {
    /// More than the budget of a task. One that is not bounded has no end.
    const MOST: usize = 256;
    let mut cx = Context::from_waker(Waker::noop());
    let mut kept = VecDeque::new();
    for _ in 0..MOST {
        let Poll::Ready(step) = poll_proceed(&mut cx) else { break };
        kept.push_back(step);
        if kept.len() > left {
            // Used: it is not given back.
            kept.pop_front().into_iter().for_each(|step| step.made_progress());
        }
    }
    // Each gives its step back, so the last one is given back first.
    while let Some(step) = kept.pop_back() {
        drop(step);
    }
}
