//! Recognizes what people write in a group because another library or language has it. Each is one mistake, with a sentence
//! of its own.

use proc_macro2::{Delimiter, Ident, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{BinOp, Expr, ExprBlock, ExprIf, Lit, Token, token};

use super::tokens::{Unread, between, eat, skip_to_separator, until_separator};
use super::unread;
use crate::ast::{Arm, ArmKind};
use crate::errors::Errors;
use crate::messages::{group as messages, habits as habit_messages, unread as unread_messages};
use crate::syntax::peel;
use crate::words::OptionWord;

/// Words that start a child elsewhere.
const STARTERS: [&str; 8] = ["spawn", "launch", "go", "task", "fork", "coroutine", "blocking", "daemon"];

/// Reads what stands in the place of an arm, and is none: `biased;` and `if condition`. Returns `true` if it was there.
pub(super) fn no_arm(input: ParseStream<'_>, index: usize, errors: &mut Errors) -> bool {
    let Some((word, next)) = input.cursor().ident() else { return false };
    if word == "biased" && next.punct().is_some_and(|(sign, _)| sign.as_char() == ';') {
        errors.in_arm(index, &word, habit_messages::biased());
        let _: syn::Result<TokenTree> = input.parse();
        let _ = eat(input, ';');
        return true;
    }
    if word == "if" && !has_braces(input) {
        errors.in_arm(index.saturating_sub(1), &word, habit_messages::guard());
        skip_to_separator(input);
        let _ = eat(input, ',').or_else(|| eat(input, ';'));
        return true;
    }
    false
}

/// Returns `true` if there are braces before the next separator.
fn has_braces(input: ParseStream<'_>) -> bool {
    let mut at = input.cursor();
    while let Some((token, next)) = at.token_tree() {
        match token {
            TokenTree::Punct(punct) if [',', ';'].contains(&punct.as_char()) => return false,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return true,
            _ => at = next,
        }
    }
    false
}

/// Reports the beginning of an arm that is not in the syntax of arms: `.limit(8)`, `spawn f()`, `launch { … }`.
pub(super) fn beginning(input: ParseStream<'_>, index: usize, errors: &mut Errors) -> Result<(), Unread> {
    if input.peek(Token![.]) && input.peek2(Ident::peek_any) && !input.peek2(Token![await]) {
        let begin = input.cursor();
        let _: Token![.] = input.parse()?;
        let option = Ident::parse_any(input)?;
        errors.in_arm(index, between(begin, input.cursor()), habit_messages::option_among_arms(&option.to_string()));
        return Err(Unread::Reported);
    }
    let Some((word, next)) = input.cursor().ident() else { return Ok(()) };
    if !STARTERS.iter().any(|starter| word == starter) {
        return Ok(());
    }
    let braced = input.peek2(token::Brace);
    // `spawn as F` and `task = f()` begin with a name of the user.
    if braced || next.ident().is_some_and(|(after, _)| after != "as") {
        errors.in_arm(index, &word, habit_messages::starter(&word.to_string(), braced));
        return Err(Unread::Reported);
    }
    Ok(())
}

/// Reports `limit = 8` among the arms: an option, and none of the values that a child has.
pub(super) fn option(name: Option<&Ident>, kind: &ArmKind, index: usize, errors: &mut Errors) -> Result<(), Unread> {
    let (Some(name), ArmKind::One(expr)) = (name, kind) else { return Ok(()) };
    let text = name.unraw().to_string();
    let known = if OptionWord::is_of_groups(&text) {
        text
    } else {
        match OptionWord::meant(&text) {
            Some(option) if OptionWord::is_of_groups(option.name) => option.name.to_owned(),
            _ => return Ok(()),
        }
    };
    if is_no_future(peel(expr)) {
        errors.in_arm(index, name, habit_messages::option_among_arms(&known));
        return Err(Unread::Reported);
    }
    Ok(())
}

/// Returns `true` for a literal, a `Duration` or an `Instant`.
fn is_no_future(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(literal) => !matches!(literal.lit, Lit::Verbatim(_)),
        Expr::Call(call) => match peel(&call.func) {
            Expr::Path(path) => {
                let mut names = path.path.segments.iter().rev().skip(1).map(|segment| &segment.ident);
                names.next().is_some_and(|name| name == "Duration" || name == "Instant")
            }
            _ => false,
        },
        Expr::Binary(binary) => is_no_future(peel(&binary.left)),
        _ => false,
    }
}

/// Returns `true` for the last line of a block, `(a, b)`, after arms that are written as its statements.
pub(super) fn is_tail(arm: &Arm, arms: &[Arm]) -> bool {
    let ArmKind::One(expr) = &arm.kind else { return false };
    let is_bound = |expr: &Expr| match peel(expr) {
        Expr::Path(path) => {
            path.path.get_ident().is_some_and(|name| arms.iter().any(|arm| arm.name.as_ref() == Some(name)))
        }
        _ => false,
    };
    arm.name.is_none()
        && match expr {
            Expr::Tuple(tuple) => !tuple.elems.is_empty() && tuple.elems.iter().all(is_bound),
            expr => is_bound(expr),
        }
}

/// Reports a path, or an attribute without `#`, that is followed by something without a comma. What follows is part of the
/// same mistake. Returns `true` if it was there.
pub(super) fn is_stray(arm: &Arm, input: ParseStream<'_>, errors: &mut Errors) -> bool {
    let ArmKind::One(expr) = &arm.kind else { return false };
    let rest = until_separator(input.cursor());
    let found = match expr {
        Expr::Path(path) if !rest.is_empty() => {
            let text = path.to_token_stream().to_string().replace(' ', "");
            let is_name = arm.name.is_none() && path.path.get_ident().is_some();
            let swapped = is_name.then(|| unread::swapped_sign(quote!(#path #rest))).flatten();
            swapped.or_else(|| unread::after_path(&text, !is_name, rest))
        }
        Expr::Array(array) if arm.name.is_none() && input.peek(Ident::peek_any) => {
            let message = messages::attribute_without_sign(&array.elems.to_token_stream().to_string());
            Some((array.to_token_stream(), message))
        }
        _ => None,
    };
    let is_stray = found.is_some();
    if let Some((at, message)) = found {
        errors.in_arm(arm.index, at, message);
    }
    is_stray
}

/// Reports `thumb || f()`, where the name has no `=`, and `f || (x)`: both are conditions to syn.
pub(super) fn condition(name: Option<&Ident>, kind: &ArmKind, index: usize, errors: &mut Errors) -> Result<(), Unread> {
    let ArmKind::One(Expr::Binary(binary)) = kind else { return Ok(()) };
    let (BinOp::Or(or), Expr::Path(left)) = (&binary.op, &*binary.left) else { return Ok(()) };
    let text = left.to_token_stream().to_string().replace(' ', "");
    let message = match name {
        None if left.path.get_ident().is_some() => unread_messages::closure_without_a_sign(&text),
        Some(_) if matches!(*binary.right, Expr::Paren(_) | Expr::Tuple(_)) => {
            unread_messages::function_before_closure(&text)
        }
        _ => return Ok(()),
    };
    errors.in_arm(index, or, message);
    Err(Unread::Reported)
}

/// Reads a block after an `if` without `else` as its `else`.
pub(super) fn missing_else(
    mut choice: &mut ExprIf,
    input: ParseStream<'_>,
    index: usize,
    errors: &mut Errors,
) -> syn::Result<()> {
    loop {
        match &mut choice.else_branch {
            Some((_, last)) => match &mut **last {
                Expr::If(next) => choice = next,
                _ => return Ok(()),
            },
            open if input.peek(token::Brace) => {
                let block: ExprBlock = input.parse()?;
                errors.in_arm(index, &block, unread_messages::block_without_else());
                *open = Some((Default::default(), Box::new(Expr::Block(block))));
                return Ok(());
            }
            _ => return Ok(()),
        }
    }
}

/// Reports what stands in the place of a name: `self.user = f()`, `"user" = f()`, `user-1 = f()`, `(a, b) = f()`.
pub(super) fn not_a_name(left: &Expr, index: usize, errors: &mut Errors) {
    let message = match peel(left) {
        Expr::Field(_) => messages::field_for_a_name(&left.to_token_stream().to_string().replace(' ', "")),
        Expr::Path(path) => messages::second_name(&path.to_token_stream().to_string()),
        Expr::Lit(_) | Expr::Binary(_) => messages::no_word_for_a_name(),
        _ => messages::not_a_name(),
    };
    errors.in_arm(index, left, message);
}
