//! A group: its rounds, and what ends it.

use super::{
    Reference,
    actor::{Actor, Ended, Order, Own},
};
use crate::{
    case::{BODY, Cause, Error, Got, Group, Id, Ms, Slot},
    tags::Tag,
};

/// One poll of a group has so many rounds after the first.
const MOST_ROUNDS: u8 = 32;

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Phase {
    Fresh,
    Running,
    /// The token is cancelled; until when it may go on.
    Cancelled(Mercy),
    Stopping,
    Over,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Mercy {
    LastPoll,
    Grace(Ms),
    /// It failed after an enclosing group was cancelled: that one decides, or its own grace.
    Enclosing,
}

/// Whether those that do not listen have to leave, although others may go on.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Leaving {
    No,
    AfterLastPoll,
    Left,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Fatal {
    Failed(Error),
    Panicked(u16),
}

pub(super) struct Grp {
    pub(super) phase: Phase,
    pub(super) parent: Option<Id>,
    pub(super) cause: Option<Cause>,
    pub(super) fatal: Option<Fatal>,
    pub(super) winner: Option<u16>,
    pub(super) lost: usize,
    pub(super) failures: Vec<(u8, Error)>,
    pub(super) slots: Vec<Option<Slot>>,
    pub(super) value: Option<u16>,
    pub(super) draining: bool,
    pub(super) has_drained: bool,
    /// Values whose handle is gone: each is destroyed in the next turn of its statement, or when the function returns.
    pub(super) kept_values: Vec<Id>,
    /// The statement after the one that used up the budget: the rounds that follow begin with it.
    pub(super) next_first: Option<usize>,
    /// A child in it waits for a drain.
    pub(super) is_waited_for: bool,
    /// Everybody is due one more poll.
    pub(super) forced: bool,
    pub(super) kill: bool,
    /// It has been cut short for want of budget, or has what only a machine can do.
    pub(super) has_machine: bool,
    /// An enclosing group is cancelled, and everybody in this one has been due a poll for that.
    pub(super) outer_is_seen: bool,
    /// Cancelled from outside, and able to say so: nothing begins any more.
    pub(super) closed: bool,
    pub(super) leaving: Leaving,
    pub(super) own_grace: Option<Ms>,
    /// The budget ran out in a last poll, so it goes on with these in the next round.
    pub(super) put_off: Option<Vec<Option<Id>>>,
    /// The body was in a critical section when it should have been dropped.
    pub(super) body_must_go: bool,
    /// The body returned an error before its first child statement.
    pub(super) fails_before_stages: bool,
    /// Something in this round concerns somebody who had a turn in it before.
    pub(super) asks_for_round: bool,
    pub(super) deadline: Option<Ms>,
    pub(super) drain_deadline: Option<Ms>,
    pub(super) cancels_at: Option<Ms>,
    pub(super) drains_at: Option<Ms>,
}

impl Grp {
    pub(super) fn new(text: &Group) -> Self {
        Self {
            phase: Phase::Fresh,
            parent: None,
            cause: None,
            fatal: None,
            winner: None,
            lost: 0,
            failures: Vec::new(),
            slots: vec![None; text.children.len()],
            value: None,
            draining: false,
            has_drained: false,
            kept_values: Vec::new(),
            next_first: None,
            is_waited_for: false,
            forced: false,
            has_machine: !text.is_lean(),
            outer_is_seen: false,
            kill: false,
            closed: false,
            leaving: Leaving::No,
            own_grace: None,
            put_off: None,
            body_must_go: false,
            fails_before_stages: false,
            asks_for_round: false,
            deadline: None,
            drain_deadline: None,
            cancels_at: None,
            drains_at: None,
        }
    }

    /// By itself: nothing starts any more.
    pub(super) fn is_cancelled(&self) -> bool {
        matches!(self.phase, Phase::Cancelled(_) | Phase::Stopping)
    }

    pub(super) fn is_in_last_poll(&self) -> bool {
        self.phase == Phase::Cancelled(Mercy::LastPoll)
    }

    pub(super) fn is_running(&self) -> bool {
        self.phase == Phase::Running
    }
}

impl Reference<'_> {
    pub(super) fn poll_group(&mut self, group: usize) -> Option<Got> {
        let mut rounds = 0;
        loop {
            match self.groups[group].phase {
                Phase::Fresh => self.begin(group),
                Phase::Running => {
                    self.groups[group].asks_for_round = false;
                    if self.groups[group].parent.is_some_and(|owner| self.seen(owner).is_some()) {
                        self.tag(Tag::Enclosed);
                    }
                    self.polls_everyone_if_cancelled_from_outside(group);
                    self.close_if_cancelled_from_outside(group);
                    self.pass(group);
                    self.is_cut_short_without_a_machine(group);
                    if self.groups[group].put_off.is_some() {
                        self.skipped = true;
                        return None;
                    }
                    self.groups[group].forced = false;
                    if !self.decide(group) {
                        if self.leave(group) {
                            self.changed = true;
                            continue;
                        }
                        if !self.goes_round(group, rounds) {
                            return None;
                        }
                        rounds += 1;
                        continue;
                    }
                }
                Phase::Cancelled(mercy) => {
                    let (forced, ended) = (self.groups[group].forced, self.ended(group));
                    if forced || mercy != Mercy::LastPoll {
                        self.pass(group);
                    }
                    if self.groups[group].put_off.is_some() {
                        self.skipped = true;
                        return None;
                    }
                    self.groups[group].forced = false;
                    if forced && mercy == Mercy::LastPoll && !self.last_poll_is_strict {
                        self.body_observes_last_ends(group, ended);
                    }
                    if self.leave(group) {
                        self.changed = true;
                        continue;
                    }
                    let grp = &self.groups[group];
                    let is_due = |at: Option<Ms>| at.is_some_and(|at| at <= self.now);
                    let own_grace_over = is_due(grp.own_grace);
                    let own_deadline = is_due(grp.deadline) || is_due(grp.drain_deadline);
                    match mercy {
                        _ if !self.is_busy(group) => self.groups[group].phase = Phase::Over,
                        Mercy::LastPoll => self.stop(group, false),
                        Mercy::Grace(until) if until <= self.now && !self.postpones() => self.stop(group, true),
                        Mercy::Enclosing if own_grace_over && !self.postpones() => self.stop(group, true),
                        Mercy::Enclosing if own_deadline && !self.postpones() => self.stop(group, false),
                        Mercy::Grace(_) | Mercy::Enclosing => return None,
                    }
                }
                Phase::Stopping => {
                    self.pass(group);
                    if self.is_busy(group) {
                        return None;
                    }
                    self.groups[group].phase = Phase::Over;
                }
                Phase::Over => {
                    if self.leaves_tasks_behind(group) {
                        return None;
                    }
                    self.destroys_kept_values(group);
                    self.note_late_drain(group);
                    return Some(self.got(group));
                }
            }
            self.changed = true;
        }
    }

    /// Does the next round follow in the same poll? The design does not say how many rounds of those who wake each other
    /// one poll has, and in the last poll of who runs the group it matters. What is likeliest is what the machine does.
    fn goes_round(&mut self, group: usize, rounds: u8) -> bool {
        let body = Id::body(group as u8);
        let asks = |actor: &Actor<'_>| actor.own == Own::Asked && !actor.reported;
        let has_more = self.groups[group].asks_for_round
            || !self.groups[group].kept_values.is_empty()
            || self.actors[group].iter().any(asks)
            || (self.waits_for_room(body) && self.has_room(group));
        // Without budget a poll ends early; how much is left is not said.
        let ends_early = if self.tags.has(Tag::Chatty) { 3 } else { 8 };
        has_more && !self.ran_out && rounds < MOST_ROUNDS && !self.chance.takes(ends_early)
    }

    /// A body that awaits a child which ended in its last poll may still make use of the value.
    fn body_observes_last_ends(&mut self, group: usize, mut ended: usize) {
        let body = Id::body(group as u8);
        while self.ended(group) > ended {
            ended = self.ended(group);
            self.visit(body);
            for child in 0..self.case.groups[group].children.len() {
                if self.actors[group][child].own == Own::Asked {
                    self.visit(Id { group: body.group, child: child as u8 });
                }
            }
        }
    }

    fn ended(&self, group: usize) -> usize {
        self.actors[group].iter().filter(|actor| actor.reported).count()
    }

    fn begin(&mut self, group: usize) {
        let options = &self.case.groups[group].options;
        let (timeout, cancel_on, drain_on) = (options.timeout, options.cancel_on, options.drain_on);
        let is_function = self.shape(group).is_function();
        let deadline = timeout.map(|after| self.at(after));
        let cancels_at = cancel_on.map(|trigger| self.at(trigger.at));
        let drains_at = drain_on.map(|trigger| self.at(trigger.at));
        let grp = &mut self.groups[group];
        grp.phase = Phase::Running;
        (grp.deadline, grp.cancels_at, grp.drains_at) = (deadline, cancels_at, drains_at);
        if is_function {
            self.actor(Id::body(group as u8)).started = true;
        } else {
            self.actor(Id::body(group as u8)).ended = Some(Ended::Stopped);
            self.actor(Id::body(group as u8)).reported = true;
        }
    }

    /// Is there a child, a body, an arm or an item that is not done? Daemons do not count.
    fn is_open(&self, group: usize) -> bool {
        let grp = &self.groups[group];
        let is_function = self.shape(group).is_function();
        let text = &self.case.groups[group];
        self.actors[group].iter().any(|actor| {
            if actor.daemon || actor.reported {
                return false;
            }
            if actor.started {
                return true;
            }
            if is_function || actor.id.child == BODY {
                return false;
            }
            let statement = &self.shape(group).statements[text.statement(usize::from(actor.id.child))];
            !statement.is_dropped_by(grp.draining)
        })
    }

    fn is_busy(&self, group: usize) -> bool {
        self.actors[group].iter().any(|actor| actor.started && !actor.reported)
    }

    /// Ends the phase, if anything that was found does.
    fn decide(&mut self, group: usize) -> bool {
        let grp = &self.groups[group];
        match grp.fatal {
            Some(Fatal::Failed(_)) => {
                self.cancel(group, Cause::Failed);
                return true;
            }
            Some(Fatal::Panicked(_)) => {
                self.cancel(group, Cause::Panicked);
                return true;
            }
            None => {}
        }
        let is_open = self.is_open(group);
        if grp.winner.is_some() || (!is_open && self.is_busy(group)) {
            self.cancel(group, Cause::Finished);
            return true;
        }
        if !is_open {
            self.groups[group].phase = Phase::Over;
            return true;
        }
        if self.postpones() {
            return false;
        }
        let grp = &self.groups[group];
        let now = self.now;
        let is_due = |at: Option<Ms>| at.is_some_and(|at| at <= now);
        if is_due(grp.cancels_at) {
            self.cancel(group, Cause::Requested);
            return true;
        }
        if is_due(grp.drains_at) && !grp.draining {
            let after = self.case.groups[group].options.drain_timeout;
            let deadline = after.map(|after| self.at(after));
            let grp = &mut self.groups[group];
            (grp.draining, grp.has_drained, grp.drain_deadline) = (true, true, deadline);
            self.tag(Tag::Drained);
            return true;
        }
        if is_due(grp.deadline) || is_due(grp.drain_deadline) {
            self.cancel(group, Cause::TimedOut);
            return true;
        }
        if grp.closed && is_due(grp.own_grace) {
            self.stop(group, true);
            return true;
        }
        false
    }

    /// Children come before deadlines; how many rounds of those who wake each other do so is not said.
    fn postpones(&mut self) -> bool {
        let postpones = self.chance.takes(3);
        self.skipped |= postpones;
        postpones
    }

    fn cancel(&mut self, group: usize, cause: Cause) {
        let failed = self.groups[group].fatal.is_some();
        let is_first = self.seen_by_group(group).is_none();
        // The losers of a race are no daemons: they keep the grace.
        // What is queued, and never begins, does not run.
        let is_over = |actor: &Actor<'_>| !actor.started || actor.ended.is_some();
        let only_daemons =
            self.actors[group].iter().all(|actor| actor.daemon || actor.id.child == BODY || is_over(actor));
        let grace = self.begin_own_grace(group);
        let finishes = cause == Cause::Finished && only_daemons;
        let governed = (failed || finishes) && !is_first && self.is_enclosed(group);
        if governed {
            self.tag(Tag::Governed);
        }
        let leaves = if finishes { grace.is_some() || governed } else { governed && grace.is_none() };
        if leaves && self.groups[group].leaving == Leaving::No {
            self.groups[group].leaving = Leaving::AfterLastPoll;
        }
        let mercy = match grace {
            _ if governed => Mercy::Enclosing,
            Some(until) => Mercy::Grace(until),
            None => Mercy::LastPoll,
        };
        if cause != Cause::Finished {
            self.tag(Tag::Cancelled);
            if self.groups[group].draining {
                self.tag(Tag::DrainDuringCancellation);
            }
        }
        let forced = self.is_looked_at(group) || self.groups[group].leaving == Leaving::AfterLastPoll;
        let grp = &mut self.groups[group];
        if is_first {
            grp.cause = Some(cause);
        }
        grp.phase = Phase::Cancelled(mercy);
        grp.forced = forced;
        if failed && self.shape(group).is_function() {
            self.body_goes(group);
        }
        self.close(group);
    }

    /// On failure the body goes first, or as soon as its critical section is over.
    fn body_goes(&mut self, group: usize) {
        let body = Id::body(group as u8);
        let actor = self.look(body);
        if actor.reported {
            return;
        }
        if self.is_held(body) {
            self.tag(Tag::ShieldedBodyFailure);
            self.groups[group].body_must_go = true;
        } else {
            let ended = self.drop_actor(body);
            self.report(body, ended);
        }
    }

    /// Nothing begins any more.
    fn close(&mut self, group: usize) {
        let is_function = self.shape(group).is_function();
        for child in 0..self.case.groups[group].children.len() {
            let id = Id { group: group as u8, child: child as u8 };
            let actor = self.look(id);
            if actor.reported {
            } else if !actor.started {
                if !is_function {
                    self.never_begins(id);
                }
            } else if actor.spawned {
                if actor.order == Order::Run {
                    self.actor(id).order = Order::Close;
                }
            } else if !actor.begun {
                let ended = self.drop_actor(id);
                self.report(id, ended);
            }
        }
    }

    pub(super) fn never_begins(&mut self, id: Id) {
        let actor = self.actor(id);
        let is_daemon = actor.daemon;
        (actor.reported, actor.ended) = (true, Some(Ended::NeverStarted));
        let statement = self.statement(id.group, id.child);
        let grp = &mut self.groups[usize::from(id.group)];
        // What a drain leaves in the source is no loss.
        if statement.is_dropped_by(grp.draining) {
            return;
        }
        if !is_daemon {
            grp.lost += 1;
        }
        grp.slots[usize::from(id.child)] = Some(Slot::NeverStarted);
    }

    fn stop(&mut self, group: usize, kill: bool) {
        let grp = &mut self.groups[group];
        (grp.phase, grp.kill) = (Phase::Stopping, kill);
        self.for_each_running(group, |this, id| {
            let actor = this.actor(id);
            if actor.spawned {
                actor.order = if kill { Order::Kill } else { Order::Stop };
            } else if kill || !this.is_held(id) {
                let ended = this.drop_actor(id);
                this.report(id, ended);
            }
        });
    }

    fn note_late_drain(&mut self, group: usize) {
        let grp = &self.groups[group];
        if grp.cause.is_some_and(|cause| cause != Cause::Finished) && grp.drains_at.is_some_and(|at| at <= self.now) {
            self.tag(Tag::DrainDuringCancellation);
        }
    }
}
