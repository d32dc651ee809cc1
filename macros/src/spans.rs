//! Locations of emitted tokens, which decide what rustc underlines.

use proc_macro2::{Delimiter, Group, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Block, Expr, Stmt};

use crate::ast::Place;
use crate::editor::is_editor;
use crate::syntax::peel;

/// Returns the location of the tokens, with the hygiene of the macro.
pub(crate) fn located(tokens: &impl ToTokens) -> Span {
    Span::call_site().located_at(beside(tokens.span()))
}

/// Returns the location for what is added to the user's tokens. For an editor, it is none of theirs: going to the definition of
/// a token also leads to that of every other token at its location.
pub(crate) fn beside(span: Span) -> Span {
    if is_editor() { Span::call_site() } else { span }
}

/// Returns the tokens with their own hygiene at another location.
pub(crate) fn relocated(tokens: TokenStream, at: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token: TokenTree| {
            token.set_span(token.span().located_at(at));
            token
        })
        .collect()
}

/// Emits `(tokens)`, with the parentheses at `at`.
pub(crate) fn parenthesized(tokens: TokenStream, at: Span) -> TokenStream {
    let mut group = Group::new(Delimiter::Parenthesis, tokens);
    group.set_span(at);
    group.into_token_stream()
}

/// Emits the expression of a child as an argument.
///
/// Where a closure is expected and a block is given, rustc proposes `|_| { … }`, which takes an argument. So the block of a
/// blocking child that does not end with a closure is no argument itself.
pub(crate) fn argument(expr: &Expr, place: Place) -> TokenStream {
    match peel(expr) {
        Expr::Block(block) if place == Place::Blocking && !ends_with_closure(&block.block) => {
            quote_spanned!(located(expr)=> ::core::convert::identity(#expr))
        }
        _ => expr.to_token_stream(),
    }
}

fn ends_with_closure(block: &Block) -> bool {
    matches!(block.stmts.last(), Some(Stmt::Expr(last, None)) if matches!(peel(last), Expr::Closure(_)))
}

/// Emits `&("name", ::core::line!())`, with the line of the tokens.
///
/// `line!()` gives the line of the outermost macro that its own tokens come from, so these have the hygiene of the user's.
pub(crate) fn named_line(name: &str, at: Span, tokens: &impl ToTokens) -> TokenStream {
    let mut name = Literal::string(name);
    name.set_span(at);
    let line = quote_spanned!(beside(tokens.span())=> ::core::line!());
    quote_spanned!(at=> &(#name, #line))
}
