//! The reference: the same case, in a world of its own, by the words of the design and nothing else.
//!
//! In each round everybody is polled, woken or not, in the fixed order, until a round changes nothing; then the clock goes
//! on to the next timer. There are no wakers, no budget and no lists of who is due, so nothing can be forgotten, and
//! nobody can be passed by.
//!
//! What the design leaves open is left to [`Chance`]: without it the reference takes the likeliest course, and with it, one
//! of the courses that are allowed.

mod actor;
mod chance;
mod ends;
mod leaving;
mod machine;
mod outcome;
mod round;
mod statement;

use std::collections::BTreeSet;

pub use self::chance::Chance;
use self::{actor::Actor, machine::Grp};
use crate::{
    case::{BODY, Case, Cause, Event, Got, Id, Ms, Run, What},
    features::Features,
    shape::SHAPES,
    tags::{Tag, Tags},
    world::FAR,
};

/// More than this at one time is a mistake in the reference.
const MOST_ROUNDS: u32 = 100_000;

pub struct Reference<'c> {
    case: &'c Case,
    now: Ms,
    chance: Chance,
    groups: Vec<Grp>,
    actors: Vec<Vec<Actor<'c>>>,
    gates: [bool; Case::GATES],
    timers: BTreeSet<Ms>,
    events: Vec<Event>,
    /// How many choices had been made at each of them.
    choices: Vec<u64>,
    /// Somebody got on in this round.
    changed: bool,
    /// Does a child statement that waits for room return once its function is cancelled? Not said.
    blocked_statement_returns: bool,
    /// Is a body left alone that awaits a child which ends in its last poll? Not said.
    last_poll_is_strict: bool,
    /// Is the order of the text compared in functions too?
    is_order_fixed: bool,
    /// Somebody was not polled in this round, to try another order.
    skipped: bool,
    /// A value whose handle is dropped is destroyed in the next turn of its statement, if there is one, and not at once: not
    /// said.
    keeps_values: bool,
    /// Tasks have all their turns before the owner has its next, as with tokio's `block_on`.
    tasks_first: bool,
    /// The budget of the task that has its turn ran out.
    ran_out: bool,
    tags: Tags,
}

/// One course that the case may take.
pub struct Course {
    pub run: Run,
    pub tags: Tags,
    /// How many choices had been made at each event.
    pub choices: Vec<u64>,
}

/// Runs the case.
pub fn run(case: &Case, chance: Chance, features: &Features) -> (Run, Tags) {
    let Course { run, tags, .. } = follow(case, chance, features);
    (run, tags)
}

/// Does the same, and tells what was chosen when.
pub fn follow(case: &Case, chance: Chance, features: &Features) -> Course {
    let mut reference = Reference::new(case, chance, features);
    let got = reference.go_on();
    let Reference { now, events, choices, tags, .. } = reference;
    Course { run: Run { got, at: now, events }, tags, choices }
}

impl<'c> Reference<'c> {
    fn new(case: &'c Case, mut chance: Chance, features: &Features) -> Self {
        let (blocked_statement_returns, last_poll_is_strict) = (chance.decides(), chance.decides());
        let keeps_values = chance.is_none() || chance.decides();
        let tasks_first = chance.is_none() || chance.decides();
        Self {
            case,
            now: 0,
            chance,
            groups: case.groups.iter().map(Grp::new).collect(),
            actors: (0..case.groups.len()).map(|group| actor::cast(case, group)).collect(),
            gates: [false; Case::GATES],
            timers: BTreeSet::new(),
            events: Vec::new(),
            choices: Vec::new(),
            changed: false,
            blocked_statement_returns,
            last_poll_is_strict,
            is_order_fixed: features.order_in_functions,
            skipped: false,
            keeps_values,
            tasks_first,
            ran_out: false,
            tags: Tags::of_text(case),
        }
    }

    fn go_on(&mut self) -> Got {
        loop {
            if let Some(got) = self.settle() {
                self.tags.of_outcome(&got);
                return got;
            }
            let next = self.timers.range(self.now + 1..).next().copied();
            match next {
                Some(next) if next < FAR.as_millis() as Ms => self.now = next,
                _ => {
                    self.tags.of_outcome(&Got::Hung);
                    return Got::Hung;
                }
            }
        }
    }

    /// Everything that can happen without time passing.
    fn settle(&mut self) -> Option<Got> {
        let is_eager = self.chance.takes(3);
        let mut idle_rounds = 0;
        for round in 0.. {
            assert!(round < MOST_ROUNDS, "the reference does not come to rest: seed {}", self.case.seed);
            self.changed = false;
            self.chance.has_waited(idle_rounds);
            let skips = self.chance.takes(2);
            self.skipped = false;
            let mut turns: Vec<Option<Id>> = Vec::new();
            if self.tasks_first {
                self.ran_out = false;
                if let Some(got) = self.poll_group(0) {
                    return Some(got);
                }
                self.exhaust_tasks();
            } else if self.chance.decides() {
                turns.push(None);
                turns.extend(self.tasks().into_iter().map(Some));
                self.chance.shuffle(&mut turns);
            } else {
                // The owner, and then all tasks, those too that it has just spawned.
                self.ran_out = false;
                if let Some(got) = self.poll_group(0) {
                    return Some(got);
                }
                turns.extend(self.tasks().into_iter().map(Some));
            }
            for turn in turns {
                self.ran_out = false;
                if skips && self.chance.takes(2) {
                    self.skipped = true;
                    continue;
                }
                match turn {
                    Some(task) if is_eager => self.exhaust(task),
                    Some(task) => self.poll_task(task),
                    None => {
                        if let Some(got) = self.poll_group(0) {
                            return Some(got);
                        }
                    }
                }
            }
            if !self.changed && !self.skipped {
                return None;
            }
            idle_rounds = if self.changed { 0 } else { idle_rounds + 1 };
        }
        unreachable!("it ends in the loop")
    }

    /// The runtime may give tasks many turns before it comes back to the owner.
    fn exhaust(&mut self, task: Id) {
        let mut changed = self.changed;
        loop {
            self.changed = false;
            self.poll_task(task);
            if !self.changed {
                break;
            }
            changed = true;
        }
        self.changed = changed;
    }

    fn exhaust_tasks(&mut self) {
        let mut changed = self.changed;
        loop {
            self.changed = false;
            let mut tasks = self.tasks();
            // Those that were spawned in the last turn of a task come before that task: it was woken after them.
            tasks.sort_by_key(|id| self.look(*id).begun);
            self.chance.shuffle(&mut tasks);
            for task in tasks {
                self.ran_out = false;
                self.poll_task(task);
            }
            if !self.changed {
                break;
            }
            changed = true;
        }
        self.changed = changed;
    }

    fn tasks(&self) -> Vec<Id> {
        self.actors.iter().flatten().filter(|actor| actor.is_task()).map(|actor| actor.id).collect()
    }

    fn actor(&mut self, id: Id) -> &mut Actor<'c> {
        let group = &mut self.actors[usize::from(id.group)];
        let at = if id.child == BODY { group.len() - 1 } else { usize::from(id.child) };
        &mut group[at]
    }

    fn look(&self, id: Id) -> &Actor<'c> {
        let group = &self.actors[usize::from(id.group)];
        let at = if id.child == BODY { group.len() - 1 } else { usize::from(id.child) };
        &group[at]
    }

    fn say(&mut self, id: Id, what: What) {
        self.changed = true;
        self.events.push(Event { at: self.now, id, what });
        self.choices.push(self.chance.made());
    }

    fn at(&mut self, later: Ms) -> Ms {
        let at = self.now + later;
        self.timers.insert(at);
        at
    }

    fn tag(&mut self, tag: Tag) {
        self.tags.insert(tag);
    }

    /// Why a child sees that it is cancelled; the first cause is final.
    fn seen(&self, id: Id) -> Option<Cause> {
        let actor = self.look(id);
        if actor.is_shielding() {
            return None;
        }
        actor.own_cause.or_else(|| self.seen_by_group(usize::from(id.group)))
    }

    fn seen_by_group(&self, group: usize) -> Option<Cause> {
        let grp = &self.groups[group];
        grp.cause.or_else(|| self.seen(grp.parent?))
    }

    /// Is this or an enclosing group draining? What is cancelled drains too, be it a group or one child alone.
    fn is_draining(&self, id: Id) -> bool {
        let grp = &self.groups[usize::from(id.group)];
        grp.draining
            || grp.cause.is_some()
            || self.look(id).own_cause.is_some()
            || grp.parent.is_some_and(|parent| self.is_draining(parent))
    }

    fn shape(&self, group: usize) -> &'static crate::shape::Shape {
        &SHAPES[self.case.groups[group].shape]
    }
}
