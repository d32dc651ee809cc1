//! `ops SCENARIO CONTESTANT N`: runs N operations and nothing else, for callgrind to count.

use std::env;

use taskgroup_benches::scenarios;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [scenario, contestant, operations] = &arguments[..] else {
        panic!("ops SCENARIO CONTESTANT N");
    };
    let operations: u64 = operations.parse().expect("N is a number");
    let scenarios = scenarios(scenario);
    let scenario = scenarios.iter().find(|candidate| candidate.name == scenario).expect("a scenario");
    let contestant = scenario
        .contestants
        .iter()
        .find(|candidate| candidate.name == contestant)
        .expect("a contestant of that scenario");
    (contestant.prepare)()(operations);
}
