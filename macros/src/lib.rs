//! The procedural macros of `taskgroup`. Depend on `taskgroup`, which re-exports them.
//!
//! `group!` goes through `parse` (tokens to `ast`, recovering at commas), `check` (rules that need only the
//! source) and `expand` (one runtime call per arm). When there were mistakes, `fallback` takes the place of
//! `expand`, so that everything around the mistakes is still type-checked.
//!
//! `#[task_group]` goes the same way, through the files of `task_fn`.

mod ast;
mod check;
mod errors;
mod expand;
mod fallback;
mod flow;
mod messages;
mod parse;
mod similar;
mod task_fn;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;

/// What `taskgroup::group!` hands its tokens to, after `($crate)`.
#[doc(hidden)]
#[proc_macro]
pub fn group_impl(input: TokenStream) -> TokenStream {
    group(input.into()).into()
}

fn group(input: TokenStream2) -> TokenStream2 {
    let mut errors = errors::Errors::default();
    let group = parse::group(input, &mut errors);
    check::group(&group, &mut errors);
    if errors.is_empty() { expand::group(&group) } else { fallback::group(&group, &errors) }
}

// Documented where `taskgroup` exports it.
#[allow(missing_docs, reason = "the facade's documentation would stand after this one")]
#[proc_macro_attribute]
pub fn task_group(options: TokenStream, item: TokenStream) -> TokenStream {
    task_fn::task_group(options.into(), item.into()).into()
}
