//! Expands a group with mistakes: the mistakes, and then the user's tokens without our attributes, in a form that is
//! still type-checked, so that one compilation also reports what else is wrong.
//!
//! ```text
//! // Input:
//! group!(user = fetch(&c).await, posts = list(&c))
//! // Output:
//! {
//!     ::core::compile_error! { "…" }
//!     $crate::__private::group(|needs| …)
//!         .inline(&("user", ::core::line!()), { if false { let _ = fetch(&c).await; } ::core::future::pending() })
//!         .inline(&("posts", ::core::line!()), list(&c))
//!         .into_group(0u8, 0u8)
//! }
//! ```

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, Stmt, parse_quote};

use super::ast::Group;
use super::expand;
use crate::ast::{Arm, ArmKind, Each};
use crate::child_rules;
use crate::errors::Errors;
use crate::flow::{self, Jump};
use crate::syntax::{asks_early, peel};
use crate::words::AttrKind;

pub(super) fn group(group: &Group, errors: &Errors) -> TokenStream {
    let mistakes = errors.to_compile_errors();
    let chain = group.arms.iter().fold(expand::start(group), |before, arm| {
        let call = match &arm.kind {
            _ if errors.replaces(arm.index) => stub(arm),
            ArmKind::One(expr) if child_rules::lacks_ok(expr) => expand::one(arm, &child_rules::with_ok(expr)),
            ArmKind::Each(each) => expand::each(arm, &flattened(arm, with_ok(each))),
            ArmKind::One(_) => expand::call(arm),
        };
        expand::append(before, arm, &call)
    });
    if group.has_known_slots() {
        return quote!({ #mistakes #chain.into_group(0u8, 0u8) });
    }
    // The number of slots is not known. The arms are type-checked, and the value has one slot of an inferred type, so
    // that what the user's code does with it is not reported as a second mistake.
    let checked = (!group.arms.is_empty()).then(|| quote!(let _ = #chain;));
    let start = expand::start(group);
    quote!({ #mistakes #checked #start.inline(&("", 0), ::core::future::pending()).into_group(0u8, 0u8) })
}

/// Expands a group for an editor, with all arms as they are typed. The mistakes are behind them, so that all before them is the
/// same whether or not there are any.
pub(super) fn typed(group: &Group, errors: &Errors) -> TokenStream {
    if errors.is_empty() {
        return expand::group(group);
    }
    let mistakes = errors.to_compile_errors();
    if group.arms.is_empty() {
        return quote!({ #mistakes });
    }
    let chain = expand::chain(group);
    quote!(#chain.into_group(0u8, { #mistakes 0u8 }))
}

/// Emits an arm that rustc would report again. The expression is type-checked in dead code; the slot's type is inferred.
fn stub(arm: &Arm) -> TokenStream {
    let checked = match &arm.kind {
        ArmKind::One(expr) => without_value(expr),
        ArmKind::Each(each) => real_loop(arm, &flattened(arm, with_ok(each))),
    };
    expand::call_with(arm, &quote!({ if false { #checked } ::core::future::pending() }))
}

/// Emits a `for` arm as a loop, so that `break` and `continue` in it have a target.
fn real_loop(arm: &Arm, each: &Each) -> TokenStream {
    let Each { label, for_token, pat, source, body } = each;
    // A stream is no iterator. The source is checked by itself, and the pattern has an item of an inferred type.
    let (stream, items) = if arm.attr(AttrKind::Stream).is_some() {
        (Some(quote!(let _ = #source;)), quote!(::core::iter::from_fn(|| ::core::option::Option::None)))
    } else {
        (None, quote!(#source))
    };
    let body_without_value = match body.stmts.split_last() {
        Some((Stmt::Expr(expr, None), before)) if matches!(peel(expr), Expr::If(_) | Expr::Match(_) | Expr::Try(_)) => {
            let last = without_value(expr);
            quote!(#(#before)* #last)
        }
        _ => quote!(let _ = #body;),
    };
    let real = quote! {
        #stream
        #label #for_token #pat in #items {
            #body_without_value
        }
    };
    let loop_label = label.as_ref().map(|label| &label.name.ident);
    let jumps_to_the_user = |jump: &Jump| jump.label.as_ref().is_some_and(|label| Some(&label.ident) != loop_label);
    // A jump to an outer label cannot leave an `async` block, which would be one more error.
    if flow::jumps(body).iter().any(jumps_to_the_user) {
        return real;
    }
    // `?` and `return` end a child and not the user's function, so the loop is put in a future.
    quote!(let _ = async { #real ::core::future::pending().await };)
}

/// Adds the `Ok(())` that the child of a `for` arm lacks.
fn with_ok(each: &Each) -> Each {
    let Each { label, for_token, pat, source, body } = each;
    let mut body = body.clone();
    if let Some(Stmt::Expr(expr, None)) = body.stmts.last_mut() {
        if child_rules::lacks_ok(expr) {
            *expr = child_rules::with_ok(expr);
        }
    }
    Each { label: label.clone(), for_token: *for_token, pat: pat.clone(), source: source.clone(), body }
}

/// Gives a source whose pattern is `Some(…)` the items without `None`.
fn flattened(arm: &Arm, each: Each) -> Each {
    let inner = if arm.attr(AttrKind::Stream).is_none() { each.in_some().cloned() } else { None };
    let Some(pat) = inner else { return each };
    let source = &each.source;
    let source = parse_quote!(::core::iter::Iterator::flatten(::core::iter::IntoIterator::into_iter(#source)));
    Each { pat, source, ..each }
}

/// Emits an expression as a statement. rustc would report once more, for its type, an `if` without `else`, branches of two
/// types, and a `?` on a future.
fn without_value(expr: &Expr) -> TokenStream {
    let expr = peel(expr);
    match expr {
        Expr::If(choice) => {
            let (cond, then) = (&choice.cond, &choice.then_branch);
            let otherwise = choice.else_branch.as_ref().map(|(keyword, otherwise)| {
                let otherwise = without_value(otherwise);
                quote!(#keyword { #otherwise })
            });
            quote!(if #cond { let _ = #then; } #otherwise)
        }
        Expr::Match(choice) => {
            let mut choice = choice.clone();
            for arm in &mut choice.arms {
                let body = without_value(&arm.body);
                arm.body = parse_quote!({ #body });
            }
            choice.into_token_stream()
        }
        Expr::Try(tried) if matches!(asks_early(expr), Some((false, _))) => without_value(&tried.expr),
        _ => quote!(let _ = #expr;),
    }
}
