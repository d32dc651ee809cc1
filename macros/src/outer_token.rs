//! Finds where an arm's expression takes the token, or the drain, of the enclosing group: it is evaluated before its own
//! group exists.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprCall, Item, Path};

use crate::syntax::{is_box_pin, peel};

/// These belong to the group that first polls them: a mistake only if foreign code may poll them outside any group.
const WAITS: [&str; 2] = ["cancelled", "draining"];

/// This one belongs to the group in which it is called.
const CARRIES: &str = "in_current_group";

/// Ours, which poll what they are given in the child.
const ADAPTERS: [&str; 3] = ["ok", "or_cancelled", "shield"];

/// Returns the first such call, and the name of what it calls. Closures, `async` blocks and macros are not searched: their
/// code runs later, or is not known.
pub(crate) fn find(expr: &Expr) -> Option<(&'static str, TokenStream)> {
    let mut finder = Finder { found: None, is_foreign: false };
    // A clone, because syn's visitor of shared references is a feature of its own, which every user would compile.
    finder.visit_expr_mut(&mut expr.clone());
    finder.found
}

struct Finder {
    found: Option<(&'static str, TokenStream)>,
    /// Set in the arguments of a call that is not ours.
    is_foreign: bool,
}

impl Finder {
    fn report(&mut self, name: &'static str, call: &ExprCall) {
        if self.found.is_none() {
            self.found = Some((name, call.to_token_stream()));
        }
    }

    fn foreign(&mut self, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.is_foreign, true);
        visit(self);
        self.is_foreign = before;
    }

    fn call(&mut self, call: &mut ExprCall) {
        let name = our_name(&call.func);
        if name.as_deref() == Some(CARRIES) {
            return self.report(CARRIES, call);
        }
        if let Some(waits) = WAITS.into_iter().find(|waits| name.as_deref() == Some(waits) && call.args.is_empty()) {
            if self.is_foreign {
                self.report(waits, call);
            }
            return;
        }
        let is_adapter = name.is_some_and(|name| ADAPTERS.contains(&name.as_str()));
        if is_adapter || is_box_pin(&call.func) || is_constructor(&call.func) {
            return visit_mut::visit_expr_call_mut(self, call);
        }
        self.visit_expr_mut(&mut call.func);
        self.foreign(|finder| call.args.iter_mut().for_each(|argument| finder.visit_expr_mut(argument)));
    }
}

impl VisitMut for Finder {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Closure(_) | Expr::Async(_) => {}
            Expr::Call(call) => self.call(call),
            Expr::MethodCall(call) => {
                self.visit_expr_mut(&mut call.receiver);
                self.foreign(|finder| call.args.iter_mut().for_each(|argument| finder.visit_expr_mut(argument)));
            }
            expr => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Returns the name of a function that is called by its bare name, or by our path.
fn our_name(function: &Expr) -> Option<String> {
    let path = path_of(function)?;
    let mut names = path.segments.iter().map(|segment| segment.ident.to_string());
    match (names.next()?, names.next(), names.next()) {
        (name, None, None) => Some(name),
        (root, Some(name), None) if root == "taskgroup" => Some(name),
        _ => None,
    }
}

/// Returns `true` for `Some(…)` and other tuple structs and variants, which only hold what they are given.
fn is_constructor(function: &Expr) -> bool {
    let last = path_of(function).and_then(|path| path.segments.last());
    last.is_some_and(|last| last.ident.to_string().starts_with(char::is_uppercase))
}

fn path_of(function: &Expr) -> Option<&Path> {
    match peel(function) {
        Expr::Path(path) if path.qself.is_none() => Some(&path.path),
        _ => None,
    }
}
