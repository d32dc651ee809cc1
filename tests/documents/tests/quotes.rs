//! `docs/BUGS.md` quotes attempts that do not compile, and what the compiler says. Each quote is part of a case in
//! `tests/ui`, whose snapshot another test compares with the compiler. And each proof that it names exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The tests that were made from the document's other blocks.
const GENERATED: &str = include_str!(concat!(env!("OUT_DIR"), "/bugs.rs"));

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

struct Section {
    title: String,
    /// Each with its mark.
    blocks: Vec<(String, Vec<String>)>,
    proofs: Vec<String>,
}

fn sections(document: &str) -> Vec<Section> {
    document.split("\n## ").skip(1).map(section).collect()
}

fn section(text: &str) -> Section {
    let mut lines = text.lines();
    let title = lines.next().unwrap_or_default().to_owned();
    let (mut blocks, mut prose) = (Vec::new(), String::new());
    while let Some(line) = lines.next() {
        match line.strip_prefix("```") {
            Some(mark) => {
                let block = lines.by_ref().take_while(|line| *line != "```").map(str::to_owned).collect();
                blocks.push((mark.to_owned(), block));
            }
            None => prose += &(line.to_owned() + "\n"),
        }
    }
    let proofs = prose
        .split_once("Proof: ")
        .map(|(_, proof)| proof.split("\n\n").next().unwrap_or_default())
        .unwrap_or_else(|| panic!("`{title}` has no proof"));
    let proofs = proofs.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    Section { title, blocks, proofs }
}

/// Whether the lines stand in the text, one after the other, indented in whatever way. `…` stands for any lines.
fn contains(text: &str, quote: &[String]) -> bool {
    let text: Vec<&str> = text.lines().map(str::trim).collect();
    let mut at = 0;
    quote.split(|line| line == "…").filter(|part| !part.is_empty()).all(|part| {
        let part: Vec<&str> = part.iter().map(|line| line.trim()).collect();
        let rest = text.get(at..).unwrap_or_default();
        let found = rest.windows(part.len()).position(|window| window == part);
        at += found.unwrap_or_default() + part.len();
        found.is_some()
    })
}

#[test]
fn quoted_attempts_and_messages_are_those_of_the_compile_tests() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for section in sections(&read("docs/BUGS.md")) {
        let cases: Vec<&String> = section.proofs.iter().filter(|proof| proof.starts_with("tests/ui/")).collect();
        for pair in section.blocks.windows(2) {
            let [(mark, attempt), (_, message)] = pair else { continue };
            if mark != "rust,compile_fail" {
                continue;
            }
            count += 1;
            let proves = |case: &&&String| {
                contains(&read(case), attempt) && contains(&read(case.replace(".rs", ".stderr")), message)
            };
            if message.is_empty() || cases.iter().find(proves).is_none() {
                wrong.push(format!("{}: no case of its proof has\n{}", section.title, attempt.join("\n")));
            }
        }
    }
    assert!(count >= 15, "the attempts are marked in another way now");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_message_that_the_readme_quotes_is_that_of_a_compile_test() {
    let readme = read("README.md");
    let parts: Vec<&str> = readme.split("```").collect();
    let attempt = parts.iter().position(|part| part.starts_with("rust,ignore\n")).expect("an attempt");
    let lines = |part: &str| part.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let case = "tests/ui/check/task_fn_read_before_the_join_printed.rs";
    assert!(contains(&read(case), &lines(parts[attempt])), "the attempt is not that of {case}");
    let message = lines(parts[attempt + 2]);
    assert!(message.len() > 3 && contains(&read(case.replace(".rs", ".stderr")), &message), "{message:#?}");
}

/// A block that is marked ```` ```rust,kv.rs ```` is a part of `examples/src/kv.rs`.
#[test]
fn the_code_of_the_examples_that_the_guide_quotes_is_theirs() {
    let guide = read("docs/guide/services.md");
    let mut count = 0;
    // The blocks are every second part, and begin with their marks.
    for block in guide.split("```").skip(1).step_by(2) {
        let mut lines = block.lines();
        let mark = lines.next().unwrap_or_default();
        let Some(file) = mark.strip_prefix("rust,").filter(|file| file.ends_with(".rs")) else { continue };
        let quote: Vec<String> = lines.map(str::to_owned).collect();
        assert!(
            !quote.is_empty() && contains(&read(format!("examples/src/{file}")), &quote),
            "{file} has no {quote:#?}"
        );
        count += 1;
    }
    assert!(count >= 6, "the quotes are marked in another way now");
}

#[test]
fn every_proof_exists() {
    let sections = sections(&read("docs/BUGS.md"));
    let mut missing = Vec::new();
    for Section { title, proofs, .. } in &sections {
        assert!(!proofs.is_empty(), "{title}: no proof");
        for proof in proofs {
            let exists = match (proof.strip_prefix("bugs::"), proof.split_once("::")) {
                (Some(test), _) => GENERATED.contains(&format!("async fn {test}()")),
                (None, Some((file, test))) => read(file).contains(&format!("fn {test}(")),
                (None, None) => root().join(proof).exists(),
            };
            if !exists {
                missing.push(format!("{title}: {proof}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn twelve_bugs_and_three_lessons() {
    let numbers: BTreeSet<String> = sections(&read("docs/BUGS.md"))
        .iter()
        .filter_map(|section| section.title.split_once('.').map(|(number, _)| number.to_owned()))
        .collect();
    let expected = (1..=12).map(|n| n.to_string()).chain((1..=3).map(|n| format!("L{n}"))).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn quotes_are_looked_for_line_by_line() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let text = "a\n  b\n  c\nd";
    assert!(contains(text, &lines("b\nc")));
    assert!(contains(text, &lines("a\n…\nc\nd")));
    assert!(!contains(text, &lines("b\nd")));
    assert!(!contains(text, &lines("c\n…\na")));
}
