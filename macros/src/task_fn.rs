//! `#[task_group]`: reads an `async fn` and the options into the model, checks it, and expands it, or its fallback after
//! mistakes.

mod ast;
mod attributes;
mod bound;
mod boxed;
mod check;
mod expand;
mod fallback;
mod habits;
mod options;
mod parse;
mod placeholder;
mod stages;
mod typed;
mod unwrap;

use proc_macro2::TokenStream;

use crate::editor::is_editor;
use crate::errors::Errors;

/// Expands an item under `#[task_group(options)]`.
pub(crate) fn task_group(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = options::read(options, &mut errors);
    match parse::function(options, item.clone(), &mut errors) {
        Some(function) => {
            check::function(&function, &mut errors);
            if is_editor() {
                return fallback::typed(function, &errors);
            }
            if errors.is_empty() { expand::function(function) } else { fallback::function(function, &errors) }
        }
        None => fallback::item(item, &errors),
    }
}
