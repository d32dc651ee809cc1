//! Who listens, what encloses a group, who has to leave, and what a dropped group leaves behind.

use super::{
    Reference,
    actor::{Actor, Ended, Order},
    machine::{Fatal, Leaving, Phase},
};
use crate::{
    case::{BODY, Cause, Id, Policy, Variant},
    tags::Tag,
};

impl Reference<'_> {
    /// It asks, or is answered: that is known in each group whose owner's task it is on.
    pub(super) fn listens(&mut self, id: Id) {
        self.notes(id, |actor| (actor.looks, actor.listens) = (true, true));
    }

    /// A last poll of it is of use, although it has not asked.
    pub(super) fn looks(&mut self, id: Id) {
        self.notes(id, |actor| actor.looks = true);
    }

    /// It waits for a drain, which it has not asked for by itself; the end of any group that it is in brings one.
    pub(super) fn waits_for_drain(&mut self, id: Id) {
        self.tag(Tag::AwaitedDrain);
        let mut next = Some(id);
        while let Some(id) = next {
            self.actor(id).awaits_drain = true;
            let group = &mut self.groups[usize::from(id.group)];
            group.is_waited_for = true;
            next = group.parent;
        }
    }

    fn notes(&mut self, id: Id, note: impl Fn(&mut Actor<'_>)) {
        let mut next = Some(id);
        while let Some(id) = next {
            note(self.actor(id));
            next = if self.look(id).spawned { None } else { self.groups[usize::from(id.group)].parent };
        }
    }

    /// What whoever awaits a group learns from it: that tasks in it may listen, and that it was answered.
    pub(super) fn hand_on(&mut self, group: usize, owner: Id, is_over: bool) {
        let tasks_look = self.actors[group].iter().any(|actor| actor.spawned && actor.looks);
        let grp = &self.groups[group];
        let is_cancelled_only = grp.lost > 0 && grp.fatal.is_none() && grp.winner.is_none();
        let is_answered = is_over && is_cancelled_only && self.seen(owner).is_some();
        if is_answered {
            self.tag(Tag::Answered);
        }
        if tasks_look || is_answered {
            self.listens(owner);
        }
    }

    /// Is a last poll of use in this group? A task with a handle has a token of its own.
    pub(super) fn is_looked_at(&self, group: usize) -> bool {
        self.groups[group].is_waited_for
            || self.actors[group].iter().any(|actor| actor.looks && !self.has_own_token(actor.id))
    }

    fn has_own_token(&self, id: Id) -> bool {
        id.child != BODY
            && self.shape(usize::from(id.group)).is_function()
            && self.look(id).spawned
            && !self.look(id).daemon
    }

    /// Is this task polled once more, when it is ordered to stop? If only others in its group look at the token, it may be.
    pub(super) fn task_has_last_poll(&mut self, id: Id) -> bool {
        let others_look = !self.has_own_token(id) && self.is_looked_at(usize::from(id.group));
        self.look(id).may_react() || self.is_held(id) || (others_look && !self.chance.takes(2))
    }

    /// Can whoever was cancelled first drop this group?
    pub(super) fn is_enclosed(&self, group: usize) -> bool {
        let mut inner = group;
        while let Some(owner) = self.groups[inner].parent {
            if self.look(owner).own_cause.is_some() {
                return true;
            }
            let outer = &self.groups[usize::from(owner.group)];
            if outer.phase == Phase::Over {
                return false;
            }
            if outer.cause.is_some() {
                return true;
            }
            inner = usize::from(owner.group);
        }
        false
    }

    pub(super) fn can_say_so(&self, group: usize) -> bool {
        let options = &self.case.groups[group].options;
        options.policy != Policy::FailFast || options.variant != Variant::Plain
    }

    /// Everybody has a poll in which to see that an enclosing group was cancelled: it may be the last one.
    pub(super) fn polls_everyone_if_cancelled_from_outside(&mut self, group: usize) {
        let grp = &self.groups[group];
        if grp.has_machine && !grp.outer_is_seen && grp.parent.and_then(|owner| self.seen(owner)).is_some() {
            let is_looked_at = self.is_looked_at(group);
            let grp = &mut self.groups[group];
            grp.outer_is_seen = true;
            grp.forced |= is_looked_at;
        }
    }

    /// A group of inline children without options polls them one after the other, and notes nothing. If the budget runs out on
    /// the way, it has a machine from then on, which sees only then that an enclosing group was cancelled: the poll that was
    /// cut short does not count.
    pub(super) fn is_cut_short_without_a_machine(&mut self, group: usize) {
        let ran_out = self.ran_out || (self.tags.has(Tag::Chatty) && self.chance.takes(8));
        if self.groups[group].has_machine || !ran_out || self.is_decided(group) {
            return;
        }
        self.groups[group].has_machine = true;
        self.polls_everyone_if_cancelled_from_outside(group);
        if self.groups[group].forced {
            self.groups[group].put_off = Some(self.turns(group));
        }
    }

    /// A group that can say that it was cancelled begins nothing more once an enclosing one is.
    pub(super) fn close_if_cancelled_from_outside(&mut self, group: usize) {
        let grp = &self.groups[group];
        if grp.closed || !self.can_say_so(group) || grp.parent.and_then(|owner| self.seen(owner)).is_none() {
            return;
        }
        self.tag(Tag::ClosedFromOutside);
        self.groups[group].closed = true;
        self.groups[group].forced = true;
        if self.begin_own_grace(group).is_none() {
            self.groups[group].leaving = Leaving::AfterLastPoll;
        }
        let is_function = self.shape(group).is_function();
        let body = self.look(Id::body(group as u8));
        if is_function && !body.begun && !body.reported {
            let ended = self.drop_actor(Id::body(group as u8));
            self.report(Id::body(group as u8), ended);
        }
        for child in 0..self.case.groups[group].children.len() {
            let id = Id { group: group as u8, child: child as u8 };
            let actor = self.look(id);
            if actor.reported {
            } else if !actor.started && !is_function {
                self.never_begins(id);
            } else if actor.spawned && actor.order == Order::Run && !self.has_own_token(id) {
                self.actor(id).order = Order::Close;
            }
        }
    }

    pub(super) fn begin_own_grace(&mut self, group: usize) -> Option<u64> {
        if self.groups[group].own_grace.is_none() {
            let grace = self.case.groups[group].options.grace;
            self.groups[group].own_grace = grace.map(|grace| self.at(grace));
        }
        self.groups[group].own_grace
    }

    /// After the last poll, those that do not listen leave.
    pub(super) fn leave(&mut self, group: usize) -> bool {
        let grp = &mut self.groups[group];
        if grp.leaving != Leaving::AfterLastPoll || grp.forced || grp.put_off.is_some() {
            return false;
        }
        grp.leaving = Leaving::Left;
        self.for_each_running(group, |this, id| {
            let actor = this.actor(id);
            if actor.spawned {
                if actor.order < Order::Leave {
                    actor.order = Order::Leave;
                }
            } else if actor.listens || this.is_held(id) {
                this.tag(Tag::Stayed);
            } else {
                this.tag(Tag::Left);
                let ended = this.drop_actor(id);
                this.report(id, ended);
            }
        });
        true
    }

    /// Whoever has begun and not ended, in the order in which they are dropped: the body first.
    pub(super) fn for_each_running(&mut self, group: usize, mut each: impl FnMut(&mut Self, Id)) {
        let body = self.actors[group].len() - 1;
        for at in std::iter::once(body).chain(0..body) {
            let actor = &self.actors[group][at];
            // Looked at one by one: the end of one may bring that of another.
            if actor.started && !actor.reported {
                each(self, actor.id);
            }
        }
    }

    /// The owner drops it: nothing waits; what was spawned is adopted.
    pub(super) fn drop_group(&mut self, group: usize) -> Option<u16> {
        // It has ended, and waits for tasks of groups inside. A panic that it would have resumed after that comes out, or
        // it would be lost (rule 3).
        if self.groups[group].phase == Phase::Over {
            self.destroys_kept_values(group);
            return self.panic_of(group);
        }
        if self.seen_by_group(group).is_none() {
            self.groups[group].cause = Some(Cause::Dropped);
        }
        self.groups[group].phase = Phase::Over;
        self.for_each_running(group, |this, id| {
            let actor = this.actor(id);
            if let (true, Some(ended)) = (actor.spawned, actor.ended) {
                this.is_not_taken(id, ended);
            } else if actor.spawned {
                // Orders only rise: its grace may be over.
                if actor.order < Order::Stop {
                    actor.order = Order::Stop;
                }
            } else {
                let ended = this.drop_actor(id);
                this.actor(id).ended = Some(ended);
                if let Ended::Panicked(code) = ended {
                    this.panicked(id, code);
                }
            }
            this.actor(id).reported = true;
        });
        self.destroys_kept_values(group);
        self.panic_of(group)
    }

    pub(super) fn panic_of(&self, group: usize) -> Option<u16> {
        match self.groups[group].fatal {
            Some(Fatal::Panicked(code)) => Some(code),
            _ => None,
        }
    }

    /// A task of a group inside, which was dropped, has not ended.
    pub(super) fn leaves_tasks_behind(&self, group: usize) -> bool {
        self.actors.iter().flatten().any(|actor| actor.is_task() && self.is_below(usize::from(actor.id.group), group))
    }

    fn is_below(&self, group: usize, enclosing: usize) -> bool {
        group == enclosing
            || self.groups[group].parent.is_some_and(|parent| self.is_below(usize::from(parent.group), enclosing))
    }
}
