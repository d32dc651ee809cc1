//! What the end of a child means for its group, and how a task ends.

use super::{
    Reference,
    actor::{Ended, Op, Order, Own},
    machine::Fatal,
};
use crate::{
    case::{BODY, Error, Id, Policy, Slot, What},
    tags::Tag,
};

impl Reference<'_> {
    /// The group hears of it.
    pub(super) fn report(&mut self, id: Id, ended: Ended) {
        self.changed = true;
        let group = usize::from(id.group);
        // A panic that is not caught decides when its owner takes it, whatever is on its way.
        let decides = matches!(ended, Ended::Panicked(_)) && !self.case.groups[group].options.catches();
        if ended.is_failure() && !decides {
            self.reports_the_first_failure(id);
        }
        self.groups[group].asks_for_round |= self.is_awaited(id);
        let actor = self.actor(id);
        (actor.reported, actor.ended) = (true, Some(ended));
        let was_cancelled = actor.own != Own::No && actor.own != Own::Asked;
        let is_daemon = actor.daemon;
        actor.cell = Some(match ended {
            Ended::Returned(Ok(value)) => Some(value),
            _ => None,
        });
        if self.shape(group).is_function() {
            self.destroys_unwanted(id);
        }
        if ended.is_failure() && self.groups[group].is_in_last_poll() && self.shape(group).is_function() {
            self.tag(Tag::FailureInLastPoll);
        }
        match ended {
            Ended::Returned(Ok(value)) => self.returned(id, value),
            // A child that its owner had cancelled: no failure.
            Ended::Returned(Err(_)) if was_cancelled => self.tag(Tag::ErrorAfterOwnCancel),
            Ended::Returned(Err(error)) => self.failed(id, error),
            Ended::Panicked(code) => self.panicked(id, code),
            Ended::Stopped | Ended::NeverStarted => {
                self.fill(id, if ended == Ended::Stopped { Slot::Cancelled(None) } else { Slot::NeverStarted });
                if !was_cancelled && !is_daemon {
                    self.groups[group].lost += 1;
                }
            }
        }
    }

    /// A task of the group failed before this child did, and its owner has not taken its end: that failure is the first.
    fn reports_the_first_failure(&mut self, id: Id) {
        let group = usize::from(id.group);
        let grp = &self.groups[group];
        let is_open =
            grp.is_running() && grp.fatal.is_none() && self.case.groups[group].options.policy == Policy::FailFast;
        let first = self.actors[group].iter().find(|actor| actor.failed_first && !actor.reported && actor.id != id);
        if let (true, Some((first, Some(ended)))) = (is_open, first.map(|first| (first.id, first.ended))) {
            self.report(first, ended);
        }
    }

    fn fill(&mut self, id: Id, slot: Slot) {
        if id.child != BODY {
            self.groups[usize::from(id.group)].slots[usize::from(id.child)] = Some(slot);
        }
    }

    fn returned(&mut self, id: Id, value: u16) {
        let group = usize::from(id.group);
        let policy = self.case.groups[group].options.policy;
        let is_daemon = self.look(id).daemon;
        let grp = &mut self.groups[group];
        if id.child == BODY {
            grp.value = Some(value);
        } else if policy == Policy::Race && !is_daemon {
            if grp.winner.is_none() && grp.fatal.is_none() {
                grp.winner = Some(value);
            } else {
                grp.lost += 1;
            }
        } else {
            self.fill(id, Slot::Done(value));
        }
    }

    fn failed(&mut self, id: Id, error: Error) {
        let group = usize::from(id.group);
        let is_cancelled = self.seen_by_group(group).is_some();
        let policy = self.case.groups[group].options.policy;
        let is_daemon = self.look(id).daemon;
        let body = self.look(id);
        let is_before_stages =
            id.child == BODY && !body.program[..body.next].iter().any(|op| matches!(op, Op::Start(_)));
        let grp = &mut self.groups[group];
        if !is_daemon {
            grp.lost += 1;
        }
        let is_late = grp.fatal.is_some() || grp.winner.is_some() || (is_daemon && is_cancelled);
        grp.fails_before_stages |= is_before_stages && !is_late;
        if is_late {
            self.fill(id, Slot::Cancelled(None));
            return;
        }
        match policy {
            Policy::FailFast => grp.fatal = Some(Fatal::Failed(error)),
            Policy::Race if is_daemon => grp.fatal = Some(Fatal::Failed(error)),
            Policy::Settle if is_daemon => {}
            Policy::Settle | Policy::Race if is_cancelled => self.fill(id, Slot::Cancelled(Some(error))),
            Policy::Settle => self.fill(id, Slot::Failed(error)),
            Policy::Race => grp.failures.push((id.child, error)),
        }
        if policy == Policy::Race {
            self.groups[group].failures.sort_by_key(|(child, _)| *child);
        }
    }

    pub(super) fn panicked(&mut self, id: Id, code: u16) {
        let group = usize::from(id.group);
        let options = &self.case.groups[group].options;
        let is_daemon = self.look(id).daemon;
        let (policy, catches) = (options.policy, options.catches());
        if is_daemon && self.seen_by_group(group).is_some() {
            self.tag(Tag::PanicOfCancelledDaemon);
        }
        if policy == Policy::Settle && is_daemon && catches {
            self.tag(Tag::SettledDaemonPanics);
            return;
        }
        if !is_daemon {
            self.groups[group].lost += 1;
        }
        if policy == Policy::Settle && !is_daemon {
            self.fill(id, Slot::Panicked(code));
            return;
        }
        let grp = &mut self.groups[group];
        let is_late = match grp.fatal {
            Some(Fatal::Panicked(_)) => true,
            Some(Fatal::Failed(_)) => catches,
            None => catches && grp.winner.is_some(),
        };
        if !is_late {
            grp.fatal = Some(Fatal::Panicked(code));
        }
    }

    /// The runtime gives a task a turn.
    pub(super) fn poll_task(&mut self, id: Id) {
        let actor = self.look(id);
        if actor.ended.is_some() {
            return;
        }
        let begins_under = if actor.is_late { Order::Leave } else { Order::Run };
        if actor.order > begins_under && !actor.begun {
            return self.task_ends(id, Ended::NeverStarted);
        }
        let has_last_poll = self.task_has_last_poll(id);
        let actor = self.look(id);
        if actor.order == Order::Kill || (actor.order == Order::Stop && !has_last_poll) {
            let ended = self.drop_actor(id);
            return self.task_ends(id, ended);
        }
        if let Some(ended) = self.poll_actor(id) {
            return self.task_ends(id, ended);
        }
        let actor = self.look(id);
        let must = actor.order == Order::Stop || (actor.order == Order::Leave && !actor.listens);
        // A last poll that groups inside have to spread counts as one.
        let is_over = actor.order == Order::Kill || !self.is_put_off_inside(id);
        if must && is_over && !self.is_held(id) {
            if self.look(id).order == Order::Leave {
                self.tag(Tag::Left);
            }
            let ended = self.drop_actor(id);
            self.task_ends(id, ended);
        }
    }

    fn task_ends(&mut self, id: Id, ended: Ended) {
        self.changed = true;
        self.actor(id).ended = Some(ended);
        let group = usize::from(id.group);
        let is_noted = self.actors[group].iter().any(|actor| actor.failed_first && !actor.reported);
        if ended.is_failure() && !is_noted && self.seen_by_group(group).is_none() {
            self.actor(id).failed_first = true;
        }
        // The function that it belongs to is gone.
        if self.look(id).reported {
            self.is_not_taken(id, ended);
        }
    }

    /// What a task returned has no place to go to.
    pub(super) fn is_not_taken(&mut self, id: Id, ended: Ended) {
        let returned = matches!(ended, Ended::Returned(Ok(_)));
        if returned && self.shape(usize::from(id.group)).is_function() && !self.look(id).daemon {
            self.say(id, What::Destroyed);
        }
    }
}
