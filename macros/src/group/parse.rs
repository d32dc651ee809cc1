//! Reads the tokens of `group!` into the [model](super::ast). A mistake is recorded, and reading resumes after the next
//! comma.

use proc_macro2::{Ident, Punct, Spacing, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Label, Lifetime, Pat, Token, Type, token};

use super::ast::Group;
use super::attributes::Attributes;
use super::habits;
use super::tokens::{Unread, between, eat, skip_to_separator};
use super::{typed, unread};
use crate::ast::{Arm, ArmKind, Each};
use crate::editor::is_editor;
use crate::errors::Errors;
use crate::messages::{group as messages, habits as habit_messages, unread as unread_messages};

pub(super) fn group(input: TokenStream, errors: &mut Errors) -> Group {
    let (krate, tokens) = split_krate(input);
    let mut group = Group { krate, arms: Vec::new(), typed: Vec::new(), complete: true };
    let read = |input: ParseStream<'_>| {
        arms(input, &mut group, errors);
        Ok(())
    };
    // syn also returns an error for tokens in brackets that an arm left unread. With an incomplete group, that has been
    // reported.
    match read.parse2(end_with_comma(tokens)) {
        Err(error) if group.complete => {
            unreadable(0, &error, errors);
            group.complete = false;
        }
        Err(_) | Ok(()) => {}
    }
    group
}

/// Reports an arm that syn cannot read, at the token that syn names.
fn unreadable(index: usize, why: &syn::Error, errors: &mut Errors) {
    errors.in_arm(index, Ident::new("_", why.span()), messages::cannot_read(why));
}

/// Splits `($crate) arms` into `$crate` and `arms`.
fn split_krate(input: TokenStream) -> (TokenStream, TokenStream) {
    let mut tokens = input.into_iter();
    match tokens.next() {
        Some(TokenTree::Group(krate)) => (krate.stream(), tokens.collect()),
        // Called directly and not by the facade.
        first => (quote!(::taskgroup), first.into_iter().chain(tokens).collect()),
    }
}

/// Appends a comma if there is none. syn reports an unexpected end of input at the whole macro; with the comma, which has
/// the location of the last token, it reports it there.
fn end_with_comma(tokens: TokenStream) -> TokenStream {
    let mut tokens: Vec<_> = tokens.into_iter().collect();
    let last = match tokens.last() {
        None => return TokenStream::new(),
        Some(TokenTree::Punct(punct)) if [',', ';'].contains(&punct.as_char()) => None,
        Some(last) => Some(last.span()),
    };
    if let Some(span) = last {
        let mut comma = Punct::new(',', Spacing::Alone);
        comma.set_span(span);
        tokens.push(comma.into());
    }
    tokens.into_iter().collect()
}

fn arms(input: ParseStream<'_>, group: &mut Group, errors: &mut Errors) {
    let mut index = 0;
    let mut has_let = false;
    while !input.is_empty() {
        if let Some(comma) = eat(input, ',') {
            errors.in_arm(index, comma, messages::stray_comma());
            continue;
        }
        if let Some(semicolon) = eat(input, ';') {
            errors.in_arm(index, semicolon, messages::semicolon());
            continue;
        }
        if habits::no_arm(input, index, errors) {
            continue;
        }
        let is_let = input.peek(Token![let]);
        has_let |= is_let;
        let begin = input.cursor();
        match arm(input, index, errors) {
            // The whole was written as a block, and this is its last line.
            Ok((arm, _)) if has_let && is_at_end(input) && habits::is_tail(&arm, &group.arms) => {
                errors.in_arm(index, arm.span_tokens(), habit_messages::tail());
                let _ = eat(input, ',');
            }
            // `spawn posts = f()` and `url for in urls`: the next arm is not one either.
            Ok((arm, _)) if habits::is_stray(&arm, input, errors) => {
                group.complete = false;
                skip_to_separator(input);
                let _ = eat(input, ',').or_else(|| eat(input, ';'));
            }
            Ok((arm, tokens)) => {
                // `let a = f();` is one mistake, and not two.
                if !(is_let && eat(input, ';').is_some()) {
                    separator(input, &arm, errors);
                }
                group.arms.push(arm);
                group.typed.push(tokens.map(typed::kind));
            }
            Err(unread) => {
                skip_to_separator(input);
                if let Unread::Because(error) = unread {
                    match unread::arm(&between(begin, input.cursor())) {
                        Some((at, message)) => errors.in_arm(index, at, message),
                        None => unreadable(index, &error, errors),
                    }
                }
                if is_editor() {
                    group.arms.push(typed::arm(index, between(begin, input.cursor())));
                    group.typed.push(None);
                } else {
                    group.complete = false;
                }
                let _ = eat(input, ',').or_else(|| eat(input, ';'));
            }
        }
        index += 1;
    }
}

/// Returns `true` if at most a comma is left.
fn is_at_end(input: ParseStream<'_>) -> bool {
    let cursor = input.cursor();
    cursor.eof() || cursor.punct().is_some_and(|(sign, next)| sign.as_char() == ',' && next.eof())
}

/// Reads an arm. The tokens of its expression are for an editor.
fn arm(input: ParseStream<'_>, index: usize, errors: &mut Errors) -> Result<(Arm, Option<TokenStream>), Unread> {
    let begin = input.cursor();
    let mut attributes = Attributes::default();
    attributes.read(input, index, errors)?;
    habits::beginning(input, index, errors)?;
    let name = if input.peek(Token![let]) { let_name(input, index, errors)? } else { name(input, index, errors)? };
    if input.peek(Token![#]) {
        if let Some((pound, _)) = input.cursor().token_tree() {
            errors.in_arm(index, pound, messages::late_attribute());
        }
        attributes.read(input, index, errors)?;
    }
    // syn would only expect an expression; the message shows the arm that lacks one.
    if input.peek(Token![,]) {
        errors.in_arm(index, between(begin, input.cursor()), messages::missing_expression());
        return Err(Unread::Reported);
    }
    let begin = input.cursor();
    let kind = if let Some(half) = is_editor().then(|| typed::half_of_assignment(input)).flatten() {
        ArmKind::One(Expr::Verbatim(half))
    } else if starts_each(input) {
        ArmKind::Each(Box::new(each(input, index, errors)?))
    } else {
        ArmKind::One(one(input, index, errors)?)
    };
    let tokens = is_editor().then(|| between(begin, input.cursor()));
    habits::option(name.as_ref(), &kind, index, errors)?;
    habits::condition(name.as_ref(), &kind, index, errors)?;
    Ok((Arm { index, attrs: attributes.attrs, allow: attributes.allow, name, kind }, tokens))
}

/// Reads `let x =`, `let x: T =` or `let (a, b) =` as one mistake, so that the rest of the arm is checked.
fn let_name(input: ParseStream<'_>, index: usize, errors: &mut Errors) -> Result<Option<Ident>, Unread> {
    let let_token: Token![let] = input.parse()?;
    let pat = Pat::parse_multi(input)?;
    if input.peek(Token![:]) {
        input.parse::<Token![:]>()?;
        input.parse::<Type>()?;
    }
    input.parse::<Token![=]>()?;
    errors.in_arm(index, let_token, messages::let_arm());
    Ok(match pat {
        Pat::Ident(pat) => Some(pat.ident),
        _ => None,
    })
}

/// Reads `name =`, and `name:`, `name: T =`, `name =>` as mistakes.
fn name(input: ParseStream<'_>, index: usize, errors: &mut Errors) -> Result<Option<Ident>, Unread> {
    if !input.peek(Ident::peek_any) {
        return Ok(None);
    }
    if input.peek(Token![mut]) && input.peek2(Ident::peek_any) {
        let mutability: Token![mut] = input.parse()?;
        errors.in_arm(index, mutability, messages::mut_name());
    }
    if is_cut_off(input) {
        let name = Ident::parse_any(input)?;
        errors.in_arm(index, eat(input, ','), messages::comma_after_name(&name));
        input.parse::<Token![=]>()?;
        return Ok(Some(name));
    }
    let plain = input.peek2(Token![=]) && !input.peek2(Token![==]) && !input.peek2(Token![=>]);
    let colon = input.peek2(Token![:]) && !input.peek2(Token![::]);
    // Two tokens to syn, which would read a comparison with a negative number.
    let channel = input.peek2(Token![<-]);
    let comparison = input.peek2(Token![==]);
    if !plain && !colon && !channel && !comparison && !input.peek2(Token![=>]) {
        return Ok(None);
    }
    let name = Ident::parse_any(input)?;
    if comparison {
        let sign: Token![==] = input.parse()?;
        errors.in_arm(index, sign, messages::name_sign(&name, "=="));
    } else if plain {
        input.parse::<Token![=]>()?;
    } else if colon {
        let colon: Token![:] = input.parse()?;
        // `name := f()` and `name: T = f()`. Without a `=` after it, `name: f()` has the expression after the colon.
        let typed = input.fork();
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
        } else if typed.parse::<Type>().is_ok() && typed.peek(Token![=]) && !typed.peek(Token![==]) {
            input.parse::<Type>()?;
            input.parse::<Token![=]>()?;
        }
        errors.in_arm(index, colon, messages::name_sign(&name, ":"));
    } else if channel {
        let arrow: Token![<-] = input.parse()?;
        errors.in_arm(index, arrow, messages::name_sign(&name, "<-"));
    } else {
        let arrow: Token![=>] = input.parse()?;
        errors.in_arm(index, arrow, messages::name_sign(&name, "=>"));
    }
    if name == "_" {
        errors.in_arm(index, &name, messages::underscore_name());
        return Ok(None);
    }
    // `parse_any` also reads keywords.
    if syn::parse2::<Ident>(name.to_token_stream()).is_err() {
        errors.in_arm(index, &name, messages::keyword_name(&name));
    }
    Ok(Some(name))
}

/// Returns `true` before `name , =`: the comma is in the wrong place.
fn is_cut_off(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let is_name = Ident::parse_any(&ahead).is_ok() && eat(&ahead, ',').is_some();
    is_name && ahead.peek(Token![=]) && !ahead.peek(Token![==])
}

fn one(input: ParseStream<'_>, index: usize, errors: &mut Errors) -> Result<Expr, Unread> {
    match input.parse()? {
        // `a.b = f()` and `a = b = f()`.
        Expr::Assign(assign) => {
            habits::not_a_name(&assign.left, index, errors);
            Ok(*assign.right)
        }
        Expr::If(mut choice) => {
            habits::missing_else(&mut choice, input, index, errors)?;
            Ok(Expr::If(choice))
        }
        expr => Ok(expr),
    }
}

fn starts_each(input: ParseStream<'_>) -> bool {
    let labelled = input.peek(Lifetime) && input.peek2(Token![:]) && input.peek3(Token![for]);
    // `for<'a> |x| …` is a closure.
    labelled || input.peek(Token![for]) && !input.peek2(Token![<])
}

fn each(input: ParseStream<'_>, index: usize, errors: &mut Errors) -> Result<Each, Unread> {
    let label = if input.peek(Lifetime) { Some(input.parse::<Label>()?) } else { None };
    let for_token = input.parse()?;
    // `for await` is the syntax of `async-stream`, and of a nightly feature.
    if input.peek(Token![await]) {
        let await_token: Token![await] = input.parse()?;
        errors.in_arm(index, await_token, messages::for_await());
    }
    let pat = Pat::parse_multi_with_leading_vert(input)?;
    if input.peek2(Token![in]) {
        no_comma(input, index, errors);
    }
    input.parse::<Token![in]>()?;
    let source = Expr::parse_without_eager_brace(input)?;
    if input.peek2(token::Brace) {
        no_comma(input, index, errors);
    }
    let body = input.parse()?;
    Ok(Each { label, for_token, pat, source, body })
}

/// Reads a comma inside a `for` arm as a mistake.
fn no_comma(input: ParseStream<'_>, index: usize, errors: &mut Errors) {
    if let Some(comma) = eat(input, ',') {
        errors.in_arm(index, comma, unread_messages::comma_in_for());
    }
}

/// Reads the separator between an arm and the next one.
fn separator(input: ParseStream<'_>, arm: &Arm, errors: &mut Errors) {
    if eat(input, ',').is_some() {
        return;
    }
    if let Some(semicolon) = eat(input, ';') {
        errors.in_arm(arm.index, semicolon, messages::semicolon());
        return;
    }
    let Some((next, _)) = input.cursor().token_tree() else {
        return;
    };
    // The next arm begins here, and is read as usual.
    if starts_arm(input) {
        // Its comma may be behind its name, which is reported there.
        if !is_cut_off(input) {
            errors.in_arm(arm.index, next, messages::missing_comma());
        }
        return;
    }
    let message = match &arm.kind {
        _ if input.peek(Token![=>]) => messages::handler(),
        ArmKind::Each(_) => messages::after_for(),
        ArmKind::One(_) => messages::unexpected_token(),
    };
    errors.in_arm(arm.index, next, message);
    skip_to_separator(input);
    let _ = eat(input, ',').or_else(|| eat(input, ';'));
}

fn starts_arm(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any)
        || input.peek(Token![#])
        || input.peek(Lifetime)
        || input.peek(syn::Lit)
        || input.peek(token::Paren)
        || input.peek(token::Brace)
        || input.peek(token::Bracket)
}
