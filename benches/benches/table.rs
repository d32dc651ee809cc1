//! `cargo bench -p taskgroup-benches [-- FILTER] [--quick] [--no-instructions]`: compares ours with the peers in a Markdown
//! table.
//!
//! Time is measured in rounds; in a round every contestant runs once, for about the same time, and the ratio of a round is
//! our time divided by the peer's. The table has the median ratio, which the noise of a shared machine hardly moves,
//! unlike the times.
//! Instructions come from callgrind, as the difference between 2N and N operations, so that one-time costs cancel out.

use std::{
    collections::HashMap,
    env,
    process::Command,
    time::{Duration, Instant},
};

use taskgroup_benches::{Contestant, Scenario, scenarios};

const ALLOCS: &str = env!("CARGO_BIN_EXE_allocs");
const OPS: &str = env!("CARGO_BIN_EXE_ops");

fn main() {
    // Cargo adds `--bench`.
    let (flags, words): (Vec<String>, Vec<String>) = env::args().skip(1).partition(|word| word.starts_with("--"));
    let filter = words.first().map_or("", String::as_str);
    let has = |flag: &str| flags.iter().any(|candidate| candidate == flag);
    let rounds = if has("--quick") { 7 } else { 31 };
    let instructions = !has("--no-instructions") && Command::new("valgrind").arg("--version").output().is_ok();

    let allocated = allocations(filter);
    println!("| scenario | | time | ours / it | Ir | ours / it | allocations | bytes |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for scenario in scenarios(filter) {
        let times = measure(&scenario, rounds);
        let counts: Vec<Option<f64>> = (scenario.contestants.iter().zip(&times))
            .map(|(contestant, time)| {
                let counted = instructions && scenario.instructions;
                if counted { count_instructions(&scenario, contestant, time) } else { None }
            })
            .collect();
        for (index, contestant) in scenario.contestants.iter().enumerate() {
            let children = scenario.children as f64;
            let (allocations, bytes) = allocated
                .get(&(scenario.name.to_owned(), contestant.name.to_owned()))
                .map_or((String::new(), String::new()), |(allocations, bytes)| {
                    (short(allocations / children), short(bytes / children))
                });
            println!(
                "| {} | {} | {} ns | {} | {} | {} | {allocations} | {bytes} |",
                if index == 0 { scenario.name } else { "" },
                contestant.name,
                short(times[index].nanoseconds / children),
                if index == 0 { String::new() } else { times[index].to_string() },
                counts[index].map_or(String::new(), |count| short(count / children)),
                match (index, counts[0], counts[index]) {
                    (1.., Some(ours), Some(its)) => format!("{:.2}", ours / its),
                    _ => String::new(),
                },
            );
        }
    }
}

/// The cost of one contestant, and the ratio of ours to it.
struct Time {
    nanoseconds: f64,
    ratio: f64,
    low: f64,
    high: f64,
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2} ({:.2}–{:.2})", self.ratio, self.low, self.high)
    }
}

fn measure(scenario: &Scenario, rounds: usize) -> Vec<Time> {
    const ROUND: Duration = Duration::from_millis(4);
    let mut runs: Vec<_> = scenario.contestants.iter().map(|contestant| (contestant.prepare)()).collect();
    let operations: Vec<u64> = runs
        .iter_mut()
        .map(|run| {
            let mut operations = 1;
            loop {
                let took = time(run, operations);
                if took >= ROUND {
                    return operations;
                }
                let scale = ROUND.as_secs_f64() / took.as_secs_f64().max(1e-9);
                operations = ((operations as f64 * scale.clamp(1.1, 10.0)).ceil()) as u64;
            }
        })
        .collect();

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

fn time(run: &mut taskgroup_benches::Run, operations: u64) -> Duration {
    let start = Instant::now();
    run(operations);
    start.elapsed()
}

/// Allocations and bytes per operation.
fn allocations(filter: &str) -> HashMap<(String, String), (f64, f64)> {
    let output = Command::new(ALLOCS).arg(filter).output().expect("allocs starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let parse = |line: &str| {
        let [scenario, contestant, allocations, bytes] = line.split('\t').collect::<Vec<_>>()[..] else {
            return None;
        };
        Some(((scenario.to_owned(), contestant.to_owned()), (allocations.parse().ok()?, bytes.parse().ok()?)))
    };
    String::from_utf8_lossy(&output.stdout).lines().filter_map(parse).collect()
}

fn count_instructions(scenario: &Scenario, contestant: &Contestant, time: &Time) -> Option<f64> {
    // A few milliseconds of work, which take seconds under callgrind.
    let operations = (5e6 / time.nanoseconds).clamp(1.0, 20_000.0) as u64;
    let once = callgrind(scenario, contestant, operations)?;
    let twice = callgrind(scenario, contestant, operations * 2)?;
    Some((twice - once) / operations as f64)
}

fn callgrind(scenario: &Scenario, contestant: &Contestant, operations: u64) -> Option<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", OPS, scenario.name, contestant.name])
        .arg(operations.to_string())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok())
}

/// Formats a number with about three digits.
fn short(figure: f64) -> String {
    match figure {
        figure if figure >= 99.95 => format!("{figure:.0}"),
        figure if figure >= 9.995 => format!("{figure:.1}"),
        0.0 => "0".to_owned(),
        figure => format!("{figure:.2}"),
    }
}
