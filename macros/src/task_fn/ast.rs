//! The model of one function under `#[task_group]`.
//!
//! The function is taken apart. What stays in [`TaskFn::shell`] is everything around the body, with a
//! [placeholder](super::placeholder) in the body's place; in the body, each child statement is a placeholder too, which
//! has the child's index.

use std::ops::Range;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Attribute, Block, Expr, ItemFn, Pat, Stmt, Token, Type};

use crate::ast::{Arm, ArmKind, Place};
use crate::syntax::{is_box_pin, peel};
use crate::words::Allow;

pub(super) struct TaskFn {
    pub(super) options: Options,
    pub(super) shell: ItemFn,
    /// The user's own statements.
    pub(super) body: Block,
    /// What the body returns.
    pub(super) output: Type,
    pub(super) children: Vec<Child>,
    /// The indices of the body's statements that belong to each stage; what stands before the first one is in none.
    pub(super) stages: Vec<Range<usize>>,
}

/// A child statement.
pub(super) struct Child {
    /// `#[child] let name = expression;` is written like an arm of `group!`, and checked like one.
    pub(super) arm: Arm,
    /// The user's other attributes.
    pub(super) other_attrs: Vec<Attribute>,
    pub(super) form: Form,
    /// The index of the body's statement that it is, or stands in.
    pub(super) top: usize,
    pub(super) in_loop: bool,
}

pub(super) enum Form {
    /// `expression;`
    Statement,
    /// `let name = expression;`
    Let(Box<Binding>),
    /// Something else on the left: a mistake.
    Pattern(Box<Pat>),
    /// Without a `;`: a mistake.
    Tail,
}

pub(super) struct Binding {
    pub(super) let_token: Token![let],
    pub(super) mutability: Option<Token![mut]>,
    pub(super) name: Ident,
    pub(super) ty: Option<Type>,
    pub(super) is_used: bool,
}

#[derive(Default)]
pub(super) struct Options {
    /// In the order written: each is a method of `Group`.
    pub(super) methods: Vec<Method>,
    /// The word.
    pub(super) boxed: Option<Ident>,
    pub(super) allow: Allow,
    pub(super) krate: Option<TokenStream>,
}

pub(super) struct Method {
    pub(super) name: Ident,
    pub(super) value: Option<Expr>,
}

impl Options {
    /// The path of our crate.
    pub(super) fn krate(&self) -> TokenStream {
        self.krate.clone().unwrap_or_else(|| quote!(::taskgroup))
    }
}

impl Child {
    pub(super) fn expr(&self) -> Option<&Expr> {
        match &self.arm.kind {
            ArmKind::One(expr) => Some(expr),
            ArmKind::Each(_) => None,
        }
    }

    pub(super) fn binding(&self) -> Option<&Binding> {
        match &self.form {
            Form::Let(binding) => Some(binding),
            Form::Statement | Form::Pattern(_) | Form::Tail => None,
        }
    }

    /// A literal `async` block or closure has the function's own error type: with a conversion, nothing would say which
    /// one its `?` are to convert to.
    pub(super) fn is_literal(&self) -> bool {
        self.expr().is_some_and(|expr| is_literal(expr, self.arm.place()))
    }
}

fn is_literal(expr: &Expr, place: Place) -> bool {
    match peel(expr) {
        Expr::Async(_) => place != Place::Blocking,
        Expr::Closure(closure) => place == Place::Blocking && matches!(closure.output, syn::ReturnType::Default),
        Expr::Block(block) => last(&block.block).is_some_and(|last| is_literal(last, place)),
        Expr::If(choice) => last(&choice.then_branch).is_some_and(|last| is_literal(last, place)),
        // `taskgroup::ok(…)` cannot fail, so that its error is whatever is asked for.
        Expr::Call(call) if call.args.len() == 1 && is_ok(&call.func) => place != Place::Blocking,
        Expr::Call(call) if call.args.len() == 1 => is_box_pin(&call.func) && is_literal(&call.args[0], place),
        _ => false,
    }
}

fn last(block: &Block) -> Option<&Expr> {
    match block.stmts.last() {
        Some(Stmt::Expr(expr, None)) => Some(expr),
        _ => None,
    }
}

/// `ok`, `taskgroup::ok`.
fn is_ok(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let mut names = path.path.segments.iter().rev();
    let ok = names.next().is_some_and(|last| last.ident == "ok" && last.arguments.is_none());
    ok && names.next().is_none_or(|name| name.ident == "taskgroup") && names.next().is_none()
}
