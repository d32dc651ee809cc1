//! Expands a function with mistakes: the mistakes, and the user's function without our attributes. The children become
//! handles of the right types, so that one compilation also reports what else is wrong.
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
//!     let __result = P::Returns::<Result<User, AppError>>::TYPE.run(P::function("f", |needs| …), __group, async move {
//!         if false { return <Result<User, AppError> as P::Returned>::never(); }
//!         let user = __group.stub(fetch(c));
//!         Ok(user.await)
//!     }).await;
//!     __result
//! }
//! ```

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ItemFn, ReturnType, Type};

use super::ast::{Binding, Child, Form, TaskFn};
use super::expand::{self, Emitter, fill_children};
use super::placeholder;
use super::unwrap::Unreadable;
use crate::ast::Place;
use crate::child_rules;
use crate::editor::is_editor;
use crate::errors::Errors;
use crate::messages::task_fn as messages;
use crate::syntax::peel;
use crate::words::{AttrKind, Host};

pub(super) fn function(function: TaskFn, errors: &Errors) -> TokenStream {
    let mistakes = errors.to_compile_errors();
    with_stubs(function, |code| quote!(#mistakes #code))
}

/// Expands a function for an editor, with or without mistakes: rust-analyzer expands it once more with a marker at the cursor,
/// and the two have to be equal up to there. So the mistakes are at the end.
pub(super) fn typed(function: TaskFn, errors: &Errors) -> TokenStream {
    let mistakes = errors.to_compile_errors();
    with_stubs(function, |code| {
        quote! {
            let __result = { #code };
            #mistakes
            __result
        }
    })
}

/// Emits the function with handles in place of its children.
fn with_stubs(function: TaskFn, finish: impl FnOnce(TokenStream) -> TokenStream) -> TokenStream {
    let TaskFn { options, shell, mut body, output, mut children, .. } = function;
    let stubs = fill_children(&mut children, stub);
    placeholder::fill(&mut body, &mut |index| stubs.get(index).cloned().unwrap_or_default());
    let stmts = &body.stmts;
    let emitter = Emitter { options: &options, shell: &shell, output: &output };
    let run = emitter.run(body.brace_token, &quote!(#(#stmts)*));
    let join = emitter.import_of_join();
    expand::finish(&options, shell, &output, finish(quote!(#join #run)))
}

/// Emits a handle that is typed like the child.
fn stub(child: &Child) -> TokenStream {
    let Child { other_attrs, form, .. } = child;
    let method = match (child.arm.place(), child.is_literal()) {
        (Place::Blocking, false) => quote!(stub_blocking),
        (Place::Blocking, true) => quote!(stub_blocking_block),
        (_, false) => quote!(stub),
        (_, true) => quote!(stub_block),
    };
    let with_ok = child.expr().filter(|expr| child_rules::lacks_ok(expr)).map(child_rules::with_ok);
    // An editor completes in what is wrong, too.
    let typed = || child.expr().filter(|_| is_editor());
    let handle = match with_ok.as_ref().or_else(|| repaired(child)).or_else(typed) {
        Some(expr) => {
            let key = child.is_literal().then(|| quote!(, 0));
            quote!(__group.#method(#expr #key))
        }
        // A child whose type is open: it becomes what the code that awaits the handle needs.
        None => quote!(__group.stub_block(::core::future::pending(), 0_i32)),
    };
    match form {
        Form::Statement => quote!(#(#other_attrs)* ::core::mem::drop(#handle);),
        Form::Tail => quote!(::core::mem::drop(#handle); ::core::unreachable!()),
        Form::Pattern(pat) => quote!(#(#other_attrs)* let #pat = #handle.await;),
        Form::Let(binding) => {
            // The mistake may be what left the handle unused, which is not to be reported once more.
            let Binding { mutability, name, .. } = &**binding;
            quote!(#(#other_attrs)* let #mutability #name = #handle; let _ = &#name;)
        }
    }
}

/// Returns the part of a child that can be type-checked in spite of a reported mistake.
fn repaired(child: &Child) -> Option<&Expr> {
    let mut expr = peel(child.expr()?);
    loop {
        expr = match expr {
            // The child is what is awaited.
            Expr::Await(awaited) => peel(&awaited.base),
            Expr::Try(tried) => peel(&tried.expr),
            // A closure in place of a future, or the reverse, has been reported. Its type would be a second error.
            Expr::Closure(closure) if child.arm.place() != Place::Blocking || closure.asyncness.is_some() => {
                return None;
            }
            Expr::Async(_) if child.arm.place() == Place::Blocking => return None,
            // Neither is a child, which has been reported.
            Expr::If(choice) if !child_rules::has_else(choice) => return None,
            Expr::Block(block) if !child_rules::ends_with_value(&block.block) => return None,
            Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_) => return None,
            Expr::Call(call) if child.arm.place() != Place::Blocking && is_spawn_blocking(&call.func) => return None,
            // `tokio::spawn(f())` becomes the child `f()`.
            Expr::Call(call) if detaches(&call.func) => return call.args.first(),
            expr => return Some(expr),
        }
    }
}

/// Returns `true` for a call of which the child is the argument.
fn detaches(function: &Expr) -> bool {
    let path = function.to_token_stream().to_string().replace(' ', "");
    ["tokio::spawn", "::tokio::spawn", "tokio::task::spawn", "::tokio::task::spawn"].contains(&path.as_str())
}

/// Expands an item that cannot have children.
pub(super) fn item(item: TokenStream, errors: &Errors) -> TokenStream {
    let mistakes = errors.to_compile_errors();
    // A struct or a trait is emitted, so that what uses it is not reported as missing.
    let Ok(mut function) = syn::parse2::<ItemFn>(item.clone()) else {
        if let Ok(function) = syn::parse2(item.clone()) {
            return unreadable(&function, &mistakes);
        }
        let item = if errors.is_empty() { without_body(item) } else { without_our_attributes(item) };
        return quote!(#mistakes #item);
    };
    let body = function.block.stmts;
    function.block.stmts = Vec::new();
    let returns_opaque = match &function.sig.output {
        ReturnType::Default => false,
        ReturnType::Type(_, ty) => matches!(**ty, Type::ImplTrait(_)),
    };
    // An opaque type is inferred from the body, so the body stays.
    let rest = if returns_opaque {
        without_our_attributes(quote!(#(#body)*))
    } else {
        // The types of the children are not known without a group.
        quote!(::core::unreachable!())
    };
    let ItemFn { attrs, vis, sig, .. } = &function;
    quote! {
        #(#attrs)*
        #[allow(unused_variables, reason = "the body is left out")]
        #vis #sig { #mistakes #rest }
    }
}

/// Emits a function whose body syn cannot read. rustc cannot read it either, and has said why: of the body, nothing is left
/// that it could report. If it can read it, as syntax newer than syn, that is reported all the same, as a lint, which rustc
/// runs only if there is no error.
fn unreadable(function: &Unreadable, mistakes: &TokenStream) -> TokenStream {
    let Unreadable { attrs, vis, sig } = function;
    let reported = reported(sig.ident.span());
    quote! {
        #(#attrs)*
        #[allow(unused_variables, reason = "the body is left out")]
        #vis #sig { #mistakes #reported ::core::unreachable!() }
    }
}

/// The same for a function of which not even the signature can be read.
fn without_body(item: TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    if let Some(TokenTree::Group(body)) = tokens.last_mut() {
        let reported = reported(body.span());
        let mut empty = Group::new(Delimiter::Brace, quote!(#reported ::core::unreachable!()));
        empty.set_span(body.span());
        *body = empty;
    }
    tokens.into_iter().collect()
}

fn reported(at: Span) -> TokenStream {
    let why = messages::UNREADABLE;
    quote_spanned! {at=>
        #[must_use = #why]
        fn unreadable() -> bool {
            true
        }
        #[deny(unused_must_use)]
        unreadable();
    }
}

/// Removes our attributes from tokens that are not parsed. rustc does not know them, and would report each.
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
                // A new group has the span of the macro, and rustc would underline the whole attribute.
                inner.set_span(group.span());
                kept.push(inner.into());
            }
            token => kept.push(token),
        }
    }
    kept.into_iter().map(TokenTree::into_token_stream).collect()
}

fn is_spawn_blocking(function: &Expr) -> bool {
    let path = function.to_token_stream().to_string().replace(' ', "");
    path.trim_start_matches("::") == "tokio::task::spawn_blocking"
}
