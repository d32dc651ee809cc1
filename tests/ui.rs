//! Misuse does not compile, and says what to write instead: `ui/*/*.rs`, each named after its mistake.
//!
//! `TRYBUILD=overwrite cargo test -p taskgroup-tests --test ui` writes the snapshots anew.

use std::fs;
use std::path::{Path, PathBuf};

/// Where the messages are ours, and where they are rustc's.
const OURS: [&str; 3] = ["parse", "check", "attr"];
const THEIRS: [&str; 2] = ["types", "lints"];
/// The attempts to write the bugs of `docs/BUGS.md` under `#[task_group]`.
const BOTH: [&str; 1] = ["bugs"];
/// Programs with a mistake that was made by `mutations.rs`.
const MUTATED: [&str; 1] = ["mutated"];
/// The same mistakes without our macros, where rustc reports more than one error for them, or proposes what does not compile.
const PLAIN: [&str; 1] = ["plain"];

#[test]
fn misuse_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*/*.rs");
    cases.pass("pass/*.rs");
}

/// Every case says on its first line how many mistakes it makes.
#[test]
fn one_mistake_is_one_error() {
    let mut wrong = Vec::new();
    for folder in OURS.into_iter().chain(THEIRS).chain(BOTH).chain(PLAIN) {
        for case in cases(folder) {
            let (mistakes, snapshot) = (mistakes(&case), snapshot(&case));
            let errors = snapshot.lines().filter(|line| line.starts_with("error")).count();
            let ours = snapshot.lines().any(|line| line.starts_with("error: ") && line.contains(" [TG"));
            if errors != mistakes || ours != OURS.contains(&folder) && !BOTH.contains(&folder) {
                wrong.push(format!("{}: {mistakes} mistakes, {errors} errors, ours: {ours}", case.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The cases of `ui/mutated/` are not written to be clear, so not each of them is one error: some are several in plain Rust
/// too, and then as many are right. The table is printed, and none of its figures may get worse.
#[test]
fn the_messages_are_as_good_as_they_were() {
    println!("| folder | cases | one error per mistake | on the user's tokens | without internals | lines, median |");
    println!("|-|-|-|-|-|-|");
    let mut worse = Vec::new();
    for (folder, least) in [
        ("parse", [100, 100, 100]),
        ("check", [100, 100, 100]),
        ("attr", [100, 100, 100]),
        ("types", [100, 100, 99]),
        ("bugs", [100, 100, 100]),
        ("mutated", [100, 100, 100]),
    ] {
        let grades: Vec<Grade> = cases(folder).iter().map(|case| grade(case)).collect();
        let share = |is: fn(&Grade) -> bool| grades.iter().filter(|grade| is(grade)).count() * 100 / grades.len();
        let shares = [share(|grade| grade.one_each), share(|grade| grade.own), share(|grade| grade.clean)];
        let mut lines: Vec<usize> = grades.iter().map(|grade| grade.lines).collect();
        lines.sort_unstable();
        let [one_each, own, clean] = shares;
        println!("| {folder} | {} | {one_each} % | {own} % | {clean} % | {} |", grades.len(), lines[lines.len() / 2]);
        if shares.iter().zip(least).any(|(share, least)| *share < least) {
            worse.push(format!("{folder}: {shares:?}, and it was {least:?}"));
        }
    }
    assert!(worse.is_empty(), "{}", worse.join("\n"));
}

/// Where `rust-src` is not installed, the compiler does not quote std, so a snapshot that does would differ there.
#[test]
fn no_message_quotes_std() {
    let mut quoting = Vec::new();
    for folder in OURS.into_iter().chain(THEIRS).chain(BOTH).chain(MUTATED) {
        quoting.extend(cases(folder).into_iter().filter(|case| snapshot(case).contains("--> $RUST")));
    }
    assert!(quoting.is_empty(), "{quoting:?}");
}

struct Grade {
    one_each: bool,
    own: bool,
    clean: bool,
    lines: usize,
}

fn grade(case: &Path) -> Grade {
    let text = snapshot(case);
    let file = format!("{}:", case.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("a case").display());
    let errors = text.lines().filter(|line| line.starts_with("error")).count();
    // The first place that is shown is what the error underlines.
    let own = text.split("\n\nerror").all(|error| {
        error
            .lines()
            .find_map(|line| line.trim_start().strip_prefix("--> "))
            .is_some_and(|place| place.starts_with(&file))
    });
    const INTERNAL: [&str; 14] = [
        "__private",
        "machine::nodes",
        "Nil",
        "And<",
        "Arms<",
        "Inline<",
        "Each<",
        "EachSpawned<",
        "Spawned<",
        "Site<",
        "Stage<",
        "__child",
        "__group",
        "__rest",
    ];
    let clean = !INTERNAL.iter().any(|internal| text.contains(internal));
    let one_each = errors == mistakes(case) || plain_of(case).is_some_and(|plain| errors <= mistakes(&plain));
    Grade { one_each, own, clean, lines: text.lines().count() }
}

/// Returns the program with the mistake of a mutated case that has none of our macros. It names the cases on its second line.
fn plain_of(case: &Path) -> Option<PathBuf> {
    let seed = case.file_stem()?.to_str()?;
    let names = |plain: &PathBuf| {
        let source = fs::read_to_string(plain).expect("a case");
        source
            .lines()
            .nth(1)
            .and_then(|line| line.strip_prefix("// The same: "))
            .is_some_and(|line| line.contains(seed))
    };
    if case.parent()?.ends_with("mutated") { cases("plain").into_iter().find(names) } else { None }
}

fn mistakes(case: &Path) -> usize {
    let source = fs::read_to_string(case).expect("a case");
    source
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("// errors: "))
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("{}: the first line is `// errors: N`", case.display()))
}

fn snapshot(case: &Path) -> String {
    fs::read_to_string(case.with_extension("stderr")).expect("a snapshot beside each case")
}

fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui").join(folder);
    let mut cases: Vec<_> = fs::read_dir(folder)
        .expect("a folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    cases.sort();
    cases
}
