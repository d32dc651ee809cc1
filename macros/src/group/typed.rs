//! Reads an arm for an editor: its expression stays in the user's own tokens, finished or not.
//!
//! rust-analyzer expands the macro twice, with and without a marker at the cursor, and both expansions have to be equal up to
//! there. One of the two can often not be parsed. And syn prints what it has parsed with other spaces between signs.

use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Block, Expr, Pat, Stmt, Token, token};

use super::attributes::Attributes;
use crate::ast::{Arm, ArmKind, Each};
use crate::errors::Errors;
use crate::words::Allow;

/// Reads the attributes and the name of an arm that could not be read. What is wrong with it has been reported.
pub(super) fn arm(index: usize, tokens: TokenStream) -> Arm {
    let (mut attrs, mut name, mut rest) = (Vec::new(), None, tokens.clone());
    let header = |input: ParseStream<'_>| {
        let mut attributes = Attributes::default();
        if attributes.read(input, index, &mut Errors::default()).is_ok() {
            let named = input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]);
            if named {
                name = Some(Ident::parse_any(input)?);
                input.parse::<Token![=]>()?;
            }
            attrs = attributes.attrs;
            rest = input.parse()?;
        } else {
            let _: TokenStream = input.parse()?;
        }
        Ok(())
    };
    let _: syn::Result<()> = header.parse2(tokens);
    Arm { index, attrs, allow: Allow::default(), name, kind: kind(rest) }
}

/// Reads what follows the name.
pub(super) fn kind(tokens: TokenStream) -> ArmKind {
    match each(tokens.clone()) {
        Some(each) => ArmKind::Each(Box::new(each)),
        None if tokens.is_empty() => ArmKind::One(Expr::Verbatim(quote!(::core::future::pending()))),
        None => ArmKind::One(Expr::Verbatim(tokens)),
    }
}

/// Reads `for PATTERN in SOURCE { BODY }`, whatever these are.
fn each(tokens: TokenStream) -> Option<Each> {
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let begin = tokens.iter().position(|token| is_word(token, "for"))?;
    // Before it there is at most a label.
    if begin != 0 && begin != 3 {
        return None;
    }
    let body = match tokens.pop()? {
        TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => body,
        _ => return None,
    };
    let end = tokens.iter().position(|token| is_word(token, "in"))?;
    let for_token = syn::parse2(TokenStream::from(tokens.get(begin)?.clone())).ok()?;
    let pat = tokens.get(begin + 1..end)?;
    let mut pat: TokenStream = pat.iter().cloned().collect();
    // A closure parameter cannot be an or-pattern without parentheses.
    if pat.clone().into_iter().any(|token| is_sign(&token, '|')) {
        pat = TokenTree::Group(Group::new(Delimiter::Parenthesis, pat)).into();
    }
    let source = Expr::Verbatim(tokens.get(end + 1..)?.iter().cloned().collect());
    let brace_token = token::Brace { span: body.delim_span() };
    let stmts = vec![Stmt::Expr(Expr::Verbatim(TokenTree::Group(body).into()), None)];
    Some(Each { label: None, for_token, pat: Pat::Verbatim(pat), source, body: Block { brace_token, stmts } })
}

/// Reads `client.` before `page = …` on the next line: syn would read an assignment to a field.
pub(super) fn half_of_assignment(input: ParseStream<'_>) -> Option<TokenStream> {
    let mut tokens: Vec<TokenTree> = Vec::new();
    let mut at = input.cursor();
    let (end, equals) = loop {
        let before = at;
        let (token, next) = at.token_tree()?;
        match &token {
            TokenTree::Punct(punct) if [',', ';'].contains(&punct.as_char()) => return None,
            TokenTree::Ident(_) if tokens.last().is_some_and(|token| is_sign(token, '.')) => {
                if let Some((sign, after)) = next.punct().filter(|(sign, _)| sign.as_char() == '=') {
                    break (before, (sign, after));
                }
            }
            _ => {}
        }
        tokens.push(token);
        at = next;
    };
    let (sign, after) = equals;
    let compares =
        sign.spacing() == Spacing::Joint && after.punct().is_some_and(|(sign, _)| ['=', '>'].contains(&sign.as_char()));
    // The mistake in `self.user = fetch()` is another one.
    if compares || matches!(tokens.as_slice(), [first, _] if is_word(first, "self")) {
        return None;
    }
    while input.cursor() < end {
        input.parse::<TokenTree>().ok()?;
    }
    Some(tokens.into_iter().collect())
}

fn is_sign(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}
