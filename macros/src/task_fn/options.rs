//! Reads the options in `#[task_group(…)]`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Path, Token, token};

use super::ast::{Method, Options};
use crate::errors::Errors;
use crate::messages::{Message, task_fn as messages};
use crate::words::{Host, OptionKind, OptionWord};

pub(super) fn read(input: TokenStream, errors: &mut Errors) -> Options {
    let mut options = Options::default();
    let read = |input: ParseStream<'_>| {
        let mut seen = Vec::new();
        while !input.is_empty() {
            if let Err(error) = option(input, &mut options, &mut seen, errors) {
                errors.in_options(Ident::new("_", error.span()), messages::unreadable_option(&error));
                skip(input);
            }
            if input.peek(Token![,]) {
                input.parse::<Token![,]>()?;
            } else if let Some((next, _)) = input.cursor().token_tree() {
                errors.in_options(next, messages::option_comma());
                skip(input);
                let _: Option<Token![,]> = input.parse()?;
            }
        }
        Ok(())
    };
    if let Err(error) = read.parse2(input) {
        errors.in_options(Ident::new("_", error.span()), messages::unreadable_option(&error));
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
    let Some(option) = OptionWord::named(&text) else {
        errors.in_options(&name, unknown(&text));
        skip(input);
        return Ok(());
    };
    if option.kind != OptionKind::Repeated && seen.contains(&text) {
        errors.in_options(&name, messages::duplicate_option(&text));
    }
    // A duplicate is read on: its value may contain the next mistake.
    seen.push(text.clone());
    match option.kind {
        OptionKind::Value | OptionKind::Repeated | OptionKind::Supervise if input.peek(Token![=]) => {
            input.parse::<Token![=]>()?;
            let value = input.parse()?;
            options.methods.push(Method { name, value: Some(value) });
        }
        OptionKind::Value | OptionKind::Repeated | OptionKind::Supervise => {
            errors.in_options(&name, messages::option_value(&text));
            skip(input);
        }
        OptionKind::Flag | OptionKind::Boxed => {
            if input.peek(Token![=]) || input.peek(token::Paren) {
                errors.in_options(&name, messages::option_without_value(&text));
                skip(input);
            }
            if option.kind == OptionKind::Boxed {
                options.boxed = Some(name);
            } else {
                options.methods.push(Method { name, value: None });
            }
        }
        OptionKind::Allowed => allow(input, &name, options, errors)?,
        OptionKind::CratePath if input.peek(Token![=]) => {
            input.parse::<Token![=]>()?;
            // A path is checked before it is used: `crate = a::b |` would otherwise end up in the expansion.
            let path = until_comma(input);
            if Path::parse_mod_style.parse2(path.clone()).is_err() {
                errors.in_options(&name, messages::crate_path());
            } else {
                options.krate = Some(path);
            }
        }
        OptionKind::CratePath => {
            errors.in_options(&name, messages::crate_path());
            skip(input);
        }
        // `OptionWord::named` returns only options of functions.
        OptionKind::GroupOnly => {}
    }
    Ok(())
}

/// Reads `(detached, blocking_sleep)`.
fn allow(input: ParseStream<'_>, name: &Ident, options: &mut Options, errors: &mut Errors) -> syn::Result<()> {
    if !input.peek(token::Paren) {
        errors.in_options(name, messages::allow_arguments());
        skip(input);
        return Ok(());
    }
    let lints;
    syn::parenthesized!(lints in input);
    if lints.is_empty() {
        errors.in_options(name, messages::allow_arguments());
    }
    while !lints.is_empty() {
        let lint: TokenTree = lints.parse()?;
        if !options.allow.add(&lint.to_string(), Host::Statement) {
            errors.in_options(lint, messages::allow_arguments());
            skip(&lints);
        }
        let _: Option<Token![,]> = lints.parse()?;
    }
    Ok(())
}

/// Returns the message for a name that is not an option here.
fn unknown(text: &str) -> Message {
    if OptionWord::is_only_of_groups(text) {
        return messages::policy_option(text);
    }
    let all: Vec<_> = OptionWord::of_functions().map(|option| option.name).collect();
    messages::unknown_option(text, OptionWord::meant(text).map(|option| option.name), &all)
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
