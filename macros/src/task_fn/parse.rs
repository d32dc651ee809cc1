//! Reads a function into the [model](super::ast): finds the child statements of its body, and puts placeholders in their
//! places.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, Expr, ExprMacro, Item, Local, LocalInit, Meta, Pat, Stmt, StmtMacro, Token};

use super::ast::{Binding, Child, Form, Options, TaskFn};
use super::attributes::{
    has_own_group, is_cfg, put_attributes, put_expr_attributes, take_attributes, take_expr_attributes,
};
use super::stages::stages;
use super::{bound, habits, placeholder, unwrap};
use crate::ast::{Arm, ArmKind, ChildAttr, Inside};
use crate::child_rules;
use crate::errors::Errors;
use crate::messages::task_fn as messages;
use crate::words::{Allow, AttrKind, Host, RUST_ATTRS};

/// Returns `None` for an item that cannot have children, which has been reported.
pub(super) fn function(options: Options, item: TokenStream, errors: &mut Errors) -> Option<TaskFn> {
    let (shell, mut body, output) = unwrap::read(item.clone(), errors)?;
    let children = statements(&mut body, item, errors);
    let stages = stages(&body, &children);
    Some(TaskFn { options, shell, body, output, children, stages })
}

fn statements(body: &mut Block, function: TokenStream, errors: &mut Errors) -> Vec<Child> {
    let mut reader =
        Reader { function, errors, children: Vec::new(), top: 0, loops: 0, inside: None, conditional: false };
    for top in 0..body.stmts.len() {
        reader.top = top;
        reader.statement(&mut body.stmts, top);
    }
    reader.children
}

struct Reader<'e> {
    /// The function as it is written.
    function: TokenStream,
    errors: &'e mut Errors,
    children: Vec<Child>,
    top: usize,
    /// The number of loops that enclose the current statement.
    loops: usize,
    inside: Option<Inside>,
    /// Set inside a statement with `#[cfg]`.
    conditional: bool,
}

impl Reader<'_> {
    fn statement(&mut self, stmts: &mut [Stmt], at: usize) {
        let is_last = at + 1 == stmts.len();
        // The statements after it are needed too: whether they mention the child decides whether it is ever joined.
        let (before, after) = stmts.split_at_mut(at + 1);
        let Some(stmt) = before.last_mut() else { return };
        let (mut attrs, mut others): (Vec<_>, Vec<_>) = (Vec::new(), Vec::new());
        for attr in take_attributes(stmt) {
            match self.recognize(&attr) {
                Some(kind) => attrs.push(ChildAttr { kind, attr }),
                None => others.push(attr),
            }
        }
        if attrs.is_empty() {
            attrs = self.misplaced_in_let(stmt);
        }
        let is_conditional = others.iter().any(is_cfg);
        if attrs.is_empty() {
            put_attributes(stmt, others);
            let outer = self.conditional;
            self.conditional |= is_conditional;
            self.visit_stmt_mut(stmt);
            self.conditional = outer;
            return;
        }
        let index = self.children.len();
        // Whether a `#[cfg]` holds is not known here, and the site is declared elsewhere, without it.
        if is_conditional || self.conditional {
            if let Some(first) = attrs.first() {
                self.errors.in_arm(index, &first.attr, messages::conditional_child());
            }
        }
        if let Some(inside) = self.inside {
            self.errors.in_arm(index, both(&attrs), messages::child_inside(inside));
        }
        // A child in an inner item cannot name the group of the function. Its statement stays, without our attributes.
        let in_item = matches!(self.inside, Some(Inside::Item));
        let child = if in_item { None } else { self.child(stmt, is_last, &attrs, after) };
        let Some((name, mut expr, form)) = child else {
            put_attributes(stmt, others);
            return self.visit_stmt_mut(stmt);
        };
        if let (Form::Let(_), Some(name)) = (&form, &name) {
            habits::early_reads(after, name, index, self.errors);
        }
        let arm =
            Arm { index, attrs, allow: Allow::default(), name, kind: ArmKind::One(Expr::Verbatim(TokenStream::new())) };
        let (top, in_loop) = (self.top, self.loops > 0);
        self.children.push(Child { arm, other_attrs: others, form, top, in_loop });
        // Child statements inside the expression get higher indices, on which `fill_children` relies.
        self.visit_expr_mut(&mut expr);
        if let Some(child) = self.children.get_mut(index) {
            child.arm.kind = ArmKind::One(expr);
        }
        *stmt = placeholder::new(index);
    }

    /// Takes the child out of a statement with our attributes. Returns `None` if the statement cannot be one, which has
    /// been reported.
    fn child(
        &mut self,
        stmt: &mut Stmt,
        is_last: bool,
        attrs: &[ChildAttr],
        after: &[Stmt],
    ) -> Option<(Option<Ident>, Expr, Form)> {
        let index = self.children.len();
        let first = attrs.first()?;
        match stmt {
            Stmt::Local(local) => self.child_let(local, first, after),
            Stmt::Expr(expr, semicolon) => {
                // A loop is an expression of type `()`, and the attribute belongs on the statement in it that starts a
                // child.
                if let Some((keyword, _)) = loop_keyword(expr) {
                    self.errors.in_arm(index, &first.attr, messages::child_loop(first.kind.text(), keyword));
                    return None;
                }
                // An assignment has the type `()`. The child would have to be its right side.
                if let Expr::Assign(assign) = expr {
                    // Read on as what was meant: otherwise rustc would report each use of the name.
                    if let Some(name) = bound::undeclared(&assign.left, &self.function) {
                        self.errors.in_arm(index, &name, messages::child_undeclared(first.kind.text(), &name));
                        let is_used = after.iter().any(|stmt| mentions(stmt.to_token_stream(), &name));
                        let let_token = Token![let](name.span());
                        let binding = Binding { let_token, mutability: None, name: name.clone(), ty: None, is_used };
                        return Some((Some(name), (*assign.right).clone(), Form::Let(Box::new(binding))));
                    }
                    let attribute = first.kind.text();
                    if let Some(name) = bound::declared_only(&assign.left, &self.function) {
                        self.errors.in_arm(index, &first.attr, messages::child_declared_before(attribute, &name));
                        return None;
                    }
                    self.errors.in_arm(index, &first.attr, messages::child_assignment(attribute, &assign.left));
                    return Some((None, (*assign.right).clone(), Form::Statement));
                }
                // `return` is not the child: what it returns is.
                if let Some((keyword, value)) = jump(expr) {
                    self.errors.in_arm(index, &keyword, messages::child_jump(&keyword.to_string()));
                    let value = value?;
                    return Some((None, value, Form::Statement));
                }
                let is_tail = is_last && semicolon.is_none();
                if is_tail {
                    self.errors.in_arm(index, both(attrs), messages::child_tail());
                }
                // Read as a child all the same: the mistake is reported, and the rest of the statement is checked.
                let expr = std::mem::replace(expr, Expr::Verbatim(TokenStream::new()));
                Some((None, expr, if is_tail { Form::Tail } else { Form::Statement }))
            }
            Stmt::Macro(StmtMacro { mac, semi_token, .. }) => {
                if child_rules::prints(mac) {
                    let name = mac.path.to_token_stream().to_string();
                    self.errors.in_arm(index, &first.attr, messages::child_print(&name));
                    return None;
                }
                let is_tail = is_last && semi_token.is_none();
                if is_tail {
                    self.errors.in_arm(index, both(attrs), messages::child_tail());
                }
                let expr = Expr::Macro(ExprMacro { attrs: Vec::new(), mac: mac.clone() });
                Some((None, expr, if is_tail { Form::Tail } else { Form::Statement }))
            }
            Stmt::Item(_) => {
                self.errors.in_arm(index, &first.attr, messages::child_item(first.kind.text()));
                None
            }
        }
    }

    fn child_let(
        &mut self,
        local: &mut Local,
        first: &ChildAttr,
        after: &[Stmt],
    ) -> Option<(Option<Ident>, Expr, Form)> {
        let index = self.children.len();
        let Some(LocalInit { expr, diverge, .. }) = local.init.take() else {
            self.errors.in_arm(index, &first.attr, messages::child_without_value());
            return None;
        };
        if let Some((keyword, tokens)) = loop_keyword(&expr) {
            self.errors.in_arm(index, tokens, messages::child_loop(first.kind.text(), keyword));
        }
        let has_else = diverge.is_some();
        if let Some((otherwise, _)) = diverge {
            self.errors.in_arm(index, otherwise, messages::child_else());
        }
        let (pat, ty) = match local.pat.clone() {
            Pat::Type(typed) => (*typed.pat, Some(*typed.ty)),
            pat => (pat, None),
        };
        let (name, form) = match pat {
            // Only a handle as a whole can be joined, so it needs one name.
            Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => {
                let is_used = after.iter().any(|stmt| mentions(stmt.to_token_stream(), &pat.ident));
                let let_token = local.let_token;
                let binding = Binding { let_token, mutability: pat.mutability, name: pat.ident.clone(), ty, is_used };
                (Some(pat.ident), Form::Let(Box::new(binding)))
            }
            Pat::Wild(wild) => {
                self.errors.in_arm(index, &wild, messages::underscore_child());
                (None, Form::Statement)
            }
            pat => {
                // With an `else`, it is one mistake, and what to write instead takes the value apart as well.
                if !has_else {
                    self.errors.in_arm(index, &pat, messages::child_pattern());
                }
                (None, Form::Pattern(Box::new(pat)))
            }
        };
        Some((name, *expr, form))
    }

    /// Takes our attributes off the expression in `let x = #[child] f();`, and reports them.
    fn misplaced_in_let(&mut self, stmt: &mut Stmt) -> Vec<ChildAttr> {
        let Stmt::Local(local) = stmt else { return Vec::new() };
        let Some(init) = &mut local.init else { return Vec::new() };
        let (mut attrs, mut others) = (Vec::new(), Vec::new());
        for attr in take_expr_attributes(&mut init.expr) {
            match own_kind(&attr) {
                Some(kind) => attrs.push(ChildAttr { kind, attr }),
                None => others.push(attr),
            }
        }
        put_expr_attributes(&mut init.expr, others);
        if !attrs.is_empty() {
            self.errors.in_arm(self.children.len(), both(&attrs), messages::late_attribute());
        }
        attrs
    }

    /// Returns the kind of an attribute of ours, which may be misspelt.
    fn recognize(&mut self, attr: &Attribute) -> Option<AttrKind> {
        let index = self.children.len();
        let Some(name) = attr.path().get_ident() else {
            let (path, kind) = habits::by_path(attr)?;
            self.errors.in_arm(index, attr, messages::unknown_attribute(&path, kind.text()));
            return Some(kind);
        };
        let name = name.unraw().to_string();
        if let Some(kind) = AttrKind::named(&name, Host::Statement) {
            child_rules::takes_no_arguments(attr, kind, index, &messages::STATEMENT, self.errors);
            return Some(kind);
        }
        // An attribute with arguments is more likely one of another macro than a misspelt one of ours.
        if RUST_ATTRS.contains(&name.as_str()) || !matches!(attr.meta, Meta::Path(_)) {
            return None;
        }
        let kind = AttrKind::meant(&name, Host::Statement)?;
        self.errors.in_arm(index, attr, messages::unknown_attribute(&name, kind.text()));
        Some(kind)
    }

    fn inside(&mut self, inside: Inside, visit: impl FnOnce(&mut Self)) {
        let outer = self.inside.replace(inside);
        // A loop outside a closure or an inner item does not repeat what is inside it.
        let loops = std::mem::take(&mut self.loops);
        visit(self);
        self.inside = outer;
        self.loops = loops;
    }

    fn repeated(&mut self, visit: impl FnOnce(&mut Self)) {
        self.loops += 1;
        visit(self);
        self.loops -= 1;
    }
}

impl VisitMut for Reader<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        for at in 0..block.stmts.len() {
            self.statement(&mut block.stmts, at);
        }
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let mut others = Vec::new();
        for attr in take_expr_attributes(expr) {
            match own_kind(&attr) {
                Some(_) => self.errors.in_arm(self.children.len(), &attr, messages::late_attribute()),
                None => others.push(attr),
            }
        }
        put_expr_attributes(expr, others);
        let handles: Vec<Ident> = self.children.iter().filter_map(|child| child.arm.name.clone()).collect();
        habits::tuple_awaited(expr, &handles, self.children.len(), self.errors);
        match expr {
            Expr::Closure(closure) => self.inside(Inside::Closure, |reader| reader.visit_expr_mut(&mut closure.body)),
            Expr::Async(block) => self.inside(Inside::AsyncBlock, |reader| reader.visit_block_mut(&mut block.block)),
            Expr::Loop(inner) => self.repeated(|reader| reader.visit_block_mut(&mut inner.body)),
            Expr::While(inner) => self.repeated(|reader| {
                reader.visit_expr_mut(&mut inner.cond);
                reader.visit_block_mut(&mut inner.body);
            }),
            Expr::ForLoop(inner) => {
                self.visit_expr_mut(&mut inner.expr);
                self.repeated(|reader| reader.visit_block_mut(&mut inner.body));
            }
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_macro_mut(&mut self, invocation: &mut syn::Macro) {
        habits::attributes_in_macro(invocation, self.children.len(), self.errors);
    }

    fn visit_item_mut(&mut self, item: &mut Item) {
        self.inside(Inside::Item, |reader| visit_mut::visit_item_mut(reader, item));
    }

    fn visit_item_fn_mut(&mut self, function: &mut syn::ItemFn) {
        if !has_own_group(&function.attrs) {
            visit_mut::visit_item_fn_mut(self, function);
        }
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
        if !has_own_group(&function.attrs) {
            visit_mut::visit_impl_item_fn_mut(self, function);
        }
    }

    fn visit_trait_item_fn_mut(&mut self, function: &mut syn::TraitItemFn) {
        if !has_own_group(&function.attrs) {
            visit_mut::visit_trait_item_fn_mut(self, function);
        }
    }
}

/// Returns the kind of an attribute of ours.
fn own_kind(attr: &Attribute) -> Option<AttrKind> {
    AttrKind::named(&attr.path().get_ident()?.to_string(), Host::Statement)
}

fn both(attrs: &[ChildAttr]) -> TokenStream {
    attrs.iter().map(|attr| attr.attr.to_token_stream()).collect()
}

/// Returns the keyword of an expression that jumps, and its value.
fn jump(expr: &mut Expr) -> Option<(TokenStream, Option<Expr>)> {
    match expr {
        Expr::Return(inner) => Some((inner.return_token.to_token_stream(), inner.expr.take().map(|value| *value))),
        Expr::Break(inner) => Some((inner.break_token.to_token_stream(), inner.expr.take().map(|value| *value))),
        Expr::Continue(inner) => Some((inner.continue_token.to_token_stream(), None)),
        _ => None,
    }
}

fn loop_keyword(expr: &Expr) -> Option<(&'static str, TokenStream)> {
    match expr {
        Expr::ForLoop(inner) => Some(("for", inner.for_token.to_token_stream())),
        Expr::While(inner) => Some(("while", inner.while_token.to_token_stream())),
        Expr::Loop(inner) => Some(("loop", inner.loop_token.to_token_stream())),
        _ => None,
    }
}

/// Returns `true` if the tokens name the variable. A format string can name it too.
fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    let text = name.unraw().to_string();
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word.unraw() == text,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Literal(literal) => literal.to_string().contains(&format!("{{{text}")),
        TokenTree::Punct(_) => false,
    })
}
