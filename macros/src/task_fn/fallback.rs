//! What is emitted after mistakes: the mistakes, and the user's function without our attributes. The children become
//! handles of the right types, so that one compile reports everything else that is wrong too.
//!
//! ```text
//! // Input:
//! #[task_group]
//! async fn f(c: &Client) -> Result<User, AppError> {
//!     #[child] let user = fetch(c).await;
//!     Ok(user.await)
//! }
//! // Output:
//! async fn f(c: &Client) -> Result<User, AppError> {
//!     ::core::compile_error! { "…" }
//!     let __group = &::taskgroup::__private::hub("f");
//!     let __result = ::taskgroup::__private::function("f").run(__group, async move {
//!         if false { return ::taskgroup::__private::never::<Result<User, AppError>>(); }
//!         let user = __group.stand_in(fetch(c));
//!         Ok(user.await)
//!     }).await;
//!     __result
//! }
//! ```

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Expr, ItemFn, ReturnType, Type};

use super::ast::{Binding, Child, Form, TaskFn};
use super::expand::{self, Emitter, fill_children};
use super::placeholder;
use crate::ast::Place;
use crate::errors::Errors;
use crate::syntax::peel;
use crate::words::{AttrKind, Host};

pub(super) fn function(function: TaskFn, errors: &Errors) -> TokenStream {
    let TaskFn { options, shell, mut body, output, mut children, .. } = function;
    let mistakes = errors.to_compile_errors();
    let stubs = fill_children(&mut children, stub);
    placeholder::fill(&mut body, &mut |index| stubs.get(index).cloned().unwrap_or_default());
    let stmts = &body.stmts;
    let emitter = Emitter { options: &options, shell: &shell, output: &output };
    let run = emitter.run(body.brace_token, &quote!(#(#stmts)*));
    let join = emitter.import_of_join();
    expand::finish(&options, shell, &output, quote!(#mistakes #join #run))
}

fn stub(child: &Child) -> TokenStream {
    let Child { other_attrs, form, .. } = child;
    let method = match (child.arm.place(), child.is_literal()) {
        (Place::Blocking, false) => quote!(stand_in_blocking),
        (Place::Blocking, true) => quote!(stand_in_blocking_block),
        (_, false) => quote!(stand_in),
        (_, true) => quote!(stand_in_block),
    };
    let handle = match repaired(child) {
        Some(expr) => quote!(__group.#method(#expr)),
        None => quote!(__group.stand_in_block(::core::future::pending())),
    };
    match form {
        Form::Statement => quote!(#(#other_attrs)* ::core::mem::drop(#handle);),
        Form::Tail => quote!(::core::mem::drop(#handle); ::core::unreachable!()),
        Form::Pattern(pat) => quote!(#(#other_attrs)* let #pat = #handle.await;),
        Form::Let(binding) => {
            let Binding { mutability, name, .. } = &**binding;
            quote!(#(#other_attrs)* let #mutability #name = #handle; let _ = &#name;)
        }
    }
}

/// What rustc could still make of a child with a mistake.
fn repaired(child: &Child) -> Option<&Expr> {
    let mut expr = peel(child.expr()?);
    loop {
        expr = match expr {
            Expr::Await(awaited) => peel(&awaited.base),
            Expr::Try(tried) => peel(&tried.expr),
            Expr::Closure(closure) if child.arm.place() != Place::Blocking || closure.asyncness.is_some() => {
                return None;
            }
            Expr::Async(_) if child.arm.place() == Place::Blocking => return None,
            Expr::Call(call) if detaches(&call.func) => return call.args.first(),
            expr => return Some(expr),
        }
    }
}

fn detaches(function: &Expr) -> bool {
    let path = function.to_token_stream().to_string().replace(' ', "");
    ["tokio::spawn", "::tokio::spawn", "tokio::task::spawn", "::tokio::task::spawn"].contains(&path.as_str())
}

/// Something else than a function that could have children.
pub(super) fn item(item: TokenStream, errors: &Errors) -> TokenStream {
    let mistakes = errors.to_compile_errors();
    let Ok(mut function) = syn::parse2::<ItemFn>(item.clone()) else {
        let item = without_our_attributes(item);
        return quote!(#mistakes #item);
    };
    let body = function.block.stmts;
    function.block.stmts = Vec::new();
    let returns_opaque = match &function.sig.output {
        ReturnType::Default => false,
        ReturnType::Type(_, ty) => matches!(**ty, Type::ImplTrait(_)),
    };
    let rest = if returns_opaque {
        without_our_attributes(quote!(#(#body)*))
    } else {
        // Without a group, what the children give is not known.
        quote!(::core::unreachable!())
    };
    let ItemFn { attrs, vis, sig, .. } = &function;
    quote! {
        #(#attrs)*
        #[allow(unused_variables, reason = "the body is left out")]
        #vis #sig { #mistakes #rest }
    }
}

/// Tokens that syn cannot read, or that are no function: rustc does not know our attributes.
fn without_our_attributes(tokens: TokenStream) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let is_ours = AttrKind::named(&group.stream().to_string(), Host::Statement).is_some();
                let after_pound = matches!(kept.last(), Some(TokenTree::Punct(punct)) if punct.as_char() == '#');
                if is_ours && after_pound && group.delimiter() == Delimiter::Bracket {
                    kept.pop();
                    continue;
                }
                let mut inner = Group::new(group.delimiter(), without_our_attributes(group.stream()));
                inner.set_span(group.span());
                kept.push(inner.into());
            }
            token => kept.push(token),
        }
    }
    kept.into_iter().map(TokenTree::into_token_stream).collect()
}
