//! What is left of half-typed children for an editor: the receiver and the dot, with their spans, and the other children.

use proc_macro2::{Span, TokenStream, TokenTree};

use super::expand;
use crate::editor::in_editor;

/// Expands a half-typed group, and returns its text. The receiver `client` and the `.` keep the columns that they have in
/// the source.
#[track_caller]
fn half_typed(source: &str) -> String {
    let expansion = in_editor(|| expand(source));
    let mut tokens = Vec::new();
    leaves(expansion.clone(), &mut |token| tokens.push((token.to_string(), token.span().start().column)));
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
        "user = client . page = fetch(1)",
        "client . page = fetch(1)",
        "for url in client . { fetch(url) }",
        "user = if wanted { client . } else { fetch(1) }",
        "user = fetch(1 +), page = client . ",
    ] {
        half_typed(source);
    }
}

/// Expands `source` with and without a name at the cursor `|`, as rust-analyzer does, and compares what is before it.
#[track_caller]
fn compare(source: &str, expand: impl Fn(&str) -> TokenStream) {
    let (before, after) = source
        .split_once(".|")
        .map(|(before, after)| (format!("{before}."), after))
        .or_else(|| source.split_once('|').map(|(before, after)| (before.to_owned(), after)))
        .expect("a cursor");
    let expand = |source: &str| in_editor(|| expand(source)).to_string();
    let marked = expand(&format!("{before}marker{after}"));
    let typed = expand(&format!("{before}{after}"));
    let (up_to, _) = marked.split_once("marker").expect("the marker is kept");
    let up_to = up_to.trim_end();
    assert!(typed.starts_with(up_to), "{source}\n  marked: {marked}\n  typed:  {typed}");
}

#[test]
fn a_group_is_the_same_up_to_the_cursor_with_and_without_a_name_there() {
    for source in [
        "client.|",
        "user = fetch(1), client.|, page = fetch(2)",
        "client.|, fetch(1)",
        "user = client.clone()?.|, fetch(1)",
        "user = fetch(client.|, 1)",
        "fetch(client.|)",
        "#[spawn] user = client.|, fetch(1)",
        "#[daemon] #[allow(unused)] client.|",
        "#[blocking] user = move |_| client.|, fetch(1)",
        "user = async { let page = client.|; Ok(a?.b) }, fetch(1)",
        "user = async { let a = b()?; client.| Ok(()) }, fetch(1)",
        "user = async { loop { client.| } }",
        "for url in urls { client.| }",
        "for Ok(a) in urls { f(a)?; client.| }",
        "#[spawn] for url in urls { let a = client.|; f(a) }, fetch(1)",
        "'a: for url in client.| { f(url) }",
        "user = fetch(1) page = client.|",
        "user = fetch(1) client.|",
        "user = client.| page = fetch(1)",
        "client.| page = fetch(1), fetch(2)",
        "user = fetch(1).await, page = client.|",
        "user = fetch(1 +), page = client.|",
        "user = |, page = fetch(1)",
        "user = match a { 1 => client.|, _ => b }",
        "user = if wanted { client.| }",
        // A mistake with or without the marker, but not with both.
        "user = async { tokio::|spawn(f()); Ok(()) }",
    ] {
        compare(source, expand);
    }
}

#[test]
fn a_function_is_the_same_up_to_the_cursor_with_and_without_a_name_there() {
    for body in [
        "#[child] client.|; Ok(())",
        "#[child] let user = fetch(1); #[child] let page = client.|; Ok(())",
        "#[spawn] let user = client.|; let user = user.await; Ok(())",
        "for url in urls { #[child] client.|; } Ok(())",
        "for url in urls { #[child] let user = fetch(1 +); #[child] client.|; } Ok(())",
        "#[child] let user = async { client.|; Ok(()) }; Ok(())",
        "#[child] let user = |; #[child] let page = fetch(1); Ok(())",
        "#[child] fetch(1).await; let a = client.|; Ok(())",
        "let a = client.|; #[child] fetch(1); Ok(())",
        "#[child] let user = if wanted { client.| }; Ok(())",
        "#[child] let user = |_| client.|; Ok(())",
        // A mistake with or without the marker, but not with both.
        "#[child] let user = async { tokio::|spawn(f()); Ok(()) }; Ok(())",
    ] {
        compare(body, function);
    }
}

/// Expands a function.
fn function(body: &str) -> TokenStream {
    let item = format!("async fn f(client: &Client) -> Result<(), E> {{ {body} }}");
    crate::task_fn::task_group(TokenStream::new(), item.parse().expect("the source is a token stream"))
}

#[test]
fn the_other_children_of_a_function_keep_their_types_while_one_is_half_typed() {
    let body =
        "#[child] let user = fetch(1); #[child] let page = fetch(1 +); for url in urls { #[spawn] f(url); let a = ; }";
    let expansion = in_editor(|| function(body)).to_string();
    assert!(expansion.contains("let user = __group . stub (fetch (1))"), "{expansion}");
    assert!(expansion.contains("let page = __group . stub (fetch (1 +))"), "{expansion}");
    assert!(expansion.contains("drop (__group . stub (f (url)))"), "{expansion}");
}

#[test]
fn a_handle_may_not_be_joined_yet() {
    let body = "#[child] let user = fetch(1); Ok(())";
    assert!(function(body).to_string().contains("TG137"));
    assert!(!in_editor(|| function(body)).to_string().contains("TG137"));
}

#[test]
fn a_handle_is_itself_until_its_await_is_typed() {
    for body in [
        "#[child] let user = fetch(1); let user = user.name; Ok(())",
        "#[child] let user = fetch(1); println!(\"{}\", user.name); Ok(())",
    ] {
        assert!(function(body).to_string().contains("read (& user)"));
        assert!(!in_editor(|| function(body)).to_string().contains("read (& user)"));
    }
}

#[test]
fn no_token_of_ours_is_where_one_of_the_users_is() {
    let at = |token: &TokenTree| token.span().start();
    let elsewhere = Span::call_site().start();
    let source = "  user = client.user(1), #[spawn] page = f(2), for url in urls { f(url) }, #[daemon] async { g() }";
    let mut found = 0;
    leaves(in_editor(|| expand(source)), &mut |token| {
        if at(&token) != elsewhere {
            found += 1;
            let word = token.to_string();
            assert!(source.contains(&word), "`{word}` is at a place of the user's");
        }
    });
    assert!(found > 10, "the user's tokens keep their places");
}

fn leaves(tokens: TokenStream, see: &mut impl FnMut(TokenTree)) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => leaves(group.stream(), see),
            token => see(token),
        }
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
fn an_arm_without_its_comma_is_no_assignment_to_a_field() {
    let expansion = half_typed("user = client . page = fetch(1)");
    assert!(expansion.contains("\"page\"") && expansion.contains(", fetch (1))"), "{expansion}");
    let mistake = in_editor(|| expand("self.user = fetch(1)")).to_string();
    assert!(mistake.contains("TG") && !mistake.contains("\"user\""), "{mistake}");
}

#[test]
fn the_compiler_is_given_no_half_typed_tokens() {
    let expansion = expand("user = fetch(1), client .").to_string();
    assert!(!expansion.contains("client"), "{expansion}");
}
