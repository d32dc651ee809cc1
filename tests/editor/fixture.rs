//! Reads the fixtures: a program for each column, and a row of the table for each question about them.

use std::fs;
use std::path::Path;

/// The columns: the headings of the programs in a fixture.
pub const COLUMNS: [&str; 4] = ["group!", "#[task_group]", "try_join!", "plain"];

/// A row of the table.
pub struct Fixture {
    /// The file's name.
    pub name: String,
    /// The row's first cell.
    pub title: String,
    /// What is asked at the cursor.
    pub question: Question,
    /// A program for each column that has one.
    pub programs: Vec<Option<Program>>,
}

/// What is asked at the cursor.
pub enum Question {
    /// Whether this is among what is proposed.
    Completes(String),
    /// The type that is shown there.
    Hovers,
    /// The targets of going to the definition.
    Defines,
    /// The number of functions that are described there.
    Describes,
    /// The kind of the token, which decides its colour.
    Colours,
    /// The number of references.
    Finds,
    /// The number of places that a rename changes.
    Renames,
    /// The longest hint that is shown between the tokens of the program.
    Hints,
    /// The number of mistakes that are shown.
    Reports,
}

/// A text with a cursor.
#[derive(Clone)]
pub struct Program {
    /// Without the marker of the cursor.
    pub text: String,
    /// The first line behind the prelude.
    pub begin: usize,
    /// The line and the column of the cursor, from zero.
    pub cursor: (usize, usize),
}

/// Reads all fixtures of a folder, in order of their names. The text of each program begins with `prelude`.
pub fn read(folder: &Path, prelude: &str) -> Vec<Fixture> {
    let entries = fs::read_dir(folder).expect("the folder of the fixtures");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let read = |path: &Path| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        parse(name, &fs::read_to_string(path).expect("a text file"), prelude)
    };
    paths.iter().flat_map(|path| read(path)).collect()
}

fn parse(name: String, text: &str, prelude: &str) -> Vec<Fixture> {
    let mut sections = text.split("\n//- ");
    let head = sections.next().unwrap_or_default().trim_end();
    let mut programs: Vec<Option<Program>> = COLUMNS.iter().map(|_| None).collect();
    for section in sections {
        let (column, text) = section.split_once('\n').unwrap_or((section, ""));
        let place = COLUMNS.iter().position(|known| *known == column);
        let place = place.unwrap_or_else(|| panic!("{name} has an unknown column: {column}"));
        programs[place] = Some(program(prelude, text));
    }
    let mut rows = head.split("//? ");
    assert_eq!(rows.next(), Some(""), "{name} does not begin with `//? title`");
    let rows = rows.map(|row| {
        let (title, asked) =
            row.trim_end().split_once("\n//= ").unwrap_or_else(|| panic!("{name} has no `//= question` after {row}"));
        let (name, title, question) = (name.clone(), title.to_owned(), question(&name, asked));
        Fixture { name, title, question, programs: programs.clone() }
    });
    rows.collect()
}

fn question(name: &str, asked: &str) -> Question {
    match asked.split_once(' ').unwrap_or((asked, "")) {
        ("completes", item) => Question::Completes(item.to_owned()),
        ("hovers", "") => Question::Hovers,
        ("defines", "") => Question::Defines,
        ("describes", "") => Question::Describes,
        ("colours", "") => Question::Colours,
        ("finds", "") => Question::Finds,
        ("renames", "") => Question::Renames,
        ("hints", "") => Question::Hints,
        ("reports", "") => Question::Reports,
        _ => panic!("{name} asks an unknown question: {asked}"),
    }
}

fn program(prelude: &str, text: &str) -> Program {
    let begin = prelude.matches('\n').count();
    let text = format!("{prelude}{text}");
    let Some((before, after)) = text.split_once("$0") else {
        return Program { text, begin, cursor: (0, 0) };
    };
    let line = before.matches('\n').count();
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
    Program { text: format!("{before}{after}"), begin, cursor: (line, column) }
}
