//! The order of polls in one run, drawn from a seed.
//!
//! 1. A choice depends on the seed, on the child, and on how often that child has been polled before. One that is left out
//!    changes no other one, so the few that matter can be searched for, and named.
//! 2. A turn is put off a bounded number of times, and the task stays awake meanwhile: virtual time stands still, and no
//!    timer fires early. Every order that results is one that a runtime may choose.
//! 3. Choices come to an end: a child that is polled again and again at one instant, while nothing new begins, gets the default.
//!    Children on one task are polled together, also those that were not woken, so each change brings more polls to change.
//! 4. The first poll of a child may be put off; the last one, after a cancellation, is not (`Core::puts_turn_off`).

use std::{collections::BTreeMap, fmt, panic::Location};

use tokio::time::Instant;

use crate::name::Name;

/// A child of a run, the same one in each run with the same choices before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Id {
    pub(crate) group: u32,
    pub(crate) arm: u32,
    pub(crate) item: u32,
}

impl Id {
    /// The explored future itself.
    pub(crate) const ROOT: Self = Self { group: 0, arm: 0, item: 0 };

    /// A spawned child, the `item`-th of its group.
    pub(crate) fn task(group: u32, item: u32) -> Self {
        Self { group, arm: u32::MAX, item }
    }

    /// An arrival at a point.
    pub(crate) fn point(name: &str, arrival: usize) -> Self {
        let name = name.bytes().fold(0, |hash, byte| mix(hash ^ u64::from(byte)));
        Self { group: u32::MAX, arm: name as u32, item: arrival as u32 }
    }
}

/// The name of a child or of a point, and where it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Who {
    pub(crate) name: Name,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
}

impl Who {
    pub(crate) fn new(name: Name, location: &'static Location<'static>, line: u32) -> Self {
        // Without a line of its own, the child is where its group is.
        Self { name, file: location.file(), line: if line == 0 { location.line() } else { line } }
    }

    /// Something without an arm.
    pub(crate) fn named(name: &'static str) -> Self {
        Self { name: Name::literal(name), file: "", line: 0 }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.name)?;
        if !self.file.is_empty() {
            write!(f, " ({}:{})", self.file, self.line)?;
        }
        Ok(())
    }
}

/// What happens at one turn. The default is neither.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Choice {
    /// How often others go first.
    pub(crate) later: u32,
    /// After how many steps of tokio's budget the poll is cut short: any await of a resource of tokio is pending then, and
    /// others go first.
    pub(crate) left: Option<usize>,
}

/// A choice that was made, and is not the default.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Change {
    /// What it is called in the name of a run.
    pub(crate) key: u32,
    pub(crate) who: Who,
    /// How often the child had been polled.
    pub(crate) polls: u32,
    pub(crate) choice: Choice,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { who, polls, choice, .. } = self;
        write!(f, "{who}, poll {}:", polls + 1)?;
        if choice.later > 0 {
            write!(f, " it comes {} turn{} later", choice.later, if choice.later == 1 { "" } else { "s" })?;
        }
        if let Some(left) = choice.left {
            let and = if choice.later > 0 { ", and" } else { "" };
            write!(f, "{and} it is interrupted at its {} await of what is ready", ordinal(left + 1))?;
        }
        Ok(())
    }
}

fn ordinal(number: usize) -> String {
    match number {
        1 => "first".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        number => format!("{number}th"),
    }
}

#[derive(Default)]
struct Child {
    polls: u32,
    /// The number of turns after which the coming poll takes place, once it is chosen.
    waits: Option<u32>,
    waited: u32,
    left: Option<usize>,
    /// How often others go first after a poll that was cut short.
    after: u32,
    /// The number of polls in the run when it was last put off.
    seen: u32,
    /// The epoch of its last polls, and how many there were.
    epoch: (Option<Instant>, usize),
    polls_in_epoch: u32,
    /// Its place among the priorities of a run with change points; higher comes later.
    level: Option<u32>,
}

/// As often, a turn is put off even if no other child was polled meanwhile: a task that is not of a group may have been.
const AT_LEAST: u32 = 4;

/// After so many polls at one instant, while nothing new begins, a child gets the default (invariant 3).
const MOST_IN_EPOCH: u32 = 24;

/// The choices of one run, and the children that take part in it.
pub(crate) struct Schedule {
    /// Without one, every choice is the default.
    seed: Option<u64>,
    /// Whether the children are asked for their names, seed or not.
    pub(crate) names_all: bool,
    /// The child that was polled last.
    pub(crate) here: Option<Who>,
    /// The keys of the changes that are made, if not all are.
    only: Option<Vec<u32>>,
    children: BTreeMap<Id, Child>,
    polls: u32,
    /// The virtual time.
    pub(crate) now: Option<Instant>,
    pub(crate) changes: Vec<Change>,
    pub(crate) groups: u32,
    /// How many tasks each group has started.
    pub(crate) tasks: BTreeMap<u32, u32>,
    /// The child that a task is about to be started for.
    pub(crate) announced: Option<(Id, Who)>,
    pub(crate) names: BTreeMap<Id, Who>,
}

impl Default for Schedule {
    fn default() -> Self {
        Self::new(None, None)
    }
}

impl Schedule {
    pub(crate) fn new(seed: Option<usize>, only: Option<Vec<u32>>) -> Self {
        Self {
            seed: seed.map(|seed| seed as u64),
            names_all: false,
            here: None,
            only,
            children: BTreeMap::new(),
            polls: 0,
            now: None,
            changes: Vec::new(),
            groups: 0,
            tasks: BTreeMap::new(),
            announced: None,
            names: BTreeMap::new(),
        }
    }

    /// Returns `true` if the children have to ask for their turn.
    pub(crate) fn is_asked(&self) -> bool {
        self.seed.is_some() || self.names_all
    }

    fn polls_now(&mut self, who: Who) {
        // The explored future has no place in the source; the child that it polled last does.
        if !who.file.is_empty() {
            self.here = Some(who);
        }
    }

    /// Asks whether it is the turn of a child: `Err` if others go first, else after how many steps its poll is cut short.
    pub(crate) fn turn(&mut self, id: Id, who: Who) -> Result<Option<usize>, ()> {
        let Some(seed) = self.seed else {
            self.polls_now(who);
            return Ok(None);
        };
        // What begins is a child, or an arrival at a point, that has not been seen before.
        let epoch = (self.now, self.children.len() + usize::from(!self.children.contains_key(&id)));
        let child = self.children.entry(id).or_default();
        if child.epoch != epoch {
            (child.epoch, child.polls_in_epoch) = (epoch, 0);
        }
        let waits = match child.waits {
            Some(waits) => waits,
            None => {
                let choice = choose(seed, id, child);
                let key = (hash(seed, id, child.polls, 9) & 0xff_ffff) as u32;
                let is_made = choice != Choice::default()
                    && child.polls_in_epoch < MOST_IN_EPOCH
                    && self.only.as_ref().is_none_or(|only| only.contains(&key));
                let choice = if is_made { choice } else { Choice::default() };
                if is_made {
                    self.changes.push(Change { key, who: who.clone(), polls: child.polls, choice });
                }
                // Part of the change before this one: in an interruption, others run.
                let after = std::mem::take(&mut child.after);
                child.left = choice.left;
                if choice.left.is_some() {
                    child.after = 1 + (hash(seed, id, child.polls, 3) % 6) as u32;
                }
                choice.later.max(after)
            }
        };
        // A turn that is put off while no other child is polled in between changes nothing any more.
        if waits > 0 && (child.waited < AT_LEAST || child.seen != self.polls) {
            child.waits = Some(waits - 1);
            child.waited += 1;
            child.seen = self.polls;
            return Err(());
        }
        child.waits = None;
        child.waited = 0;
        child.polls += 1;
        child.polls_in_epoch += 1;
        self.polls += 1;
        let left = child.left.take();
        self.polls_now(who);
        Ok(left)
    }
}

/// Chooses what happens at the next turn of a child.
fn choose(seed: u64, id: Id, child: &mut Child) -> Choice {
    let random = hash(seed, id, child.polls, 1);
    // Odd seeds draw every turn by itself; even ones draw priorities, and points at which they change. Within each, some
    // change often, and some seldom: a bug may need one change, or many.
    if seed % 2 == 1 {
        let one_in = [2, 3, 8][(seed / 2 % 3) as usize];
        let later = if random % one_in == 0 { 1 + (random >> 8) as u32 % 4 } else { 0 };
        let left = ((random >> 16) % one_in == 0).then_some(steps(random));
        return Choice { later, left };
    }
    let one_in = [3, 8, 24][(seed / 2 % 3) as usize];
    let level = *child.level.get_or_insert((hash(seed, id, 0, 2) % 4) as u32);
    let is_change_point = random % one_in == 0;
    if is_change_point {
        // From here on it comes after all others.
        child.level = Some(4);
    }
    Choice { later: level * 3, left: is_change_point.then_some(steps(random)) }
}

/// Draws after how many steps a poll is cut short. Most bugs are between two neighbouring awaits near the start of a poll.
fn steps(random: u64) -> usize {
    [0, 1, 1, 1, 2, 2, 3, 5][(random >> 24) as usize % 8]
}

fn hash(seed: u64, id: Id, polls: u32, what: u64) -> u64 {
    let Id { group, arm, item } = id;
    [u64::from(group), u64::from(arm), u64::from(item), u64::from(polls), what]
        .into_iter()
        .fold(mix(seed), |hash, part| mix(hash ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// The finaliser of SplitMix64.
fn mix(mut value: u64) -> u64 {
    value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(seed: usize, only: Option<Vec<u32>>) -> (Vec<Result<Option<usize>, ()>>, Vec<u32>) {
        let mut schedule = Schedule::new(Some(seed), only);
        let ids = [Id::ROOT, Id::task(1, 0), Id::task(1, 1)];
        let turns = (0..90).map(|turn| schedule.turn(ids[turn % 3], Who::named("a"))).collect();
        (turns, schedule.changes.iter().map(|change| change.key).collect())
    }

    #[test]
    fn a_seed_always_draws_the_same_choices_and_another_one_others() {
        for seed in 1..9 {
            assert_eq!(turns(seed, None), turns(seed, None));
            assert_ne!(turns(seed, None), turns(seed + 2, None));
        }
    }

    #[test]
    fn only_the_named_changes_are_made() {
        for seed in 1..9 {
            let (_, changes) = turns(seed, None);
            let first = changes[0];
            assert_eq!(turns(seed, Some(vec![first])).1, [first]);
            assert_eq!(turns(seed, Some(Vec::new())).0, [Ok(None); 90]);
        }
    }

    #[test]
    fn a_turn_is_put_off_only_as_long_as_others_have_theirs() {
        for seed in 1..20 {
            let mut schedule = Schedule::new(Some(seed), None);
            let mut put_off = 0;
            for _ in 0..200 {
                put_off = if schedule.turn(Id::ROOT, Who::named("a")).is_err() { put_off + 1 } else { 0 };
                assert!(put_off <= AT_LEAST, "seed {seed}");
            }
        }
    }
}
