//! The instructions of a dozen rows beside those of a table that is checked in: a change that makes one dearer is seen, and
//! gives its reason there.

use std::{fs, process::ExitCode};

use taskgroup_benches::scenarios;

use crate::instructions;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/guard.md");
/// How far a count may be from that of the table.
const TOLERANCE: f64 = 0.03;

/// Counts every row of the table. With `write`, the table has the new counts afterwards; without, one that is further off
/// than the tolerance is an error.
pub fn compare(write: bool) -> ExitCode {
    if !instructions::available() {
        println!("skipped: no valgrind here");
        return ExitCode::SUCCESS;
    }
    let table = fs::read_to_string(TABLE).expect("benches/guard.md can be read");
    let mut written = String::new();
    let mut changed = 0;
    for line in table.lines() {
        let Some((name, expected, reason)) = row(line) else {
            written += &format!("{line}\n");
            continue;
        };
        let counted = count(name);
        let off = counted / expected - 1.0;
        println!("{name}: {counted:.0} instead of {expected:.0} ({:+.1} %)", off * 100.0);
        changed += u32::from(off.abs() > TOLERANCE);
        written += &format!("| {name} | {counted:.0} | {reason} |\n");
    }
    if write {
        fs::write(TABLE, written).expect("benches/guard.md can be written");
        return ExitCode::SUCCESS;
    }
    if changed > 0 {
        println!(
            "{changed} changed by more than {:.0} %: mend them, or run this with `--write` and give",
            TOLERANCE * 100.0
        );
        println!("the reason in {TABLE}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The scenario, the count and the reason of a line of the table that has them.
fn row(line: &str) -> Option<(&str, f64, &str)> {
    let [_, name, count, reason, _] = line.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
        return None;
    };
    Some((name, count.parse().ok()?, reason))
}

/// Counts the instructions of ours in the scenario called `name`, for one child where it has many.
fn count(name: &str) -> f64 {
    let scenario = (scenarios(name).into_iter().find(|scenario| scenario.name == name))
        .unwrap_or_else(|| panic!("benches/guard.md has a row {name:?}, and there is no such scenario"));
    let operations = (2_000 / scenario.children).max(2);
    let counted = instructions::count(&scenario, &scenario.contestants[0], operations);
    counted.expect("callgrind counts") / scenario.children as f64
}
