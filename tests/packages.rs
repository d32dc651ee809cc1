//! What a user of the crate receives: licences that allow any use, and links that lead somewhere.

use std::{env, fs, path::Path, process::Command};

/// Licences without conditions on the program that uses the library.
const PERMISSIVE: [&str; 10] = [
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "ISC",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Whether one of the alternatives consists of permissive licences only.
fn is_permissive(expression: &str) -> bool {
    let alternatives = expression.replace(['(', ')'], "").replace('/', " OR ");
    alternatives.split(" OR ").any(|all| all.split(" AND ").all(|one| PERMISSIVE.contains(&one.trim())))
}

#[test]
fn every_dependency_of_the_library_has_a_permissive_licence() {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--all-features"])
        .current_dir(root().join("runtime"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let wrong: Vec<String> = packages
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(is_permissive))
        .map(|package| format!("{} {}: {}", package["name"], package["version"], package["license"]))
        .collect();
    assert!(packages.len() > 20, "cargo lists the dependencies");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_licence_with_conditions_is_recognised() {
    for permissive in ["MIT OR Apache-2.0", "(MIT OR Apache-2.0) AND Unicode-3.0", "MIT/Apache-2.0", "GPL-3.0 OR ISC"] {
        assert!(is_permissive(permissive), "{permissive}");
    }
    for other in ["GPL-3.0", "MIT AND GPL-3.0", ""] {
        assert!(!is_permissive(other), "{other}");
    }
}

/// What a tool leaves in the folder of a crate would be published with it.
#[test]
fn a_crate_is_its_source_its_manifest_and_the_texts_about_it() {
    fn others(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_ours = ["Cargo.toml", "README.md", "LICENSE-APACHE", "LICENSE-MIT"].contains(&name.as_str())
                || [".rs", ".md"].iter().any(|end| name.ends_with(end));
            if path.is_dir() {
                others(&path, found);
            } else if !is_ours {
                found.push(path.display().to_string());
            }
        }
    }
    let mut found = Vec::new();
    others(&root().join("runtime"), &mut found);
    others(&root().join("macros"), &mut found);
    assert!(found.is_empty(), "{found:#?}");
}

/// The name under which a heading can be linked to.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    heading
        .chars()
        .filter(|char| char.is_alphanumeric() || matches!(char, ' ' | '-' | '_'))
        .map(|char| if char == ' ' { '-' } else { char })
        .collect()
}

/// The text outside blocks of code, and outside inline code.
fn prose(markdown: &str) -> String {
    let outside: Vec<&str> = markdown.split("```").step_by(2).collect();
    outside.join("\n").split('`').step_by(2).collect()
}

#[test]
fn every_link_between_the_documents_leads_to_a_file_and_a_heading() {
    let read = |path: &Path| fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut documents = vec![root().join("README.md"), root().join("DEVELOPMENT.md"), root().join("CHANGELOG.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                documents.push(path);
            }
        }
    }
    let (mut dead, mut links) = (Vec::new(), 0);
    for document in documents {
        let text = prose(&read(&document));
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            links += 1;
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() { document.clone() } else { document.with_file_name(file) };
            let found = file.exists()
                && (heading.is_empty()
                    || read(&file).lines().any(|line| line.starts_with('#') && anchor(line) == heading));
            if !found {
                dead.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(links > 8, "the links are written in another way now");
    assert!(dead.is_empty(), "{dead:#?}");
}

/// README is also the page of the registry and of the documentation site, where paths of the repository lead nowhere: it links
/// to the pages of items.
#[test]
fn every_item_to_which_the_readme_links_is_public() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the readme");
    let site = "https://docs.rs/taskgroup/latest/taskgroup/";
    let (mut sources, mut folders) = (String::new(), vec![root().join("runtime/src")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources += &fs::read_to_string(path).expect("a source");
            }
        }
    }
    let (mut dead, mut links) = (Vec::new(), 0);
    for (label, address) in readme.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: ")) {
        links += 1;
        let Some((kind, name)) = label.split_once('.').filter(|_| address.starts_with(site)) else {
            dead.push(label);
            continue;
        };
        let declared: &[&str] = match kind {
            "fn" | "method" => &["pub fn ", "pub async fn "],
            "struct" => &["pub struct "],
            "mod" => &["pub mod "],
            "macro" => &["macro_rules! "],
            _ => &["pub use taskgroup_macros::"],
        };
        let is_declared = declared.iter().any(|words| {
            sources
                .split(&format!("{words}{name}"))
                .skip(1)
                .any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        });
        let page = if kind == "mod" { format!("{name}/index.html") } else { format!("{kind}.{name}") };
        if !is_declared || !address.contains(&page) || !readme.contains(&format!("][{label}]")) {
            dead.push(label);
        }
    }
    assert!(links > 30, "the links are written in another way now");
    let is_defined = |label: &&str| readme.contains(&format!("\n[{label}]: "));
    dead.extend(
        readme.split("`][").skip(1).filter_map(|rest| rest.split(']').next()).filter(|label| !is_defined(label)),
    );
    assert!(dead.is_empty(), "{dead:#?}");
}

/// The pages of the book are those of `docs/SUMMARY.md`, and what is not listed there is not built.
#[test]
fn every_document_is_in_the_contents_of_the_book() {
    let contents = fs::read_to_string(root().join("docs/SUMMARY.md")).expect("the contents");
    let guide = fs::read_to_string(root().join("docs/GUIDE.md")).expect("the first page");
    let mut missing = Vec::new();
    for folder in ["", "guide/"] {
        for entry in fs::read_dir(root().join("docs").join(folder)).expect("a folder") {
            let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            let link = format!("]({folder}{name})");
            if name.ends_with(".md") && name != "SUMMARY.md" {
                let is_listed = contents.contains(&link) && (folder.is_empty() || guide.contains(&link));
                missing.extend((!is_listed).then_some(link));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// The book has no pages beside those of `docs/`: a link to a file elsewhere in the repository leads nowhere in it.
#[test]
fn no_page_of_the_book_links_to_a_file_outside_of_it() {
    for (folder, outside) in [("docs", "](../"), ("docs/guide", "](../../")] {
        for entry in fs::read_dir(root().join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let text = prose(&fs::read_to_string(&path).expect("a document"));
                assert!(!text.contains(outside), "{}", path.display());
            }
        }
    }
}
