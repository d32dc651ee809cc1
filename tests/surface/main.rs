//! The public interface of the crate, read from its source: what it consists of, and how it is documented.
//!
//! rustdoc can print it as JSON on nightly only, so this reads `pub use` and `pub mod` from `runtime/src/lib.rs` downwards, and
//! the items that they name wherever they are written.

mod exports;
mod items;

use std::{env, fs, path::Path};

use crate::{
    exports::exports,
    items::{Item, Kind, definitions, items},
};

fn source() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src")
}

/// `TASKGROUP_BLESS=1 cargo test -p taskgroup-tests --test surface` writes the file again: review the difference, because a
/// line that is removed or changed breaks programs.
#[test]
fn the_public_interface_is_that_of_the_snapshot() {
    let mut lines: Vec<String> = items(&source()).into_iter().map(|item| item.signature).collect();
    lines.sort();
    lines.dedup();
    let now = lines.join("\n") + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("surface/public.txt");
    if env::var_os("TASKGROUP_BLESS").is_some() {
        fs::write(&path, &now).expect("written");
    }
    let then = fs::read_to_string(&path).unwrap_or_default();
    let missing: Vec<&str> = then.lines().filter(|line| !lines.iter().any(|now| now == line)).collect();
    let added: Vec<&String> = lines.iter().filter(|line| !then.lines().any(|then| then == *line)).collect();
    assert!(lines.len() > 150, "the interface has moved: {} items", lines.len());
    assert!(missing.is_empty() && added.is_empty(), "gone: {missing:#?}\nnew: {added:#?}");
}

/// An example of its own, or one on the page of its type that calls it, and that its text leads to.
#[test]
fn every_public_function_is_called_in_an_example() {
    let items = items(&source());
    let page_of = |item: &Item| -> String {
        let on_page = items.iter().filter(|other| !other.page.is_empty() && other.page == item.page);
        on_page.map(|other| other.docs.as_str()).collect()
    };
    let functions: Vec<&Item> = items.iter().filter(|item| item.kind == Kind::Function).collect();
    let leads_to_one = |item: &Item| item.docs.contains("[example](Self#example)") && item.is_called_in(&page_of(item));
    let without: Vec<&str> = functions
        .iter()
        .filter(|item| !item.has_example() && !leads_to_one(item))
        .map(|item| item.signature.as_str())
        .collect();
    assert!(functions.len() > 100, "the functions have moved: {}", functions.len());
    assert!(without.is_empty(), "{} without an example: {without:#?}", without.len());
}

/// These are used by their methods, which is why each of them shows how.
#[test]
fn every_method_of_the_central_types_has_an_example_of_its_own() {
    const CENTRAL: [&str; 8] =
        ["Group", "Sender", "UnboundedSender", "Permit", "Receiver", "Child", "Spawner", "Explorer"];
    let items = items(&source());
    for page in CENTRAL {
        let methods: Vec<&Item> =
            items.iter().filter(|item| item.kind == Kind::Function && item.page == page).collect();
        let without: Vec<&&Item> = methods.iter().filter(|item| !item.has_example()).collect();
        assert!(!methods.is_empty(), "the methods of {page} have moved");
        assert!(without.is_empty(), "{without:#?}");
    }
}

/// rustdoc makes a link of a name only where the item has a page.
#[test]
fn every_name_in_a_signature_has_a_page() {
    /// rustdoc prints what it stands for.
    const PRIVATE_ALIAS: &str = "Waiting";
    let (exported, defined) = (exports(&source()), definitions(&source()));
    let has_none = |name: &str| defined.contains(name) && !exported.contains(name) && name != PRIVATE_ALIAS;
    let is_signature =
        |text: &str| ["struct ", "trait "].iter().any(|word| text.starts_with(word)) || text.contains("fn ");
    let without: Vec<String> = items(&source())
        .into_iter()
        .map(|item| item.signature)
        .filter(|signature| is_signature(signature))
        // `Item` in `Iterator<Item = T>` is of another crate.
        .filter(|signature| words(signature).any(|(name, after)| has_none(name) && !after.starts_with(" = ")))
        .collect();
    assert!(defined.len() > 150, "the types have moved: {}", defined.len());
    assert!(without.is_empty(), "{} name something without a page: {without:#?}", without.len());
}

/// The words of a text, each with what follows it.
fn words(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(|char: char| !char.is_alphanumeric() && char != '_').map(|word| {
        let end = word.as_ptr() as usize - text.as_ptr() as usize + word.len();
        (word, &text[end..])
    })
}

/// "Returns …", "Sets …", "Waits …".
#[test]
fn the_summary_of_every_public_function_says_what_it_does() {
    let wrong: Vec<String> = items(&source())
        .into_iter()
        .filter(|item| item.kind == Kind::Function)
        .filter(|item| !item.docs.split_whitespace().next().is_some_and(|word| word.ends_with('s') && word.len() > 3))
        .map(|item| format!("{}: {}", item.signature, item.docs.lines().next().unwrap_or_default()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
