//! Programs with one bug each, of kinds known from public reports: which of them an exploration finds, after how many runs,
//! and what a plain loop of as many runs finds.
//!
//! Each program exists twice, broken and mended. `cargo test -p taskgroup-tests --test corpus -- --nocapture` prints the
//! table.

mod cut_short;
mod interleaved;
mod late;
mod order;
mod program;
mod shared_state;
mod undone;

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
    Row::of::<undone::OpenTransaction>(),
    Row::of::<undone::DroppedSend>(),
    Row::of::<undone::DetachedConnection>(),
    Row::of::<undone::AckBeforeStore>(),
    Row::of::<undone::LeaderThatGaveUp>(),
    Row::of::<undone::EndlessRetry>(),
    Row::of::<undone::StrandedTemporary>(),
    Row::of::<order::TwiceReleased>(),
    Row::of::<order::StoreThatClosesFirst>(),
    Row::of::<order::EventsOutOfOrder>(),
    Row::of::<order::LateSubscriber>(),
    Row::of::<order::CompletedTwice>(),
    Row::of::<order::OverwrittenCancellation>(),
    Row::of::<order::HalfAStream>(),
    Row::of::<interleaved::TwoReconnects>(),
    Row::of::<interleaved::StaleRefill>(),
    Row::of::<interleaved::BorrowAcrossAwait>(),
    Row::of::<interleaved::BatchOverBatch>(),
    Row::of::<interleaved::CountedTwice>(),
    Row::of::<interleaved::TakenOut>(),
    Row::of::<interleaved::MovedByRemoval>(),
    Row::of::<late::ExpiredLease>(),
    Row::of::<late::UnpolledHolder>(),
    Row::of::<late::NotedTooEarly>(),
    Row::of::<late::FailedRollback>(),
];

fn usual(explorer: Explorer<'_>) -> Explorer<'_> {
    explorer
}

/// Programs that are not found, and why.
const NOT_FOUND: &[(&str, &str)] = &[(
    "half a stream that is taken for the whole",
    "it takes a failure and another order of polls in one run: as a rule, the group stops the consumer first",
)];

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
fn nine_in_ten_broken_programs_are_found() {
    // The panics are what is looked for, hundreds of them.
    quiet(true);
    let (mut found, mut missed) = (0, Vec::new());
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
        if result.is_ok() {
            missed.push(row.name);
        }
        let plain = (row.plain)(runs).map_or("finds nothing".to_owned(), |run| format!("run {run}"));
        println!("| {} | {} | {by} | {runs} | {time:.1} | {plain} |", row.name, row.report);
    }
    quiet(false);
    println!("found: {found} of {}", ROWS.len());
    for (name, reason) in NOT_FOUND {
        println!("not found: {name}: {reason}");
    }
    assert_eq!(missed, NOT_FOUND.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    assert!(found * 10 >= ROWS.len() * 9, "at least nine in ten");
}
