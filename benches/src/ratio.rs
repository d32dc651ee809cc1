//! A ratio measured in rounds.

use std::fmt;

/// A ratio whose tenth and ninetieth percentile are further away than this from the median says nothing.
const RESOLVED: f64 = 0.15;

/// The ratios of ours to a peer, a round each, as their median and their tenth and ninetieth percentile.
pub struct Ratio {
    median: f64,
    low: f64,
    high: f64,
}

impl Ratio {
    /// Takes the ratio of each round, in which ours cost `ours` and the peer `its`.
    pub fn of(ours: &[f64], its: &[f64]) -> Ratio {
        let mut ratios: Vec<f64> = ours.iter().zip(its).map(|(ours, it)| ours / it).collect();
        ratios.sort_by(f64::total_cmp);
        // Outward, so that of a few rounds the lowest and the highest count.
        let last = ratios.len() - 1;
        let tenth = (last as f64 * 0.1) as usize;
        Ratio { median: ratios[last / 2], low: ratios[tenth], high: ratios[last - tenth] }
    }

    /// The median, or nothing if the rounds disagree.
    pub fn resolved(&self) -> Option<f64> {
        let Ratio { median, low, high } = *self;
        (low >= median * (1.0 - RESOLVED) && high <= median * (1.0 + RESOLVED)).then_some(median)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.resolved() {
            Some(median) => write!(f, "{median:.2} ({:.2}–{:.2})", self.low, self.high),
            None => write!(f, "not resolved"),
        }
    }
}
