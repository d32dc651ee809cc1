//! The prose of the project keeps to its vocabulary: documentation, comments and messages avoid the phrases in [`BANNED`],
//! and the summary of a public item is a statement.
//!
//! Markdown is read outside its code blocks, which other tests compare with real output. In Rust files, comments are
//! read, and string literals where they are messages to users.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The files and folders that are read.
const ROOMS: &[&str] =
    &["README.md", "CHANGELOG.md", "DEVELOPMENT.md", "docs", "runtime/src", "macros/src", "examples/src", "benches"];

/// Rooms that are not edited yet.
const NOT_YET: &[&str] = &[];

/// The files whose string literals are messages to users.
const MESSAGES: &[&str] = &["macros/src/messages", "examples/src"];

const NO_PERSON: &str = "the passive, or the thing that acts (`no child`, `any task`, `each group`)";
const ENCLOSING: &str = "`enclosing group`, `cancelled by an enclosing group`, `outside any group`";
const NOTIFIED: &str = "`is cancelled`, `is notified`, `observes`, `reports`";

/// Phrases in lower case, and what to write instead.
const BANNED: &[(&str, &str)] = &[
    ("nobody", NO_PERSON),
    ("somebody", NO_PERSON),
    ("anybody", NO_PERSON),
    ("everybody", NO_PERSON),
    ("whoever", NO_PERSON),
    ("group around", ENCLOSING),
    ("groups around", ENCLOSING),
    ("scope around", ENCLOSING),
    ("scopes around", ENCLOSING),
    ("one around", ENCLOSING),
    ("ones around", ENCLOSING),
    ("from around", ENCLOSING),
    ("hears", NOTIFIED),
    ("is told", NOTIFIED),
    ("are told", NOTIFIED),
    ("has to say", NOTIFIED),
    ("have to say", NOTIFIED),
];

/// A comment, a string literal, or a line of a document.
#[derive(Debug)]
struct Piece<'a> {
    line: usize,
    kind: Kind,
    text: &'a str,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    Prose,
    Comment,
    Literal,
}

/// Every line of a document that is outside its code blocks.
fn document(text: &str) -> Vec<Piece<'_>> {
    let mut is_code = false;
    let prose = text.lines().enumerate().filter(|(_, line)| {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    prose.map(|(index, text)| Piece { line: index + 1, kind: Kind::Prose, text }).collect()
}

/// The comments and string literals of a Rust file.
fn source(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (skipped, found) = token(rest, text[..at].chars().next_back());
        if let Some((kind, token)) = found {
            let line = text[..at].matches('\n').count() + 1;
            pieces.extend(token.lines().enumerate().map(|(below, text)| Piece { line: line + below, kind, text }));
        }
        at += skipped;
    }
    pieces
}

/// The length of the first token, and its text if it is a comment or a string.
fn token(rest: &str, before: Option<char>) -> (usize, Option<(Kind, &str)>) {
    let until = |end: &str| rest.find(end).map_or(rest.len(), |found| found + end.len());
    if rest.starts_with("//") {
        let length = rest.find('\n').unwrap_or(rest.len());
        return (length, Some((Kind::Comment, &rest[..length])));
    }
    if rest.starts_with("/*") {
        let length = until("*/");
        return (length, Some((Kind::Comment, &rest[..length])));
    }
    let hashes = rest.strip_prefix('r').map_or(0, |raw| raw.len() - raw.trim_start_matches('#').len());
    let is_raw = rest.strip_prefix('r').is_some_and(|raw| raw[hashes..].starts_with('"'));
    if is_raw && !before.is_some_and(|before| before.is_alphanumeric() || before == '_') {
        let (start, end) = (hashes + 2, format!("\"{}", "#".repeat(hashes)));
        let length = rest[start..].find(&end).map_or(rest.len(), |found| start + found + end.len());
        return (length, Some((Kind::Literal, &rest[..length])));
    }
    if rest.starts_with('"') {
        let mut is_escaped = false;
        let end = rest.char_indices().skip(1).find(|(_, char)| {
            let ends = *char == '"' && !is_escaped;
            is_escaped = *char == '\\' && !is_escaped;
            ends
        });
        let length = end.map_or(rest.len(), |(end, _)| end + 1);
        return (length, Some((Kind::Literal, &rest[..length])));
    }
    // The quotes `'"'` and `b'"'` do not open a string.
    let quote = ["'\"'", "'\\\"'", "'\\''", "'\\\\'"].into_iter().find(|quote| rest.starts_with(quote));
    (quote.map_or_else(|| rest.chars().next().map_or(1, char::len_utf8), str::len), None)
}

/// The banned phrases, each with its line. A phrase may continue on the next line of the same kind.
fn banned(pieces: &[Piece<'_>]) -> Vec<(usize, String)> {
    let mut words: Vec<(usize, String)> = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let goes_on = index
            .checked_sub(1)
            .and_then(|before| pieces.get(before))
            .is_some_and(|before| before.kind == piece.kind && before.line + 1 == piece.line);
        let mut found = piece
            .text
            .split(|char: char| !char.is_alphanumeric() && char != '_')
            .filter(|word| !word.is_empty())
            .map(|word| (piece.line, word.to_lowercase()))
            .peekable();
        if !goes_on || found.peek().is_none() {
            words.push((piece.line, String::new())); // no phrase goes on across a gap or an empty line
        }
        words.extend(found);
    }
    let mut mistakes = Vec::new();
    for (phrase, instead) in BANNED {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        let is_phrase =
            |window: &&[(usize, String)]| window.iter().map(|(_, word)| word.as_str()).eq(phrase.iter().copied());
        let lines = words.windows(phrase.len()).filter(is_phrase).filter_map(|window| window.first());
        mistakes.extend(lines.map(|(line, _)| (*line, format!("`{}`: write {instead}", phrase.join(" ")))));
    }
    mistakes
}

/// The summaries of modules and public items whose first sentence is a question.
fn questions(text: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut mistakes = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(mark) = ["///", "//!"].into_iter().find(|mark| line.starts_with(mark)) else { continue };
        let is_first =
            index.checked_sub(1).and_then(|above| lines.get(above)).is_none_or(|above| !above.starts_with(mark));
        let block = lines.get(index..).unwrap_or_default();
        let length = block.iter().take_while(|line| line.starts_with(mark)).count();
        if is_first && (mark == "//!" || is_public(block.get(length..).unwrap_or_default())) {
            let summary: Vec<&str> =
                block.iter().take(length).map(|line| line[3..].trim()).take_while(|line| !line.is_empty()).collect();
            // What stands in code is not punctuation.
            let summary: String = summary.join(" ").split('`').step_by(2).collect::<Vec<_>>().join("code");
            let end = summary.find(['.', '?']);
            if end.is_some_and(|end| summary[end..].starts_with('?')) {
                let instead = "a statement: \"Returns `true` if …\", \"Sets the …\", \"Waits until …\"";
                mistakes.push((index + 1, format!("the summary is a question: write {instead}")));
            }
        }
    }
    mistakes
}

/// Whether the item that begins here, after its attributes, is public.
fn is_public(lines: &[&str]) -> bool {
    let mut depth = 0;
    for line in lines {
        if depth == 0 && !line.starts_with('#') {
            return line.starts_with("pub ");
        }
        depth += line.matches('[').count();
        depth = depth.saturating_sub(line.matches(']').count());
    }
    false
}

fn files(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a readable folder");
        let mut entries: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        entries.sort();
        entries.iter().for_each(|entry| files(entry, found));
    } else if path.extension().is_some_and(|extension| extension == "md" || extension == "rs") {
        found.push(path.to_owned());
    }
}

#[test]
fn prose_keeps_to_its_vocabulary() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut mistakes = Vec::new();
    for room in ROOMS.iter().filter(|room| !NOT_YET.contains(room)) {
        let mut paths = Vec::new();
        files(&root.join(room), &mut paths);
        assert!(!paths.is_empty(), "{room} has moved");
        for path in paths {
            let text = fs::read_to_string(&path).expect("a text file");
            let name = path.strip_prefix(&root).expect("a file below the root").display().to_string();
            let mut found = if name.ends_with(".md") {
                banned(&document(&text))
            } else {
                let is_message = MESSAGES.iter().any(|messages| name.starts_with(messages));
                let pieces = source(&text).into_iter().filter(|piece| is_message || piece.kind == Kind::Comment);
                banned(&pieces.collect::<Vec<_>>())
            };
            if name.ends_with(".rs") {
                found.extend(questions(&text));
            }
            found.sort();
            mistakes.extend(found.into_iter().map(|(line, mistake)| format!("{name}:{line}: {mistake}")));
        }
    }
    assert!(mistakes.is_empty(), "{} places to rewrite:\n{}", mistakes.len(), mistakes.join("\n"));
}

#[test]
fn a_banned_phrase_is_found_in_any_case_and_across_lines() {
    let text = "A group\naround it.\n\n```text\nnobody\n```\n\nNobody's. The group.\n\nAround noon.";
    let lines: Vec<usize> = banned(&document(text)).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [8, 1]);
}

#[test]
fn comments_and_literals_are_distinguished_from_code() {
    let text = "let nobody = '\"'; // one\nlet s = \"two \\\" // not a comment\"; /* three */ r#\"fo\"ur\"#";
    let found: Vec<_> = source(text).iter().map(|piece| (piece.line, piece.kind, piece.text)).collect();
    let two = (2, Kind::Literal, "\"two \\\" // not a comment\"");
    let expected =
        [(1, Kind::Comment, "// one"), two, (2, Kind::Comment, "/* three */"), (2, Kind::Literal, "r#\"fo\"ur\"#")];
    assert_eq!(found, expected);
}

#[test]
fn only_summaries_of_modules_and_public_items_are_checked_for_questions() {
    let text = "\
//! Is it?

/// Is it
/// full? `true` without a limit.
#[must_use = \"(\"]
pub fn is_full() {}

/// Is it?
fn private() {}

/// Ends early: `checkpoint()?`. Or is it late?
pub fn checkpoint() {}";
    let lines: Vec<usize> = questions(text).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [1, 3]);
}
