//! One round of a group: who has a turn, and what becomes of whom after it.

use super::{
    Reference,
    actor::{Actor, Order, Own},
    machine::{Leaving, Mercy, Phase},
};
use crate::{
    case::{BODY, Cause, Id, Ms},
    tags::Tag,
};

impl Reference<'_> {
    /// One round: the body, then the statements in the order of the text, then what the source of a `for` gives.
    pub(super) fn pass(&mut self, group: usize) {
        let counts_as_last = self.polls_everyone(group);
        let turns = match self.groups[group].put_off.take() {
            Some(rest) => rest,
            None => self.turns(group),
        };
        for (at, turn) in turns.iter().enumerate() {
            let Some(id) = *turn else {
                self.pull(group);
                continue;
            };
            if self.is_decided(group) {
                return;
            }
            let actor = self.look(id);
            // Not before those that have no turn: a long loop would then have no round that is not cut short.
            let has_turn = !actor.reported && (actor.started || !self.shape(group).is_function());
            if has_turn && self.is_cut_short(group) {
                self.skipped = true;
                return;
            }
            if self.puts_off(group) {
                self.groups[group].put_off = Some(turns[at..].to_vec());
                return;
            }
            self.destroys_kept_value(id);
            if !self.look(id).started {
                if id.child == BODY || !self.may_begin(group, self.case.groups[group].statement(usize::from(id.child)))
                {
                    continue;
                }
                self.actor(id).started = true;
            }
            let had_budget = !self.ran_out;
            self.visit(id);
            if had_budget && self.ran_out && !counts_as_last {
                self.rotates_after(id);
            }
            // A last poll that groups inside have to spread counts as one.
            if counts_as_last && self.is_put_off_inside(id) {
                self.groups[group].put_off = Some(turns[at..].to_vec());
                return;
            }
        }
        // The body had its turn after that of a child which it has just started.
        let waits = |actor: &Actor<'_>| actor.started && !actor.spawned && !actor.begun && !actor.reported;
        self.groups[group].asks_for_round |= self.actors[group].iter().any(waits);
    }

    /// Who used up the budget is last in the rounds that follow. What is first may have found none left.
    fn rotates_after(&mut self, id: Id) {
        let group = usize::from(id.group);
        let after = if id.child == BODY { 0 } else { self.case.groups[group].statement(usize::from(id.child)) + 1 };
        let earlier = if after > 0 { self.chance.up_to(after as u8) } else { 0 };
        let next_first = after - usize::from(earlier);
        self.groups[group].next_first = Some(next_first);
    }

    /// Is the poll that its children have in this round their last, or the one in which they see a cancellation?
    fn polls_everyone(&self, group: usize) -> bool {
        let grp = &self.groups[group];
        grp.forced || grp.is_in_last_poll()
    }

    /// Is a group in it in the middle of such a round?
    pub(super) fn is_put_off_inside(&self, id: Id) -> bool {
        let actor = self.look(id);
        if actor.reported {
            return false;
        }
        let Some(inside) = actor.group_inside() else { return false };
        self.groups[inside].put_off.is_some()
            || self.actors[inside].iter().any(|child| !child.spawned && self.is_put_off_inside(child.id))
    }

    /// Who is polled in a round, in which order; `None` is the turn of the sources.
    pub(super) fn turns(&mut self, group: usize) -> Vec<Option<Id>> {
        let g = group as u8;
        let text = &self.case.groups[group];
        let mut turns = vec![Some(Id::body(g))];
        for (statement, count) in text.counts.iter().enumerate() {
            let first = text.first(statement) as u8;
            let mut children: Vec<_> = (first..first + count).map(|child| Some(Id { group: g, child })).collect();
            self.chance.shuffle(&mut children);
            turns.extend(children);
        }
        turns.push(None);
        if self.has_fixed_order(group) {
            return turns;
        }
        // What used up the budget may be one that the reference takes to need none.
        if self.chance.takes(4) {
            turns.rotate_right(1);
            return turns;
        }
        if self.shape(group).is_function() && self.chance.takes(4) {
            self.chance.shuffle(&mut turns);
        } else if let (Some(statement), false) = (self.groups[group].next_first, self.polls_everyone(group)) {
            let first = if statement < text.counts.len() { 1 + text.first(statement) } else { turns.len() - 1 };
            turns.rotate_left(first);
        }
        turns
    }

    /// Where nothing is said about the order, anybody may be passed by for a round: that gives every order. Without budget, the
    /// children of a loop are: they share the turn of their statement, and go on in the next round.
    fn is_passed_by(&mut self, id: Id) -> bool {
        let group = usize::from(id.group);
        let grp = &self.groups[group];
        let ends = matches!(grp.phase, Phase::Cancelled(Mercy::LastPoll) | Phase::Stopping);
        let may_wait = !(ends || (grp.forced && grp.leaving == Leaving::AfterLastPoll));
        let shares_a_turn = || id.child != BODY && self.statement(id.group, id.child).repeats;
        let has_no_budget = self.ran_out && !self.polls_everyone(group) && !self.look(id).spawned && shares_a_turn();
        let is_passed_by = has_no_budget || (may_wait && !self.has_fixed_order(group) && self.chance.takes(3));
        self.skipped |= is_passed_by;
        is_passed_by
    }

    /// Where budget runs out, a round may begin with another arm, and so end before all that wait for room had a turn.
    fn is_cut_short(&mut self, group: usize) -> bool {
        let one_in = if self.ran_out { 2 } else { 8 };
        let grp = &self.groups[group];
        grp.is_running() && !grp.forced && self.tags.has(Tag::Chatty) && self.chance.takes(one_in)
    }

    /// A last poll may be spread over several rounds, if the budget runs out.
    fn puts_off(&mut self, group: usize) -> bool {
        self.polls_everyone(group) && self.tags.has(Tag::Chatty) && self.chance.takes(if self.ran_out { 2 } else { 4 })
    }

    fn has_fixed_order(&self, group: usize) -> bool {
        !self.tags.has(Tag::Chatty) && (self.is_order_fixed || !self.shape(group).is_function())
    }

    /// May an arm begin? Statements begin when the body gets there, items when they are pulled.
    fn may_begin(&mut self, group: usize, statement: usize) -> bool {
        let shape = self.shape(group);
        let statement = shape.statements[statement];
        if shape.is_function() || statement.repeats || !self.groups[group].is_running() || self.groups[group].closed {
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
        let running =
            self.actors[group][..body].iter().filter(|child| child.started && !child.reported && !child.daemon);
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
            // An inline item is polled as soon as it is pulled, so none is pulled without budget.
            if self.ran_out && !shape.statements[statement].kind.is_spawned() {
                self.skipped = true;
                return;
            }
            let is_left = shape.statements[statement].is_dropped_by(grp.draining);
            if !grp.is_running() || grp.closed || is_left || self.is_decided(group) || self.is_waiting(group) {
                return;
            }
            if !self.has_room(group) {
                self.tag(Tag::LimitBelowChildren);
                return;
            }
            if self.has_a_request(group) && !self.chance.takes(3) {
                self.skipped = true;
                return;
            }
            if self.groups[group].draining {
                self.tag(Tag::AcceptedDrain);
            }
            self.actor(id).started = true;
            self.visit(id);
        }
    }

    /// Has the future of an option resolved? It is acted on after the round, and what would begin meanwhile ends at once.
    fn has_a_request(&self, group: usize) -> bool {
        let grp = &self.groups[group];
        let is_due = |at: Option<Ms>| at.is_some_and(|at| at <= self.now);
        is_due(grp.cancels_at) || (is_due(grp.drains_at) && !grp.draining)
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
    pub(super) fn is_decided(&self, group: usize) -> bool {
        let grp = &self.groups[group];
        grp.is_running() && (grp.fatal.is_some() || grp.winner.is_some())
    }

    pub(super) fn visit(&mut self, id: Id) {
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
        // Nor is a poll without budget a last one.
        if self.look(id).own == Own::LastPoll && self.has_no_budget_for_a_last_poll() {
            self.skipped = true;
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

    fn has_no_budget_for_a_last_poll(&mut self) -> bool {
        self.ran_out || (self.tags.has(Tag::Chatty) && self.chance.takes(8))
    }

    /// A poll that did not end an inline child, or the body: was it the last?
    fn must_end(&self, id: Id) -> bool {
        let (actor, grp) = (self.look(id), &self.groups[usize::from(id.group)]);
        if grp.phase == Phase::Stopping && grp.kill {
            return true;
        }
        let leaves = grp.leaving == Leaving::Left && !actor.listens;
        let must = grp.phase == Phase::Stopping
            || leaves
            // A last poll that groups inside have to spread counts as one.
            || (actor.own == Own::LastPoll && !self.is_put_off_inside(id))
            || (id.child == BODY && grp.body_must_go);
        match actor.own {
            Own::Grace(until) if until <= self.now => true,
            _ => must && !self.is_held(id),
        }
    }

    /// Is it in a critical section, or is a child of a group inside it?
    pub(super) fn is_held(&self, id: Id) -> bool {
        let actor = self.look(id);
        let inside =
            || self.actors[actor.group_inside()?].iter().find(|child| !child.spawned && self.is_held(child.id));
        actor.is_shielding() || inside().is_some()
    }

    /// A handle asked for the end of this child: its own token, and the grace of the group.
    fn cancel_one(&mut self, id: Id) {
        self.changed = true;
        let grace = self.case.groups[usize::from(id.group)].options.grace;
        let until = grace.map(|grace| self.at(grace));
        // Whether it sees it, in a critical section, or not: the first cause is final.
        if self.seen_by_group(usize::from(id.group)).is_none() {
            self.actor(id).own_cause = Some(Cause::Requested);
        }
        let actor = self.actor(id);
        let listens = actor.may_react();
        if actor.spawned {
            let order = if until.is_some() { Order::Close } else { Order::Stop };
            if actor.order < order {
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
}
