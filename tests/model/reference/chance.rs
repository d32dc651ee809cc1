//! What the design leaves open.

use crate::random::Random;

/// What is not fixed: the order of tasks, of the children of one loop, and how far a nested group gets in one poll.
///
/// Some courses leave the likeliest one everywhere, others in a few places: what happens is often the likeliest course but for
/// one choice, and no course finds that if it chooses at random in thirty others too. A course may also begin as another one
/// did, and choose otherwise from some choice on.
#[derive(Clone)]
pub struct Chance {
    /// From which choice on a course is that of which seed; empty for the likeliest course.
    turns: Vec<(u64, u64)>,
    /// How many choices have been made.
    made: u64,
    random: Random,
    /// The choices that are taken are so many times rarer.
    rarity: u64,
    /// Nothing is left to chance for one round.
    paused: bool,
}

impl Chance {
    /// The likeliest course.
    pub fn none() -> Self {
        Self { turns: Vec::new(), made: 0, random: Random::new(0), rarity: 1, paused: false }
    }

    pub fn of(seed: u64) -> Self {
        Self { turns: vec![(0, seed)], ..Self::none() }
    }

    /// The course that begins as this one, and is that of another seed from the choice `at` on.
    pub fn turning(&self, at: u64, seed: u64) -> Self {
        let mut turns = self.turns.clone();
        turns.retain(|(from, _)| *from < at);
        turns.push((at, seed));
        Self { turns, ..Self::none() }
    }

    pub(super) fn made(&self) -> u64 {
        self.made
    }

    /// After so many rounds in which somebody was passed by and nothing happened, nobody is: there may be so many that some
    /// always would be.
    const PATIENCE: u32 = 8;

    pub(super) fn has_waited(&mut self, idle_rounds: u32) {
        self.paused = !self.is_none() && idle_rounds >= Self::PATIENCE;
    }

    pub(super) fn is_none(&self) -> bool {
        self.turns.is_empty()
    }

    /// Begins a choice; `false` if the likeliest course is taken.
    fn chooses(&mut self) -> bool {
        if let Ok(turn) = self.turns.binary_search_by_key(&self.made, |(from, _)| *from) {
            let seed = self.turns[turn].1;
            (self.random, self.rarity) = (Random::new(seed), [1, 6, 30][(seed % 3) as usize]);
        }
        self.made += 1;
        !self.is_none()
    }

    /// For what holds in the whole course.
    pub(super) fn decides(&mut self) -> bool {
        self.chooses() && self.random.percent(50)
    }

    pub(super) fn takes(&mut self, one_in: u64) -> bool {
        self.chooses() && !self.paused && self.random.below(one_in * self.rarity) == 0
    }

    pub(super) fn up_to(&mut self, most: u8) -> u8 {
        if self.takes(2) { 1 + self.random.below(u64::from(most)) as u8 } else { 0 }
    }

    pub(super) fn shuffle<T>(&mut self, list: &mut [T]) {
        if self.chooses() && self.random.below(self.rarity) == 0 {
            self.random.shuffle(list);
        }
    }
}
