//! What the messages say to write, written: every case of `ui/` with a message of ours ends with its mended program, as the
//! lines that change.
//!
//! ```text
//! // Applied:
//! // - user: fetch_user(client, 1),
//! // + user = fetch_user(client, 1),
//! ```
//!
//! The messages are those of the macros, and the notes of our traits (`#[diagnostic::on_unimplemented]`). A message that names
//! two ways has a section for each, in one of its cases. A case whose mistake cannot be mended by writing something else says
//! why: `// Not applied: …`.
//!
//! Where rustc proposes something, it is written, too, unless a case of `ui/plain/` shows that rustc proposes it without our
//! macros as well. Of the cases with advice, 97 in 100 have to be right.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

/// Where messages of ours are.
const FOLDERS: [&str; 6] = ["parse", "check", "attr", "bugs", "types", "mutated"];
/// Where all messages are rustc's.
const THEIRS: [&str; 1] = ["lints"];

/// Words of an advice in whose place the user has others.
const PLACEHOLDERS: &str = "a b c f g h n x load User client fetch name names user user_1 pair part expression \
    item items source stream PATTERN SOURCE CHILD url urls wanted value Value Error my_crate taskgroup page posts late beat \
    greeting view E AppError both values group";

/// After these words, an advice names a place, or what the user has written.
const PLACES: [&str; 8] = [
    "after the",
    "after the group's",
    "in place of",
    "produces a",
    "what implements",
    "with an",
    "is an",
    "the slot after the",
];

struct Case {
    name: String,
    source: String,
    /// Problem, code and advice.
    messages: Vec<(String, String)>,
    proposals: Vec<Proposal>,
    mended: Vec<Mended>,
    reason: Option<String>,
}

/// What rustc proposes.
#[derive(PartialEq)]
struct Proposal {
    text: String,
    /// The lines that it would write.
    lines: Vec<String>,
}

struct Mended {
    program: String,
    /// From the line above the first that changed, and the attributes there.
    changed: String,
    removed: String,
    added: String,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Returns the cases with a message of ours.
fn cases() -> Vec<Case> {
    FOLDERS.into_iter().flat_map(cases_of).filter(|case| !case.messages.is_empty()).collect()
}

/// Returns the cases of a folder.
fn cases_of(name: &str) -> Vec<Case> {
    let notes = notes();
    let files = fs::read_dir(folder("ui").join(name)).expect("a folder");
    let mut paths: Vec<_> = files.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    paths.sort();
    paths.iter().map(|path| case(path, &notes)).collect()
}

fn case(path: &Path, notes: &[String]) -> Case {
    let name = path.strip_prefix(folder("ui")).expect("a case").with_extension("");
    let name = name.display().to_string();
    let text = fs::read_to_string(path).expect("a case");
    let snapshot = fs::read_to_string(path.with_extension("stderr")).expect("a snapshot beside each case");
    let (source, _) = text.split_once("\n// Applied:").unwrap_or((&text, ""));
    let sections = text.split("\n// Applied:\n").skip(1);
    Case {
        source: source.to_owned(),
        messages: messages(&snapshot, notes),
        proposals: proposals(&snapshot),
        mended: sections.map(|section| mend(&name, source, section)).collect(),
        reason: text.lines().find_map(|line| line.strip_prefix("// Not applied: ")).map(str::to_owned),
        name,
    }
}

/// Returns the problems of a snapshot that are ours, each with what to write instead.
fn messages(snapshot: &str, notes: &[String]) -> Vec<(String, String)> {
    let lines: Vec<&str> = snapshot.lines().collect();
    let pairs = lines.windows(2).filter(|pair| pair[0].starts_with("error: ") && pair[0].contains(" [TG"));
    let own = pairs.map(|pair| (pair[0]["error: ".len()..].to_owned(), pair[1].trim().to_owned()));
    let noted = lines.iter().filter_map(|line| line.trim().strip_prefix("= note: "));
    let noted = noted.filter(|line| notes.iter().any(|note| shows(line, note)));
    own.chain(noted.map(|note| (String::new(), note.to_owned()))).collect()
}

/// Returns what rustc proposes in a snapshot.
fn proposals(snapshot: &str) -> Vec<Proposal> {
    let mut proposals: Vec<Proposal> = Vec::new();
    let mut is_open = false;
    for line in snapshot.lines() {
        let is_label = line.contains(" help: ") && !line.contains("= help: ");
        let help = line.split_once("help: ").filter(|_| line.starts_with("help: ") || is_label);
        // What it says of a trait is no proposal.
        if let Some((_, text)) = help.filter(|(_, text)| !text.starts_with("the trait ")) {
            is_open = !is_label;
            proposals.push(Proposal { text: text.to_owned(), lines: Vec::new() });
        } else if line.is_empty() {
            is_open = false;
        } else if let (true, Some(last), Some((number, code))) =
            (is_open, proposals.last_mut(), line.trim_start().split_once(' '))
        {
            if let (Ok(_), Some(code)) = (number.parse::<u32>(), code.strip_prefix(['|', '+'])) {
                last.lines.push(code.trim().to_owned());
            }
        }
    }
    proposals
}

/// Returns the notes of our traits.
fn notes() -> Vec<String> {
    fn read(folder: &Path, notes: &mut Vec<String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                read(&path, notes);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a file");
                notes.extend(text.split("diagnostic::on_unimplemented(").skip(1).filter_map(note));
            }
        }
    }
    let mut notes = Vec::new();
    read(&folder("../runtime/src"), &mut notes);
    assert!(notes.len() > 10, "the notes are written in another way now");
    notes
}

/// Returns the note of the attribute that begins here.
fn note(text: &str) -> Option<String> {
    let (attribute, _) = text.split_once(")]")?;
    let (_, note) = attribute.split_once("note = ")?;
    Some(syn::parse_str::<syn::LitStr>(note.trim()).expect("a string is the last").value())
}

/// Returns the program after the changes of a section.
fn mend(name: &str, source: &str, section: &str) -> Mended {
    let mut lines: Vec<String> = source.lines().map(str::to_owned).collect();
    let (mut at, mut first) = (0, None);
    let (mut removed, mut added) = (String::new(), String::new());
    for change in section.lines().take_while(|line| !line.is_empty()) {
        if let Some(old) = change.strip_prefix("// - ") {
            let found = (at..lines.len()).find(|at| lines[*at].trim() == old);
            at = found.unwrap_or_else(|| panic!("{name}: `{old}` is not there, or not in this order"));
            lines.remove(at);
            removed = removed + old + "\n";
        } else if let Some(new) = change.strip_prefix("// +") {
            assert!(first.is_some(), "{name}: a line that is added comes after one that is removed");
            lines.insert(at, new.to_owned());
            added = added + new + "\n";
            at += 1;
        } else {
            panic!("{name}: `{change}` is no change");
        }
        first.get_or_insert(at);
    }
    let mut first = first.unwrap_or_else(|| panic!("{name}: nothing is changed"));
    first = first.saturating_sub(1);
    while first > 0 && lines[first].trim().starts_with("#[") {
        first -= 1;
    }
    Mended { changed: lines[first..].join("\n"), program: lines.join("\n"), removed, added }
}

/// One program for each folder: what one case implements decides what is inferred in others.
#[test]
fn what_the_messages_say_to_write_compiles() {
    let tests = trybuild::TestCases::new();
    for folder in FOLDERS.into_iter().chain(THEIRS) {
        let (mut programs, mut calls) = ("#![allow(warnings)]\n".to_owned(), String::new());
        for case in cases_of(folder) {
            for (number, mended) in case.mended.iter().enumerate() {
                let name = format!("{}_{number}", case.name.replace('/', "_"));
                programs += &format!("mod {name} {{\n{}\n", mended.program);
                if THEIRS.contains(&folder) {
                    // Or it would be unused, which is denied there.
                    programs += "pub fn used() { main(); }\n";
                    calls += &format!("{name}::used();\n");
                }
                programs += "}\n";
            }
        }
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("advice_of_{folder}.rs"));
        fs::write(&path, format!("{programs}fn main() {{\n{calls}}}\n")).expect("a file");
        tests.pass(path);
    }
}

#[test]
fn every_message_of_ours_is_applied_to_its_own_case() {
    let cases = cases();
    assert!(cases.len() > 200, "the snapshots are written in another way now");
    let mut wrong = Vec::new();
    for case in &cases {
        if case.mended.is_empty() == case.reason.is_none() {
            wrong.push(format!("{}: one of `// Applied:` and `// Not applied: …` ends each case", case.name));
        }
        if case.mended.iter().any(|mended| mended.program == case.source) {
            wrong.push(format!("{}: nothing is changed", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table is printed, and none of its shares may get worse.
#[test]
fn advice_is_right() {
    let plain = cases_of("plain");
    println!("| folder | cases | with advice | right | the same in plain Rust | right, of the others |");
    println!("|-|-|-|-|-|-|");
    let mut wrong = Vec::new();
    for (folder, least) in FOLDERS.into_iter().chain(THEIRS).zip([100, 100, 100, 100, 97, 97, 100]) {
        let cases = cases_of(folder);
        let advising: Vec<_> =
            cases.iter().filter(|case| !case.messages.is_empty() || !case.proposals.is_empty()).collect();
        let of_rustc = advising.iter().filter(|case| is_of_rustc(case, &plain)).count();
        let (right, others): (Vec<&Case>, Vec<&Case>) = advising.iter().copied().partition(|case| is_right(case));
        let share = (right.len() * 100).checked_div(advising.len() - of_rustc).unwrap_or(100);
        println!("| {folder} | {} | {} | {} | {of_rustc} | {share} % |", cases.len(), advising.len(), right.len());
        if share < least {
            let others = others.iter().filter(|case| !is_of_rustc(case, &plain)).map(|case| case.name.as_str());
            wrong.push(format!(
                "{folder}: {share} of 100, and it was {least}: {}",
                others.collect::<Vec<_>>().join(", ")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns `true` if what is advised is written in a mended program.
fn is_right(case: &Case) -> bool {
    let is_written = |proposal: &Proposal| {
        let added = case.mended.iter().map(|mended| words(&mended.added)).collect::<Vec<_>>();
        let has = |line: &String| added.iter().any(|added| in_order(&words(line), added));
        proposal.lines.is_empty() || proposal.lines.iter().any(has)
    };
    !case.mended.is_empty() && case.proposals.iter().all(is_written)
}

/// Returns `true` if all advice is rustc's, is not right, and is the same in a case of `ui/plain/`, which names this one on its
/// second line.
fn is_of_rustc(case: &Case, plain: &[Case]) -> bool {
    let name = case.name.rsplit('/').next().unwrap_or_default();
    let names = |plain: &&Case| {
        let named = plain.source.lines().nth(1).and_then(|line| line.strip_prefix("// The same: "));
        named.is_some_and(|named| named.trim_end_matches('.').split(", ").any(|other| other == name))
    };
    let is_same = |plain: &Case| {
        case.proposals.iter().all(|proposal| plain.proposals.iter().any(|other| other.text == proposal.text))
    };
    case.messages.is_empty() && !is_right(case) && plain.iter().find(names).is_some_and(is_same)
}

/// Each code in the text of an advice is written in a mended program of one of its cases, or removed there.
#[test]
fn the_mended_programs_have_what_the_messages_say() {
    let mut open: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut followed: BTreeSet<(String, String)> = BTreeSet::new();
    for case in cases() {
        for (problem, advice) in &case.messages {
            // The names in it are those of the case.
            let code = problem.rsplit_once(" [").unwrap_or_default().1.to_owned();
            for snippet in snippets(advice) {
                let key = (code.clone() + &shape(advice), shape(&snippet));
                if case.mended.iter().any(|mended| follows(&snippet, mended, &case.source)) {
                    followed.insert(key);
                } else {
                    open.entry(key.0).or_default().insert(snippet);
                }
            }
        }
    }
    for (advice, snippets) in &mut open {
        snippets.retain(|snippet| !followed.contains(&(advice.clone(), shape(snippet))));
    }
    open.retain(|_, snippets| !snippets.is_empty());
    assert!(open.is_empty(), "no mended program has this: {open:#?}");
}

/// Returns the code in an advice that is to be written or to be removed.
fn snippets(advice: &str) -> Vec<String> {
    // All that there is, and not what to write here.
    if advice.starts_with("the options are") || advice.starts_with("an arm takes") {
        return Vec::new();
    }
    let parts: Vec<&str> = advice.split('`').collect();
    let code = (1..parts.len()).step_by(2).filter(|at| {
        let before = parts[at - 1].trim_end();
        !PLACES.iter().any(|place| before.ends_with(place)) && !parts[*at].contains("//")
    });
    code.map(|at| parts[at].to_owned()).collect()
}

/// Returns the words and signs of a text that are the same for each user.
fn shape(text: &str) -> String {
    words(text).into_iter().filter(|word| !PLACEHOLDERS.split_whitespace().any(|other| other == word)).collect()
}

/// Returns `true` if the program has the snippet where it changed, or anywhere if it did not have it before; or if less of it
/// is left.
fn follows(snippet: &str, mended: &Mended, source: &str) -> bool {
    let wanted = wanted(snippet);
    let has = |text: &str| in_order(&wanted, &words(text));
    let count = |text: &str| text.matches(snippet).count();
    has(&mended.changed) || has(&mended.program) && !has(source) || count(&mended.removed) > count(&mended.added)
}

/// Returns the words and signs that a mended program has in this order.
fn wanted(snippet: &str) -> Vec<String> {
    let mut wanted: Vec<String> = Vec::new();
    for word in words(snippet) {
        if PLACEHOLDERS.split_whitespace().any(|other| other == word) {
            // With the path to it.
            while wanted.ends_with(&[":".to_owned(), ":".to_owned()]) {
                wanted.truncate(wanted.len().saturating_sub(3));
            }
        } else if !["…", "(", ")", ",", "&"].contains(&word.as_str()) {
            wanted.push(word);
        }
    }
    wanted
}

fn in_order(wanted: &[String], words: &[String]) -> bool {
    let mut words = words.iter();
    wanted.iter().all(|wanted| words.any(|word| word == wanted))
}

fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    let mut before = ' ';
    for char in text.chars() {
        match words.last_mut() {
            Some(last) if is_word(char) && is_word(before) => last.push(char),
            _ if char.is_whitespace() => {}
            _ => words.push(char.to_string()),
        }
        before = char;
    }
    words
}

/// Returns the string literals of a file, outside its attributes.
fn literals(tokens: TokenStream, found: &mut Vec<String>) {
    let mut is_attribute = false;
    for token in tokens {
        match &token {
            TokenTree::Group(group) if !is_attribute => literals(group.stream(), found),
            TokenTree::Literal(literal) => {
                if let syn::Lit::Str(text) = syn::Lit::new(literal.clone()) {
                    found.push(text.value());
                }
            }
            _ => {}
        }
        is_attribute = match &token {
            TokenTree::Punct(sign) => sign.as_char() == '#' || is_attribute && sign.as_char() == '!',
            _ => false,
        };
    }
}

#[test]
fn every_sentence_of_ours_is_in_a_snapshot() {
    let mut sentences = Vec::new();
    for file in ["messages.rs", "messages/group.rs", "messages/habits.rs", "messages/task_fn.rs", "messages/unread.rs"]
    {
        let text = fs::read_to_string(folder("../macros/src").join(file)).expect("a file of messages");
        literals(text.parse().expect("Rust"), &mut sentences);
    }
    // Words in a sentence.
    sentences.retain(|text| text.contains(' ') && !text.contains('\n'));
    // Shown only for syntax that rustc reads and syn does not.
    sentences.retain(|text| !text.contains("[TG110]") && text != "this function cannot be read: {why}");
    sentences.extend(notes());
    assert!(sentences.len() > 200, "the messages are written in another way now");
    let shown: Vec<String> = cases().into_iter().flat_map(|case| case.messages).flat_map(|(a, b)| [a, b]).collect();
    let unseen: Vec<_> = sentences.iter().filter(|text| !shown.iter().any(|line| shows(line, text))).collect();
    assert!(unseen.is_empty(), "no case of ui/ shows {unseen:#?}");
}

/// Returns `true` if the line has the pieces of the sentence between its `{…}`, in their order.
fn shows(line: &str, sentence: &str) -> bool {
    let sentence = sentence.replace("{{", "\u{1}").replace("}}", "\u{2}");
    let pieces = sentence.split('{').flat_map(|piece| piece.rsplit('}').next());
    let mut rest = line;
    pieces.map(|piece| piece.replace('\u{1}', "{").replace('\u{2}', "}")).all(|piece| match rest.find(&piece) {
        Some(at) => {
            rest = &rest[at + piece.len()..];
            true
        }
        None => false,
    })
}
