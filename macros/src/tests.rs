//! Tests from tokens to tokens. How rustc compiles the output is tested in the crate `taskgroup-tests`.

mod documented;
mod editor;
mod expansions;
mod mistakes;
mod pieces;
mod soup;
mod words;

use proc_macro2::TokenStream;
use quote::quote;

/// Expands `group!(source)` in a crate that calls ours `taskgroup`.
fn expand(source: &str) -> TokenStream {
    let tokens: TokenStream = source.parse().expect("the source is a token stream");
    crate::group::group(quote!((taskgroup) #tokens))
}

/// Returns the texts of all errors in an expansion.
fn errors(source: &str) -> Vec<String> {
    struct Texts(Vec<String>);
    impl syn::visit_mut::VisitMut for Texts {
        fn visit_macro_mut(&mut self, invocation: &mut syn::Macro) {
            if invocation.path.segments.last().is_some_and(|name| name.ident == "compile_error") {
                self.0.push(invocation.parse_body::<syn::LitStr>().expect("a text").value());
            }
        }
    }
    let mut texts = Texts(Vec::new());
    let mut expr = syn::parse2(expand(source)).expect("the output is an expression");
    syn::visit_mut::VisitMut::visit_expr_mut(&mut texts, &mut expr);
    texts.0
}

/// Returns the codes of the messages in an expansion.
fn codes_in(output: &str) -> Vec<String> {
    output.split(" [TG").skip(1).filter_map(|text| Some(format!("TG{}", text.split_once(']')?.0))).collect()
}
