//! No input makes the macros panic, and every output parses.

use std::env;
use std::str::FromStr;

use proc_macro2::TokenStream;

use super::pieces;
use crate::editor::in_editor;

/// A SplitMix64 generator.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap_or(0)
    }
}

fn variable<T: FromStr>(name: &str, default: T) -> T {
    env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// Tries many inputs. `attempt` returns `None` for what is not a token stream, else whether it was free of mistakes.
fn try_many(mut attempt: impl FnMut(&mut pieces::Choose<'_>) -> Option<bool>) {
    let (seed, inputs) = (variable("TASKGROUP_SEED", 7), variable("TASKGROUP_INPUTS", 5_000));
    println!("seed {seed}, {inputs} inputs; TASKGROUP_SEED and TASKGROUP_INPUTS change them");
    let mut random = Random(seed);
    let (mut read, mut accepted) = (0, 0);
    for _ in 0..inputs {
        if let Some(is_right) = attempt(&mut |n| random.below(n)) {
            read += 1;
            accepted += usize::from(is_right);
        }
    }
    println!("{read} were token streams, {accepted} of them without a mistake");
    assert!(read > inputs / 2 && accepted > inputs / 200, "the generator makes too few inputs that can be read");
}

#[test]
fn no_group_panics_and_every_output_parses() {
    try_many(|choose| {
        let source = pieces::group(choose);
        let tokens: TokenStream = source.parse().ok()?;
        // An editor shows what does not parse.
        in_editor(|| crate::group::group(quote::quote!((taskgroup) #tokens)));
        let output = crate::group::group(quote::quote!((taskgroup) #tokens));
        if let Err(error) = syn::parse2::<syn::Expr>(output.clone()) {
            panic!("{error}\n  input: {source}\n  output: {output}");
        }
        Some(!output.to_string().contains("compile_error"))
    });
}

#[test]
fn no_function_panics_and_every_output_parses() {
    try_many(|choose| {
        let (options, function) = pieces::function(choose);
        let (options_read, item) = (options.parse().ok()?, function.parse::<TokenStream>().ok()?);
        let readable = syn::parse2::<syn::File>(item.clone()).is_ok();
        in_editor(|| crate::task_fn::task_group(TokenStream::clone(&options_read), item.clone()));
        let output = crate::task_fn::task_group(options_read, item);
        if let Err(error) = syn::parse2::<syn::File>(output.clone()) {
            // An item that is not Rust is passed on as it is, and rustc reports it.
            assert!(!readable, "{error}\n  #[task_group({options})]\n  {function}\n  output: {output}");
        }
        Some(!output.to_string().contains("compile_error"))
    });
}
