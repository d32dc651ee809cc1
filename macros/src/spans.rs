//! Locations of emitted tokens, which decide what rustc underlines.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;

use crate::editor::is_editor;

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

/// Emits `|needs| $crate::__private::here(needs)`: a function that knows where it is, and can panic there.
pub(crate) fn here(krate: &TokenStream, at: Span) -> TokenStream {
    let needs = Ident::new("needs", Span::mixed_site().located_at(at));
    quote_spanned!(at=> |#needs| #krate::__private::here(#needs))
}

/// Emits `(tokens)`, with the parentheses at `at`.
pub(crate) fn parenthesized(tokens: TokenStream, at: Span) -> TokenStream {
    let mut group = Group::new(Delimiter::Parenthesis, tokens);
    group.set_span(at);
    group.into_token_stream()
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
