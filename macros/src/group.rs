//! `group!`: its arms to the model, which goes on to [`check`] and [`expand`], or to [`fallback`].

mod ast;
mod attributes;
mod check;
mod expand;
mod fallback;
mod parse;
mod tokens;

use proc_macro2::TokenStream;

use crate::errors::Errors;

/// `($crate) arms` to one expression.
pub(crate) fn group(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let group = parse::group(input, &mut errors);
    check::group(&group, &mut errors);
    if errors.is_empty() { expand::group(&group) } else { fallback::group(&group, &errors) }
}
