//! Holds `docs/ERRORS.md` against the messages: every code is explained, and every wrong example has the code that it
//! illustrates.
//!
//! The right examples are compiled in `tests/documents`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};

use super::codes_in;

/// Returns the codes in the source of the macros.
fn codes_of_the_source() -> BTreeSet<String> {
    fn read(folder: &Path, codes: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("tests") {
                read(&path, codes);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a file");
                codes.extend(text.match_indices("\"TG").filter_map(|(at, _)| code_at(&text, at + 1)));
            }
        }
    }
    let mut codes = BTreeSet::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut codes);
    codes
}

/// Returns `TG` and three digits.
fn code_at(text: &str, at: usize) -> Option<String> {
    let code = text.get(at..at + 5)?;
    code[2..].bytes().all(|byte| byte.is_ascii_digit()).then(|| code.to_owned())
}

/// Returns the code of each section, with its wrong example.
fn documented() -> Vec<(String, String)> {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ERRORS.md");
    let document = fs::read_to_string(document).expect("docs/ERRORS.md");
    let sections = document.split("\n### ").skip(1);
    let fenced = |section: &str, mark: &str| {
        let (_, block) = section.split_once(&format!("```{mark}\n"))?;
        Some(block.split_once("```")?.0.to_owned())
    };
    sections
        .map(|section| {
            let code = code_at(section, 0).expect("a heading begins with a code");
            assert!(fenced(section, "rust").is_some(), "{code} has no right example");
            let wrong = fenced(section, "rust,compile_fail").unwrap_or_else(|| panic!("{code} has no wrong example"));
            (code, wrong)
        })
        .collect()
}

/// Expands the macros of an example.
#[derive(Default)]
struct Expander {
    codes: Vec<String>,
}

impl VisitMut for Expander {
    fn visit_macro_mut(&mut self, invocation: &mut syn::Macro) {
        if invocation.path.is_ident("group") {
            let tokens = &invocation.tokens;
            self.codes.extend(codes_in(crate::group::group(quote::quote!((taskgroup) #tokens)).to_string().as_str()));
        }
    }

    fn visit_item_fn_mut(&mut self, item: &mut syn::ItemFn) {
        let above = item.attrs.first().is_some_and(|attribute| attribute.path().segments.len() == 2);
        if let Some(options) = take_ours(&mut item.attrs) {
            if above {
                // `#[tokio::main]` is expanded first, and leaves a function that is not `async`.
                item.sig.asyncness = None;
                let body = &item.block;
                item.block = syn::parse_quote!({ let body = async #body; tokio::runtime::Builder::new_multi_thread().build().unwrap().block_on(body) });
            }
            self.task_group(options, item);
        } else {
            visit_mut::visit_item_fn_mut(self, item);
        }
    }

    fn visit_item_struct_mut(&mut self, item: &mut syn::ItemStruct) {
        if let Some(options) = take_ours(&mut item.attrs) {
            self.task_group(options, item);
        }
    }

    fn visit_trait_item_fn_mut(&mut self, item: &mut syn::TraitItemFn) {
        if let Some(options) = take_ours(&mut item.attrs) {
            self.task_group(options, item);
        }
    }
}

impl Expander {
    fn task_group(&mut self, options: TokenStream, item: &impl ToTokens) {
        let output = crate::task_fn::task_group(options, item.to_token_stream());
        self.codes.extend(codes_in(&output.to_string()));
    }
}

/// Removes `#[task_group(options)]`.
fn take_ours(attributes: &mut Vec<syn::Attribute>) -> Option<TokenStream> {
    let ours = attributes.iter().position(|attribute| attribute.path().is_ident("task_group"))?;
    match attributes.remove(ours).meta {
        syn::Meta::List(list) => Some(list.tokens),
        _ => Some(TokenStream::new()),
    }
}

#[test]
fn every_message_is_explained() {
    let explained: BTreeSet<String> = documented().into_iter().map(|(code, _)| code).collect();
    let source = codes_of_the_source();
    assert!(source.len() > 30, "the codes are written in another way now");
    let missing: Vec<_> = source.difference(&explained).collect();
    let unknown: Vec<_> = explained.difference(&source).collect();
    assert!(missing.is_empty(), "docs/ERRORS.md does not explain {missing:?}");
    assert!(unknown.is_empty(), "docs/ERRORS.md explains {unknown:?}, which no message has");
}

#[test]
fn wrong_examples_are_wrong_in_the_way_they_say() {
    let mut surprises = Vec::new();
    for (code, wrong) in documented() {
        let mut block: syn::Block = syn::parse_str(&format!("{{ {wrong} }}")).expect("an example is statements");
        let mut expander = Expander::default();
        expander.visit_block_mut(&mut block);
        expander.codes.dedup();
        // A last line is recognized after arms that begin with `let`, which are mistakes themselves.
        let expected = if code == "TG055" { vec!["TG005", "TG055"] } else { vec![code.as_str()] };
        if expander.codes != expected {
            surprises.push(format!("{code}: {:?}", expander.codes));
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}
