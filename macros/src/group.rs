//! `group!`: reads the arms into the model, checks it, and expands it, or its fallback after mistakes.

mod ast;
mod attributes;
mod check;
mod expand;
mod fallback;
mod habits;
mod parse;
mod tokens;
mod typed;
mod unread;

use proc_macro2::TokenStream;

use crate::editor::is_editor;
use crate::errors::Errors;

/// Expands `($crate) arms` to one expression.
pub(crate) fn group(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let group = parse::group(input, &mut errors);
    check::group(&group, &mut errors);
    if is_editor() {
        return fallback::typed(&group.into_typed(), &errors);
    }
    if errors.is_empty() { expand::group(&group) } else { fallback::group(&group, &errors) }
}
