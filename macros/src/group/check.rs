//! The rules that need only the source. Nothing here makes code, and what rustc says well is left to rustc.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Expr, Stmt};

use super::ast::{Group, MOST_SLOTS};
use crate::ast::{Arm, ArmKind, AttrKind, Each, Place};
use crate::errors::Errors;
use crate::flow::{self, JumpKind};
use crate::messages::group as messages;
use crate::paths;
use crate::syntax::{asks_early, head, peel};

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
    for (n, attr) in arm.attrs.iter().enumerate() {
        let earlier = arm.attrs.get(..n).unwrap_or_default();
        let has = |kind| earlier.iter().any(|other| other.kind == kind);
        let contradicts = match attr.kind {
            AttrKind::Spawn => has(AttrKind::Blocking),
            AttrKind::Blocking => has(AttrKind::Spawn),
            AttrKind::Child | AttrKind::Daemon | AttrKind::Stream => false,
        };
        if has(attr.kind) {
            errors.in_arm(arm.index, &attr.attr, messages::duplicate_attribute(attr.kind.text()));
        } else if contradicts {
            errors.in_arm(arm.index, &attr.attr, messages::contradiction());
        }
    }
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
        Expr::Loop(inner) => errors.in_arm(arm.index, inner.loop_token, messages::loop_arm()),
        Expr::While(inner) => errors.in_arm(arm.index, inner.while_token, messages::loop_arm()),
        Expr::ForLoop(inner) => errors.in_arm(arm.index, inner.for_token, messages::loop_arm()),
        expr => match asks_early(expr) {
            Some((true, tokens)) => errors.in_arm(arm.index, tokens, messages::awaited_arm()),
            Some((false, tokens)) => errors.in_arm(arm.index, tokens, messages::tried_arm()),
            None => child(arm, expr, errors),
        },
    }
}

fn each(arm: &Arm, each: &Each, errors: &mut Errors) {
    let labelled = ways_out(arm, each, errors);
    if arm.place() == Place::Inline {
        for name in flow::changed_outside(&each.pat, &each.body) {
            errors.in_arm(arm.index, &name, messages::changed_in_for(&name));
        }
    }
    if let (Some(label), false) = (&each.label, labelled) {
        errors.in_arm(arm.index, &label.name, messages::label());
    }
    let owned = arm.place() != Place::Inline;
    match each.body.stmts.last() {
        None => errors.in_arm(arm.index, &each.body, messages::body_without_child()),
        Some(Stmt::Local(local)) => errors.in_arm(arm.index, local.semi_token, messages::body_without_child()),
        Some(Stmt::Expr(expr, Some(semicolon))) if !leaves(expr) => {
            errors.in_arm(arm.index, semicolon, messages::body_without_child());
        }
        Some(Stmt::Expr(expr, None)) => match asks_early(peel(expr)) {
            // Under the other attributes, every `?` and `.await` of the body has been reported.
            Some(_) if owned => {}
            Some((true, tokens)) => errors.in_arm(arm.index, tokens, messages::awaited_item()),
            Some((false, tokens)) => errors.in_arm(arm.index, tokens, messages::tried_item()),
            None if is_result(peel(expr)) => errors.in_arm(arm.index, expr, messages::result_item(arm.place())),
            None => child(arm, peel(expr), errors),
        },
        Some(Stmt::Expr(_, Some(_)) | Stmt::Item(_) | Stmt::Macro(_)) => {}
    }
}

/// Reports what would jump out of the body; whether the arm's own label was among it.
fn ways_out(arm: &Arm, each: &Each, errors: &mut Errors) -> bool {
    let place = arm.place();
    let mut labelled = false;
    for jump in flow::jumps(&each.body) {
        let arm_label = each.label.as_ref().map(|label| &label.name.ident);
        labelled |= arm_label.is_some() && arm_label == jump.label.as_ref().map(|label| &label.ident);
        let message = match (jump.kind, place) {
            (JumpKind::Break, _) => messages::break_in_for(),
            (JumpKind::Continue, Place::Inline) => messages::continue_in_for(),
            (JumpKind::Continue, _) => messages::continue_in_owned_for(),
            (JumpKind::Unknown, _) | (_, Place::Inline) => continue,
            (JumpKind::Return, _) => messages::owned_body("return", place),
            (JumpKind::Try, _) => messages::owned_body("?", place),
            (JumpKind::Await, _) => messages::owned_body(".await", place),
        };
        errors.in_arm(arm.index, jump.tokens, message);
    }
    labelled
}

fn leaves(expr: &Expr) -> bool {
    matches!(expr, Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) | Expr::Loop(_) | Expr::Macro(_))
}

/// `Ok(…)` and `Err(…)`, of which there is no child to be had.
fn is_result(expr: &Expr) -> bool {
    let Expr::Call(call) = expr else { return false };
    let Expr::Path(path) = &*call.func else {
        return false;
    };
    path.path.is_ident("Ok") || path.path.is_ident("Err")
}

/// What a child is written as, against where it is to run.
fn child(arm: &Arm, expr: &Expr, errors: &mut Errors) {
    if arm.attr(AttrKind::Spawn).is_some() && arm.attr(AttrKind::Blocking).is_some() {
        return; // Where it is to run is not known.
    }
    let blocking = arm.place() == Place::Blocking;
    match expr {
        Expr::Closure(closure) if closure.asyncness.is_some() => {
            let message = if blocking { messages::blocking_future() } else { messages::async_closure_arm() };
            errors.in_arm(arm.index, head(closure), message);
        }
        Expr::Closure(closure) if !blocking => errors.in_arm(arm.index, head(closure), messages::closure_arm()),
        Expr::Async(block) if blocking => {
            errors.in_arm(arm.index, block.async_token, messages::blocking_future());
        }
        _ => {}
    }
}

fn named_paths(arm: &Arm, errors: &mut Errors) {
    let (tokens, closure) = match &arm.kind {
        ArmKind::One(expr) => (expr.to_token_stream(), matches!(peel(expr), Expr::Closure(_))),
        ArmKind::Each(each) => {
            let Each { source, body, .. } = &**each;
            (quote!(#source #body), false)
        }
    };
    for found in paths::find(tokens) {
        let path = found.path.join("::");
        if path == "std::thread::sleep" {
            // A closure without `#[blocking]` has been reported, and may sleep once it has the attribute.
            let may_sleep = arm.allow.blocking_sleep || arm.place() == Place::Blocking || closure;
            if !may_sleep && !found.off_thread {
                errors.in_arm(arm.index, found.tokens, messages::blocking_sleep());
            }
        } else if !arm.allow.detached {
            errors.in_arm(arm.index, found.tokens, messages::detached(&path));
        }
    }
}
