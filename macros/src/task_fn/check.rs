//! The rules of `#[task_group]` that need only the source.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Item, Pat, Stmt};

use super::ast::{Child, TaskFn};
use super::placeholder;
use super::stages::{MOST_STAGES, bound};
use crate::ast::Place;
use crate::child_rules;
use crate::editor::is_editor;
use crate::errors::Errors;
use crate::messages::task_fn as messages;
use crate::syntax::peel;
use crate::words::Allow;

pub(super) fn function(function: &TaskFn, errors: &mut Errors) {
    let TaskFn { options, shell, body, children, stages, .. } = function;
    // A sync function that has a body for us returns a future that is boxed already, as that of `async-trait` does.
    if let (Some(boxed), None) = (&options.boxed, shell.sig.asyncness) {
        errors.in_options(boxed, messages::boxed_already());
    }
    for child in children {
        child_rules::attributes(&child.arm, &messages::STATEMENT, errors);
        binding(child, errors);
        value(child, options.allow, errors);
        recursion(function, child, errors);
    }
    if let Some(stage) = stages.get(MOST_STAGES) {
        // At the first child that is one too many, and not at the function: that is the line to change.
        if let Some(child) = children.iter().find(|child| stage.contains(&child.top)) {
            errors.in_group(child.arm.span_tokens(), messages::too_many_stages(MOST_STAGES));
        }
    }
    late_values(function, errors);
    named_paths(function, body, errors);
}

/// The name of a child against what is done with it.
fn binding(child: &Child, errors: &mut Errors) {
    let index = child.arm.index;
    let Some(binding) = child.binding() else { return };
    if child.arm.is_daemon() {
        errors.in_arm(index, binding.let_token, messages::daemon_let(&binding.name));
        // As for variables, a name with `_` is meant to be unused.
        // In an editor, what joins it may not be typed yet.
    } else if !binding.is_used && !is_editor() && !binding.name.to_string().starts_with('_') {
        errors.in_arm(index, &binding.name, messages::never_joined(&binding.name));
    }
}

fn value(child: &Child, allow: Allow, errors: &mut Errors) {
    // The contradiction has been reported, and each of the two places needs another expression.
    if child_rules::has_two_places(&child.arm) {
        return;
    }
    if let Some(expr) = child.expr() {
        // A loop has been reported.
        if matches!(peel(expr), Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_)) {
            return;
        }
        child_rules::expression(&child.arm, peel(expr), &messages::STATEMENT, errors);
        child_rules::blocking_call(&child.arm, peel(expr), allow, &messages::STATEMENT, errors);
    }
}

/// Reports a function that starts itself on a task. Whether that future is `Send` depends on itself, unless it is boxed; rustc
/// would only say that it cannot infer a type.
fn recursion(function: &TaskFn, child: &Child, errors: &mut Errors) {
    let sig = &function.shell.sig;
    // A method is called by another path, and inside an `impl` this one is of another function.
    if function.options.boxed.is_some() || child.arm.place() != Place::Spawned || sig.receiver().is_some() {
        return;
    }
    let Some(Expr::Call(call)) = child.expr().map(peel) else { return };
    let Expr::Path(path) = peel(&call.func) else { return };
    if path.path.is_ident(&sig.ident) && call.args.len() == sig.inputs.len() && sig.asyncness.is_some() {
        errors.in_arm(child.arm.index, &call.func, messages::recursion(&sig.ident));
    }
}

/// Reports `let x;` above a stage with `x = …` below it: an inner future cannot initialize a
/// variable of the outer one.
fn late_values(function: &TaskFn, errors: &mut Errors) {
    for (declared, stmt) in function.body.stmts.iter().enumerate() {
        let Some((name, is_mut)) = declared_only(stmt) else { continue };
        let Some(stage) = function.stages.iter().find(|stage| stage.start > declared) else { continue };
        let assigned = |from: usize, to: usize| {
            let stmts = function.body.stmts.get(from..to).unwrap_or_default();
            // From a second `let` of the same name on, the assignments are to another variable.
            let stmts = stmts.iter().take_while(|stmt| !binds(stmt, name));
            stmts.map(|stmt| assignments(stmt, name)).find_map(|found| found.into_iter().next())
        };
        // A `mut` variable with a value can be assigned to from the inner future.
        if is_mut && assigned(declared + 1, stage.start).is_some() {
            continue;
        }
        if let Some(place) = assigned(stage.start, function.body.stmts.len()) {
            errors.in_group(place, messages::late_value(name));
        }
    }
}

fn declared_only(stmt: &Stmt) -> Option<(&Ident, bool)> {
    let Stmt::Local(local) = stmt else { return None };
    if local.init.is_some() {
        return None;
    }
    let pat = match &local.pat {
        Pat::Type(typed) => &*typed.pat,
        pat => pat,
    };
    match pat {
        Pat::Ident(pat) => Some((&pat.ident, pat.mutability.is_some())),
        _ => None,
    }
}

fn binds(stmt: &Stmt, name: &Ident) -> bool {
    match stmt {
        Stmt::Local(local) => bound(local.pat.clone()).contains(name),
        _ => false,
    }
}

fn assignments(stmt: &Stmt, name: &Ident) -> Vec<Ident> {
    struct Assignments<'n> {
        name: &'n Ident,
        found: Vec<Ident>,
    }
    impl VisitMut for Assignments<'_> {
        fn visit_expr_mut(&mut self, expr: &mut Expr) {
            match expr {
                Expr::Closure(_) | Expr::Async(_) => return,
                Expr::Assign(assign) => {
                    if let Expr::Path(path) = &*assign.left {
                        self.found.extend(path.path.get_ident().filter(|ident| *ident == self.name).cloned());
                    }
                }
                _ => {}
            }
            visit_mut::visit_expr_mut(self, expr);
        }
        fn visit_item_mut(&mut self, _: &mut Item) {}
    }
    let mut assignments = Assignments { name, found: Vec::new() };
    assignments.visit_stmt_mut(&mut stmt.clone());
    assignments.found
}

fn named_paths(function: &TaskFn, body: &Block, errors: &mut Errors) {
    let allow = function.options.allow;
    let mut statements = body.clone();
    WithoutItems.visit_block_mut(&mut statements);
    let places = std::iter::once((None, statements.to_token_stream())).chain(function.children.iter().map(|child| {
        let mut expr = child.expr().cloned();
        if let Some(expr) = &mut expr {
            WithoutItems.visit_expr_mut(expr);
        }
        (Some(child), expr.to_token_stream())
    }));
    for (child, tokens) in places {
        // A closure without `#[blocking]` has been reported, and may block once it has the attribute.
        let may_block = child.is_some_and(|child| {
            child.arm.place() == Place::Blocking || matches!(child.expr().map(peel), Some(Expr::Closure(_)))
        });
        child_rules::named_paths(tokens, allow, may_block, &messages::STATEMENT, |tokens, message| match child {
            // Sorted in with the other mistakes of that child.
            Some(child) => errors.in_arm(child.arm.index, tokens, message),
            None => errors.in_group(tokens, message),
        });
    }
}

/// Removes items, because calls in them are not calls of this function. Children are placeholders here, and are checked
/// one by one.
struct WithoutItems;

impl VisitMut for WithoutItems {
    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        match stmt {
            Stmt::Item(_) => *stmt = placeholder::new(0),
            stmt => visit_mut::visit_stmt_mut(self, stmt),
        }
    }
}
