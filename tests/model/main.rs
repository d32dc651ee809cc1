//! model (header comes later)

mod case;
mod compare;
mod features;
mod functions;
mod generate;
mod groups;
mod random;
mod reference;
mod run;
mod script;
mod shape;
mod show;
mod shrink;
mod statistics;
mod tags;
mod world;

use std::{
    env,
    io::Write,
    sync::{
        Arc, Mutex, Once, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Instant,
};

use crate::{
    case::Case,
    compare::judge,
    features::Features,
    reference::Chance,
    shape::SHAPES,
    statistics::Statistics,
};

const CASES: u64 = 100_000;
const SEED: u64 = 1;

/// Groups in groups, in a debug build.
const STACK: usize = 16 << 20;

fn number(name: &str, default: u64) -> u64 {
    env::var(name).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Our own panics carry a number and are not worth a line.
fn silence_our_own_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let ours = info.payload().downcast_ref::<String>().is_some_and(|text| text.parse::<u16>().is_ok());
            if !ours {
                before(info);
            }
        }));
    });
}

/// The case of a seed: the first of its kin that the switches let in.
fn case_of(seed: u64, features: &Features) -> Arc<Case> {
    (0..)
        .map(|kin: u64| generate::generate(seed.wrapping_add(kin << 40), features))
        .filter(|case| Features::allow_shape(SHAPES[case.groups[0].shape].name))
        .find(|case| features.allow(reference::run(case, Chance::none(), features.order_in_functions).1))
        .map(|mut case| {
            case.seed = seed;
            Arc::new(case)
        })
        .expect("some case is let in")
}

#[derive(Default)]
struct Found {
    statistics: Statistics,
    wrong: u64,
    reports: Vec<String>,
}

fn explore(first: u64, cases: u64, features: Features) -> Found {
    let threads = thread::available_parallelism().map_or(2, usize::from).clamp(2, 4) as u64;
    let goes_on = number("MODEL_GO_ON", 0) > 0;
    let (found, stop) = (Mutex::new(Found::default()), AtomicBool::new(false));
    thread::scope(|scope| {
        for worker in 0..threads {
            let (found, stop) = (&found, &stop);
            let builder = thread::Builder::new().stack_size(STACK);
            let worker = builder.spawn_scoped(scope, move || {
                let runtime = run::runtime();
                let (mut statistics, mut wrong) = (Statistics::default(), 0);
                for seed in (first + worker..first + cases).step_by(threads as usize) {
                    if stop.load(Relaxed) {
                        break;
                    }
                    let case = case_of(seed, &features);
                    let verdict = judge(&runtime, &case, &features);
                    statistics.add(&verdict);
                    if verdict.wrong.is_some() {
                        wrong += 1;
                        if wrong > 1 {
                            continue;
                        }
                        stop.store(!goes_on, Relaxed);
                        let smallest = shrink::shrink(&case, |case| {
                            let verdict = judge(&runtime, case, &features);
                            verdict.wrong.is_some() && features.allow(verdict.tags)
                        });
                        let wrong = judge(&runtime, &smallest, &features).wrong.expect("it goes wrong");
                        let report = format!("seed {seed}:\n{}", show::report(&smallest, &wrong));
                        found.lock().unwrap_or_else(PoisonError::into_inner).reports.push(report);
                    }
                }
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.statistics.merge(&statistics);
                found.wrong += wrong;
            });
            worker.expect("a thread");
        }
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn every_case_ends_as_the_reference_says() {
    silence_our_own_panics();
    let (first, cases) = (number("MODEL_SEED", SEED), number("MODEL_CASES", CASES));
    let features = Features::from_env();
    let since = Instant::now();
    let Found { statistics, wrong, reports } = explore(first, cases, features);
    let elapsed = since.elapsed();
    let _ = writeln!(
        std::io::stderr(),
        "model: seeds {first}.., {} cases in {elapsed:.1?} ({:.0} a second), {wrong} of them wrong\n{statistics}",
        statistics.cases,
        statistics.cases as f64 / elapsed.as_secs_f64(),
    );
    assert!(reports.is_empty(), "\n{}", reports.join("\n"));
    if cases >= 1_000 {
        let rare = statistics.too_rare(&features);
        assert!(rare.is_empty(), "too rare: {rare:?}");
    }
}
