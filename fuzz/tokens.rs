//! Throws tokens at both macros: `cargo +nightly fuzz run tokens`.
//!
//! The first byte of an input says what the others are: the choices from which random source is put together, or the
//! source itself.

#![no_main]

/// A crate of procedural macros exports nothing else, so its modules are compiled into this crate too. They name each
/// other from the root, which is why they are imported there.
#[allow(dead_code, reason = "what only the crate of the macros uses")]
#[path = "../macros/src"]
mod macros {
    pub(crate) mod ast;
    pub(crate) mod child_rules;
    pub(crate) mod editor;
    pub(crate) mod errors;
    pub(crate) mod flow;
    pub(crate) mod group;
    pub(crate) mod messages;
    pub(crate) mod outer_token;
    pub(crate) mod paths;
    #[path = "tests/pieces.rs"]
    pub(crate) mod pieces;
    pub(crate) mod similar;
    pub(crate) mod spans;
    pub(crate) mod syntax;
    pub(crate) mod task_fn;
    pub(crate) mod words;
}

use libfuzzer_sys::fuzz_target;
use proc_macro2::TokenStream;

use self::macros::{
    ast, child_rules, editor, errors, flow, group, messages, outer_token, paths, pieces, similar, spans, syntax,
    task_fn, words,
};

fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else { return };
    let mut bytes = rest.iter();
    let mut choose = |n: usize| bytes.next().map_or(0, |byte| usize::from(*byte) % n);
    let (options, source) = match kind % 4 {
        0 => (None, pieces::group(&mut choose)),
        1 => {
            let (options, function) = pieces::function(&mut choose);
            (Some(options), function)
        }
        2 => (None, String::from_utf8_lossy(rest).into_owned()),
        _ => (Some(String::new()), String::from_utf8_lossy(rest).into_owned()),
    };
    let Ok(tokens) = source.parse::<TokenStream>() else { return };
    match options.map(|options| options.parse::<TokenStream>()) {
        None => try_group(tokens),
        Some(Ok(options)) => try_function(options, tokens),
        Some(Err(_)) => {}
    }
});

fn try_group(tokens: TokenStream) {
    let output = group::group(quote::quote!((taskgroup) #tokens));
    if let Err(error) = syn::parse2::<syn::Expr>(output.clone()) {
        panic!("{error}\n{output}");
    }
}

fn try_function(options: TokenStream, tokens: TokenStream) {
    let readable = syn::parse2::<syn::File>(tokens.clone()).is_ok();
    let output = task_fn::task_group(options, tokens);
    if let Err(error) = syn::parse2::<syn::File>(output.clone()) {
        assert!(!readable, "{error}\n{output}");
    }
}
