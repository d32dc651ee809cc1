//! The procedural macros of `taskgroup`. Depend on `taskgroup`, which re-exports them.
//!
//! Each macro is one function from tokens to tokens, in [`group`] and [`task_fn`], with the same steps: `parse` (tokens to
//! the model in `ast`, recovering after a mistake), `check` (rules that need only the source) and `expand` (calls of the
//! runtime). When there were mistakes, `fallback` takes the place of `expand`, so that everything else is type-checked all
//! the same.

mod ast;
mod child_rules;
mod errors;
mod flow;
mod group;
mod messages;
mod paths;
mod similar;
mod spans;
mod syntax;
mod task_fn;
#[cfg(test)]
mod tests;
mod words;

use proc_macro::TokenStream;

/// What `taskgroup::group!` hands its tokens to, after `($crate)`.
#[doc(hidden)]
#[proc_macro]
pub fn group_impl(input: TokenStream) -> TokenStream {
    group::group(input.into()).into()
}

// Documented where `taskgroup` exports it.
#[allow(missing_docs, reason = "the facade's documentation would stand after this one")]
#[proc_macro_attribute]
pub fn task_group(options: TokenStream, item: TokenStream) -> TokenStream {
    task_fn::task_group(options.into(), item.into()).into()
}
