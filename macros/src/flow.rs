//! Finds where control and assignments leave a block.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{BinOp, Block, Expr, Item, Label, Lifetime, Macro, Pat, PatIdent, Stmt};

/// An expression that leaves a block. Closures, `async` blocks and items are not searched: a jump in them stays there.
pub(crate) struct Jump {
    pub(crate) kind: JumpKind,
    pub(crate) label: Option<Lifetime>,
    /// The keywords that jump, without operands.
    pub(crate) tokens: TokenStream,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum JumpKind {
    Break,
    Continue,
    Return,
    Try,
    /// `.await`, with the `?` after it if there is one.
    Await,
    /// A macro whose tokens contain `break` or `return`. Whether it jumps is not known before it is expanded.
    Unknown,
}

/// Returns every expression that leaves the block, in the order of the source.
pub(crate) fn jumps(block: &Block) -> Vec<Jump> {
    let mut finder = Finder::default();
    // A clone, because syn's visitor of shared references is a feature of its own, which every user would compile.
    finder.visit_block_mut(&mut block.clone());
    finder.found
}

/// Returns `true` for a literal `async` block that can end only by `?`, because its last statement is a `loop` that
/// nothing leaves.
pub(crate) fn is_endless(expr: &Expr) -> bool {
    let Expr::Async(block) = expr else {
        return false;
    };
    let Some(Stmt::Expr(Expr::Loop(endless), _)) = block.block.stmts.last() else {
        return false;
    };
    let names_the_loop = |label: &Lifetime| endless.label.as_ref().is_some_and(|known| known.name.ident == label.ident);
    let stays = |jump: &Jump| match jump.kind {
        JumpKind::Continue => jump.label.as_ref().is_none_or(names_the_loop),
        JumpKind::Try | JumpKind::Await => true,
        JumpKind::Break | JumpKind::Return | JumpKind::Unknown => false,
    };
    // A `return` before the loop gives the block a type too.
    let returns = jumps(&block.block).iter().any(|jump| matches!(jump.kind, JumpKind::Return | JumpKind::Unknown));
    !returns && jumps(&endless.body).iter().all(stays)
}

#[derive(Default)]
struct Finder {
    found: Vec<Jump>,
    /// The number of loops, inside the block, that enclose the current expression.
    loops: usize,
    /// The labels, inside the block, that are in scope.
    labels: Vec<Lifetime>,
}

impl Finder {
    fn jump(&mut self, kind: JumpKind, label: Option<&Lifetime>, tokens: TokenStream) {
        self.found.push(Jump { kind, label: label.cloned(), tokens });
    }

    /// Returns `true` if a `break` or `continue` with this label targets something outside the block.
    fn leaves(&self, label: Option<&Lifetime>) -> bool {
        match label {
            Some(label) => !self.labels.iter().any(|known| known.ident == label.ident),
            None => self.loops == 0,
        }
    }

    fn inside(&mut self, label: Option<&Label>, is_loop: bool, visit: impl FnOnce(&mut Self)) {
        self.labels.extend(label.map(|label| label.name.clone()));
        self.loops += usize::from(is_loop);
        visit(self);
        self.loops -= usize::from(is_loop);
        if label.is_some() {
            self.labels.pop();
        }
    }
}

impl VisitMut for Finder {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            // `return` and `?` in these end them, not the block.
            Expr::Closure(_) | Expr::Async(_) => {}
            Expr::Loop(inner) => {
                self.inside(inner.label.as_ref(), true, |finder| finder.visit_block_mut(&mut inner.body))
            }
            Expr::While(inner) => self.inside(inner.label.as_ref(), true, |finder| {
                // In the scope of its label too: `break 'label` there leaves this loop. Without a label, rustc rejects
                // it.
                finder.visit_expr_mut(&mut inner.cond);
                finder.visit_block_mut(&mut inner.body);
            }),
            Expr::ForLoop(inner) => {
                // Before the loop begins: a `break` in its source leaves an outer one.
                self.visit_expr_mut(&mut inner.expr);
                self.inside(inner.label.as_ref(), true, |finder| finder.visit_block_mut(&mut inner.body));
            }
            Expr::Block(inner) => {
                // A block with a label is left by `break 'label` only, so it does not count as a loop.
                self.inside(inner.label.as_ref(), false, |finder| finder.visit_block_mut(&mut inner.block));
            }
            Expr::Break(inner) => {
                if self.leaves(inner.label.as_ref()) {
                    let (keyword, label) = (inner.break_token, &inner.label);
                    self.jump(JumpKind::Break, label.as_ref(), quote!(#keyword #label));
                }
                visit_mut::visit_expr_break_mut(self, inner);
            }
            Expr::Continue(inner) => {
                if self.leaves(inner.label.as_ref()) {
                    let label = inner.label.clone();
                    self.jump(JumpKind::Continue, label.as_ref(), inner.to_token_stream());
                }
            }
            Expr::Return(inner) => {
                self.jump(JumpKind::Return, None, inner.return_token.to_token_stream());
                visit_mut::visit_expr_return_mut(self, inner);
            }
            Expr::Try(inner) => {
                let question = inner.question_token;
                // `.await?` is one way out, not two, and is reported once.
                if let Expr::Await(awaited) = &mut *inner.expr {
                    let (dot, keyword) = (awaited.dot_token, awaited.await_token);
                    self.jump(JumpKind::Await, None, quote!(#dot #keyword #question));
                    self.visit_expr_mut(&mut awaited.base);
                } else {
                    self.jump(JumpKind::Try, None, question.to_token_stream());
                    self.visit_expr_mut(&mut inner.expr);
                }
            }
            Expr::Await(inner) => {
                let (dot, keyword) = (inner.dot_token, inner.await_token);
                self.jump(JumpKind::Await, None, quote!(#dot #keyword));
                self.visit_expr_mut(&mut inner.base);
            }
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}

    fn visit_macro_mut(&mut self, invocation: &mut Macro) {
        if mentions_jump(invocation.tokens.clone()) {
            self.jump(JumpKind::Unknown, None, invocation.path.to_token_stream());
        }
    }
}

/// Returns the variables of an outer scope that the body of an inline `for` assigns to.
///
/// A name that occurs in the tokens of a macro may be declared there, and is left to rustc.
pub(crate) fn changed_outside(pat: &Pat, body: &Block) -> Vec<Ident> {
    let mut changes = Changes::default();
    changes.visit_pat_mut(&mut pat.clone());
    changes.visit_block_mut(&mut body.clone());
    let Changes { declared, changed } = changes;
    changed.into_iter().filter(|name| !declared.contains(name)).collect()
}

#[derive(Default)]
struct Changes {
    declared: Vec<Ident>,
    changed: Vec<Ident>,
}

impl Changes {
    fn change(&mut self, place: &Expr) {
        match place {
            Expr::Path(path) => self.changed.extend(path.path.get_ident().filter(|name| !is_static(name)).cloned()),
            // Assigning to a part changes the whole. Through `*x` and calls, it may change something else.
            Expr::Field(field) => self.change(&field.base),
            Expr::Index(index) => self.change(&index.expr),
            Expr::Paren(paren) => self.change(&paren.expr),
            _ => {}
        }
    }

    fn mentioned(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(name) => self.declared.push(name),
                TokenTree::Group(group) => self.mentioned(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}

impl VisitMut for Changes {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            // What these may assign to depends on how they capture, which rustc reports.
            Expr::Closure(_) | Expr::Async(_) => return,
            Expr::Assign(assign) => self.change(&assign.left),
            Expr::Binary(binary) if assigns(&binary.op) => self.change(&binary.left),
            _ => {}
        }
        visit_mut::visit_expr_mut(self, expr);
    }

    fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
        self.declared.push(pat.ident.clone());
        visit_mut::visit_pat_ident_mut(self, pat);
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}

    fn visit_macro_mut(&mut self, invocation: &mut Macro) {
        self.mentioned(invocation.tokens.clone());
    }
}

/// Returns `true` for the name of a static, by convention. Statics are not captured, so assigning to one is possible.
fn is_static(name: &Ident) -> bool {
    !name.to_string().contains(char::is_lowercase)
}

fn assigns(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}

fn mentions_jump(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "break" || word == "return",
        TokenTree::Group(group) => mentions_jump(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
