//! The rules for one child, however it is written: as an arm of `group!`, as the end of a `for` arm's body, or as a
//! statement under `#[task_group]`. The rules are the same; [`Sentences`] has the wording for each.

use proc_macro2::TokenStream;
use syn::{Attribute, Expr, Meta};

use crate::ast::{Arm, Place};
use crate::errors::Errors;
use crate::messages::{Message, Sentences};
use crate::paths;
use crate::syntax::{asks_early, head};
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
        Expr::Closure(closure) => {
            let message = match (blocking, closure.asyncness) {
                (true, None) => return,
                (true, Some(_)) => sentences.blocking_future,
                (false, None) => sentences.closure,
                (false, Some(_)) => sentences.async_closure,
            };
            errors.in_arm(arm.index, head(closure), message());
        }
        Expr::Async(block) if blocking => errors.in_arm(arm.index, block.async_token, (sentences.blocking_future)()),
        _ => {}
    }
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
