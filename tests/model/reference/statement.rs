//! Child statements, the handles that go with them, and what is dropped.

use super::{
    Reference,
    actor::{Doing, Ended, Op},
};
use crate::{
    case::{BODY, Id, Step, What},
    shape::{Flow, Statement},
    tags::Tag,
};

impl Reference<'_> {
    pub(super) fn statement(&self, group: u8, child: u8) -> &'static Statement {
        let group = usize::from(group);
        &self.shape(group).statements[self.case.groups[group].statement(usize::from(child))]
    }

    pub(super) fn stage(&self, group: u8, child: u8) -> u8 {
        self.statement(group, child).stage
    }

    /// A child statement: `false` if it waits for room.
    pub(super) fn starts(&mut self, body: Id, child: u8) -> bool {
        let group = usize::from(body.group);
        let id = Id { child, ..body };
        let statement = *self.statement(body.group, child);
        let refuses =
            self.groups[group].closed && self.case.groups[group].options.limit.is_some() && !statement.kind.is_daemon();
        if refuses {
            let actor = self.actor(id);
            (actor.started, actor.reported, actor.ended) = (true, true, Some(Ended::NeverStarted));
            actor.cell = Some(None);
            self.groups[group].lost += 1;
        } else if self.groups[group].is_cancelled() {
            self.tag(Tag::StartDuringCancellation);
            if !statement.kind.is_daemon() && !self.has_room(group) && !self.blocked_statement_returns {
                return false;
            }
            // Never started, and so is lost.
            let actor = self.actor(id);
            (actor.started, actor.reported, actor.ended) = (true, true, Some(Ended::NeverStarted));
            actor.cell = Some(None);
            if !statement.kind.is_daemon() {
                self.groups[group].lost += 1;
            }
        } else {
            if !statement.kind.is_daemon() && !self.has_room(group) {
                self.tag(Tag::LimitBelowChildren);
                return false;
            }
            let is_late = self.groups[group].closed;
            let actor = self.actor(id);
            (actor.started, actor.is_late) = (true, is_late);
            actor.listens |= is_late;
        }
        self.hand_over(body, child, statement);
        if self.look(id).reported {
            // It goes with what it was given.
            let given = std::mem::take(&mut self.actor(id).held);
            given.into_iter().for_each(|child| self.is_unwanted(Id { child, ..body }));
        }
        true
    }

    fn hand_over(&mut self, body: Id, child: u8, statement: Statement) {
        let id = Id { child, ..body };
        let given: Vec<u8> = match statement.flow {
            Flow::Alone => Vec::new(),
            Flow::Before => vec![child - 1],
            Flow::Given => {
                let wanted = &self.case.groups[usize::from(body.group)].children[usize::from(child)].given;
                self.look(body).held.iter().copied().filter(|held| wanted.contains(held)).collect()
            }
        };
        self.actor(body).held.retain(|held| !given.contains(held));
        self.actor(id).held = given;
        if !statement.kind.is_daemon() {
            self.actor(body).held.push(child);
        }
    }

    /// It drops the handles that it has: those of children that had their turn before it, so there is another round.
    pub(super) fn lets_go(&mut self, id: Id) {
        let mut held = std::mem::take(&mut self.actor(id).held);
        self.groups[usize::from(id.group)].asks_for_round |= !held.is_empty() && id.child != BODY;
        let actor = self.look(id);
        if let (Doing::Waiting, Op::Step(_, Step::Cancel(child))) = (actor.doing, actor.program[actor.next]) {
            held.push(*child);
        }
        held.into_iter().for_each(|child| self.is_unwanted(Id { child, ..id }));
    }

    /// The handle of this child is dropped.
    pub(super) fn is_unwanted(&mut self, id: Id) {
        self.actor(id).unwanted = true;
        if self.look(id).cell.flatten().is_some() && self.keeps_values {
            self.actor(id).cell = Some(None);
            self.groups[usize::from(id.group)].kept_values.push(id);
        } else {
            self.destroys_unwanted(id);
        }
    }

    /// Its value, if it has one that is not wanted.
    pub(super) fn destroys_unwanted(&mut self, id: Id) {
        let actor = self.actor(id);
        if actor.unwanted && actor.cell.flatten().is_some() {
            actor.cell = Some(None);
            self.say(id, What::Destroyed);
        }
    }

    /// It has its turn: a value that waits for that is destroyed.
    pub(super) fn destroys_kept_value(&mut self, id: Id) {
        let kept = &mut self.groups[usize::from(id.group)].kept_values;
        if let Some(at) = kept.iter().position(|kept| *kept == id) {
            kept.swap_remove(at);
            self.say(id, What::Destroyed);
        }
    }

    pub(super) fn destroys_kept_values(&mut self, group: usize) {
        for id in std::mem::take(&mut self.groups[group].kept_values) {
            self.say(id, What::Destroyed);
        }
    }

    /// Does somebody of its group wait for its end?
    pub(super) fn is_awaited(&self, id: Id) -> bool {
        self.actors[usize::from(id.group)].iter().any(|actor| {
            actor.begun
                && !actor.reported
                && match actor.program[actor.next] {
                    Op::Step(_, Step::Await(child)) => *child == id.child && actor.held.contains(child),
                    Op::Step(_, Step::Cancel(child)) => *child == id.child && actor.doing == Doing::Waiting,
                    Op::Joins(child) => child == id.child,
                    _ => false,
                }
        })
    }

    /// Is the body at a child statement that has to wait?
    pub(super) fn waits_for_room(&self, body: Id) -> bool {
        let actor = self.look(body);
        actor.begun
            && !actor.reported
            && matches!(actor.program[actor.next], Op::Start(child) if !self.statement(body.group, child).kind.is_daemon())
    }

    /// It is dropped where it is, and the group inside it first; a panic that this one had kept comes out.
    pub(super) fn drop_actor(&mut self, id: Id) -> Ended {
        self.changed = true;
        let panicked = match self.look(id).doing {
            Doing::InGroup(group) => self.drop_group(group),
            _ => None,
        };
        self.lets_go(id);
        let actor = self.actor(id);
        actor.doing = Doing::Nothing;
        if std::mem::take(&mut actor.inside) {
            self.say(id, What::Gone);
        }
        panicked.map_or(Ended::Stopped, Ended::Panicked)
    }
}
