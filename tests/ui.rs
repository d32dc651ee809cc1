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
    for folder in OURS.into_iter().chain(THEIRS).chain(BOTH) {
        for case in cases(folder) {
            let source = fs::read_to_string(&case).expect("a case");
            let snapshot = fs::read_to_string(case.with_extension("stderr")).expect("a snapshot beside each case");
            let mistakes: usize = source
                .lines()
                .next()
                .and_then(|line| line.strip_prefix("// errors: "))
                .and_then(|number| number.parse().ok())
                .unwrap_or_else(|| panic!("{}: the first line is `// errors: N`", case.display()));
            let errors = snapshot.lines().filter(|line| line.starts_with("error")).count();
            let ours = snapshot.lines().any(|line| line.starts_with("error: ") && line.contains(" [TG"));
            if errors != mistakes || ours != OURS.contains(&folder) && !BOTH.contains(&folder) {
                wrong.push(format!("{}: {mistakes} mistakes, {errors} errors, ours: {ours}", case.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
