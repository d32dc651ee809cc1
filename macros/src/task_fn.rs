//! `#[task_group]`: an `async fn` and its options to the model, which goes on to [`check`] and [`expand`], or to
//! [`fallback`].
//!
//! The function is taken apart. What stays in [`TaskFn::shell`] is everything around the body, with a [`hole`] in the
//! body's place; in the body, each child statement is a hole too, which has the child's index.

mod boxed;
mod check;
mod expand;
mod fallback;
mod hole;
mod options;
mod shape;
mod statements;

use std::ops::Range;

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Block, Expr, ItemFn, Pat, Stmt, Token, Type};

use self::options::Options;
pub(crate) use self::statements::Inside;
use crate::ast::{Arm, Place, peel};
use crate::errors::Errors;

pub(crate) struct TaskFn {
    options: Options,
    shell: ItemFn,
    /// The user's own statements.
    body: Block,
    /// What the body returns.
    output: Type,
    children: Vec<Child>,
    /// The indices of the body's statements that belong to each stage; what stands before the first one is in none.
    stages: Vec<Range<usize>>,
}

/// A child statement.
struct Child {
    /// `#[child] let name = expression;` is written like an arm of `group!`, and checked like one.
    arm: Arm,
    /// The user's other attributes.
    attrs: Vec<Attribute>,
    form: Form,
    /// The index of the body's statement that it is, or stands in.
    top: usize,
    in_loop: bool,
}

enum Form {
    /// `expression;`
    Statement,
    /// `let name = expression;`
    Let(Box<Binding>),
    /// Something else on the left: a mistake.
    Pattern(Box<Pat>),
    /// Without a `;`: a mistake.
    Tail,
}

struct Binding {
    let_token: Token![let],
    mutability: Option<Token![mut]>,
    name: Ident,
    ty: Option<Type>,
    is_used: bool,
}

/// Deeper, a function's future becomes slow to compile.
const MOST_STAGES: usize = 16;

pub(crate) fn task_group(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = options::read(options, &mut errors);
    match read(options, item.clone(), &mut errors) {
        Some(function) => {
            check::function(&function, &mut errors);
            if errors.is_empty() { expand::function(function) } else { fallback::function(function, &errors) }
        }
        None => fallback::item(item, &errors),
    }
}

/// `None`: what this stands on is no function that could have children.
fn read(options: Options, item: TokenStream, errors: &mut Errors) -> Option<TaskFn> {
    let (shell, mut body, output) = shape::read(item, errors)?;
    let children = statements::read(&mut body, errors);
    let stages = stages(&body, &children);
    Some(TaskFn { options, shell, body, output, children, stages })
}

/// Each run of statements with children begins a stage, which goes on to the next one.
fn stages(body: &Block, children: &[Child]) -> Vec<Range<usize>> {
    let has_children = |top: usize| children.iter().any(|child| child.top == top);
    let mut starts: Vec<usize> = (0..body.stmts.len())
        .filter(|&top| has_children(top) && top.checked_sub(1).is_none_or(|before| !has_children(before)))
        .collect();
    while starts.len() > MOST_STAGES {
        let Some(needless) = (1..starts.len()).find(|&stage| check::is_needless(body, children, &starts, stage)) else {
            break;
        };
        starts.remove(needless);
    }
    let ends = starts.iter().copied().skip(1).chain([body.stmts.len()]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

impl Child {
    fn expr(&self) -> Option<&Expr> {
        match &self.arm.kind {
            crate::ast::ArmKind::One(expr) => Some(expr),
            crate::ast::ArmKind::Each(_) => None,
        }
    }

    fn binding(&self) -> Option<&Binding> {
        match &self.form {
            Form::Let(binding) => Some(binding),
            Form::Statement | Form::Pattern(_) | Form::Tail => None,
        }
    }

    /// A literal `async` block or closure has the function's own error type: with a conversion, nothing would say which
    /// one its `?` are to convert to.
    fn is_literal(&self) -> bool {
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

fn is_box_pin(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let mut names = path.path.segments.iter().rev().map(|segment| &segment.ident);
    names.next().is_some_and(|name| name == "pin") && names.next().is_some_and(|name| name == "Box")
}

/// `ok`, `taskgroup::ok`.
fn is_ok(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let mut names = path.path.segments.iter().rev();
    let ok = names.next().is_some_and(|last| last.ident == "ok" && last.arguments.is_none());
    ok && names.next().is_none_or(|name| name.ident == "taskgroup") && names.next().is_none()
}
