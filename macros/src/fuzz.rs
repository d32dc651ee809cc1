//! The root of a crate of its own, `fuzz/`: throws tokens at both macros.
//!
//! `cargo +nightly fuzz run tokens`. The first byte of an input says what the others are: the choices from which random
//! source is put together, or the source itself.

#![no_main]

mod ast;
mod check;
mod errors;
mod expand;
mod fallback;
mod flow;
mod messages;
mod parse;
#[path = "tests/pieces.rs"]
mod pieces;
mod similar;
mod task_fn;

use libfuzzer_sys::fuzz_target;
use proc_macro2::TokenStream;

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
        None => group(tokens),
        Some(Ok(options)) => function(options, tokens),
        Some(Err(_)) => {}
    }
});

fn group(tokens: TokenStream) {
    let mut errors = errors::Errors::default();
    let group = parse::group(quote::quote!((taskgroup) #tokens), &mut errors);
    check::group(&group, &mut errors);
    let output = if errors.is_empty() { expand::group(&group) } else { fallback::group(&group, &errors) };
    if let Err(error) = syn::parse2::<syn::Expr>(output.clone()) {
        panic!("{error}\n{output}");
    }
}

fn function(options: TokenStream, tokens: TokenStream) {
    let readable = syn::parse2::<syn::File>(tokens.clone()).is_ok();
    let output = task_fn::task_group(options, tokens);
    if let Err(error) = syn::parse2::<syn::File>(output.clone()) {
        assert!(!readable, "{error}\n{output}");
    }
}
