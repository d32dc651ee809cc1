//! Places in a syntax tree that are filled with tokens later.

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Stmt};

/// syn never makes such an expression: it would have read the number.
pub(super) fn new(index: usize) -> Stmt {
    Stmt::Expr(Expr::Verbatim(quote!(#index)), None)
}

/// Puts what `fill` makes for each index into its placeholder.
pub(super) fn fill(block: &mut Block, fill: &mut dyn FnMut(usize) -> TokenStream) {
    Filler { fill }.visit_block_mut(block);
}

/// The same in an expression.
pub(super) fn fill_expr(expr: &mut Expr, fill: &mut dyn FnMut(usize) -> TokenStream) {
    Filler { fill }.visit_expr_mut(expr);
}

/// Puts statements, which have placeholders of their own, into the block that is one placeholder.
pub(super) fn refill(block: &mut Block, stmts: Vec<Stmt>) {
    struct Refiller(Vec<Stmt>);
    impl VisitMut for Refiller {
        fn visit_block_mut(&mut self, block: &mut Block) {
            match block.stmts.as_slice() {
                [Stmt::Expr(expr, None)] if index(expr).is_some() => block.stmts = std::mem::take(&mut self.0),
                _ => visit_mut::visit_block_mut(self, block),
            }
        }
    }
    Refiller(stmts).visit_block_mut(block);
}

/// The index of the placeholder that this is.
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
