//! What is left of half-typed arms for an editor: the receiver and the dot, with their spans, and the other arms.

use proc_macro2::{TokenStream, TokenTree};

use super::expand;
use crate::editor::in_editor;

/// Returns the positions of all tokens, in order.
fn flat(tokens: TokenStream, all: &mut Vec<(String, usize)>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => flat(group.stream(), all),
            token => all.push((token.to_string(), token.span().start().column)),
        }
    }
}

/// Expands a half-typed group, and returns its text. The receiver `client` and the `.` keep the columns that they have in
/// the source.
#[track_caller]
fn half_typed(source: &str) -> String {
    let expansion = in_editor(|| expand(source));
    let mut tokens = Vec::new();
    flat(expansion.clone(), &mut tokens);
    let typed = source.find("client .").expect("half-typed code");
    let kept = tokens
        .windows(2)
        .any(|pair| pair[0] == ("client".to_owned(), typed) && pair[1] == (".".to_owned(), typed + "client ".len()));
    assert!(kept, "{source}\n{expansion}");
    expansion.to_string()
}

#[test]
fn the_receiver_is_kept_wherever_it_is_typed() {
    for source in [
        "user = fetch(1), client .",
        "client . , user = fetch(1)",
        "user = fetch(1), name = client . , page = fetch(2)",
        "#[spawn] client . , user = fetch(1)",
        "#[blocking] name = move || client . , user = fetch(1)",
        "user = fetch(1), async { client . }",
        "for url in urls { client . }, user = fetch(1)",
        "for url in urls { let page = client . ; f(page) }, user = fetch(1)",
        "user = fetch(client . )",
        "user = fetch(1) client .",
    ] {
        half_typed(source);
    }
}

#[test]
fn the_other_arms_keep_their_types_while_one_is_half_typed() {
    let expansion = half_typed("user = fetch_user(1), #[spawn] name = client . , page = fetch(2)");
    let expansion = expansion.replace(" , :: core :: line ! ())", "").replace("(& (", "(");
    assert!(expansion.contains(". inline (\"user\" , fetch_user (1))"), "{expansion}");
    assert!(expansion.contains(". spawn (\"name\" , client .)"), "{expansion}");
    assert!(expansion.contains(". inline (\"page\" , fetch (2))"), "{expansion}");
    let mistakes = expansion.find("compile_error").expect("the mistake");
    assert!(
        expansion.find(". inline").is_some_and(|arms| arms < mistakes),
        "the mistakes follow the arms: {expansion}"
    );
}

#[test]
fn the_compiler_is_given_no_half_typed_tokens() {
    let expansion = expand("user = fetch(1), client .").to_string();
    assert!(!expansion.contains("client"), "{expansion}");
}
