//! Random groups and functions, in virtual time, beside a reference that polls everybody always.
//!
//! A case is a tree of groups (`case.rs`): static code of one of some twenty shapes (`shape.rs`, `functions.rs`,
//! `groups.rs`), with options, and a script for each child and each part of a body (`script.rs`). The reference
//! (`reference/`) runs the same case as a simulation, by the words of the design, without wakers, budgets or lists of who
//! is due.
//!
//! # The order of events
//!
//! 1. In a round, the body is polled first, then the children in the order of their statements: the text decides, so an
//!    outer stage comes before an inner one. In `group!` it is the order of the arms. The futures of options come after the
//!    last arm; then what the source of a `for` gives, unless one of them has resolved; then deadlines.
//! 2. After the first failure, or the winner of a race, nobody else is polled in that round: the cause is recorded, the body
//!    is dropped, then everybody has the last poll, in the same order, and what is unfinished is dropped, in the same order.
//! 3. A child that somebody waits for is not polled again in the round in which it ended, and neither is who waits for it
//!    and has had its turn; that is a new round, in which everybody who is awake has a turn, not the rest of the old one.
//! 4. Who is first changes only after the budget of a poll has run out.
//! 5. The failure of a task is the first if it came before that of another child, though its owner takes its end later; but a
//!    panic that is not caught decides as soon as its owner takes it.
//!
//! # What is compared
//!
//! - the value, error or panic of the outermost group, and of each group inside, and the virtual time of its end;
//! - whether it ends: a group that waits while the reference goes on has lost a wake-up;
//! - for each child and body: what it did, what it saw and when, and whether it was dropped;
//! - the order of all events of the body and the inline children outside loops, within each group, if no budget ran out;
//! - nothing happens after the end (G1), and no error that came before `Child::cancel` is lost (G3);
//! - in one poll of the whole, nobody of the outermost group is polled more than 70 times, and no option takes more than one budget;
//! - who takes budget is done after so many polls of the whole as it has siblings, for each budget that it needs, and nobody
//!   uses up a second one while another, outside loops, waits for its turn;
//! - when the value of a child is destroyed whose handle was dropped.
//!
//! # What is not, and why
//!
//! - The order among tasks, among the children of one loop, and between a nested group and what is outside it at the same
//!   instant: it is not fixed. The reference takes the likeliest course; if what happened is another one, it tries others
//!   that are allowed, and one of them must be what happened. Half of them begin as the one that was like what happened for
//!   longest, and choose otherwise from there on.
//! - Two points on which the design is silent are left to chance in the same way: whether a child statement that waits for
//!   room returns when its function is cancelled, and whether a body in its last poll still hears of children that end in
//!   theirs.
//! - Whether a value whose handle is dropped is destroyed at once, or in the next turn of its statement; where there is none,
//!   when the function returns, which waits for tasks of groups inside.
//! - How many rounds one poll of a group has, which matters in the last poll of what runs it: the reference takes as many as
//!   the machine, at most 32 after the first, and by chance fewer.
//! - The order where a budget ran out: only that everybody has a turn, in turn. Of a task, the reference knows how many polls
//!   its budget takes at least, that a round which is cut short goes on with the next statement, that the rounds after it
//!   begin with another, and that a last poll which it spreads over several is one.
//! - Threads: everything is on one. `stress` and `loom` are for those. So no blocking children, and nothing that can only
//!   happen between two threads.
//! - Names, messages, late errors, memory.
//!
//! # How to run it
//!
//! `cargo test -p taskgroup-tests --test model`. Environment variables: `MODEL_SEED` is the first seed, `MODEL_CASES` how
//! many there are; a seed that was reported is run again with `MODEL_SEED=… MODEL_CASES=1`, and the same switches.
//! `MODEL_ONLY`, `MODEL_WITHOUT` and `MODEL_WITH` are lists of switches (`features.rs`), `MODEL_SHAPE` the name of a shape;
//! with `MODEL_GO_ON=1` it counts all that goes wrong instead of stopping at the first, and with `MODEL_SHRINK=0` it shows a
//! case as it was generated.

mod case;
mod compare;
mod explore;
mod features;
mod functions;
mod generate;
mod groups;
mod random;
mod reference;
mod run;
mod schedules;
mod script;
mod shape;
mod show;
mod shrink;
mod statistics;
mod tags;
mod world;

use std::{io::Write, time::Instant};

use crate::{
    explore::{Found, explore, number},
    features::Features,
};

/// How many cases a normal run has.
const CASES: u64 = 100_000;

/// The first seed of a normal run.
const SEED: u64 = 1;

/// Fewer say nothing about shares.
const MANY: u64 = 1_000;

#[test]
fn every_case_ends_as_the_reference_says() {
    let (first, cases) = (number("MODEL_SEED", SEED), number("MODEL_CASES", CASES));
    let features = Features::from_env();
    let since = Instant::now();
    let Found { statistics, wrong, kinds, reports } = explore(first, cases, features, number("MODEL_GO_ON", 0) > 0);
    let elapsed = since.elapsed();
    let a_second = statistics.cases as f64 / elapsed.as_secs_f64();
    // Past what the harness captures: the numbers are part of what is shown.
    let _ = writeln!(
        std::io::stderr(),
        "model: seeds {first}.., {} cases in {elapsed:.1?} ({a_second:.0} a second), {wrong} of them wrong\n{statistics}",
        statistics.cases,
    );
    for (kind, times) in kinds {
        let _ = writeln!(std::io::stderr(), "  {times:>5} times: {kind}");
    }
    assert!(reports.is_empty(), "\n{}", reports.join("\n"));
    if cases >= MANY && Features::allow_all_shapes() {
        let rare = statistics.too_rare(&features);
        assert!(rare.is_empty(), "too rare: {rare:?}");
    }
}
