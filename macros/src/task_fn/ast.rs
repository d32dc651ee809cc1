//! The model of one function under `#[task_group]`.
//!
//! [`TaskFn::shell`] is the item with a [placeholder](super::placeholder) in place of the user's body. In
//! [`TaskFn::body`], each child statement is a placeholder with the index of the child.

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
    /// The type that the body returns.
    pub(super) output: Type,
    pub(super) children: Vec<Child>,
    /// The indices of the statements of each stage. Statements before the first stage are in none.
    pub(super) stages: Vec<Range<usize>>,
}

/// A child statement.
pub(super) struct Child {
    /// The attributes, the name and the expression, which have the rules of an arm of `group!`.
    pub(super) arm: Arm,
    /// Attributes of the user that are not ours.
    pub(super) other_attrs: Vec<Attribute>,
    pub(super) form: Form,
    /// The index of the statement of the body that it is, or is part of.
    pub(super) top: usize,
    pub(super) in_loop: bool,
}

pub(super) enum Form {
    /// `expression;`
    Statement,
    /// `let name = expression;`
    Let(Box<Binding>),
    /// `let pattern = expression;`, which is a mistake.
    Pattern(Box<Pat>),
    /// `expression` at the end of a block, which is a mistake.
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
    /// The options that are methods of `Group`, in the order written.
    pub(super) methods: Vec<Method>,
    /// The name, for its span.
    pub(super) boxed: Option<Ident>,
    pub(super) allow: Allow,
    pub(super) krate: Option<TokenStream>,
}

pub(super) struct Method {
    pub(super) name: Ident,
    pub(super) value: Option<Expr>,
}

impl Options {
    /// Returns the path of the crate `taskgroup`.
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

    /// Returns `true` for a literal `async` block or closure. If nothing in it determines its error type, that has to be the
    /// function's: nothing else would determine to which type each `?` in it converts.
    pub(super) fn is_literal(&self) -> bool {
        self.expr().is_some_and(|expr| is_literal(expr, self.arm.place()))
    }
}

fn is_literal(expr: &Expr, place: Place) -> bool {
    match peel(expr) {
        Expr::Async(_) => place != Place::Blocking,
        // A closure with a return type says what its error is.
        Expr::Closure(closure) => place == Place::Blocking && matches!(closure.output, syn::ReturnType::Default),
        Expr::Block(block) => last(&block.block).is_some_and(|last| is_literal(last, place)),
        Expr::If(choice) => last(&choice.then_branch).is_some_and(|last| is_literal(last, place)),
        // `taskgroup::ok(…)` has any error type, and a conversion would not determine it.
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

/// Returns `true` for `ok` and `taskgroup::ok`.
fn is_ok(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let mut names = path.path.segments.iter().rev();
    let ok = names.next().is_some_and(|last| last.ident == "ok" && last.arguments.is_none());
    ok && names.next().is_none_or(|name| name.ident == "taskgroup") && names.next().is_none()
}
