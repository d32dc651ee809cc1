//! The procedural macros of `taskgroup`. Depend on `taskgroup`, which re-exports them.
//!
//! Each macro is one function from tokens to tokens, in `group` and `task_fn`, with the same steps: `parse` reads
//! the tokens into the model in `ast` and recovers after a mistake, `check` applies the rules that need only the source,
//! and `expand` emits calls of the runtime. After mistakes, `fallback` runs in place of `expand`: it emits the mistakes,
//! and a typed form of everything else, so that one compilation reports as much as possible.
//!
//! A file imports only from files below it: the two drivers, then their folders (`fallback`, `expand`, `check`, `parse`,
//! `ast`), then what both share, which is `child_rules`, `errors`, `messages`, `ast`, `words`, `flow`,
//! `syntax`, `spans`, `paths` and `similar`, in this order.

mod ast;
mod child_rules;
mod editor;
mod errors;
mod flow;
mod group;
mod messages;
mod outer_token;
mod paths;
mod similar;
mod spans;
mod syntax;
mod task_fn;
#[cfg(test)]
mod tests;
mod words;

use proc_macro::TokenStream;

/// Expands `taskgroup::group!`, which passes its tokens on after `($crate)`.
#[doc(hidden)]
#[proc_macro]
pub fn group_impl(input: TokenStream) -> TokenStream {
    group::group(input.into()).into()
}

// Documented where `taskgroup` exports it.
#[allow(missing_docs, reason = "the facade's documentation would follow this one")]
#[proc_macro_attribute]
pub fn task_group(options: TokenStream, item: TokenStream) -> TokenStream {
    task_fn::task_group(options.into(), item.into()).into()
}
