//! Divides a body into stages.
//!
//! A child may borrow what is computed before it, so it has to be declared after that: in a future inside the one that
//! computes it. A stage is such a future. A stage that borrows nothing computed since the one before it is merged into
//! that one if there are too many.

use std::ops::Range;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Pat, Stmt};

use super::ast::Child;

/// The depth from which on a function's future is slow to compile.
pub(super) const MOST_STAGES: usize = 16;

/// Returns the statements of each stage: a stage begins at the first of consecutive statements with children, and ends
/// where the next one begins.
pub(super) fn stages(body: &Block, children: &[Child]) -> Vec<Range<usize>> {
    let has_children = |top: usize| children.iter().any(|child| child.top == top);
    let mut starts: Vec<usize> = (0..body.stmts.len())
        .filter(|&top| has_children(top) && top.checked_sub(1).is_none_or(|before| !has_children(before)))
        .collect();
    while starts.len() > MOST_STAGES {
        let Some(needless) = (1..starts.len()).find(|&stage| is_needless(body, children, &starts, stage)) else {
            break;
        };
        starts.remove(needless);
    }
    let ends = starts.iter().copied().skip(1).chain([body.stmts.len()]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

/// Returns `true` if the children of the stage can be declared with those of the one before, because they mention nothing
/// that is bound in between.
fn is_needless(body: &Block, children: &[Child], starts: &[usize], stage: usize) -> bool {
    let (Some(&before), Some(&start)) = (starts.get(stage - 1), starts.get(stage)) else { return false };
    let end = starts.get(stage + 1).copied().unwrap_or(body.stmts.len());
    let locals = body.stmts.get(before..start).unwrap_or_default().iter().filter_map(|stmt| match stmt {
        Stmt::Local(local) => Some(bound(local.pat.clone())),
        _ => None,
    });
    // A later child may take the handle of an earlier one, which its stage must not precede.
    let handles =
        children.iter().filter(|child| (before..start).contains(&child.top)).filter_map(|child| child.arm.name.clone());
    let names: Vec<String> = locals.flatten().chain(handles).map(|name| name.unraw().to_string()).collect();
    let is_free = |tokens: TokenStream| !mentions_any(tokens, &names);
    let has_children = |top: &usize| children.iter().any(|child| child.top == *top);
    (start..end).filter(has_children).all(|top| body.stmts.get(top).is_none_or(|stmt| is_free(stmt.to_token_stream())))
        && children
            .iter()
            .filter(|child| (start..end).contains(&child.top))
            // The statements hold placeholders, so the expressions of their children are looked at one by one.
            .all(|child| is_free(child.arm.span_tokens()))
}

pub(super) fn mentions_any(tokens: TokenStream, names: &[String]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => names.contains(&word.unraw().to_string()),
        TokenTree::Group(group) => mentions_any(group.stream(), names),
        TokenTree::Literal(_) | TokenTree::Punct(_) => false,
    })
}

pub(super) fn bound(mut pat: Pat) -> Vec<Ident> {
    struct Names(Vec<Ident>);
    impl VisitMut for Names {
        fn visit_pat_ident_mut(&mut self, pat: &mut syn::PatIdent) {
            // A path such as `None` is a `PatIdent` too. One name too many keeps a stage that could be merged, which is
            // harmless.
            self.0.push(pat.ident.clone());
            visit_mut::visit_pat_ident_mut(self, pat);
        }
    }
    let mut names = Names(Vec::new());
    names.visit_pat_mut(&mut pat);
    names.0
}
