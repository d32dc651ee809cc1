//! Places in a syntax tree that are filled with tokens later. Each has an index.

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Stmt};

/// Creates a placeholder. It cannot be confused with user code: syn reads a number as a literal, never as `Verbatim`.
pub(super) fn new(index: usize) -> Stmt {
    Stmt::Expr(Expr::Verbatim(quote!(#index)), None)
}

/// Replaces each placeholder with what `fill` returns for its index.
pub(super) fn fill(block: &mut Block, fill: &mut dyn FnMut(usize) -> TokenStream) {
    Filler { fill }.visit_block_mut(block);
}

/// Does the same in an expression.
pub(super) fn fill_expr(expr: &mut Expr, fill: &mut dyn FnMut(usize) -> TokenStream) {
    Filler { fill }.visit_expr_mut(expr);
}

/// Puts statements, which contain a placeholder, into the block that consists of one.
pub(super) fn refill(block: &mut Block, stmts: Vec<Stmt>) {
    struct Refiller(Vec<Stmt>);
    impl VisitMut for Refiller {
        fn visit_block_mut(&mut self, block: &mut Block) {
            match block.stmts.as_slice() {
                // The statements come with a placeholder of their own, so they are not entered: it would be filled in
                // turn.
                [Stmt::Expr(expr, None)] if index(expr).is_some() => block.stmts = std::mem::take(&mut self.0),
                _ => visit_mut::visit_block_mut(self, block),
            }
        }
    }
    Refiller(stmts).visit_block_mut(block);
}

/// Returns the index of a placeholder.
fn index(expr: &Expr) -> Option<usize> {
    let Expr::Verbatim(tokens) = expr else { return None };
    syn::parse2::<syn::LitInt>(tokens.clone()).ok()?.base10_parse().ok()
}

struct Filler<'f> {
    fill: &'f mut dyn FnMut(usize) -> TokenStream,
}

impl VisitMut for Filler<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match index(expr) {
            Some(index) => *expr = Expr::Verbatim((self.fill)(index)),
            None => visit_mut::visit_expr_mut(self, expr),
        }
    }
}
