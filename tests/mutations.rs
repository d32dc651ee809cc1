//! Programs with one small mistake each, made from the right examples of `docs/ERRORS.md`: a token is dropped, two are
//! swapped, a value has another type, an `.await`, a comma, a clone or an `Ok` is forgotten.
//!
//! `MUTATIONS=0..150 cargo test -p taskgroup-tests --test mutations` writes the programs of these seeds to `ui/mutated/`.
//! What still compiles is no case, and is deleted again. What is kept is graded like every other case, in `ui.rs` and `advice.rs`.

use std::fs;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The right examples, each the body of an async function.
fn examples() -> Vec<String> {
    let document = fs::read_to_string(folder("../docs/ERRORS.md")).expect("docs/ERRORS.md");
    document
        .split("\n### ")
        .skip(1)
        // A crate that the cases do not have.
        .filter(|section| !section.contains("futures_core"))
        .filter_map(|section| Some(section.split_once("```rust\n")?.1.split_once("```")?.0.to_owned()))
        .collect()
}

/// A pseudorandom sequence, the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % limit.max(1) as u64) as usize
    }
}

/// Splits code into tokens, with what is between them.
fn tokens(code: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut chars = code.chars().peekable();
    while let Some(first) = chars.next() {
        let mut token = String::from(first);
        let is_word = |char: &char| char.is_alphanumeric() || *char == '_';
        if first == '"' {
            while let Some(next) = chars.next() {
                token.push(next);
                match next {
                    '\\' => token.extend(chars.next()),
                    '"' => break,
                    _ => {}
                }
            }
        } else if is_word(&first) {
            token.extend(std::iter::from_fn(|| chars.next_if(is_word)));
        } else if first.is_whitespace() {
            token.extend(std::iter::from_fn(|| chars.next_if(|char| char.is_whitespace())));
        } else if first == '/' && chars.peek() == Some(&'/') {
            token.extend(std::iter::from_fn(|| chars.next_if(|char| *char != '\n')));
        }
        tokens.push(token);
    }
    tokens
}

/// Returns what was done to which token, and the code after it; `None` if there is nothing of the kind in the code.
fn mutate(code: &str, random: &mut Random) -> Option<(String, String)> {
    let mut parts = tokens(code);
    let is_code = |part: &String| !part.trim().is_empty() && !part.starts_with("//");
    // Inside a group, or a function under the attribute: elsewhere it is not our mistake.
    let begin = (0..parts.len()).find(|at| parts[*at] == "group" || parts[*at] == "task_group")? + 1;
    let places = |parts: &[String], wanted: &dyn Fn(usize) -> bool| -> Vec<usize> {
        (begin..parts.len()).filter(|at| is_code(&parts[*at]) && wanted(*at)).collect()
    };
    let bracket = |part: &str| ["(", ")", "[", "]", "{", "}"].contains(&part);
    let kind = random.below(8);
    let found = match kind {
        0 | 1 => places(&parts, &|at| !bracket(&parts[at])),
        2 => places(&parts, &|at| parts[at] == "await" && at > 0),
        3 => places(&parts, &|at| parts[at] == ","),
        4 => places(&parts, &|at| parts[at] == "clone"),
        5 => places(&parts, &|at| parts[at] == "Ok"),
        6 => places(&parts, &|at| parts[at].starts_with('"')),
        _ => places(&parts, &|at| parts[at].parse::<u64>().is_ok()),
    };
    let at = *found.get(random.below(found.len()))?;
    let token = parts[at].clone();
    let did = match kind {
        0 => {
            parts[at].clear();
            format!("`{token}` is dropped")
        }
        1 => {
            let next = (at + 1..parts.len()).find(|next| is_code(&parts[*next]) && !bracket(&parts[*next]))?;
            let did = format!("`{token}` and `{}` are swapped", parts[next]);
            parts.swap(at, next);
            // Two words stay two words.
            parts[at].insert(0, ' ');
            parts[next].push(' ');
            did
        }
        2 => {
            parts[at].clear();
            parts[at - 1].clear();
            "an `.await` is forgotten".to_owned()
        }
        3 => {
            parts[at].clear();
            "a comma is forgotten".to_owned()
        }
        4 => {
            parts[at - 1..=at + 2].iter_mut().for_each(String::clear);
            "a clone is forgotten".to_owned()
        }
        5 => {
            parts[at].clear();
            "an `Ok` is forgotten".to_owned()
        }
        6 => {
            parts[at] = "7".to_owned();
            format!("a number in place of {token}")
        }
        _ => {
            parts[at] = "\"7\"".to_owned();
            format!("a text in place of {token}")
        }
    };
    Some((did, parts.concat()))
}

/// Returns the program of a seed.
fn program(seed: u64, examples: &[String]) -> String {
    let mut random = Random(seed);
    random.below(2);
    loop {
        let example = &examples[random.below(examples.len())];
        if let Some((did, code)) = mutate(example, &mut random) {
            let body: String = code.trim_end().lines().map(|line| format!("    {line}\n")).collect();
            return format!(
                "// errors: 1\n// Seed {seed}: {did}.\n#![allow(unused)]\nuse taskgroup_documents::*;\n\nasync fn example() -> Result<(), AppError> \
                 {{\n{body}    Ok(())\n}}\n\nfn main() {{}}\n"
            );
        }
    }
}

#[test]
fn each_seed_makes_one_program() {
    let examples = examples();
    assert!(examples.len() > 50, "the examples are written in another way now");
    for seed in 0..100 {
        let program = program(seed, &examples);
        assert_eq!(program, self::program(seed, &examples), "{seed}");
        assert!(!examples.iter().any(|example| program.contains(example.as_str())), "{program}");
    }
    let Ok(seeds) = std::env::var("MUTATIONS") else { return };
    let (from, to) = seeds.split_once("..").expect("a range of seeds");
    let number = |text: &str| text.parse::<u64>().expect("a seed");
    fs::create_dir_all(folder("ui/mutated")).expect("a folder");
    for seed in number(from)..number(to) {
        let path = folder("ui/mutated").join(format!("seed_{seed:03}.rs"));
        fs::write(path, self::program(seed, &examples)).expect("written");
    }
}
