//! Children and bodies: how they go through their scripts.

use super::Reference;
use crate::{
    case::{BODY, Case, Cause, End, Error, Got, Id, Ms, Saw, Step, What},
    script::{JOINS, PART},
    shape::{Item, SHAPES},
    tags::Tag,
};

/// tokio's cooperative budget for one poll of a task.
const BUDGET: u32 = 128;

/// A child's or body's code, in the order in which it runs.
#[derive(Clone, Copy)]
pub(super) enum Op<'c> {
    Enter,
    Step(u16, &'c Step),
    Leave,
    End(End),
    Start(u8),
    Joins(u8),
    Return,
}

/// Where a step stands that has begun and is not done.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Doing {
    Nothing,
    Until(Ms),
    /// So many yields, or so many turns, are left.
    Left(u8),
    /// Cancelling somebody.
    Waiting,
    /// In this step of a critical section.
    Shield {
        step: usize,
        until: Option<Ms>,
        yielded: bool,
    },
    InGroup(usize),
}

/// What a child that ended by itself, or was ended, leaves.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Ended {
    Returned(Result<u16, Error>),
    Panicked(u16),
    Stopped,
    NeverStarted,
}

impl Ended {
    pub(super) fn is_failure(self) -> bool {
        matches!(self, Self::Returned(Err(_)) | Self::Panicked(_))
    }
}

/// How far `Child::cancel` of it has come.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Own {
    No,
    Asked,
    LastPoll,
    Grace(Ms),
    Told,
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub(super) enum Order {
    Run,
    Close,
    Leave,
    Stop,
    Kill,
}

pub(super) struct Actor<'c> {
    pub(super) id: Id,
    pub(super) spawned: bool,
    pub(super) daemon: bool,
    pub(super) program: Vec<Op<'c>>,
    pub(super) next: usize,
    pub(super) doing: Doing,
    pub(super) inside: bool,
    /// Its statement has run, or it was pulled.
    pub(super) started: bool,
    /// It has been polled.
    pub(super) begun: bool,
    pub(super) held: Vec<u8>,
    /// A last poll of it is of use.
    pub(super) looks: bool,
    pub(super) listens: bool,
    /// A last poll of it is of use, because code in it waits for a drain.
    pub(super) awaits_drain: bool,
    /// A statement started it after the function was cancelled from outside.
    pub(super) is_late: bool,
    pub(super) own_cause: Option<Cause>,
    pub(super) own: Own,
    pub(super) order: Order,
    pub(super) ended: Option<Ended>,
    /// It is a task, and failed before any other child whose end its owner has not taken.
    pub(super) failed_first: bool,
    /// Its group knows.
    pub(super) reported: bool,
    /// What its handle gives.
    pub(super) cell: Option<Option<u16>>,
    /// Its handle was dropped, so its value is destroyed as soon as there is one.
    pub(super) unwanted: bool,
}

/// The children of a group, and last the body.
pub(super) fn cast(case: &Case, group: usize) -> Vec<Actor<'_>> {
    let text = &case.groups[group];
    let shape = &SHAPES[text.shape];
    let mut cast: Vec<Actor<'_>> = (0..text.children.len())
        .map(|child| {
            let kind = shape.statements[text.statement(child)].kind;
            let script = &text.children[child].script;
            let mut program = vec![Op::Enter];
            program.extend((0..).zip(&script.steps).map(|(number, step)| Op::Step(number, step)));
            program.push(Op::End(script.end.unwrap_or(End::Ok)));
            Actor::new(Id { group: group as u8, child: child as u8 }, kind.is_spawned(), kind.is_daemon(), program)
        })
        .collect();
    let mut program = Vec::new();
    for item in shape.plan {
        match *item {
            Item::Part(part) => {
                let script = &text.body[usize::from(part)];
                program.push(Op::Enter);
                program.extend((u16::from(part) * PART..).zip(&script.steps).map(|(n, step)| Op::Step(n, step)));
                program.push(script.end.map_or(Op::Leave, Op::End));
            }
            Item::Start(at) | Item::Each(at) => {
                let first = text.first(usize::from(at)) as u8;
                for child in first..first + text.counts[usize::from(at)] {
                    program.push(Op::Start(child));
                    if let Item::Each(_) = item {
                        program.extend([Op::Enter, Op::Joins(child), Op::Leave]);
                    }
                }
            }
        }
    }
    program.push(Op::Return);
    cast.push(Actor::new(Id::body(group as u8), false, false, program));
    cast
}

impl<'c> Actor<'c> {
    fn new(id: Id, spawned: bool, daemon: bool, program: Vec<Op<'c>>) -> Self {
        Self {
            id,
            spawned,
            daemon,
            program,
            next: 0,
            doing: Doing::Nothing,
            inside: false,
            started: false,
            begun: false,
            held: Vec::new(),
            looks: false,
            listens: false,
            awaits_drain: false,
            is_late: false,
            own_cause: None,
            own: Own::No,
            order: Order::Run,
            ended: None,
            failed_first: false,
            reported: false,
            cell: None,
            unwanted: false,
        }
    }

    pub(super) fn is_shielding(&self) -> bool {
        matches!(self.doing, Doing::Shield { .. })
    }

    pub(super) fn group_inside(&self) -> Option<usize> {
        match self.doing {
            Doing::InGroup(group) => Some(group),
            _ => None,
        }
    }

    /// Is a last poll of it of use?
    pub(super) fn may_react(&self) -> bool {
        self.looks || self.awaits_drain
    }

    /// Is it a task that has not ended?
    pub(super) fn is_task(&self) -> bool {
        self.spawned && self.started && self.ended.is_none()
    }
}

impl<'c> Reference<'c> {
    /// One poll; it ends, or waits.
    pub(super) fn poll_actor(&mut self, id: Id) -> Option<Ended> {
        self.actor(id).begun = true;
        loop {
            let actor = self.look(id);
            let ended = match actor.program[actor.next] {
                Op::Enter => {
                    let asks = self.case.asks(id);
                    let seen = if asks { self.seen(id) } else { None };
                    if asks {
                        self.listens(id);
                    }
                    self.actor(id).inside = true;
                    self.say(id, What::Enter(seen));
                    None
                }
                Op::Step(number, step) => match self.step(id, number, step)? {
                    Ok(saw) => {
                        if let Some(saw) = saw {
                            self.say(id, What::Done(number, saw));
                        }
                        None
                    }
                    Err(ended) => Some(ended),
                },
                Op::Leave => {
                    self.actor(id).inside = false;
                    None
                }
                Op::End(end) => {
                    self.say(id, What::End(end));
                    Some(match end {
                        End::Ok => Ended::Returned(Ok(id.code())),
                        End::Fail => Ended::Returned(Err(Error::Own(id.code()))),
                        End::Panic => Ended::Panicked(id.code()),
                    })
                }
                Op::Start(child) => {
                    if !self.starts(id, child) {
                        return None;
                    }
                    None
                }
                Op::Joins(child) => {
                    let value = self.look(Id { child, ..id }).cell.flatten()?;
                    self.actor(id).held.retain(|held| *held != child);
                    self.say(id, What::Done(JOINS, Saw::Value(value)));
                    None
                }
                Op::Return => Some(Ended::Returned(Ok(id.code()))),
            };
            self.changed = true;
            let actor = self.actor(id);
            if ended.is_some() {
                actor.inside = false;
                self.lets_go(id);
                return ended;
            }
            actor.doing = Doing::Nothing;
            actor.next += 1;
        }
    }

    /// One step: `None` if it waits, `Err` if it ends the whole.
    #[allow(clippy::type_complexity, reason = "three ways to go on")]
    fn step(&mut self, id: Id, number: u16, step: &'c Step) -> Option<Result<Option<Saw>, Ended>> {
        let saw = match step {
            Step::Yield(times) => self.waits_for_turns(id, *times).then_some(Saw::Nothing)?,
            Step::Sleep(time) => self.sleeps(id, *time).then_some(Saw::Nothing)?,
            // How a budget is shared out is not said.
            Step::Budget(units) => {
                if self.look(id).doing == Doing::Nothing {
                    // One poll has no more than the whole of it.
                    let least = units.saturating_sub(1) / BUDGET;
                    let can_run_out = self.tags.has(Tag::Chatty);
                    let more = if can_run_out { self.chance.up_to((units / 64 + 1).min(3) as u8) } else { 0 };
                    self.actor(id).doing = Doing::Left(least as u8 + more);
                }
                let has_ended = self.waits_for_turns(id, 0);
                self.ran_out |= !has_ended;
                has_ended.then_some(Saw::Nothing)?
            }
            Step::Await(child) => {
                if !self.look(id).held.contains(child) {
                    return Some(Ok(Some(Saw::No)));
                }
                self.note_handle(id, *child, false);
                let value = self.look(Id { child: *child, ..id }).cell.flatten()?;
                self.actor(id).held.retain(|held| held != child);
                Saw::Value(value)
            }
            Step::Cancel(child) => self.cancels(id, number, *child)?,
            Step::Forget(child) => {
                let had = self.look(id).held.contains(child);
                self.actor(id).held.retain(|held| held != child);
                if had {
                    self.is_unwanted(Id { child: *child, ..id });
                }
                self.groups[usize::from(id.group)].asks_for_round |= had && id.child != BODY;
                if had { Saw::Yes } else { Saw::No }
            }
            Step::Ask => {
                self.listens(id);
                Saw::Cause(self.seen(id))
            }
            Step::UntilCancelled => {
                self.listens(id);
                Saw::Cause(Some(self.seen(id)?))
            }
            Step::OrCancelled(time) => {
                if self.sleeps(id, *time) {
                    Saw::Nothing
                } else {
                    self.listens(id);
                    Saw::Cause(Some(self.seen(id)?))
                }
            }
            Step::AskDraining => {
                if self.is_draining(id) {
                    Saw::Yes
                } else {
                    Saw::No
                }
            }
            Step::UntilDraining => {
                self.waits_for_drain(id);
                self.is_draining(id).then_some(Saw::Nothing)?
            }
            Step::Shield(steps) => self.shields(id, steps).then_some(Saw::Nothing)?,
            Step::Open(gate) => {
                self.gates[usize::from(*gate)] = true;
                Saw::Nothing
            }
            Step::Wait(gate) => self.gates[usize::from(*gate)].then_some(Saw::Nothing)?,
            Step::Group { group, question } => {
                return self.runs_group(id, number, usize::from(*group), *question);
            }
            Step::Forever => return None,
        };
        Some(Ok(Some(saw)))
    }

    fn waits_for_turns(&mut self, id: Id, times: u8) -> bool {
        let left = match self.look(id).doing {
            Doing::Left(left) => left,
            _ => times,
        };
        if left == 0 {
            return true;
        }
        self.changed = true;
        self.actor(id).doing = Doing::Left(left - 1);
        false
    }

    fn sleeps(&mut self, id: Id, time: Ms) -> bool {
        if let Doing::Until(until) = self.look(id).doing {
            return until <= self.now;
        }
        self.actor(id).doing = Doing::Until(self.now + time);
        self.at(time);
        false
    }

    fn cancels(&mut self, id: Id, number: u16, child: u8) -> Option<Saw> {
        let target = Id { child, ..id };
        if self.look(id).doing == Doing::Nothing {
            if !self.look(id).held.contains(&child) {
                return Some(Saw::No);
            }
            self.note_handle(id, child, true);
            self.say(id, What::Done(number, Saw::Yes));
            let actor = self.actor(id);
            actor.held.retain(|held| *held != child);
            actor.doing = Doing::Waiting;
            let target = self.actor(target);
            if target.cell.is_none() && target.own == Own::No {
                target.own = Own::Asked;
            }
        }
        let cell = self.look(target).cell?;
        Some(cell.map_or(Saw::No, Saw::Value))
    }

    fn note_handle(&mut self, id: Id, child: u8, cancel: bool) {
        if cancel {
            self.tag(Tag::Cancel);
        }
        if id.child == BODY {
            return;
        }
        self.tag(if cancel { Tag::SiblingCancel } else { Tag::SiblingAwait });
        if self.stage(id.group, id.child) != self.stage(id.group, child) {
            self.tag(Tag::HandleAcrossStages);
        }
    }

    fn shields(&mut self, id: Id, steps: &[Step]) -> bool {
        self.looks(id);
        self.tag(Tag::Section);
        let (mut step, mut until, mut yielded) = match self.look(id).doing {
            Doing::Shield { step, until, yielded } => (step, until, yielded),
            _ => (0, None, false),
        };
        while let Some(now) = steps.get(step) {
            let is_done = match now {
                Step::Sleep(time) => *until.get_or_insert_with(|| self.at(*time)) <= self.now,
                _ => std::mem::replace(&mut yielded, true),
            };
            if !is_done {
                self.changed |= yielded;
                self.actor(id).doing = Doing::Shield { step, until, yielded };
                return false;
            }
            (step, until, yielded) = (step + 1, None, false);
        }
        true
    }

    #[allow(clippy::type_complexity, reason = "as `step`")]
    fn runs_group(&mut self, id: Id, number: u16, group: usize, question: bool) -> Option<Result<Option<Saw>, Ended>> {
        self.tag(Tag::Nested);
        self.actor(id).doing = Doing::InGroup(group);
        self.groups[group].parent = Some(id);
        self.looks(id);
        let got = loop {
            let before = self.events.len();
            let got = self.poll_group(group);
            self.hand_on(group, id, got.is_some());
            if let Some(got) = got {
                break got;
            }
            // It may go on at once if there is more to do, or come back in the next round.
            if self.events.len() == before || !self.chance.takes(2) {
                return None;
            }
        };
        self.say(id, What::Done(number, Saw::Got(got.clone())));
        match got {
            Got::Error(error) if question => Some(Err(Ended::Returned(Err(error)))),
            Got::Panic(code) => Some(Err(Ended::Panicked(code))),
            _ => Some(Ok(None)),
        }
    }
}
