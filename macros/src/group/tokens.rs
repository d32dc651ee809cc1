//! Reads an arm token by token, and skips to the next one after a mistake.

use proc_macro2::{TokenStream, TokenTree};
use syn::Token;
use syn::buffer::Cursor;
use syn::parse::ParseStream;

/// The reason why an arm could not be read.
pub(super) enum Unread {
    /// The mistake has been reported.
    Reported,
    Because(syn::Error),
}

impl From<syn::Error> for Unread {
    fn from(error: syn::Error) -> Self {
        Self::Because(error)
    }
}

/// Skips the rest of an arm that could not be read.
pub(super) fn skip_to_separator(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) && !input.peek(Token![;]) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}

/// Reads the sign if it comes next.
pub(super) fn eat(input: ParseStream<'_>, sign: char) -> Option<TokenTree> {
    let (punct, _) = input.cursor().punct()?;
    if punct.as_char() == sign { input.parse().ok() } else { None }
}

/// Returns the tokens from `begin` up to `end`.
pub(super) fn between(begin: Cursor<'_>, end: Cursor<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    let mut at = begin;
    while at < end {
        let Some((token, next)) = at.token_tree() else {
            break;
        };
        tokens.extend([token]);
        at = next;
    }
    tokens
}

/// Returns the tokens from `begin` up to the next separator.
pub(super) fn until_separator(begin: Cursor<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    let mut at = begin;
    while let Some((token, next)) = at.token_tree() {
        if matches!(&token, TokenTree::Punct(sign) if [',', ';'].contains(&sign.as_char())) {
            break;
        }
        tokens.extend([token]);
        at = next;
    }
    tokens
}
