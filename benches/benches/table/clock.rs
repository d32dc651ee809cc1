//! Time of each contestant, in rounds in which all of them run.

use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use taskgroup_benches::{Ratio, Run, Scenario};

/// The least that a contestant runs in a round.
const ROUND: Duration = Duration::from_millis(4);
/// How often a scenario is measured anew until its ratios say something.
const ATTEMPTS: usize = 5;

/// The cost of one contestant, and the ratio of ours to it.
pub struct Time {
    pub nanoseconds: f64,
    pub ratio: Ratio,
}

/// Measures all contestants of `scenario`, again while the rounds disagree. Of several attempts the last one counts.
pub fn measure(scenario: &Scenario, rounds: usize) -> Vec<Time> {
    let mut runs: Vec<_> = scenario.contestants.iter().map(|contestant| (contestant.prepare)()).collect();
    let time = if scenario.one_thread { thread_time } else { wall_time };
    let operations: Vec<u64> = runs.iter_mut().map(|run| operations_of_a_round(run, time)).collect();
    let mut times = Vec::new();
    for _ in 0..ATTEMPTS {
        times = attempt(&mut runs, &operations, rounds, time);
        if times.iter().all(|time| time.ratio.resolved().is_some()) {
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
            let ratio = Ratio::of(&nanoseconds[0], its);
            let mut its = its.clone();
            its.sort_by(f64::total_cmp);
            Time { nanoseconds: its[its.len() / 2], ratio }
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
