//! Makes a case that goes wrong smaller, as long as it goes wrong.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::case::{BODY, Case, End, Group, Script, Step, Variant};

/// More than this is not tried.
const TRIES: usize = 3_000;

/// A case that goes wrong is compared with every course of the reference that is tried: seconds, where budget runs out.
const LONGEST: Duration = Duration::from_secs(60);

pub fn shrink(case: &Arc<Case>, goes_wrong: impl Fn(&Arc<Case>) -> bool) -> Arc<Case> {
    let mut case = case.clone();
    let (mut tries, since) = (0, Instant::now());
    loop {
        let smaller = candidates(&case).into_iter().map(Arc::new).find(|candidate| {
            tries += 1;
            tries < TRIES && since.elapsed() < LONGEST && goes_wrong(candidate)
        });
        match smaller {
            Some(smaller) => case = smaller,
            None => return case,
        }
    }
}

/// Every case that is one step smaller, the biggest steps first.
fn candidates(case: &Case) -> Vec<Case> {
    let mut all = Vec::new();
    let mut change = |change: &dyn Fn(&mut Case)| {
        let mut other = case.clone();
        change(&mut other);
        if other != *case {
            all.push(other);
        }
    };
    let has_questions = case.groups.iter().flat_map(scripts).any(|script| script.steps.iter().any(asks));
    if !has_questions {
        change(&|case| case.asking = crate::case::Asking::None);
    }
    for (at, group) in case.groups.iter().enumerate() {
        options(&mut change, at);
        for (statement, count) in group.counts.iter().enumerate() {
            if *count > 1 && group.statement(group.first(statement)) == statement {
                change(&move |case| fewer(&mut case.groups[at], statement, count / 2));
                change(&move |case| fewer(&mut case.groups[at], statement, count - 1));
            }
        }
        for number in 0..scripts(group).count() {
            let is_body = number >= group.children.len();
            change(&move |case| {
                let script = script(&mut case.groups[at], number);
                script.steps.clear();
                script.end = (!is_body).then_some(End::Ok);
            });
            steps(&mut change, case, at, number);
        }
        for child in 0..group.children.len() {
            change(&move |case| case.groups[at].children[child].given.clear());
        }
    }
    all
}

fn options(change: &mut impl FnMut(&dyn Fn(&mut Case)), at: usize) {
    change(&move |case| {
        let options = &mut case.groups[at].options;
        (options.timeout, options.cancel_on, options.drain_on, options.drain_timeout) = (None, None, None, None);
        (options.grace, options.variant) = (None, Variant::Plain);
    });
    change(&move |case| case.groups[at].options.limit = None);
    change(&move |case| case.groups[at].options.timeout = None);
    change(&move |case| case.groups[at].options.cancel_on = None);
    change(&move |case| case.groups[at].options.drain_on = None);
    change(&move |case| case.groups[at].options.drain_timeout = None);
    change(&move |case| {
        case.groups[at].options.grace = None;
        if case.groups[at].options.variant != Variant::Plain {
            case.groups[at].options.variant = Variant::Bound;
        }
    });
    change(&move |case| case.groups[at].bomb = false);
}

/// One script: without one of its steps, with smaller numbers, with a better end.
fn steps(change: &mut impl FnMut(&dyn Fn(&mut Case)), case: &Case, at: usize, number: usize) {
    let Some(now) = scripts(&case.groups[at]).nth(number) else { return };
    for step in 0..now.steps.len() {
        change(&move |case| drop(script(&mut case.groups[at], number).steps.remove(step)));
        for smaller in smaller(&now.steps[step]) {
            change(&move |case| script(&mut case.groups[at], number).steps[step] = smaller.clone());
        }
    }
    if matches!(now.end, Some(End::Fail | End::Panic)) {
        let is_body = number >= case.groups[at].children.len();
        change(&move |case| script(&mut case.groups[at], number).end = (!is_body).then_some(End::Ok));
        if now.end == Some(End::Panic) {
            change(&move |case| script(&mut case.groups[at], number).end = Some(End::Fail));
        }
    }
}

fn smaller(step: &Step) -> Vec<Step> {
    match step {
        Step::Sleep(time) if *time > 64 => vec![Step::Sleep(64), Step::Sleep(time % 64 + 64 * (time / 128))],
        Step::Yield(times) if *times > 1 => vec![Step::Yield(1)],
        Step::Budget(units) if *units > 1 => vec![Step::Budget(units / 2), Step::Budget(units - units.div_ceil(8))],
        Step::OrCancelled(time) if *time > 64 => vec![Step::OrCancelled(64)],
        Step::Shield(steps) if steps.len() > 1 => {
            vec![Step::Shield(steps[..1].to_vec()), Step::Shield(steps[1..].to_vec())]
        }
        Step::Group { group, question: true } => vec![Step::Group { group: *group, question: false }],
        _ => Vec::new(),
    }
}

fn asks(step: &Step) -> bool {
    matches!(
        step,
        Step::Ask
            | Step::UntilCancelled
            | Step::OrCancelled(_)
            | Step::Shield(_)
            | Step::Group { .. }
            | Step::AskDraining
            | Step::UntilDraining
    )
}

fn scripts(group: &Group) -> impl Iterator<Item = &Script> {
    group.children.iter().map(|child| &child.script).chain(&group.body)
}

fn script(group: &mut Group, number: usize) -> &mut Script {
    let children = group.children.len();
    if number < children { &mut group.children[number].script } else { &mut group.body[number - children] }
}

/// A repeated statement starts fewer children; those after them get other numbers.
fn fewer(group: &mut Group, statement: usize, count: u8) {
    let (first, now) = (group.first(statement) as u8, group.counts[statement]);
    let (from, less) = (first + count, now - count);
    group.counts[statement] = count;
    group.children.drain(usize::from(from)..usize::from(from + less));
    let renamed = |child: u8| match child {
        BODY => None,
        child if child < from => Some(child),
        child => child.checked_sub(less).filter(|renamed| *renamed >= from),
    };
    for child in &mut group.children {
        child.given = child.given.iter().copied().filter_map(renamed).collect();
    }
    let children = group.children.iter_mut().map(|child| &mut child.script);
    for script in children.chain(&mut group.body) {
        script.steps.retain_mut(|step| match step {
            Step::Await(child) | Step::Cancel(child) | Step::Forget(child) => renamed(*child).is_some_and(|renamed| {
                *child = renamed;
                true
            }),
            _ => true,
        });
    }
}
