//! Properties of a piece of syntax that both macros need.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{AngleBracketedGenericArguments, Block, Expr, ExprClosure, PathArguments, Stmt, Type};

use crate::spans::located;

/// Returns the expression without enclosing parentheses and invisible groups, which `macro_rules!` fragments have.
pub(crate) fn peel(mut expr: &Expr) -> &Expr {
    loop {
        expr = match expr {
            Expr::Group(group) => &group.expr,
            Expr::Paren(paren) => &paren.expr,
            _ => return expr,
        }
    }
}

/// Emits the expression of a child as an argument.
///
/// Where a closure is expected and a block is given, rustc proposes `|_| { … }`, which takes an argument. So the block of a
/// blocking child that does not end with a closure is no argument itself.
pub(crate) fn argument(expr: &Expr, blocking: bool) -> TokenStream {
    match peel(expr) {
        Expr::Block(block) if blocking && !ends_with_closure(&block.block) => {
            quote_spanned!(located(expr)=> ::core::convert::identity(#expr))
        }
        _ => expr.to_token_stream(),
    }
}

fn ends_with_closure(block: &Block) -> bool {
    matches!(block.stmts.last(), Some(Stmt::Expr(last, None)) if matches!(peel(last), Expr::Closure(_)))
}

/// Returns the only expression of a block.
pub(crate) fn only_expr(block: &Block) -> Option<&Expr> {
    match block.stmts.as_slice() {
        [Stmt::Expr(expr, None)] => Some(expr),
        _ => None,
    }
}

/// Returns `api::fetch` for `api::fetch::<T>(…)`, and `fetch` for `client.fetch(…)`, also inside a closure or block.
pub(crate) fn called_path(expr: &Expr) -> Option<String> {
    match peel(expr) {
        Expr::Call(call) => match peel(&call.func) {
            Expr::Path(path) => {
                let names: Vec<_> = path
                    .path
                    .segments
                    .iter()
                    .map(|segment| segment.ident.unraw().to_string())
                    .filter(|name| name != "$crate")
                    .collect();
                Some(names.join("::"))
            }
            _ => None,
        },
        Expr::MethodCall(call) => Some(call.method.unraw().to_string()),
        Expr::Closure(closure) => called_path(&closure.body),
        Expr::Block(block) if block.label.is_none() => only_expr(&block.block).and_then(called_path),
        _ => None,
    }
}

/// Returns `move |x|`, the closure without its body.
pub(crate) fn head(closure: &ExprClosure) -> TokenStream {
    let ExprClosure { asyncness, capture, inputs_begin, inputs, inputs_end, .. } = closure;
    quote!(#asyncness #capture #inputs_begin #inputs #inputs_end)
}

/// Returns a trailing `.await`, `.await?` or `?`, with `true` if it awaits.
pub(crate) fn asks_early(expr: &Expr) -> Option<(bool, TokenStream)> {
    match expr {
        Expr::Await(awaited) => {
            let (dot, keyword) = (awaited.dot_token, awaited.await_token);
            Some((true, quote!(#dot #keyword)))
        }
        Expr::Try(tried) => {
            let (awaits, mut tokens) = asks_early(&tried.expr).unwrap_or_default();
            tried.question_token.to_tokens(&mut tokens);
            Some((awaits, tokens))
        }
        _ => None,
    }
}

/// Returns `true` for `Box::pin`, by any path.
pub(crate) fn is_box_pin(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let mut names = path.path.segments.iter().rev().map(|segment| &segment.ident);
    names.next().is_some_and(|name| name == "pin") && names.next().is_some_and(|name| name == "Box")
}

/// Returns the type as it can be written in a body, where `impl Trait` cannot: it becomes `_`.
pub(crate) fn inferred(output: &Type) -> Type {
    struct Infer;
    impl VisitMut for Infer {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            match ty {
                Type::ImplTrait(_) => *ty = Type::Verbatim(quote_spanned!(Span::call_site()=> _)),
                ty => visit_mut::visit_type_mut(self, ty),
            }
        }
        // Only `<…>` is entered: in `Fn(…)`, `_` is not allowed.
        fn visit_angle_bracketed_generic_arguments_mut(&mut self, arguments: &mut AngleBracketedGenericArguments) {
            visit_mut::visit_angle_bracketed_generic_arguments_mut(self, arguments);
        }
        fn visit_path_arguments_mut(&mut self, arguments: &mut PathArguments) {
            visit_mut::visit_path_arguments_mut(self, arguments);
        }
    }
    let mut output = output.clone();
    Infer.visit_type_mut(&mut output);
    output
}
