//! The rules of `group!` that need only the source.
//!
//! This file emits no code. A mistake that rustc reports well is left to rustc.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Block, Expr, Stmt};

use super::ast::{Group, MOST_SLOTS};
use crate::ast::{Arm, ArmKind, Each, Place};
use crate::child_rules;
use crate::errors::Errors;
use crate::flow::{self, JumpKind};
use crate::messages::{Message, group as messages, habits};
use crate::outer_token;
use crate::syntax::{asks_early, peel};
use crate::words::AttrKind;

pub(super) fn group(group: &Group, errors: &mut Errors) {
    slots(group, errors);
    names(group, errors);
    for arm in &group.arms {
        attributes(arm, errors);
        match &arm.kind {
            ArmKind::One(expr) => one(arm, expr, errors),
            ArmKind::Each(each) => self::each(arm, each, errors),
        }
        named_paths(arm, errors);
    }
}

fn slots(group: &Group, errors: &mut Errors) {
    if let Some(arm) = group.slots().nth(MOST_SLOTS) {
        errors.in_group(arm.span_tokens(), messages::too_many_slots(MOST_SLOTS));
    }
    // An arm that could not be read may have a slot, and has been reported.
    if !group.complete || group.slots().next().is_some() {
        return;
    }
    match group.arms.first().and_then(|arm| arm.attr(AttrKind::Daemon)) {
        Some(daemon) => errors.in_group(&daemon.attr, messages::only_daemons()),
        None => errors.in_group(TokenStream::new(), messages::empty_group()),
    }
}

fn names(group: &Group, errors: &mut Errors) {
    let mut seen = Vec::new();
    for arm in &group.arms {
        let Some(name) = &arm.name else { continue };
        let text = name.unraw().to_string();
        if seen.contains(&text) {
            errors.in_arm(arm.index, name, messages::duplicate_name(&text));
        } else {
            seen.push(text);
        }
    }
}

fn attributes(arm: &Arm, errors: &mut Errors) {
    child_rules::attributes(arm, &messages::ARM, errors);
    let is_each = matches!(arm.kind, ArmKind::Each(_));
    if let (Some(daemon), true) = (arm.attr(AttrKind::Daemon), is_each) {
        errors.in_arm(arm.index, &daemon.attr, messages::daemon_for());
    }
    if let (Some(stream), false) = (arm.attr(AttrKind::Stream), is_each) {
        errors.in_arm(arm.index, &stream.attr, messages::stream_without_for());
    }
}

fn one(arm: &Arm, expr: &Expr, errors: &mut Errors) {
    match peel(expr) {
        // A loop is an expression that runs while the group is built, and often never ends.
        Expr::Loop(inner) => errors.in_arm(arm.index, inner.loop_token, messages::loop_arm("loop")),
        Expr::While(inner) => errors.in_arm(arm.index, inner.while_token, messages::loop_arm("while")),
        Expr::ForLoop(inner) => errors.in_arm(arm.index, inner.for_token, messages::loop_arm("for")),
        expr => {
            child_rules::expression(arm, expr, &messages::ARM, errors);
            child_rules::blocking_call(arm, expr, arm.allow, &messages::ARM, errors);
        }
    }
    // Not the source of a `for`: what it is given is first polled by the group that pulls it.
    if let (Some((name, call)), false) = (outer_token::find(expr), arm.allow.outer_token) {
        errors.in_arm(arm.index, call, messages::outer_token(name));
    }
}

fn each(arm: &Arm, each: &Each, errors: &mut Errors) {
    let labelled = ways_out(arm, each, errors);
    // rustc would propose `let … else` for what is no `let`.
    if each.in_some().is_some() && arm.attr(AttrKind::Stream).is_none() {
        errors.in_arm(arm.index, &each.pat, habits::some_of_the_items());
    }
    // The body of an inline `for` is run by all of its children at once. Under the other attributes it runs in the owner,
    // for one item after the other, and may assign.
    if arm.place() == Place::Inline {
        for name in flow::changed_outside(&each.pat, &each.body) {
            errors.in_arm(arm.index, &name, messages::changed_in_for(&name));
        }
    }
    // A jump to the label has been reported, and removing the jump removes the use of the label.
    if let (Some(label), false) = (&each.label, labelled) {
        errors.in_arm(arm.index, &label.name, messages::label());
    }
    let owned = arm.place() != Place::Inline;
    match each.body.stmts.last() {
        None => errors.in_arm(arm.index, &each.body, messages::body_without_child()),
        Some(Stmt::Local(local)) => errors.in_arm(arm.index, local.semi_token, childless(each)),
        Some(Stmt::Expr(expr, Some(semicolon))) if !leaves(expr) => {
            errors.in_arm(arm.index, semicolon, childless(each))
        }
        // Under `#[spawn]` and `#[blocking]`, every `?` and `.await` of the body has been reported by `ways_out`.
        Some(Stmt::Expr(expr, None)) if owned && asks_early(peel(expr)).is_some() => {}
        Some(Stmt::Expr(expr, None)) if gives_result(expr) && owned && leaves_owner(each) => {}
        Some(Stmt::Expr(expr, None)) if is_result(peel(expr)) => {
            errors.in_arm(arm.index, expr, messages::result_item(arm.place()));
        }
        Some(Stmt::Expr(expr, None)) if result_branch(expr).is_some() => {
            errors.in_arm(arm.index, result_branch(expr), habits::result_branch(arm.place()));
        }
        Some(Stmt::Expr(expr, None)) => child_rules::expression(arm, peel(expr), &messages::ITEM, errors),
        Some(Stmt::Macro(last)) if last.semi_token.is_some() && child_rules::prints(&last.mac) => {
            errors.in_arm(arm.index, last.semi_token, childless(each));
        }
        Some(Stmt::Expr(_, Some(_)) | Stmt::Item(_) | Stmt::Macro(_)) => {}
    }
}

/// Reports every jump out of the body. Returns `true` if one of them names the label of the arm.
fn ways_out(arm: &Arm, each: &Each, errors: &mut Errors) -> bool {
    let place = arm.place();
    let mut labelled = false;
    let mut owned = false;
    for jump in flow::jumps(&each.body) {
        let arm_label = each.label.as_ref().map(|label| &label.name.ident);
        labelled |= arm_label.is_some() && arm_label == jump.label.as_ref().map(|label| &label.ident);
        let message = match (jump.kind, place) {
            (JumpKind::Break, _) => messages::break_in_for(),
            (JumpKind::Continue, Place::Inline) => messages::continue_in_for(),
            (JumpKind::Continue, _) => messages::continue_in_owned_for(),
            // The body of an inline `for` is the child itself, which may use these. A jump in a macro is left to rustc.
            (JumpKind::Unknown, _) | (_, Place::Inline) => continue,
            (JumpKind::Return, _) => messages::owned_body("return", place),
            (JumpKind::Try, _) => messages::owned_body("?", place),
            (JumpKind::Await, _) => messages::owned_body(".await", place),
        };
        // A body that is written for the child, and not for the owner, is one mistake.
        if !matches!(jump.kind, JumpKind::Break | JumpKind::Continue) && std::mem::replace(&mut owned, true) {
            continue;
        }
        errors.in_arm(arm.index, jump.tokens, message);
    }
    labelled
}

/// Returns `true` for an expression that may not return, so that a body can end with it and a `;`.
fn leaves(expr: &Expr) -> bool {
    matches!(expr, Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) | Expr::Loop(_) | Expr::Macro(_))
}

/// Returns `true` for `Ok(…)` and `Err(…)`: a result in place of a child.
fn is_result(expr: &Expr) -> bool {
    let Expr::Call(call) = expr else { return false };
    let Expr::Path(path) = &*call.func else {
        return false;
    };
    path.path.is_ident("Ok") || path.path.is_ident("Err")
}

/// Returns what to say of a body without a child at its end: one that awaits is written for the child.
fn childless(each: &Each) -> Message {
    if leaves_owner(each) { messages::body_of_a_child() } else { messages::body_without_child() }
}

/// Returns `true` for a result, and for a choice with one in a branch.
fn gives_result(expr: &Expr) -> bool {
    is_result(peel(expr)) || result_branch(expr).is_some()
}

/// Returns the first branch that is a result.
fn result_branch(expr: &Expr) -> Option<&Expr> {
    fn last(block: &Block) -> Option<&Expr> {
        match block.stmts.last() {
            Some(Stmt::Expr(last, None)) => in_branch(last),
            _ => None,
        }
    }
    fn in_branch(expr: &Expr) -> Option<&Expr> {
        if is_result(peel(expr)) { Some(expr) } else { result_branch(expr) }
    }
    match peel(expr) {
        Expr::If(choice) => {
            last(&choice.then_branch).or_else(|| choice.else_branch.as_ref().and_then(|(_, other)| in_branch(other)))
        }
        Expr::Match(choice) => choice.arms.iter().find_map(|arm| in_branch(&arm.body)),
        Expr::Block(block) => last(&block.block),
        _ => None,
    }
}

/// Returns `true` if the body leaves the owner, which `ways_out` has reported: it is written for the child.
fn leaves_owner(each: &Each) -> bool {
    let leaves = |jump: &flow::Jump| matches!(jump.kind, JumpKind::Return | JumpKind::Try | JumpKind::Await);
    flow::jumps(&each.body).iter().any(leaves)
}

fn named_paths(arm: &Arm, errors: &mut Errors) {
    let (tokens, closure) = match &arm.kind {
        ArmKind::One(expr) => (expr.to_token_stream(), matches!(peel(expr), Expr::Closure(_))),
        ArmKind::Each(each) => {
            let Each { source, body, .. } = &**each;
            (quote!(#source #body), false)
        }
    };
    // A closure without `#[blocking]` has been reported, and may block once it has the attribute.
    let may_block = arm.place() == Place::Blocking || closure;
    child_rules::named_paths(tokens, arm.allow, may_block, &messages::ARM, |tokens, message| {
        errors.in_arm(arm.index, tokens, message);
    });
}
