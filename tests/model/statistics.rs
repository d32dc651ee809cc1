//! What the cases had in them.

use std::fmt;

use crate::{compare::Verdict, features::Features, tags::Tag};

#[derive(Clone)]
pub struct Statistics {
    pub cases: u64,
    tags: [u64; Tag::ALL.len()],
    /// Those that did not take the likeliest course.
    other_courses: u64,
    courses: u64,
}

impl Default for Statistics {
    fn default() -> Self {
        Self { cases: 0, tags: [0; Tag::ALL.len()], other_courses: 0, courses: 0 }
    }
}

impl Statistics {
    pub fn add(&mut self, verdict: &Verdict) {
        self.cases += 1;
        self.courses += verdict.courses;
        self.other_courses += u64::from(verdict.courses > 1);
        for (at, tag) in Tag::ALL.into_iter().enumerate() {
            self.tags[at] += u64::from(verdict.tags.has(tag));
        }
    }

    pub fn merge(&mut self, other: &Self) {
        self.cases += other.cases;
        self.courses += other.courses;
        self.other_courses += other.other_courses;
        for (at, tags) in other.tags.iter().enumerate() {
            self.tags[at] += tags;
        }
    }

    fn share(&self, count: u64) -> f64 {
        100.0 * count as f64 / self.cases.max(1) as f64
    }

    /// The classes that must be there often, as long as nothing is switched off.
    pub fn too_rare(&self, features: &Features) -> Vec<String> {
        let asked = [
            (Tag::TwoStages, true),
            (Tag::HandleAcrossStages, features.sibling_handles && features.handles_across_stages),
            (Tag::SiblingCancel, features.sibling_handles),
            (Tag::BudgetRanOut, features.budgets),
            (Tag::LimitBelowChildren, true),
            (Tag::DrainDuringCancellation, true),
            (Tag::ClosedFromOutside, features.groups_that_answer),
            (Tag::Enclosed, true),
            (Tag::Left, features.groups_that_answer),
            (Tag::Stayed, features.groups_that_answer),
            (Tag::Answered, features.groups_that_answer),
            (Tag::Section, true),
            (Tag::Drained, true),
        ];
        asked
            .into_iter()
            .filter(|(tag, on)| *on && self.share(self.tags[*tag as usize]) < 5.0)
            .map(|(tag, _)| format!("{tag:?}: {:.1} %", self.share(self.tags[tag as usize])))
            .collect()
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, tag) in Tag::ALL.into_iter().enumerate() {
            writeln!(f, "  {:>5.1} %  {tag:?}", self.share(self.tags[at]))?;
        }
        writeln!(f, "  {:>5.1} %  took another than the likeliest course", self.share(self.other_courses))?;
        write!(f, "  {:>5.2}    courses of the reference for each case", self.courses as f64 / self.cases.max(1) as f64)
    }
}
