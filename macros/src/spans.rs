//! Locations of emitted tokens, which decide what rustc underlines.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;

/// Returns the location of the tokens, with the hygiene of the macro.
pub(crate) fn located(tokens: &impl ToTokens) -> Span {
    Span::call_site().located_at(tokens.span())
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
