//! Expands a checked group: one call of the runtime per arm. This step cannot fail.
//!
//! ```text
//! // Input:
//! group!(user = fetch(&c), pages = for url in &urls { fetch(&c, url) })
//! // Output:
//! $crate::__private::group(|needs| $crate::__private::here(needs))
//!     .inline(&("user", ::core::line!()), fetch(&c))
//!     .each(&("pages", ::core::line!()), &urls, async |url| (fetch(&c, url)).await)
//!     .at_drain()
//!     .into_group(0, 0)
//! ```
//!
//! Spans decide what rustc underlines. The user's expression is the direct argument of the call whose bound it has to
//! meet, and the tokens added to it have the location of the expression and the hygiene of the macro.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, Pat, Stmt};

use super::ast::Group;
use crate::ast::{Arm, ArmKind, Each, Place};
use crate::flow;
use crate::spans::{beside, here, located, named_line, parenthesized, relocated};
use crate::syntax::{argument, only_expr, peel};
use crate::words::AttrKind;

pub(super) fn group(group: &Group) -> TokenStream {
    let chain = chain(group);
    quote!(#chain.into_group(0, 0))
}

/// Emits the calls for all arms.
pub(super) fn chain(group: &Group) -> TokenStream {
    group.arms.iter().fold(start(group), |before, arm| append(before, arm, &call(arm)))
}

/// Emits `$crate::__private::group(…)`.
pub(super) fn start(group: &Group) -> TokenStream {
    let at = group.arms.first().map_or_else(Span::call_site, |arm| located(&arm.span_tokens()));
    let krate = relocated(group.krate.clone(), at);
    let here = here(&krate, at);
    quote_spanned!(at=> #krate::__private::group(#here))
}

/// Appends one more call to a chain.
///
/// rustc underlines a call from the beginning of its receiver. An error about a child that must be `'static` shows that
/// underline, so the receiver is put in parentheses that have the location of the arm.
pub(super) fn append(before: TokenStream, arm: &Arm, call: &TokenStream) -> TokenStream {
    if arm.place() == Place::Inline {
        return quote!(#before #call);
    }
    let receiver = parenthesized(before, located(&arm.span_tokens()));
    quote!(#receiver #call)
}

/// Emits `.inline(&("name", line), expression)`.
pub(super) fn call(arm: &Arm) -> TokenStream {
    match &arm.kind {
        ArmKind::One(expr) => one(arm, expr),
        ArmKind::Each(each) => self::each(arm, each),
    }
}

/// Emits the call for an arm of which only the attributes are known, with another expression.
pub(super) fn call_with(arm: &Arm, expr: &TokenStream) -> TokenStream {
    let at = located(&arm.span_tokens());
    let method = if arm.is_daemon() { ident("daemon", at) } else { ident("inline", at) };
    let name = display_name(arm, at);
    quote_spanned!(at=> .#method(#name, #expr))
}

/// Emits the call for an arm that is one child.
pub(super) fn one(arm: &Arm, expr: &Expr) -> TokenStream {
    let at = located(expr);
    let method = ident(
        match (arm.place(), arm.is_daemon()) {
            (Place::Inline, false) => "inline",
            (Place::Spawned, false) => "spawn",
            (Place::Blocking, false) => "blocking",
            (Place::Inline, true) => "daemon",
            (Place::Spawned, true) => "daemon_spawn",
            (Place::Blocking, true) => "daemon_blocking",
        },
        at,
    );
    let name = display_name(arm, at);
    // The slot of a child that never completes has a type all the same, which nothing else would determine.
    let never = flow::is_endless(peel(expr)) && !arm.is_daemon();
    let types = never.then(|| quote_spanned!(at=> ::<_, ::core::convert::Infallible>));
    let expr = argument(expr, arm.place() == Place::Blocking);
    quote_spanned!(at=> .#method #types (#name, #expr))
}

/// Emits the call for a `for` arm.
pub(super) fn each(arm: &Arm, each: &Each) -> TokenStream {
    let Each { pat, source, body, .. } = each;
    let at = located(source);
    // rustc reports at the method's name what is wrong with the child, so the name has the location of the child.
    let made_at = match body.stmts.last() {
        Some(Stmt::Expr(expr, None)) => located(expr),
        _ => Span::call_site().located_at(body.brace_token.span.join()),
    };
    let stream = arm.attr(AttrKind::Stream).is_some();
    let method = ident(
        match (arm.place(), stream) {
            (Place::Inline, false) => "each",
            (Place::Spawned, false) => "each_spawn",
            (Place::Blocking, false) => "each_blocking",
            (Place::Inline, true) => "each_stream",
            (Place::Spawned, true) => "each_stream_spawn",
            (Place::Blocking, true) => "each_stream_blocking",
        },
        made_at,
    );
    let name = display_name(arm, at);
    // A closure parameter cannot be an or-pattern without parentheses.
    let pat = match pat {
        Pat::Or(_) => quote!((#pat)),
        _ => pat.to_token_stream(),
    };
    // With the hygiene of the macro, rustc would call what the closure captures "value".
    let inside = beside(body.brace_token.span.join());
    let only = only_expr(body).map(ToTokens::to_token_stream);
    let child = match arm.place() {
        Place::Inline => {
            let body = only.unwrap_or_else(|| body.to_token_stream());
            quote_spanned!(inside=> async |#pat| (#body).await)
        }
        // The block stays, because clippy would find a closure without it redundant.
        Place::Spawned | Place::Blocking => quote_spanned!(inside=> |#pat| #body),
    };
    // The last call finds out from the type of the source what a drain does to it.
    quote_spanned!(at=> .#method(#name, #source, #child).at_drain())
}

/// Emits the name of an arm and its line.
fn display_name(arm: &Arm, at: Span) -> TokenStream {
    named_line(&arm.display_name(), at, &arm.span_tokens())
}

fn ident(name: &str, at: Span) -> Ident {
    Ident::new(name, at)
}
