//! Turns the code blocks of `docs/` into tests, one module per document, one test per block.
//!
//! A block that is marked ```` ```rust ```` is built and run, and so is ```` ```rust,sync ````, outside a runtime. If it prints, the next block, ```` ```text ````, is the expected
//! output. Blocks with another mark (`rust,compile_fail`, `go`, …) are checked by other tests, or not at all.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// A folder of documents, and what is before the names of their modules.
const FOLDERS: [(&str, &str); 2] = [("docs", ""), ("docs/guide", "guide_")];

struct Block {
    mark: String,
    code: String,
    line: usize,
    heading: String,
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let root = Path::new(&var("CARGO_MANIFEST_DIR")).join("../..");
    let out = PathBuf::from(var("OUT_DIR"));
    let mut modules = String::new();
    for (folder, prefix) in FOLDERS {
        let folder = root.join(folder);
        // A new document, too, is a change.
        println!("cargo::rerun-if-changed={}", folder.display());
        for path in documents(&folder) {
            println!("cargo::rerun-if-changed={}", path.display());
            let text = fs::read_to_string(&path).expect("a document");
            let name = path.file_stem().expect("a name").to_string_lossy().to_lowercase().replace('-', "_");
            let module = format!("{prefix}{name}");
            fs::write(out.join(&module).with_extension("rs"), tests(&blocks(&text))).expect("written");
            writeln!(
                modules,
                "#[allow(unused, clippy::all, clippy::unwrap_used, reason = \"the blocks are written to be read\")]
mod {module} {{ include!(concat!(env!(\"OUT_DIR\"), \"/{module}.rs\")); }}"
            )
            .expect("a string grows");
        }
    }
    fs::write(out.join("modules.rs"), modules).expect("written");
}

fn documents(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of documents");
    let mut documents: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    documents.sort();
    documents
}

fn var(name: &str) -> String {
    env::var(name).expect("cargo sets it")
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut heading = String::new();
    let mut open: Option<Block> = None;
    for (number, line) in text.lines().enumerate() {
        if let Some(mark) = line.strip_prefix("```") {
            match open.take() {
                Some(block) => blocks.push(block),
                None => {
                    let (mark, heading) = (mark.to_owned(), heading.clone());
                    open = Some(Block { mark, code: String::new(), line: number + 1, heading });
                }
            }
        } else if let Some(block) = &mut open {
            block.code += line;
            block.code += "\n";
        } else if line.starts_with('#') {
            heading = slug(line);
        }
    }
    blocks
}

fn slug(heading: &str) -> String {
    // `### TG001: the arm cannot be read` is `tg001`.
    let heading = heading.split_once(": ").filter(|(code, _)| code.contains("TG")).map_or(heading, |(code, _)| code);
    let words: String =
        heading.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    let slug = words.split_whitespace().collect::<Vec<_>>().join("_");
    if slug.starts_with(|c: char| c.is_ascii_digit()) { format!("n{slug}") } else { slug }
}

fn tests(blocks: &[Block]) -> String {
    let mut tests = String::new();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (index, block) in blocks.iter().enumerate() {
        let (attribute, keyword) = match block.mark.as_str() {
            "rust" => ("tokio::test(start_paused = true)", "async "),
            "rust,sync" => ("test", ""),
            _ => continue,
        };
        let wait = if keyword.is_empty() { "" } else { ".await" };
        let count = seen.entry(&block.heading).or_default();
        *count += 1;
        let name = if *count == 1 { block.heading.clone() } else { format!("{}_{count}", block.heading) };
        let printed = match blocks.get(index + 1) {
            Some(next) if next.mark == "text" && block.code.contains("println!") => next.code.as_str(),
            _ => "",
        };
        let Block { code, line, .. } = block;
        write!(
            tests,
            "
/// Line {line} of the document.
#[{attribute}]
{keyword}fn {name}() {{
    static PRINTED: crate::Printed = crate::Printed::new();
    #[allow(unused_macros)]
    macro_rules! println {{ ($($text:tt)*) => {{ PRINTED.line(format!($($text)*)) }} }}
    {keyword}fn block() -> Result<(), taskgroup_documents::AppError> {{
        #[allow(unused_imports)]
        use taskgroup_documents::*;
{code}
        #[allow(unreachable_code)]
        Ok(())
    }}
    block(){wait}.expect(\"the block ends well\");
    PRINTED.check({printed:?});
}}
"
        )
        .expect("a string grows");
    }
    tests
}
