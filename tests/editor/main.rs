//! Asks a rust-analyzer what the README of this folder says about it. `TASKGROUP_BLESS=1` writes the table again.

mod fixture;
mod lsp;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use fixture::{COLUMNS, Fixture, Program, Question};
use lsp::Editor;
use serde_json::{Value, json};

const BEGIN: &str = "The figures are those of ";
const END: &str = "<!-- the end of the table -->\n";

fn main() -> ExitCode {
    let Some((program, version)) = rust_analyzer() else {
        println!(
            "skipped: there is no rust-analyzer here (`rustup component add rust-analyzer`, or set RUST_ANALYZER)"
        );
        return ExitCode::SUCCESS;
    };
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder");
    let file = package.join("program.rs");
    let prelude = fs::read_to_string(&file).expect("the program");
    let only = env::args().nth(1).unwrap_or_default();
    let mut fixtures = fixture::read(&package.join("fixtures"), &prelude);
    fixtures.retain(|fixture| fixture.name.contains(&only));
    println!("{version}");
    let mut editor = Editor::open(&program, package, &file, target);
    let rows: Vec<String> = fixtures.iter().map(|fixture| row(&mut editor, fixture)).collect();
    editor.close();
    if !only.is_empty() {
        return ExitCode::SUCCESS;
    }
    let table = format!("{}{}", heading(), rows.concat());
    compare(&package.join("README.md"), &version, &table)
}

/// Returns the program, and the version that it prints. A proxy of rustup's without the component is none.
fn rust_analyzer() -> Option<(PathBuf, String)> {
    let program: PathBuf = env::var_os("RUST_ANALYZER").unwrap_or_else(|| "rust-analyzer".into()).into();
    let output = Command::new(&program).arg("--version").output().ok().filter(|output| output.status.success())?;
    Some((program, String::from_utf8_lossy(&output.stdout).trim().to_owned()))
}

fn heading() -> String {
    let columns: Vec<_> = COLUMNS.iter().map(|column| format!(" `{column}` |")).collect();
    format!("| |{}\n|-|{}\n", columns.concat(), "-|".repeat(COLUMNS.len())).replace("`plain`", "plain code")
}

/// Asks for each program of a fixture, and prints the row.
fn row(editor: &mut Editor, fixture: &Fixture) -> String {
    let mut row = format!("| {} |", fixture.title);
    for program in &fixture.programs {
        match program {
            Some(program) => row += &format!(" {} |", cell(editor, &fixture.question, program)),
            None => row += " |",
        }
    }
    println!("{} {row}", fixture.name);
    row + "\n"
}

fn cell(editor: &mut Editor, question: &Question, program: &Program) -> String {
    editor.write(&program.text);
    let (line, character) = program.cursor;
    let position = json!({ "line": line, "character": character });
    match question {
        Question::Completes(item) => {
            let answer = editor.ask("textDocument/completion", json!({ "position": position }));
            let items = answer.get("items").unwrap_or(&answer).as_array().cloned().unwrap_or_default();
            let is_there = items.iter().any(|found| name(found["label"].as_str().unwrap_or_default()) == item);
            if is_there { "yes".to_owned() } else { "no".to_owned() }
        }
        Question::Hovers => {
            let answer = editor.ask("textDocument/hover", json!({ "position": position }));
            code(&shown_type(answer["contents"]["value"].as_str().unwrap_or_default()))
        }
        Question::Describes => {
            let answer = editor.ask("textDocument/hover", json!({ "position": position }));
            let text = answer["contents"]["value"].as_str().unwrap_or_default();
            text.lines().filter(|line| line.contains("fn ")).count().to_string()
        }
        Question::Colours => {
            let answer = editor.ask("textDocument/semanticTokens/full", json!({}));
            code(&editor.kind_at(answer["data"].as_array().map_or(&[], Vec::as_slice), program.cursor))
        }
        Question::Defines => {
            let answer = editor.ask("textDocument/definition", json!({ "position": position }));
            targets(answer.as_array().map_or(&[], Vec::as_slice))
        }
        Question::Finds => {
            let context = json!({ "includeDeclaration": true });
            let answer = editor.ask("textDocument/references", json!({ "position": position, "context": context }));
            answer.as_array().map_or(0, Vec::len).to_string()
        }
        Question::Renames => {
            let answer = editor.ask("textDocument/rename", json!({ "position": position, "newName": "renamed" }));
            let files = answer["documentChanges"].as_array().map_or(&[][..], Vec::as_slice).iter();
            files.map(|file| file["edits"].as_array().map_or(0, Vec::len)).sum::<usize>().to_string()
        }
        Question::Hints => {
            let end = program.text.matches('\n').count();
            let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": end, "character": 0 } });
            let answer = editor.ask("textDocument/inlayHint", json!({ "range": range }));
            let hints = answer.as_array().map_or(&[][..], Vec::as_slice).iter();
            let hints: Vec<String> = hints.filter(|hint| is_type(hint, program.begin)).map(label).collect();
            code(hints.iter().max_by_key(|hint| hint.len()).map_or("none", String::as_str))
        }
        Question::Reports => {
            let answer = editor.ask("textDocument/diagnostic", json!({}));
            let items = answer["items"].as_array().cloned().unwrap_or_default();
            for item in &items {
                println!("    {}", item["message"].as_str().unwrap_or_default().replace('\n', " "));
            }
            items.len().to_string()
        }
    }
}

/// Returns the name in `page(…)`.
fn name(label: &str) -> &str {
    label.split(['(', '!', ' ']).next().unwrap_or_default()
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

/// Returns the type in `let user: User // size = 32`, or the whole line.
fn shown_type(hover: &str) -> String {
    let shown =
        hover.lines().find(|line| line.starts_with("let ")).or_else(|| hover.lines().next()).unwrap_or("nothing");
    let shown = shown.split(" // ").next().unwrap_or_default();
    shown.split_once(": ").map_or(shown, |(_, shown)| shown).trim().to_owned()
}

/// Returns the number of targets, and the files of those that are not in the program.
fn targets(targets: &[Value]) -> String {
    let uri = |target: &Value| {
        let uri = target.get("targetUri").or_else(|| target.get("uri")).and_then(Value::as_str).unwrap_or_default();
        uri.rsplit('/').next().unwrap_or_default().to_owned()
    };
    let mut others: Vec<String> = targets.iter().map(uri).filter(|file| file != "program.rs").collect();
    others.sort();
    others.dedup();
    if others.is_empty() {
        targets.len().to_string()
    } else {
        format!("{}, with `{}`", targets.len(), others.join("`, `"))
    }
}

/// Returns `true` for the type of something behind the prelude.
fn is_type(hint: &Value, begin: usize) -> bool {
    hint["kind"] == 1 && hint["position"]["line"].as_u64().is_some_and(|line| line >= begin as u64)
}

/// Returns the text of a hint, which is one string or several.
fn label(hint: &Value) -> String {
    match &hint["label"] {
        Value::Array(parts) => parts.iter().filter_map(|part| part["value"].as_str()).collect(),
        label => label.as_str().unwrap_or_default().to_owned(),
    }
}

/// Compares the table with that of the README, or writes it there.
fn compare(readme: &Path, version: &str, table: &str) -> ExitCode {
    let text = fs::read_to_string(readme).expect("the README");
    let (before, rest) = text.split_once(BEGIN).expect("the version, before the table");
    let (there, after) = rest.split_once(END).expect("the end of the table");
    let (asked, there) = there.split_once(":\n\n").expect("the version, and the table");
    if there == table {
        println!("the table is that of README.md");
        return ExitCode::SUCCESS;
    }
    if env::var_os("TASKGROUP_BLESS").is_some() {
        fs::write(readme, format!("{before}{BEGIN}{version}:\n\n{table}{END}{after}"))
            .expect("the README can be written");
        println!("README.md has the new table");
        return ExitCode::SUCCESS;
    }
    let (was, is): (Vec<_>, Vec<_>) = (there.lines().collect(), table.lines().collect());
    was.iter().filter(|row| !is.contains(row)).for_each(|row| println!("- {row}"));
    is.iter().filter(|row| !was.contains(row)).for_each(|row| println!("+ {row}"));
    println!("the table of README.md, of {asked}, is another one");
    ExitCode::FAILURE
}
