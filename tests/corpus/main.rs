//! Programs with one bug each, of kinds known from public reports: which of them an exploration finds, after how many runs,
//! and what a plain loop of as many runs finds.
//!
//! Each program exists twice, broken and mended. `cargo test -p taskgroup-tests --test corpus -- --nocapture` prints the
//! table.

mod cut_short;
mod program;
mod shared_state;

use std::{cell::Cell, sync::Once, time::Instant};

use taskgroup::testing::Explorer;

use program::Row;

const ROWS: &[Row] = &[
    Row::of::<cut_short::Gauge>(),
    Row::of::<cut_short::PermitByHand>(),
    Row::of::<cut_short::TakenBeforeStored>(),
    Row::of::<cut_short::HalfWrittenFile>(),
    Row::of::<cut_short::AnswerOfAnother>(),
    Row::of::<shared_state::LostUpdate>(),
    Row::of::<shared_state::TwoMisses>(),
    Row::of::<shared_state::TwoLocks>(),
    Row::of::<shared_state::MissedNotify>(),
    Row::of::<shared_state::WaiterThatGaveUp>(),
];

fn usual(explorer: Explorer<'_>) -> Explorer<'_> {
    explorer
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Sets whether the panics of this thread print a message.
fn quiet(quiet: bool) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                before(info);
            }
        }));
    });
    QUIET.set(quiet);
}

#[test]
fn no_mended_program_is_reported() {
    let reported = ROWS.iter().filter_map(|row| Some((row.name, (row.explore)(true, usual).err()?)));
    let reported: Vec<_> = reported.map(|(name, found)| format!("{name}: {found}")).collect();
    quiet(false);
    assert_eq!(reported, [""; 0]);
}

#[test]
fn broken_programs_are_found() {
    // The panics are what is looked for, hundreds of them.
    quiet(true);
    let mut found = 0;
    println!("| program | report | found by | runs | ms | a plain loop |\n| --- | --- | --- | ---: | ---: | --- |");
    for row in ROWS {
        let start = Instant::now();
        let result = (row.explore)(false, usual);
        let time = start.elapsed().as_secs_f64() * 1e3;
        let (by, runs) = match &result {
            Ok(explored) => ("not found".to_owned(), explored.runs()),
            Err(finding) => (finding.replay(), finding.runs()),
        };
        found += usize::from(result.is_err());
        let plain = (row.plain)(runs).map_or("finds nothing".to_owned(), |run| format!("run {run}"));
        println!("| {} | {} | {by} | {runs} | {time:.1} | {plain} |", row.name, row.report);
    }
    quiet(false);
    println!("found: {found} of {}", ROWS.len());
    assert!(found * 2 >= ROWS.len(), "fewer are found than drops and failures alone find");
}
