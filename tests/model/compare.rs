//! Is what happened what should have happened?

use std::{collections::BTreeMap, sync::Arc};

use tokio::runtime::Runtime;

use crate::{
    case::{BODY, Case, End, Event, Got, Id, Policy, Run, Step, What},
    features::Features,
    random::Random,
    reference::{self, Chance, Course},
    run::{self, Witness},
    script::PART,
    shape::SHAPES,
    tags::{Tag, Tags},
};

/// How many of the courses that are allowed are tried before a run counts as wrong.
const COURSES: u64 = 400;

/// The same where budget runs out, which leaves much more open: some runs are one of these by a chance of one in thousands.
const COURSES_WITHOUT_BUDGET: u64 = 40_000;

/// How often one child may be polled in one poll of the outermost future.
const MOST_POLLS: usize = 70;

/// tokio's cooperative budget.
const BUDGET: usize = 128;

/// What was wrong.
#[derive(Debug)]
pub struct Wrong {
    pub what: String,
    pub expected: Option<Run>,
    pub actual: Run,
}

/// What a case had in it, how many courses of the reference it took, and what was wrong.
pub struct Verdict {
    pub tags: Tags,
    pub courses: u64,
    pub wrong: Option<Wrong>,
}

pub fn judge(runtime: &Runtime, case: &Arc<Case>, features: &Features) -> Verdict {
    judge_beside(runtime, case, features, reference::run(case, Chance::none(), features))
}

/// The same, if the likeliest course is known.
pub fn judge_beside(
    runtime: &Runtime,
    case: &Arc<Case>,
    features: &Features,
    (expected, mut tags): (Run, Tags),
) -> Verdict {
    let is_order_fixed = features.order_in_functions;
    let witness = run::run(runtime, case);
    if witness.budget_ran_out {
        tags.insert(Tag::BudgetRanOut);
    }
    if let Some(what) = broken_rule(case, &witness, features).or_else(|| overtaken(case, &witness, tags)) {
        return Verdict { tags, courses: 1, wrong: Some(Wrong { what, expected: None, actual: witness.run }) };
    }
    let compares_order = !tags.has(Tag::Chatty);
    let Err(what) = agree(case, &expected, &witness.run, compares_order, is_order_fixed) else {
        return Verdict { tags, courses: 1, wrong: None };
    };
    let courses = if tags.has(Tag::Chatty) { COURSES_WITHOUT_BUDGET } else { COURSES };
    let mut nearest = Nearest::default();
    for number in 1..=courses {
        let chance = nearest.next(number);
        let course = reference::follow(case, chance.clone(), features);
        // Another course is in a class that is switched off: nothing to say. Not if it was looked for.
        let is_off = !features.allow(course.tags);
        if is_off && nearest.is_followed_by(number) {
            continue;
        }
        if is_off || agree(case, &course.run, &witness.run, compares_order, is_order_fixed).is_ok() {
            return Verdict { tags, courses: 1 + number, wrong: None };
        }
        nearest.look_at(chance, &course, &witness.run);
    }
    let wrong = Some(Wrong { what, expected: Some(expected), actual: witness.run });
    Verdict { tags, courses: 1 + courses, wrong }
}

/// The course that was like what happened for longest. What happened is one of so many that chance alone does not come to it,
/// if dozens of choices have to be as they were: every other course that is tried goes on from this one.
#[derive(Default)]
struct Nearest {
    chance: Option<Chance>,
    /// How many events are as they were.
    alike: usize,
    /// How many choices it had made when it first was unlike.
    choices: u64,
}

impl Nearest {
    fn is_followed_by(&self, number: u64) -> bool {
        self.chance.is_some() && number % 2 == 0
    }

    fn next(&self, number: u64) -> Chance {
        match &self.chance {
            Some(nearest) if self.is_followed_by(number) => {
                let mut random = Random::new(number);
                // Mostly one of the last choices before that.
                let back = 1 << random.below(12);
                let at = self.choices.saturating_sub(random.below(back));
                nearest.turning(at, number / 2)
            }
            _ => Chance::of(number),
        }
    }

    fn look_at(&mut self, chance: Chance, course: &Course, actual: &Run) {
        let actual = by_child(actual);
        let (mut seen, mut alike, mut unlike) = (BTreeMap::<Id, (usize, bool)>::new(), 0, None);
        for (event, choices) in course.run.events.iter().zip(&course.choices) {
            let (at, as_it_was) = seen.entry(event.id).or_insert((0, true));
            *as_it_was &= actual.get(&event.id).is_some_and(|events| events.get(*at) == Some(&event));
            *at += 1;
            alike += usize::from(*as_it_was);
            if !*as_it_was {
                unlike.get_or_insert(*choices);
            }
        }
        if self.chance.is_none() || alike >= self.alike {
            let choices = unlike.or(course.choices.last().copied()).unwrap_or(0);
            *self = Self { chance: Some(chance), alike, choices };
        }
    }
}

/// The outcome, its time, what each child did and saw and when, and the order among those who have one.
fn agree(case: &Case, expected: &Run, actual: &Run, compares_order: bool, in_functions: bool) -> Result<(), String> {
    if sorted(&expected.got) != sorted(&actual.got) {
        return Err(format!("it should end with {:?}, not with {:?}", expected.got, actual.got));
    }
    if expected.at != actual.at && expected.got != Got::Hung {
        return Err(format!("it should end at {} ms, not at {} ms", expected.at, actual.at));
    }
    let (of_each, should) = (by_child(actual), by_child(expected));
    for (id, events) in &should {
        if of_each.get(id) != Some(events) {
            return Err(format!("{} should do otherwise", name(case, *id)));
        }
    }
    if let Some(id) = of_each.keys().find(|id| !should.contains_key(id)) {
        return Err(format!("{} should never begin", name(case, *id)));
    }
    if compares_order {
        for group in 0..case.groups.len() {
            if in_functions || !SHAPES[case.groups[group].shape].is_function() {
                let order = |run| ordered(case, run, group);
                if order(expected) != order(actual) {
                    return Err(format!("the order in group {group} should be another"));
                }
            }
        }
    }
    Ok(())
}

fn sorted(got: &Got) -> Got {
    match got {
        Got::Failures(failures) => {
            let mut failures = failures.clone();
            failures.sort();
            Got::Failures(failures)
        }
        got => got.clone(),
    }
}

fn by_child(run: &Run) -> BTreeMap<Id, Vec<&Event>> {
    let mut children: BTreeMap<Id, Vec<&Event>> = BTreeMap::new();
    for event in &run.events {
        children.entry(event.id).or_default().push(event);
    }
    children
}

/// The events of the body and of the inline children outside loops.
fn ordered<'r>(case: &Case, run: &'r Run, group: usize) -> Vec<&'r Event> {
    let text = &case.groups[group];
    let is_ordered = |id: Id| {
        id.child == BODY || {
            let statement = &SHAPES[text.shape].statements[text.statement(usize::from(id.child))];
            !statement.repeats && !statement.kind.is_spawned()
        }
    };
    // When an unwanted value is destroyed is not promised, but for the time.
    let is_promised = |event: &&Event| event.what != What::Destroyed && is_ordered(event.id);
    run.events.iter().filter(|event| usize::from(event.id.group) == group && is_promised(event)).collect()
}

pub fn name(case: &Case, id: Id) -> String {
    let kind = if SHAPES[case.groups[usize::from(id.group)].shape].is_function() { "function" } else { "group" };
    match id.child {
        BODY => format!("body of {kind}_{}", id.group),
        child => format!("c{child} of {kind}_{}", id.group),
    }
}

/// What holds without a reference.
fn broken_rule(case: &Case, witness: &Witness, features: &Features) -> Option<String> {
    if witness.after > 0 {
        return Some(format!("{} things happened after its end (G1)", witness.after));
    }
    if witness.most_polls > MOST_POLLS {
        return Some(format!(
            "somebody was polled {} times in one poll of the whole (bounded work)",
            witness.most_polls
        ));
    }
    if witness.most_trigger_budget > BUDGET {
        let units = witness.most_trigger_budget;
        return Some(format!("the future of an option took {units} units of budget in one poll"));
    }
    if let Some(wrong) = passed_by(case, witness).or_else(|| begins_late(case, &witness.run)) {
        return Some(wrong);
    }
    if features.early_error_before_cancel {
        return lost_error(case, &witness.run);
    }
    None
}

/// Each poll of the whole that used up the budget passes on who is first; so nobody waits for more than one round.
fn passed_by(case: &Case, witness: &Witness) -> Option<String> {
    if case.groups.len() > 1 {
        return None;
    }
    let text = &case.groups[0];
    let children = text.children.len().min(16) + 3;
    let is_inline = |id: Id| {
        id.child == BODY || !SHAPES[text.shape].statements[text.statement(usize::from(id.child))].kind.is_spawned()
    };
    witness.turns.iter().find_map(|(id, units, polls)| {
        let most = (*units as usize / BUDGET + 2) * children;
        (is_inline(*id) && *polls > most)
            .then(|| format!("{} needed {polls} polls of the whole for {units} units of budget", name(case, *id)))
    })
}

/// Who has used up the budget is last in the next round; so nobody uses it up twice while another waits for a turn with
/// any. Not where the order begins anew: in a last poll. In a loop, the children share the turn of their statement.
fn overtaken(case: &Case, witness: &Witness, tags: Tags) -> Option<String> {
    let text = &case.groups[0];
    let shape = &SHAPES[text.shape];
    let is_plain = |id: &Id| id.child == BODY || !shape.statements[text.statement(usize::from(id.child))].repeats;
    if case.groups.len() > 1
        || tags.has(Tag::Cancelled)
        || tags.has(Tag::TriggerBudget)
        || text.options.policy == Policy::Race
        || text.options.limit.is_none()
        || shape.statements.iter().any(|statement| statement.kind.is_daemon())
        || (!shape.is_function() && shape.statements.iter().any(|statement| statement.repeats))
    {
        return None;
    }
    let (waits, taker) = witness.overtaken.iter().find(|(waits, taker)| is_plain(waits) && is_plain(taker))?;
    Some(format!("{} used up the budget twice while {} waited for its turn", name(case, *taker), name(case, *waits)))
}

/// The first failure of an inline child ends the round, and nothing begins after it.
fn begins_late(case: &Case, run: &Run) -> Option<String> {
    let text = &case.groups[0];
    let shape = &SHAPES[text.shape];
    let is_inline = |id: Id| {
        id.group == 0 && id.child != BODY && {
            let kind = shape.statements[text.statement(usize::from(id.child))].kind;
            !kind.is_spawned() && !kind.is_daemon()
        }
    };
    let cancels =
        text.children.iter().flat_map(|child| &child.script.steps).chain(text.body.iter().flat_map(|part| &part.steps));
    if text.options.policy != Policy::FailFast || cancels.into_iter().any(|step| matches!(step, Step::Cancel(_))) {
        return None;
    }
    let fails = |event: &Event| is_inline(event.id) && matches!(event.what, What::End(End::Fail | End::Panic));
    let at = run.events.iter().position(fails)?;
    let begins = |event: &&Event| is_inline(event.id) && matches!(event.what, What::Enter(_));
    let late = run.events[at..].iter().find(begins)?;
    Some(format!("{} began after {} had failed", name(case, late.id), name(case, run.events[at].id)))
}

/// A child that failed before its `Child::cancel` was called is a failure (G3).
fn lost_error(case: &Case, run: &Run) -> Option<String> {
    if !matches!(run.got, Got::Value(_)) || !SHAPES[case.groups[0].shape].is_function() {
        return None;
    }
    let failed = |id: Id| run.events.iter().position(|event| event.id == id && event.what == What::End(End::Fail));
    let outermost = run.events.iter().enumerate().filter(|(_, event)| event.id.group == 0);
    outermost.into_iter().find_map(|(at, event)| {
        let What::Done(number, crate::case::Saw::Yes) = event.what else { return None };
        let Some(Step::Cancel(child)) = step(case, event.id, number) else { return None };
        let target = Id { child: *child, ..event.id };
        let is_daemon =
            SHAPES[case.groups[0].shape].statements[case.groups[0].statement(usize::from(*child))].kind.is_daemon();
        (!is_daemon && failed(target)? < at)
            .then(|| format!("{} failed before it was cancelled, and its error is lost (G3)", name(case, target)))
    })
}

fn step(case: &Case, id: Id, number: u16) -> Option<&Step> {
    let text = &case.groups[usize::from(id.group)];
    if id.child == BODY {
        text.body.get(usize::from(number / PART))?.steps.get(usize::from(number % PART))
    } else {
        text.children[usize::from(id.child)].script.steps.get(usize::from(number))
    }
}
