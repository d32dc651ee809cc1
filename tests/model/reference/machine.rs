//! A group: its rounds, and what ends it.

use super::{
    Reference,
    actor::{Ended, Order, Own},
};
use crate::{
    case::{BODY, Cause, Error, Got, Group, Id, Ms, Policy, Slot},
    tags::Tag,
};

#[derive(Clone, Copy, PartialEq, Debug)]
enum Phase {
    Fresh,
    Running,
    /// The token is cancelled; until when it may go on.
    Cancelled(Mercy),
    Stopping,
    Over,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Mercy {
    LastPoll,
    Grace(Ms),
    /// It failed after an enclosing group was cancelled: that one decides.
    Enclosing,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Fatal {
    Failed(Error),
    Panicked(u16),
}

pub(super) struct Grp {
    phase: Phase,
    pub(super) parent: Option<Id>,
    pub(super) cause: Option<Cause>,
    pub(super) fatal: Option<Fatal>,
    pub(super) winner: Option<u16>,
    pub(super) lost: usize,
    pub(super) failures: Vec<(u8, Error)>,
    pub(super) slots: Vec<Option<Slot>>,
    pub(super) value: Option<u16>,
    pub(super) draining: bool,
    has_drained: bool,
    /// Everybody is due one more poll.
    forced: bool,
    kill: bool,
    /// The budget ran out in a last poll, so it goes on with these in the next round.
    put_off: Option<Vec<Id>>,
    /// The body was in a critical section when it should have been dropped.
    body_must_go: bool,
    deadline: Option<Ms>,
    drain_deadline: Option<Ms>,
    cancels_at: Option<Ms>,
    drains_at: Option<Ms>,
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
            forced: false,
            kill: false,
            put_off: None,
            body_must_go: false,
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
        loop {
            match self.groups[group].phase {
                Phase::Fresh => self.begin(group),
                Phase::Running => {
                    self.pass(group);
                    if !self.decide(group) {
                        return None;
                    }
                }
                Phase::Cancelled(mercy) => {
                    let forced = self.groups[group].forced;
                    if forced || mercy != Mercy::LastPoll {
                        self.pass(group);
                    }
                    if self.groups[group].put_off.is_some() {
                        self.skipped = true;
                        return None;
                    }
                    self.groups[group].forced = false;
                    if forced && mercy == Mercy::LastPoll && !self.last_poll_is_strict {
                        self.body_hears_of_last_ends(group);
                    }
                    match mercy {
                        _ if !self.is_busy(group) => self.groups[group].phase = Phase::Over,
                        Mercy::LastPoll => self.stop(group, false),
                        Mercy::Grace(until) if until <= self.now && !self.postpones() => self.stop(group, true),
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
                    self.note_late_drain(group);
                    return Some(self.got(group));
                }
            }
            self.changed = true;
        }
    }

    /// A body that awaits a child which ended in its last poll may still make use of the value.
    fn body_hears_of_last_ends(&mut self, group: usize) {
        let body = Id::body(group as u8);
        loop {
            let before = self.events.len();
            self.visit(body);
            if self.events.len() == before {
                return;
            }
            for child in 0..self.case.groups[group].children.len() {
                if self.actors[group][child].own == Own::Asked {
                    self.visit(Id { group: body.group, child: child as u8 });
                }
            }
        }
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

    /// One round: the body, then the statements in the order of the text, then what the source of a `for` gives.
    fn pass(&mut self, group: usize) {
        let turns = match self.groups[group].put_off.take() {
            Some(rest) => rest,
            None => self.turns(group),
        };
        for (at, id) in turns.iter().enumerate() {
            if self.is_decided(group) {
                return;
            }
            if self.puts_off(group) {
                self.groups[group].put_off = Some(turns[at..].to_vec());
                return;
            }
            if !self.look(*id).started {
                if id.child == BODY || !self.may_begin(group, self.case.groups[group].statement(usize::from(id.child))) {
                    continue;
                }
                self.actor(*id).started = true;
            }
            self.visit(*id);
        }
        self.pull(group);
    }

    /// Who is polled in a round, in which order.
    fn turns(&mut self, group: usize) -> Vec<Id> {
        let g = group as u8;
        let text = &self.case.groups[group];
        let mut turns = vec![Id::body(g)];
        for (statement, count) in text.counts.iter().enumerate() {
            let first = text.first(statement) as u8;
            let mut children: Vec<Id> = (first..first + count).map(|child| Id { group: g, child }).collect();
            self.chance.shuffle(&mut children);
            turns.extend(children);
        }
        if self.shape(group).is_function() && !self.has_fixed_order(group) && self.chance.takes(2) {
            self.chance.shuffle(&mut turns);
        }
        turns
    }

    /// Where nothing is said about the order, anybody may be passed by for a round: that gives every order.
    fn is_passed_by(&mut self, id: Id) -> bool {
        let group = usize::from(id.group);
        let may_wait = !matches!(self.groups[group].phase, Phase::Cancelled(Mercy::LastPoll) | Phase::Stopping);
        let is_passed_by = may_wait && !self.has_fixed_order(group) && self.chance.takes(3);
        self.skipped |= is_passed_by;
        is_passed_by
    }

    /// A last poll may be spread over several rounds, if the budget runs out.
    fn puts_off(&mut self, group: usize) -> bool {
        self.groups[group].is_in_last_poll() && self.tags.has(Tag::Chatty) && self.chance.takes(4)
    }

    fn has_fixed_order(&self, group: usize) -> bool {
        !self.tags.has(Tag::Chatty) && (self.is_order_fixed || !self.shape(group).is_function())
    }

    /// May an arm begin? Statements begin when the body gets there, items when they are pulled.
    fn may_begin(&mut self, group: usize, statement: usize) -> bool {
        let shape = self.shape(group);
        let statement = shape.statements[statement];
        if shape.is_function() || statement.repeats || !self.groups[group].is_running() {
            return false;
        }
        if statement.kind.is_daemon() || self.has_room(group) {
            return true;
        }
        self.tag(Tag::LimitBelowChildren);
        false
    }

    pub(super) fn has_room(&self, group: usize) -> bool {
        let Some(limit) = self.case.groups[group].options.limit else { return true };
        let body = self.actors[group].len() - 1;
        let running = self.actors[group][..body].iter().filter(|child| child.started && !child.reported && !child.daemon);
        running.count() < limit
    }

    fn pull(&mut self, group: usize) {
        let shape = self.shape(group);
        let Some(statement) = shape.statements.iter().position(|statement| statement.repeats) else { return };
        if shape.is_function() {
            return;
        }
        let text = &self.case.groups[group];
        let first = text.first(statement) as u8;
        for child in first..first + text.counts[statement] {
            let id = Id { group: group as u8, child };
            if self.look(id).started {
                continue;
            }
            let grp = &self.groups[group];
            if !grp.is_running() || grp.draining || self.is_decided(group) || self.is_waiting(group) {
                return;
            }
            if !self.has_room(group) {
                self.tag(Tag::LimitBelowChildren);
                return;
            }
            self.actor(id).started = true;
            self.visit(id);
        }
    }

    /// Does a static arm wait for room?
    fn is_waiting(&self, group: usize) -> bool {
        let text = &self.case.groups[group];
        (0..text.children.len()).any(|child| {
            let statement = &self.shape(group).statements[text.statement(child)];
            !statement.repeats && !self.actors[group][child].started
        })
    }

    /// After the first failure, or the winner, nobody is polled in this round.
    fn is_decided(&self, group: usize) -> bool {
        let grp = &self.groups[group];
        grp.is_running() && (grp.fatal.is_some() || grp.winner.is_some())
    }

    fn visit(&mut self, id: Id) {
        let actor = self.look(id);
        if !actor.started || actor.reported || self.is_passed_by(id) {
            return;
        }
        let actor = self.look(id);
        if actor.own == Own::Asked {
            if actor.ended.is_some() {
                // It had ended before: that counts.
                self.actor(id).own = Own::No;
            } else {
                self.cancel_one(id);
            }
        }
        let actor = self.look(id);
        if actor.reported {
            return;
        }
        if actor.spawned {
            if let (Own::Grace(until), None) = (actor.own, actor.ended) {
                if until <= self.now {
                    let actor = self.actor(id);
                    (actor.order, actor.own) = (Order::Kill, Own::Told);
                }
            }
            if let Some(ended) = self.look(id).ended {
                self.report(id, ended);
            }
            return;
        }
        match self.poll_actor(id) {
            Some(ended) => self.report(id, ended),
            None if self.must_end(id) => {
                let ended = self.drop_actor(id);
                self.report(id, ended);
            }
            None => {}
        }
    }

    /// A poll that did not end an inline child, or the body: was it the last?
    fn must_end(&self, id: Id) -> bool {
        let (actor, grp) = (self.look(id), &self.groups[usize::from(id.group)]);
        if grp.phase == Phase::Stopping && grp.kill {
            return true;
        }
        let must = grp.phase == Phase::Stopping || actor.own == Own::LastPoll || (id.child == BODY && grp.body_must_go);
        match actor.own {
            Own::Grace(until) if until <= self.now => true,
            _ => must && !actor.is_shielding(),
        }
    }

    /// A handle asked for the end of this child: its own token, and the grace of the group.
    fn cancel_one(&mut self, id: Id) {
        self.changed = true;
        let grace = self.case.groups[usize::from(id.group)].options.grace;
        let until = grace.map(|grace| self.at(grace));
        if self.seen(id).is_none() {
            self.actor(id).own_cause = Some(Cause::Requested);
        }
        let listens = self.case.listening;
        let actor = self.actor(id);
        if actor.spawned {
            let order = if until.is_some() { Order::Close } else { Order::Stop };
            if actor.order == Order::Run || actor.order == Order::Close {
                actor.order = order;
            }
            actor.own = until.map_or(Own::Told, Own::Grace);
            return;
        }
        let ends_now = !actor.begun || (until.is_none() && !listens && !actor.is_shielding());
        actor.own = until.map_or(Own::LastPoll, Own::Grace);
        if ends_now {
            let ended = self.drop_actor(id);
            self.report(id, ended);
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
            let repeats = !is_function
                && actor.id.child != BODY
                && self.shape(group).statements[text.statement(usize::from(actor.id.child))].repeats;
            !is_function && (!repeats || !grp.draining)
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
        let grace = self.case.groups[group].options.grace;
        let mercy = match grace {
            _ if failed && !is_first => Mercy::Enclosing,
            Some(grace) => Mercy::Grace(self.at(grace)),
            None => Mercy::LastPoll,
        };
        if cause != Cause::Finished {
            self.tag(Tag::Cancelled);
            if self.groups[group].draining {
                self.tag(Tag::DrainDuringCancellation);
            }
        }
        let listens = self.case.listening;
        let grp = &mut self.groups[group];
        if is_first {
            grp.cause = Some(cause);
        }
        grp.phase = Phase::Cancelled(mercy);
        grp.forced = listens;
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
        if actor.is_shielding() {
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

    fn never_begins(&mut self, id: Id) {
        let actor = self.actor(id);
        let is_daemon = actor.daemon;
        (actor.reported, actor.ended) = (true, Some(Ended::NeverStarted));
        let repeats = self.statement(id.group, id.child).repeats;
        let grp = &mut self.groups[usize::from(id.group)];
        // What a drain leaves in the source is missed by nobody.
        if repeats && grp.draining {
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
        let body = self.actors[group].len() - 1;
        for at in std::iter::once(body).chain(0..body) {
            let actor = &mut self.actors[group][at];
            let id = actor.id;
            if !actor.started || actor.reported {
                continue;
            }
            if actor.spawned {
                actor.order = if kill { Order::Kill } else { Order::Stop };
            } else if kill || !actor.is_shielding() {
                let ended = self.drop_actor(id);
                self.report(id, ended);
            }
        }
    }

    /// The owner drops it: nothing waits; what was spawned is adopted.
    pub(super) fn drop_group(&mut self, group: usize) -> Option<u16> {
        if self.groups[group].phase == Phase::Over {
            return None;
        }
        if self.seen_by_group(group).is_none() {
            self.groups[group].cause = Some(Cause::Dropped);
        }
        self.groups[group].phase = Phase::Over;
        let body = self.actors[group].len() - 1;
        for at in std::iter::once(body).chain(0..body) {
            let actor = &mut self.actors[group][at];
            let id = actor.id;
            if !actor.started || actor.reported {
                continue;
            }
            if actor.spawned {
                actor.order = Order::Stop;
            } else {
                let ended = self.drop_actor(id);
                self.actor(id).ended = Some(ended);
                if let Ended::Panicked(code) = ended {
                    self.panicked(id, code);
                }
            }
            self.actor(id).reported = true;
        }
        match self.groups[group].fatal {
            Some(Fatal::Panicked(code)) => Some(code),
            _ => None,
        }
    }

    /// A task of a group inside, which was dropped, has not ended.
    fn leaves_tasks_behind(&self, group: usize) -> bool {
        self.actors.iter().flatten().any(|actor| actor.is_task() && self.is_below(usize::from(actor.id.group), group))
    }

    fn is_below(&self, group: usize, enclosing: usize) -> bool {
        group == enclosing
            || self.groups[group].parent.is_some_and(|parent| self.is_below(usize::from(parent.group), enclosing))
    }

    fn note_late_drain(&mut self, group: usize) {
        let grp = &self.groups[group];
        if grp.cause.is_some_and(|cause| cause != Cause::Finished) && grp.drains_at.is_some_and(|at| at <= self.now) {
            self.tag(Tag::DrainDuringCancellation);
        }
    }

    /// What the policy makes of it.
    fn got(&self, group: usize) -> Got {
        let (grp, text) = (&self.groups[group], &self.case.groups[group]);
        let bomb = text.bomb.then_some(Id::body(group as u8).code());
        let catches = text.options.catches();
        let fatal = match (grp.fatal, bomb) {
            (Some(Fatal::Panicked(code)), _) => Some(Fatal::Panicked(code)),
            (Some(failed), Some(_)) if catches => Some(failed),
            (_, Some(code)) => Some(Fatal::Panicked(code)),
            (fatal, None) => fatal,
        };
        match fatal {
            Some(Fatal::Panicked(code)) if !catches => return Got::Panic(code),
            Some(fatal) if text.options.policy != Policy::Settle => {
                let error = match fatal {
                    Fatal::Failed(error) => error,
                    Fatal::Panicked(code) => Error::Panicked(code),
                };
                if text.options.policy == Policy::Race {
                    let mut failures: Vec<Error> = grp.failures.iter().map(|(_, error)| *error).collect();
                    failures.push(error);
                    return Got::Failures(failures);
                }
                return Got::Error(error);
            }
            _ => {}
        }
        match text.options.policy {
            Policy::Race => match grp.winner {
                Some(value) => Got::Value(vec![Slot::Done(value)]),
                None => Got::Failures(grp.failures.iter().map(|(_, error)| *error).collect()),
            },
            Policy::Settle => Got::Value(self.slots(group)),
            Policy::FailFast if grp.lost > 0 => Got::Error(Error::Cancelled),
            Policy::FailFast if self.shape(group).is_function() => match grp.value {
                Some(value) => Got::Value(vec![Slot::Done(value)]),
                None => Got::Error(Error::Cancelled),
            },
            Policy::FailFast => Got::Value(self.slots(group)),
        }
    }

    fn slots(&self, group: usize) -> Vec<Slot> {
        let children = self.actors[group].iter().filter(|actor| actor.id.child != BODY && !actor.daemon);
        children.filter_map(|actor| self.groups[group].slots[usize::from(actor.id.child)]).collect()
    }
}
