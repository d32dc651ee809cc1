//! Takes attributes off statements, expressions and items, and puts them back.

use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, Expr, Item, Stmt};

/// Returns `true` for a function under `#[task_group]`, whose child statements are its own.
pub(super) fn has_own_group(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| attr.path().segments.last().is_some_and(|last| last.ident == "task_group"))
}

pub(super) fn is_cfg(attr: &Attribute) -> bool {
    attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr")
}

pub(super) fn take_attributes(stmt: &mut Stmt) -> Vec<Attribute> {
    match stmt {
        Stmt::Local(local) => std::mem::take(&mut local.attrs),
        Stmt::Macro(mac) => std::mem::take(&mut mac.attrs),
        // syn gives the attributes of `#[child] x = f();` to the `x`.
        Stmt::Expr(Expr::Assign(assign), _) => take_expr_attributes(&mut assign.left),
        Stmt::Expr(expr, _) => take_expr_attributes(expr),
        Stmt::Item(item) => match attributes_of_item(item) {
            Some(attrs) => std::mem::take(attrs),
            None => Vec::new(),
        },
    }
}

pub(super) fn put_attributes(stmt: &mut Stmt, attrs: Vec<Attribute>) {
    match stmt {
        Stmt::Local(local) => local.attrs = attrs,
        Stmt::Macro(mac) => mac.attrs = attrs,
        Stmt::Expr(Expr::Assign(assign), _) => put_expr_attributes(&mut assign.left, attrs),
        Stmt::Expr(expr, _) => put_expr_attributes(expr, attrs),
        Stmt::Item(item) => {
            if let Some(of_item) = attributes_of_item(item) {
                *of_item = attrs;
            }
        }
    }
}

fn attributes_of_item(item: &mut Item) -> Option<&mut Vec<Attribute>> {
    match item {
        Item::Const(item) => Some(&mut item.attrs),
        Item::Enum(item) => Some(&mut item.attrs),
        Item::Fn(item) => Some(&mut item.attrs),
        Item::Impl(item) => Some(&mut item.attrs),
        Item::Static(item) => Some(&mut item.attrs),
        Item::Struct(item) => Some(&mut item.attrs),
        // The other kinds of items cannot be taken for a child; what is written on them is left to rustc.
        _ => None,
    }
}

pub(super) fn take_expr_attributes(expr: &mut Expr) -> Vec<Attribute> {
    swap_expr_attributes(expr, Vec::new())
}

pub(super) fn put_expr_attributes(expr: &mut Expr, attrs: Vec<Attribute>) {
    if !attrs.is_empty() {
        drop(swap_expr_attributes(expr, attrs));
    }
}

/// Exchanges the attributes of an expression. Every kind of expression has a field for them, which its
/// visitor visits first.
fn swap_expr_attributes(expr: &mut Expr, attrs: Vec<Attribute>) -> Vec<Attribute> {
    struct Swap {
        attrs: Vec<Attribute>,
        done: bool,
    }
    impl VisitMut for Swap {
        fn visit_attributes_mut(&mut self, attrs: &mut Vec<Attribute>) {
            if !std::mem::replace(&mut self.done, true) {
                std::mem::swap(attrs, &mut self.attrs);
            }
        }
        // Only the outermost expression: attributes further in belong to what they are written on.
        fn visit_expr_mut(&mut self, _: &mut Expr) {}
        fn visit_block_mut(&mut self, _: &mut Block) {}
    }
    let mut swap = Swap { attrs, done: false };
    visit_mut::visit_expr_mut(&mut swap, expr);
    if swap.done { swap.attrs } else { Vec::new() }
}
