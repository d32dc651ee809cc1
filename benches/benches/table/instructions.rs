//! Instructions of a contestant, as callgrind counts them: the difference between 2N and N operations, so that what
//! happens once cancels out.

use std::process::Command;

use taskgroup_benches::{Contestant, Scenario};

const OPS: &str = env!("CARGO_BIN_EXE_ops");

/// Whether they can be counted here.
pub fn available() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok()
}

/// Counts the instructions of one operation, over N and 2N of them.
pub fn count(scenario: &Scenario, contestant: &Contestant, operations: u64) -> Option<f64> {
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
