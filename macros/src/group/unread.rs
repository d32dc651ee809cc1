//! Recognizes what is wrong with the tokens of an arm that syn cannot read: some are missing, or in another order than Rust
//! has them. What is recognized here cannot be part of any expression, so it is the mistake.

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

use crate::messages::{Message, group as group_messages, unread as messages};

/// Where, and what to say.
pub(super) type Found = (TokenStream, Message);

/// Returns the mistake in the tokens of one arm.
pub(super) fn arm(tokens: &TokenStream) -> Option<Found> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut arm = tokens.as_slice();
    while let [pound, TokenTree::Group(_), rest @ ..] = arm {
        if !is(pound, '#') {
            break;
        }
        arm = rest;
    }
    let child = match arm {
        [name, sign, rest @ ..] if word(name).is_some() && is(sign, '=') => rest,
        arm => arm,
    };
    name(arm).or_else(|| beginning(child)).or_else(|| anywhere(child, None))
}

/// Returns the mistake in an arm that is a path, with other tokens after it.
pub(super) fn swapped_sign(tokens: TokenStream) -> Option<Found> {
    name(&tokens.into_iter().collect::<Vec<_>>())
}

/// Returns the mistake after an arm that is only this path, where `rest` comes next and no comma is between.
pub(super) fn after_path(path: &str, is_named: bool, rest: TokenStream) -> Option<Found> {
    let rest: Vec<TokenTree> = rest.into_iter().collect();
    let is_call = matches!(rest.get(1), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
    match rest.as_slice() {
        [colon, next, ..] if is_named && is(colon, ':') && any_word(next) => {
            Some((colon.to_token_stream(), messages::one_colon()))
        }
        [next, after, ..] if next.to_string() == "for" && after.to_string() == "in" => {
            Some((next.to_token_stream(), messages::for_after_the_pattern(path)))
        }
        // The next arm begins here.
        [next, sign, ..] if word(next).is_some() && is(sign, '=') => {
            (!is_named).then(|| (next.to_token_stream(), group_messages::missing_comma()))
        }
        [next, ..] if any_word(next) && !is_named => Some((next.to_token_stream(), messages::nothing_between(path))),
        [next, ..] if any_word(next) || is_operand(next) => {
            Some((next.to_token_stream(), messages::no_call(path, is_call)))
        }
        _ => None,
    }
}

/// Returns the mistake around the name of an arm and its `=`.
fn name(arm: &[TokenTree]) -> Option<Found> {
    match arm {
        [sign, name, next, ..] if is(sign, '=') && word(name).is_some() && any_word(next) => {
            Some((sign.to_token_stream(), messages::sign_before_the_name(&name.to_string())))
        }
        [sign, ..] if is(sign, '=') => Some((sign.to_token_stream(), messages::sign_without_a_name())),
        [name, sign, second, ..] if word(name).is_some() && is(sign, '=') && is(second, '=') => {
            Some((second.to_token_stream(), messages::second_sign()))
        }
        [name, pound, TokenTree::Group(_), sign, ..] if word(name).is_some() && is(pound, '#') && is(sign, '=') => {
            Some((pound.to_token_stream(), group_messages::late_attribute()))
        }
        [name, rest @ ..] => {
            let name = word(name)?;
            let sign = rest.iter().position(|token| is(token, '='))?;
            swapped(&name, rest.get(..sign)?, rest.get(sign + 1))
        }
        [] => None,
    }
}

/// Returns the mistake in `user fetch_user = (1)`, where `between` is what is between the name and the `=`.
fn swapped(name: &str, between: &[TokenTree], after: Option<&TokenTree>) -> Option<Found> {
    let is_path = |token: &TokenTree| any_word(token) || is(token, ':') || is(token, '.');
    let first = between.first().filter(|first| any_word(first))?;
    if !between.iter().all(is_path) {
        return None;
    }
    let text = |tokens: &[TokenTree]| tokens.iter().map(ToString::to_string).collect::<String>();
    let begin = match after {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => text(between) + "(…)",
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => text(between) + " { … }",
        // `a b = f()` is two arms, and `a move = || f()` is one.
        _ if word(first).is_none() => text(between) + " …",
        _ => return None,
    };
    Some((between.iter().cloned().collect(), messages::sign_after_the_function(name, &begin)))
}

/// Returns the mistake in the first tokens of a child.
fn beginning(child: &[TokenTree]) -> Option<Found> {
    let operators = child.iter().take_while(|token| is(token, '&') || is(token, '*')).count();
    match child.get(operators..).unwrap_or_default() {
        [TokenTree::Group(tuple), ..] if tuple.delimiter() == Delimiter::Parenthesis => {
            let function = without_comma(tuple)?;
            let text = messages::function_in_parentheses(&function.to_string());
            Some((function.to_token_stream(), text))
        }
        [first, TokenTree::Group(block)] if is_block(block) => {
            let name = word(first).filter(|name| name.chars().all(char::is_lowercase))?;
            Some((first.to_token_stream(), messages::block_after_a_word(&name)))
        }
        [first, second, ..] if is(first, '|') && second.to_string() == "move" => {
            Some((second.to_token_stream(), messages::move_of_a_closure()))
        }
        [first, rest @ ..] if is(first, '|') && !rest.iter().any(|token| is(token, '|')) => {
            Some((first.to_token_stream(), messages::closure_of_one_sign()))
        }
        _ => None,
    }
}

/// Returns the word in a tuple that is followed by another value without a comma.
fn without_comma(tuple: &Group) -> Option<TokenTree> {
    let tokens: Vec<TokenTree> = tuple.stream().into_iter().collect();
    let pair = tokens
        .windows(2)
        .find(|pair| pair.first().is_some_and(|first| word(first).is_some()) && pair.get(1).is_some_and(is_operand))?;
    pair.first().cloned()
}

/// Returns `true` for braces with statements in them, and not the fields of a struct.
fn is_block(group: &Group) -> bool {
    let mut tokens = group.stream().into_iter();
    let (first, second) = (tokens.next(), tokens.next());
    let has_fields = second.is_none_or(|second| is(&second, ':') || is(&second, ','));
    group.delimiter() == Delimiter::Brace && !has_fields && first.is_some_and(|first| any_word(&first))
}

/// Returns the first mistake in these tokens, or in groups inside them.
fn anywhere(tokens: &[TokenTree], inside: Option<Delimiter>) -> Option<Found> {
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        let is_lifetime = at.checked_sub(2).and_then(|at| tokens.get(at)).is_some_and(|sign| is(sign, '\''));
        let around = Around { before, token, after: tokens.get(at + 1), inside, is_lifetime };
        if let Some(found) = around.word().or_else(|| around.sign()) {
            return Some(found);
        }
        if let Some(found) = let_without_sign(tokens.get(at..).unwrap_or_default()) {
            return Some(found);
        }
        let TokenTree::Group(group) = token else { continue };
        // Inside a macro or an attribute, anything can be right.
        if before.is_some_and(|sign| is(sign, '!') || is(sign, '#')) {
            continue;
        }
        let inner: Vec<TokenTree> = group.stream().into_iter().collect();
        if let Some(found) = anywhere(&inner, Some(group.delimiter())) {
            return Some(found);
        }
    }
    None
}

/// Returns the mistake in `let x f()` and `let x f = ()`.
fn let_without_sign(tokens: &[TokenTree]) -> Option<Found> {
    let [first, name, next, ..] = tokens else { return None };
    let name = word(name)?;
    (first.to_string() == "let" && word(next).is_some())
        .then(|| (next.to_token_stream(), messages::let_without_sign(&name)))
}

/// A token, with those on both sides.
struct Around<'t> {
    before: Option<&'t TokenTree>,
    token: &'t TokenTree,
    after: Option<&'t TokenTree>,
    inside: Option<Delimiter>,
    /// The token before it is a lifetime, after which there can be a name.
    is_lifetime: bool,
}

impl Around<'_> {
    fn word(&self) -> Option<Found> {
        let TokenTree::Ident(word) = self.token else { return None };
        let after = self.after.map(ToString::to_string).unwrap_or_default();
        let is_before = |sign| self.before.is_some_and(|before| is(before, sign));
        let is_after = |sign| self.after.is_some_and(|after| is(after, sign));
        let is_braced = matches!(self.after, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace);
        let message = match word.to_string().as_str() {
            "await" if !is_before('.') => messages::await_without_dot(),
            "async"
                if !is_braced && !is_after('|') && !["move", "fn", "unsafe", "extern"].contains(&after.as_str()) =>
            {
                messages::async_without_block()
            }
            "move" if after == "async" => messages::move_before_async(),
            "move" if is_braced || is_after('|') => return None,
            "move" if self.before.is_some_and(|before| before.to_string() == "async") => {
                messages::async_without_block()
            }
            "move" => messages::move_of_a_closure(),
            _ => return None,
        };
        Some((self.token.to_token_stream(), message))
    }

    fn sign(&self) -> Option<Found> {
        let is_list = matches!(self.inside, Some(Delimiter::Parenthesis | Delimiter::Bracket));
        let ends = self.after.is_none_or(|after| is(after, ',') || is(after, ';'));
        match self.token {
            TokenTree::Punct(sign) if sign.as_char() == ',' && is_list => {
                let has_value = self.before.is_some_and(|before| !is(before, ','));
                (!has_value).then(|| (self.token.to_token_stream(), messages::nothing_before_comma()))
            }
            TokenTree::Punct(sign) if ['&', '*'].contains(&sign.as_char()) && ends => {
                let operand = self.before.filter(|before| word(before).is_some())?;
                Some((self.token.to_token_stream(), messages::sign_after_operand(sign.as_char(), &operand.to_string())))
            }
            TokenTree::Punct(sign) if sign.as_char() == '.' && ends => {
                let is_range = self.before.is_some_and(|before| is_joint(before, '.'));
                (!is_range).then(|| (self.token.to_token_stream(), messages::nothing_after_dot()))
            }
            token if self.inside == Some(Delimiter::Brace) && is_operand(token) && !self.is_lifetime => {
                let function = self.before.and_then(word)?;
                // The next field of a struct, and the next branch of a `match`.
                let is_next = self.after.is_some_and(|after| is(after, ':') || is(after, '='));
                (!is_next).then(|| (token.to_token_stream(), messages::arguments_without_parentheses(&function)))
            }
            _ => None,
        }
    }
}

/// Returns the word if it can be a name.
fn word(token: &TokenTree) -> Option<String> {
    matches!(token, TokenTree::Ident(_))
        .then(|| syn::parse2::<syn::Ident>(token.to_token_stream()).ok())
        .flatten()
        .map(|word| word.to_string())
}

/// Returns `true` for a keyword as well.
fn any_word(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(_))
}

/// Returns `true` for a name and a literal, after which no other one can come.
fn is_operand(token: &TokenTree) -> bool {
    word(token).is_some() || matches!(token, TokenTree::Literal(_))
}

fn is(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn is_joint(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign && punct.spacing() == Spacing::Joint)
}
