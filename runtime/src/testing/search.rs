//! The search: which runs are made, and what is made of one that fails.

use std::{future::Future, sync::Arc};

use super::{
    explored::Explored,
    finding::Finding,
    guardian::Guardian,
    run::{Attempt, Bounds, Run, run},
    shrink::fewest,
};
use crate::probe::{Interference, Plan, Replay, Session};

/// What every run of an exploration needs.
pub(super) struct Runs<'a, F> {
    pub(super) bounds: Bounds,
    pub(super) check: Box<dyn FnMut(&Run) + 'a>,
    pub(super) scenario: F,
    pub(super) guardian: Guardian,
}

impl<F: FnMut() -> Fut, Fut: Future> Runs<'_, F> {
    fn attempt(&mut self, replay: &Replay, names_all: bool) -> Attempt {
        self.guardian.begins(replay.plan);
        let session = Session::new(replay.clone(), names_all);
        let problem = run(&session, &self.bounds, &mut self.scenario, &mut *self.check).err();
        Attempt { session, problem }
    }
}

/// The state of an exploration.
pub(super) struct Search<'a, F> {
    pub(super) runs: Runs<'a, F>,
    pub(super) explored: Explored,
    pub(super) findings: Vec<Finding>,
    pub(super) only_first: bool,
}

/// How one run ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Failed,
    /// It did not fail, and its interference took place.
    Acted,
    /// It was over before its interference was due, as it would be before every later one.
    TooEarly,
}

/// After so many failing runs with one interference, the rest is left out: they take long, and show what is known.
const MOST_FAILING: usize = 24;

impl<F: FnMut() -> Fut, Fut: Future> Search<'_, F> {
    /// Makes all runs, or those until the first that fails.
    pub(super) fn all(&mut self, only: &[Interference], (most_polls, schedules): (usize, usize)) {
        // First, because what fails when it is left alone needs no interference, and because it counts the polls.
        if self.one(Replay::from(Plan::NOTHING)) == Ended::Failed {
            return;
        }
        for interference in Interference::ALL.into_iter().filter(|one| only.contains(one)) {
            // The one that is left alone was the first run.
            if interference == Interference::Nothing {
                continue;
            }
            let is_schedule = interference == Interference::Schedule;
            let most = if is_schedule { schedules } else { most_polls };
            let mut failing = 0;
            // Only a drop makes sense before the first poll; the others begin after it, or at the first point.
            let mut at = usize::from(interference != Interference::Drop);
            loop {
                // The bound of the whole exploration: each run makes all polls before its interference again.
                if at > most || failing >= MOST_FAILING {
                    self.explored.cut_short |= !is_schedule;
                    break;
                }
                match self.one(Replay::from(Plan { interference, at })) {
                    Ended::Failed if self.only_first => return,
                    Ended::Failed => failing += 1,
                    Ended::TooEarly => break,
                    Ended::Acted => {}
                }
                at += 1;
            }
        }
    }

    /// Makes one run, and examines its problem.
    pub(super) fn one(&mut self, replay: Replay) -> Ended {
        let attempt = self.runs.attempt(&replay, false);
        let (acted, steps) = {
            let state = attempt.session.lock();
            (state.acted, state.steps)
        };
        self.explored.count(replay.plan, steps);
        let Some(problem) = &attempt.problem else { return if acted { Ended::Acted } else { Ended::TooEarly } };
        let cause = problem.cause(replay.plan);
        if let Some(known) = self.findings.iter_mut().find(|known| known.cause() == cause) {
            known.also(replay.plan);
            return Ended::Failed;
        }
        // In the run that is left alone, the number of its polls would be its own number.
        let polls = self.explored.polls_alone().filter(|_| replay.plan != Plan::NOTHING);
        let mut finding = Finding::new(&replay, &attempt, self.explored.runs(), polls);
        self.confirm(&replay, &mut finding);
        self.findings.push(finding);
        Ended::Failed
    }

    /// Makes the run a second time, to see whether it repeats, and to find out what it was doing; of a schedule, finds the
    /// fewest changes that matter.
    fn confirm(&mut self, replay: &Replay, finding: &mut Finding) {
        let cause = finding.cause();
        let shows = |attempt: &Attempt| {
            attempt.problem.as_ref().map(|problem| problem.cause(replay.plan)) == Some(cause.clone())
        };
        let again = self.runs.attempt(replay, true);
        if shows(&again) {
            finding.describe(&again);
            finding.facts.repeats = true;
        } else {
            // The names of the children cost some of them a way of their own through the machine: so it was not the same.
            finding.facts.repeats = shows(&self.runs.attempt(replay, false));
        }
        if replay.plan.interference == Interference::Schedule && replay.only.is_none() && finding.facts.repeats {
            let keys: Vec<_> = finding.facts.changes.iter().map(|change| change.key).collect();
            let found = fewest(keys, |keys| {
                let replay = Replay { plan: replay.plan, only: Some(keys.to_vec()) };
                let attempt = self.runs.attempt(&replay, false);
                shows(&attempt).then_some(attempt)
            });
            if let Some((keys, attempt)) = found {
                finding.set_fewest(&Replay { plan: replay.plan, only: Some(keys) }, &attempt);
            }
        }
    }
}

/// Checks that the session can be shared with the threads of the blocking pool.
const _: fn() = || {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Arc<Session>>();
};
