//! The rules for one child, however it is written: as an arm of `group!`, as the end of a `for` arm's body, or as a
//! statement under `#[task_group]`. The rules are the same; [`Sentences`] has the wording for each.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Block, Expr, ExprIf, Macro, Meta, Stmt, parse_quote};

use crate::ast::{Arm, Place};
use crate::errors::Errors;
use crate::flow;
use crate::messages::{Message, Sentences};
use crate::paths;
use crate::syntax::{asks_early, head, peel};
use crate::words::{Allow, AttrKind};

/// Reports an attribute that is written with arguments.
pub(crate) fn takes_no_arguments(
    attr: &Attribute,
    kind: AttrKind,
    index: usize,
    sentences: &Sentences,
    errors: &mut Errors,
) {
    if !matches!(attr.meta, Meta::Path(_)) {
        errors.in_arm(index, attr, (sentences.attribute_arguments)(kind.text()));
    }
}

/// Reports attributes that repeat or contradict an earlier one of the same child.
pub(crate) fn attributes(arm: &Arm, sentences: &Sentences, errors: &mut Errors) {
    for (n, attr) in arm.attrs.iter().enumerate() {
        let earlier = arm.attrs.get(..n).unwrap_or_default();
        let has = |kind| earlier.iter().any(|other| other.kind == kind);
        let message = if has(attr.kind) {
            (sentences.duplicate_attribute)(attr.kind.text())
        } else if attr.kind.is_place() && earlier.iter().any(|other| other.kind.is_place()) {
            (sentences.contradiction)()
        } else if (attr.kind == AttrKind::Child && has(AttrKind::Daemon))
            || (attr.kind == AttrKind::Daemon && has(AttrKind::Child))
        {
            (sentences.child_daemon)()
        } else {
            continue;
        };
        errors.in_arm(arm.index, &attr.attr, message);
    }
}

/// Reports an expression that is awaited too early, or that cannot run where the attributes say.
pub(crate) fn expression(arm: &Arm, expr: &Expr, sentences: &Sentences, errors: &mut Errors) {
    if let Some((awaits, tokens)) = asks_early(expr) {
        let message = if awaits { (sentences.awaited)() } else { (sentences.tried)() };
        // With its `.await` or `?`, the expression is not the child: the rules below would judge something else.
        return errors.in_arm(arm.index, tokens, message);
    }
    // The contradiction has been reported, and each of the two places needs another expression.
    if has_two_places(arm) {
        return;
    }
    let blocking = arm.place() == Place::Blocking;
    match expr {
        expr if matches!(expr, Expr::Closure(_)) == blocking && lacks_ok(expr) => {
            if let Some(open) = body(expr) {
                let last = open.stmts.last().map_or_else(|| open.to_token_stream(), ToTokens::to_token_stream);
                errors.in_arm(arm.index, last, (sentences.without_ok)());
            }
        }
        Expr::Closure(closure) => {
            let message = match (blocking, closure.asyncness) {
                (true, None) => return,
                (true, Some(_)) => sentences.blocking_future,
                (false, None) if !closure.inputs.is_empty() => sentences.closure_with_arguments,
                // `|| async { … }` needs no thread, only to be written without `||`.
                (false, None) if !matches!(peel(&closure.body), Expr::Async(_)) => {
                    return errors.in_arm(arm.index, head(closure), (sentences.closure)(arm.place()));
                }
                (false, _) => sentences.async_closure,
            };
            errors.in_arm(arm.index, head(closure), message());
        }
        Expr::Async(block) if blocking => errors.in_arm(arm.index, block.async_token, (sentences.blocking_future)()),
        Expr::If(choice) if !has_else(choice) => {
            errors.in_arm(arm.index, choice.if_token, (sentences.if_without_else)())
        }
        Expr::Block(block) if block.label.is_none() && !ends_with_value(&block.block) => {
            errors.in_arm(arm.index, &block.block, (sentences.block_without_child)());
        }
        _ => {}
    }
}

/// Returns the block of a literal `async` block or closure.
fn body(expr: &Expr) -> Option<&Block> {
    match peel(expr) {
        Expr::Async(block) => Some(&block.block),
        Expr::Closure(closure) if closure.asyncness.is_none() => match &*closure.body {
            Expr::Block(block) => Some(&block.block),
            _ => None,
        },
        _ => None,
    }
}

/// Returns `true` for a literal child that uses `?`, and has no value at its end. rustc would report both.
pub(crate) fn lacks_ok(expr: &Expr) -> bool {
    let tries = |jump: &flow::Jump| match jump.kind {
        flow::JumpKind::Try => true,
        flow::JumpKind::Await => jump.tokens.to_string().ends_with('?'),
        _ => false,
    };
    let is_unit = |block: &Block| match block.stmts.last() {
        Some(Stmt::Expr(last, None)) => matches!(peel(last), Expr::Tuple(tuple) if tuple.elems.is_empty()),
        _ => false,
    };
    body(expr).is_some_and(|block| (is_unit(block) || !ends_with_value(block)) && flow::jumps(block).iter().any(tries))
}

/// Returns such a child with an `Ok(())` at its end, so that the rest of it can be checked.
pub(crate) fn with_ok(expr: &Expr) -> Expr {
    let mut repaired = peel(expr).clone();
    let block = match &mut repaired {
        Expr::Async(block) => Some(&mut block.block),
        Expr::Closure(closure) => match &mut *closure.body {
            Expr::Block(block) => Some(&mut block.block),
            _ => None,
        },
        _ => None,
    };
    if let Some(block) = block {
        if let Some(Stmt::Expr(_, semicolon @ None)) = block.stmts.last_mut() {
            *semicolon = Some(Default::default());
        }
        block.stmts.push(Stmt::Expr(parse_quote!(::core::result::Result::Ok(())), None));
    }
    repaired
}

/// Reports `tokio::task::spawn_blocking(…)` in the place of a child. Inside one it is fine: the child waits for it.
pub(crate) fn blocking_call(arm: &Arm, expr: &Expr, allow: Allow, sentences: &Sentences, errors: &mut Errors) {
    let Expr::Call(call) = expr else { return };
    let path = call.func.to_token_stream().to_string().replace(' ', "");
    let path = path.trim_start_matches("::");
    if !allow.detached && path == "tokio::task::spawn_blocking" {
        errors.in_arm(arm.index, &call.func, (sentences.detached)(path));
    }
}

/// Returns `true` if the last `else` has no condition.
pub(crate) fn has_else(choice: &ExprIf) -> bool {
    match &choice.else_branch {
        None => false,
        Some((_, otherwise)) => match &**otherwise {
            Expr::If(next) => has_else(next),
            _ => true,
        },
    }
}

/// Returns `false` for a block that certainly has no value.
pub(crate) fn ends_with_value(block: &Block) -> bool {
    match block.stmts.last() {
        None | Some(Stmt::Local(_) | Stmt::Item(_)) => false,
        Some(Stmt::Macro(last)) => last.semi_token.is_none() || !prints(&last.mac),
        Some(Stmt::Expr(_, None)) => true,
        // What may never return has the type of any child.
        Some(Stmt::Expr(expr, Some(_))) => {
            !matches!(expr, Expr::Call(_) | Expr::MethodCall(_) | Expr::Await(_) | Expr::Try(_) | Expr::Assign(_))
        }
    }
}

/// Returns `true` for the macros of std that return.
pub(crate) fn prints(invocation: &Macro) -> bool {
    const PRINT: [&str; 12] = [
        "println",
        "print",
        "eprintln",
        "eprint",
        "dbg",
        "assert",
        "assert_eq",
        "assert_ne",
        "debug_assert",
        "debug_assert_eq",
        "debug_assert_ne",
        "write",
    ];
    invocation.path.get_ident().is_some_and(|name| PRINT.iter().any(|print| name == print))
}

/// Returns `true` if it is not known whether the child is a future or a closure.
pub(crate) fn has_two_places(arm: &Arm) -> bool {
    arm.attr(AttrKind::Spawn).is_some() && arm.attr(AttrKind::Blocking).is_some()
}

/// Reports calls, by full path, that start a task outside the group or block the thread.
pub(crate) fn named_paths(
    tokens: TokenStream,
    allow: Allow,
    may_block: bool,
    sentences: &Sentences,
    mut report: impl FnMut(TokenStream, Message),
) {
    for found in paths::find(tokens) {
        let path = found.path.join("::");
        if path == "std::thread::sleep" {
            // In a `#[blocking]` child, and in the argument of `spawn_blocking`, blocking is the point.
            if !allow.blocking_sleep && !may_block && !found.off_thread {
                report(found.tokens, (sentences.blocking_sleep)());
            }
        } else if !allow.detached {
            report(found.tokens, (sentences.detached)(&path));
        }
    }
}
