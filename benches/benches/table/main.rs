//! `cargo bench -p taskgroup-benches [-- FILTER] [--quick] [--no-instructions]`: compares ours with the peers in a Markdown
//! table, that of `docs/PERFORMANCE.md`.
//!
//! Time is measured in rounds; in a round every contestant runs once, for about the same time, and the ratio of a round is
//! our time divided by the peer's. The table has the median ratio. Where all work is done on one thread, its time is the
//! processor's for that thread. A ratio on which the rounds do not agree is measured again, and left out if they never do.
//!
//! `-- --guard` counts the instructions of `benches/guard.md` only, and fails if one of them has changed by more than 3 %;
//! `-- --guard --write` writes what it counts into the table.

mod clock;
mod guard;
mod instructions;

use std::{collections::HashMap, env, process::Command, process::ExitCode};

use taskgroup_benches::{Scenario, scenarios};

const ALLOCS: &str = env!("CARGO_BIN_EXE_allocs");

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let (flags, words): (Vec<String>, Vec<String>) = env::args().skip(1).partition(|word| word.starts_with("--"));
    let filter = words.first().map_or("", String::as_str);
    let has = |flag: &str| flags.iter().any(|candidate| candidate == flag);
    if has("--guard") {
        return guard::compare(has("--write"));
    }
    let rounds = if has("--quick") { 7 } else { 31 };
    let counted = !has("--no-instructions") && instructions::available();

    let allocated = allocations(filter);
    println!("| scenario | time | Ir | allocations | bytes | against | time, ours / it | Ir, ours / it |");
    println!("| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: |");
    for scenario in scenarios(filter) {
        print(&scenario, rounds, counted, &allocated);
    }
    ExitCode::SUCCESS
}

/// Measures `scenario`, and prints a line for each contestant but the first, which is ours.
fn print(scenario: &Scenario, rounds: usize, counted: bool, allocated: &Allocations) {
    let children = scenario.children as f64;
    let times = clock::measure(scenario, rounds);
    let counts: Vec<Option<f64>> = (scenario.contestants.iter().zip(&times))
        .map(|(contestant, time)| {
            // A few milliseconds of work, which take seconds under callgrind.
            let operations = (5e6 / time.nanoseconds).clamp(1.0, 20_000.0) as u64;
            // A million children take minutes, and cost what ten thousand do.
            let countable = counted && scenario.one_thread && scenario.children < 1_000_000;
            countable.then(|| instructions::count(scenario, contestant, operations)).flatten()
        })
        .collect();
    let ours = &scenario.contestants[0];
    let (allocations, bytes) = allocated
        .get(&(scenario.name.to_owned(), ours.name.to_owned()))
        .map_or((String::new(), String::new()), |(allocations, bytes)| {
            (short(allocations / children), short(bytes / children))
        });
    for (index, peer) in scenario.contestants.iter().enumerate().skip(1) {
        println!(
            "| {} | {} ns | {} | {allocations} | {bytes} | {} | {} | {} |",
            scenario.name,
            short(times[0].nanoseconds / children),
            counts[0].map_or("–".to_owned(), |count| short(count / children)),
            peer.name,
            times[index].ratio,
            match (counts[0], counts[index]) {
                (Some(ours), Some(its)) => format!("{:.2}", ours / its),
                _ => "–".to_owned(),
            },
        );
    }
}

/// Allocations and bytes per operation, by scenario and contestant.
type Allocations = HashMap<(String, String), (f64, f64)>;

fn allocations(filter: &str) -> Allocations {
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

/// Formats a number with about three digits.
fn short(figure: f64) -> String {
    match figure {
        figure if figure >= 99.95 => format!("{figure:.0}"),
        figure if figure >= 9.995 => format!("{figure:.1}"),
        0.0 => "0".to_owned(),
        figure => format!("{figure:.2}"),
    }
}
