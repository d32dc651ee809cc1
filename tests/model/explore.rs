//! Many cases on several threads, and what came out.

use std::{
    collections::BTreeMap,
    env,
    io::Write,
    sync::{
        Arc, Mutex, Once, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
};

use crate::{
    case::{Case, Run},
    compare::{judge, judge_beside},
    features::Features,
    generate,
    reference::{self, Chance},
    run,
    shape::SHAPES,
    show,
    shrink::shrink,
    statistics::Statistics,
    tags::Tags,
};

/// Groups in groups, in a debug build.
pub const STACK: usize = 16 << 20;

/// What one exploration found.
#[derive(Default)]
pub struct Found {
    pub statistics: Statistics,
    pub wrong: u64,
    /// What was wrong, without the numbers, and how often.
    pub kinds: BTreeMap<String, u64>,
    /// The first wrong case of each thread, as small as it gets.
    pub reports: Vec<String>,
}

/// An environment variable that is a number.
pub fn number(name: &str, default: u64) -> u64 {
    env::var(name).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Stops at the first case that goes wrong, unless it is to go on.
pub fn explore(first: u64, cases: u64, features: Features, goes_on: bool) -> Found {
    silence_our_own_panics();
    let threads = thread::available_parallelism().map_or(2, usize::from).clamp(2, 8) as u64;
    let (found, stop) = (Mutex::new(Found::default()), AtomicBool::new(false));
    thread::scope(|scope| {
        for worker in 0..threads {
            let (found, stop) = (&found, &stop);
            let seeds = (first + worker..first + cases).step_by(threads as usize);
            let work = move || {
                let mine = work(seeds, &features, stop, goes_on);
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.statistics.merge(&mine.statistics);
                found.wrong += mine.wrong;
                for (kind, times) in mine.kinds {
                    *found.kinds.entry(kind).or_default() += times;
                }
                found.reports.extend(mine.reports);
            };
            thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).expect("a thread");
        }
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn work(seeds: impl Iterator<Item = u64>, features: &Features, stop: &AtomicBool, goes_on: bool) -> Found {
    let runtime = run::runtime();
    let mut found = Found::default();
    for seed in seeds {
        if stop.load(Relaxed) {
            break;
        }
        let (case, expected) = case_of(seed, features);
        let verdict = judge_beside(&runtime, &case, features, expected);
        found.statistics.add(&verdict);
        let Some(wrong) = verdict.wrong else { continue };
        found.wrong += 1;
        let kind = wrong.what.replace(|letter: char| letter.is_ascii_digit(), "");
        *found.kinds.entry(kind).or_default() += 1;
        // Before the search for a smaller one, which may take its time.
        let _ = writeln!(std::io::stderr(), "model: seed {seed}: {}", wrong.what);
        if !found.reports.is_empty() {
            continue;
        }
        stop.store(!goes_on, Relaxed);
        let smallest = if number("MODEL_SHRINK", 1) == 0 {
            case
        } else {
            shrink(&case, |case| {
                let verdict = judge(&runtime, case, features);
                verdict.wrong.is_some() && features.allow(verdict.tags)
            })
        };
        if let Some(wrong) = judge(&runtime, &smallest, features).wrong {
            found.reports.push(format!("seed {seed}:\n{}", show::report(&smallest, &wrong)));
        }
    }
    found
}

/// The case of a seed: the first of its kin that the switches let in.
pub fn case_of(seed: u64, features: &Features) -> (Arc<Case>, (Run, Tags)) {
    (0..)
        .map(|kin: u64| generate::generate(seed.wrapping_add(kin << 40), features))
        .filter(|case| Features::allow_shape(SHAPES[case.groups[0].shape].name))
        .map(|case| (reference::run(&case, Chance::none(), features), Arc::new(case)))
        .find_map(|(expected, case)| features.allow(expected.1).then_some((case, expected)))
        .expect("some case is let in")
}

/// They carry a number, and are not worth a line.
pub fn silence_our_own_panics() {
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
