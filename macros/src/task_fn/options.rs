//! The options in `#[task_group(…)]`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Path, Token, token};

use super::ast::{Method, Options};
use crate::errors::Errors;
use crate::messages::task_fn as messages;
use crate::similar::is_similar;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// `limit = 8`
    Value,
    /// `boxed`
    Flag,
    /// `allow(detached)`
    List,
    /// `crate = path`
    Path,
}

const OPTIONS: [(&str, Kind); 13] = [
    ("limit", Kind::Value),
    ("timeout", Kind::Value),
    ("deadline", Kind::Value),
    ("grace", Kind::Value),
    ("cancel_on", Kind::Value),
    ("drain_on", Kind::Value),
    ("drain_timeout", Kind::Value),
    ("name", Kind::Value),
    ("carry", Kind::Value),
    ("catch_panics", Kind::Flag),
    ("boxed", Kind::Flag),
    ("allow", Kind::List),
    ("crate", Kind::Path),
];

/// What a `Group` has besides, because its value is not the function's `Result`.
const POLICIES: [&str; 5] = ["outcome", "settle", "collect_errors", "race", "on_late_error"];

pub(super) fn read(input: TokenStream, errors: &mut Errors) -> Options {
    let mut options = Options::default();
    let read = |input: ParseStream<'_>| {
        let mut seen = Vec::new();
        while !input.is_empty() {
            if let Err(error) = option(input, &mut options, &mut seen, errors) {
                errors.in_arm(0, Ident::new("_", error.span()), messages::unreadable_option(&error));
                skip(input);
            }
            if input.peek(Token![,]) {
                input.parse::<Token![,]>()?;
            } else if let Some((next, _)) = input.cursor().token_tree() {
                errors.in_arm(0, next, messages::option_comma());
                skip(input);
                let _: Option<Token![,]> = input.parse()?;
            }
        }
        Ok(())
    };
    if let Err(error) = read.parse2(input) {
        errors.in_arm(0, Ident::new("_", error.span()), messages::unreadable_option(&error));
    }
    options
}

fn option(
    input: ParseStream<'_>,
    options: &mut Options,
    seen: &mut Vec<String>,
    errors: &mut Errors,
) -> syn::Result<()> {
    let name = Ident::parse_any(input)?;
    let text = name.unraw().to_string();
    let Some((_, kind)) = OPTIONS.iter().find(|(known, _)| *known == text) else {
        errors.in_arm(0, &name, unknown(&text));
        skip(input);
        return Ok(());
    };
    if text != "carry" && seen.contains(&text) {
        errors.in_arm(0, &name, messages::duplicate_option(&text));
    }
    seen.push(text.clone());
    match kind {
        Kind::Value if input.peek(Token![=]) => {
            input.parse::<Token![=]>()?;
            let value = input.parse()?;
            options.methods.push(Method { name, value: Some(value) });
        }
        Kind::Value => {
            errors.in_arm(0, &name, messages::option_value(&text));
            skip(input);
        }
        Kind::Flag => {
            if input.peek(Token![=]) || input.peek(token::Paren) {
                errors.in_arm(0, &name, messages::option_without_value(&text));
                skip(input);
            }
            if text == "boxed" {
                options.boxed = Some(name);
            } else {
                options.methods.push(Method { name, value: None });
            }
        }
        Kind::List => allow(input, &name, options, errors)?,
        Kind::Path if input.peek(Token![=]) => {
            input.parse::<Token![=]>()?;
            let path = until_comma(input);
            if Path::parse_mod_style.parse2(path.clone()).is_err() {
                errors.in_arm(0, &name, messages::crate_path());
            } else {
                options.krate = Some(path);
            }
        }
        Kind::Path => {
            errors.in_arm(0, &name, messages::crate_path());
            skip(input);
        }
    }
    Ok(())
}

fn allow(input: ParseStream<'_>, name: &Ident, options: &mut Options, errors: &mut Errors) -> syn::Result<()> {
    if !input.peek(token::Paren) {
        errors.in_arm(0, name, messages::allow_arguments());
        skip(input);
        return Ok(());
    }
    let words;
    syn::parenthesized!(words in input);
    if words.is_empty() {
        errors.in_arm(0, name, messages::allow_arguments());
    }
    while !words.is_empty() {
        let word: TokenTree = words.parse()?;
        match word.to_string().as_str() {
            "detached" => options.allow.detached = true,
            "blocking_sleep" => options.allow.blocking_sleep = true,
            _ => {
                errors.in_arm(0, word, messages::allow_arguments());
                skip(&words);
            }
        }
        let _: Option<Token![,]> = words.parse()?;
    }
    Ok(())
}

fn unknown(text: &str) -> crate::messages::Message {
    if POLICIES.contains(&text) {
        return messages::policy_option(text);
    }
    const SYNONYMS: [(&str, &str); 9] = [
        ("max_concurrency", "limit"),
        ("concurrency", "limit"),
        ("max", "limit"),
        ("shutdown", "drain_on"),
        ("cancel", "cancel_on"),
        ("drain", "drain_on"),
        ("task_local", "carry"),
        ("box", "boxed"),
        ("krate", "crate"),
    ];
    let synonym = SYNONYMS.iter().find(|(other, _)| *other == text).map(|(_, word)| *word);
    let nearest = synonym.or_else(|| OPTIONS.iter().map(|(known, _)| *known).find(|known| is_similar(text, known)));
    let all: Vec<_> = OPTIONS.iter().map(|(known, _)| *known).collect();
    messages::unknown_option(text, nearest, &all)
}

fn skip(input: ParseStream<'_>) {
    let _ = until_comma(input);
}

fn until_comma(input: ParseStream<'_>) -> TokenStream {
    let mut skipped = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        match input.parse::<TokenTree>() {
            Ok(token) => token.to_tokens(&mut skipped),
            Err(_) => break,
        }
    }
    skipped
}
