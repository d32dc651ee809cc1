//! Time of each contestant, in rounds in which all of them run.

use std::{
    fmt,
    time::{Duration, Instant},
};

use cpu_time::ThreadTime;
use taskgroup_benches::{Run, Scenario};

/// The least that a contestant runs in a round.
const ROUND: Duration = Duration::from_millis(4);
/// A ratio whose tenth and ninetieth percentile are further away than this from the median says nothing.
const RESOLVED: f64 = 0.15;
/// How often a scenario is measured anew until its ratios say something.
const ATTEMPTS: usize = 5;

/// The cost of one contestant, and the ratio of ours to it.
pub struct Time {
    pub nanoseconds: f64,
    ratio: f64,
    low: f64,
    high: f64,
}

impl Time {
    /// The median ratio of ours to it, or nothing if the rounds disagree.
    pub fn ratio(&self) -> Option<f64> {
        (self.low >= self.ratio * (1.0 - RESOLVED) && self.high <= self.ratio * (1.0 + RESOLVED)).then_some(self.ratio)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ratio() {
            Some(ratio) => write!(f, "{ratio:.2} ({:.2}–{:.2})", self.low, self.high),
            None => write!(f, "not resolved"),
        }
    }
}

/// Measures all contestants of `scenario`, again while the rounds disagree. Of several attempts the last one counts.
pub fn measure(scenario: &Scenario, rounds: usize) -> Vec<Time> {
    let mut runs: Vec<_> = scenario.contestants.iter().map(|contestant| (contestant.prepare)()).collect();
    let time = if scenario.one_thread { thread_time } else { wall_time };
    let operations: Vec<u64> = runs.iter_mut().map(|run| operations_of_a_round(run, time)).collect();
    let mut times = Vec::new();
    for _ in 0..ATTEMPTS {
        times = attempt(&mut runs, &operations, rounds, time);
        if times.iter().all(|time| time.ratio().is_some()) {
            break;
        }
    }
    times
}

fn operations_of_a_round(run: &mut Run, time: Clock) -> u64 {
    let mut operations = 1;
    loop {
        let took = time(run, operations);
        if took >= ROUND {
            return operations;
        }
        let scale = ROUND.as_secs_f64() / took.as_secs_f64().max(1e-9);
        operations = ((operations as f64 * scale.clamp(1.1, 10.0)).ceil()) as u64;
    }
}

fn attempt(runs: &mut [Run], operations: &[u64], rounds: usize, time: Clock) -> Vec<Time> {
    let mut nanoseconds = vec![Vec::with_capacity(rounds); runs.len()];
    for round in 0..rounds {
        for turn in 0..runs.len() {
            // No contestant always runs first.
            let index = (turn + round) % runs.len();
            let took = time(&mut runs[index], operations[index]);
            nanoseconds[index].push(took.as_secs_f64() * 1e9 / operations[index] as f64);
        }
    }
    nanoseconds
        .iter()
        .map(|its| {
            let mut ratios: Vec<f64> = nanoseconds[0].iter().zip(its).map(|(ours, it)| ours / it).collect();
            let mut its = its.clone();
            ratios.sort_by(f64::total_cmp);
            its.sort_by(f64::total_cmp);
            let at = |part: f64| ratios[((ratios.len() - 1) as f64 * part) as usize];
            Time { nanoseconds: its[its.len() / 2], ratio: at(0.5), low: at(0.1), high: at(0.9) }
        })
        .collect()
}

type Clock = fn(&mut Run, u64) -> Duration;

/// What the processor spent on this thread: other programs do not count.
fn thread_time(run: &mut Run, operations: u64) -> Duration {
    let start = ThreadTime::now();
    run(operations);
    start.elapsed()
}

fn wall_time(run: &mut Run, operations: u64) -> Duration {
    let start = Instant::now();
    run(operations);
    start.elapsed()
}
