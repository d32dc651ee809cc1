//! Recognizes what people write in a body because another library or language has it, and what they do with a handle before
//! its join. The mistakes are reported while the body is read, because what rustc would report once more is repaired here.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Expr, Item, Local, Macro, Member, Pat, Stmt, parse_quote};

use super::stages::bound;
use crate::editor::is_editor;
use crate::errors::Errors;
use crate::messages::task_fn as messages;
use crate::syntax::peel;
use crate::words::{AttrKind, Host};

/// Macros that take expressions, so that a child in their tokens is meant to be started. Another macro may have a meaning of
/// its own for our words, as `group!` has.
const TAKE_EXPRESSIONS: [&str; 22] = [
    "vec",
    "select",
    "select_biased",
    "join",
    "try_join",
    "println",
    "print",
    "eprintln",
    "eprint",
    "format",
    "write",
    "writeln",
    "assert",
    "assert_eq",
    "assert_ne",
    "dbg",
    "matches",
    "panic",
    "todo",
    "unreachable",
    "stream",
    "try_stream",
];

/// Macros whose arguments are formatted.
const FORMAT: [&str; 9] =
    ["println", "print", "eprintln", "eprint", "format", "write", "writeln", "panic", "format_args"];

/// Methods of values that no library gives to futures.
const OF_VALUES: [&str; 34] = [
    "len",
    "is_empty",
    "iter",
    "iter_mut",
    "as_str",
    "as_ref",
    "as_bytes",
    "to_string",
    "to_owned",
    "to_vec",
    "clone",
    "unwrap",
    "expect",
    "unwrap_or",
    "unwrap_or_default",
    "unwrap_or_else",
    "is_ok",
    "is_err",
    "is_some",
    "is_none",
    "get",
    "contains",
    "first",
    "last",
    "keys",
    "values",
    "chars",
    "lines",
    "trim",
    "starts_with",
    "ends_with",
    "push",
    "pop",
    "into_iter",
];

/// Functions of a handle that are no methods.
const OF_HANDLES: [&str; 4] = ["cancel", "abort", "is_finished", "is_cancelled"];

/// Returns the attribute of ours that is meant by a path, as in `#[taskgroup::child]` and `#[tokio::spawn]`.
pub(super) fn by_path(attr: &Attribute) -> Option<(String, AttrKind)> {
    let path = attr.path();
    let first = path.segments.first()?;
    let last = path.segments.last()?.ident.to_string();
    if path.segments.len() < 2 || first.ident != "taskgroup" && first.ident != "tokio" {
        return None;
    }
    let kind = AttrKind::named(&last, Host::Statement).or_else(|| AttrKind::meant(&last, Host::Statement))?;
    Some((path.to_token_stream().to_string().replace(' ', ""), kind))
}

/// Takes our attributes out of the tokens of a macro, where they would start nothing.
pub(super) fn attributes_in_macro(invocation: &mut Macro, index: usize, errors: &mut Errors) {
    let takes = |name: &Ident| TAKE_EXPRESSIONS.iter().any(|known| name == known);
    if invocation.path.segments.last().is_some_and(|last| takes(&last.ident)) {
        invocation.tokens = strip(std::mem::take(&mut invocation.tokens), index, errors);
    }
}

fn strip(tokens: TokenStream, index: usize, errors: &mut Errors) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in tokens {
        let TokenTree::Group(group) = token else {
            kept.push(token);
            continue;
        };
        let is_punct =
            |at: Option<&TokenTree>, sign: char| matches!(at, Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
        let word = group.stream().to_string();
        if group.delimiter() == Delimiter::Bracket && is_punct(kept.last(), '#') {
            if AttrKind::named(&word, Host::Statement).is_some() {
                let pound = kept.pop();
                errors.in_arm(index, quote!(#pound #group), messages::child_in_macro(&word));
                continue;
            }
            kept.push(group.into());
            continue;
        }
        // A macro in the tokens of this one may have a meaning of its own for our words.
        let is_other = is_punct(kept.last(), '!');
        let inner = if is_other { group.stream() } else { strip(group.stream(), index, errors) };
        let mut inner = Group::new(group.delimiter(), inner);
        inner.set_span(group.span());
        kept.push(inner.into());
    }
    kept.into_iter().collect()
}

/// Reports what is done with handles that only their values, or `.join()`, have. Repairs the expression, so that rustc does
/// not report it too.
pub(super) fn tuple_awaited(expr: &mut Expr, handles: &[Ident], index: usize, errors: &mut Errors) {
    let is_handle = |expr: &Expr| match peel(expr) {
        Expr::Path(path) => path.path.get_ident().is_some_and(|name| handles.contains(name)),
        _ => false,
    };
    if let Expr::Await(awaited) = expr {
        if let Expr::Tuple(tuple) = peel(&awaited.base) {
            if tuple.elems.len() > 1 && tuple.elems.iter().all(is_handle) {
                errors.in_arm(index, &awaited.base, messages::tuple_awaited(&text(tuple)));
                let base = &awaited.base;
                awaited.base = parse_quote!(#base.join());
            }
        }
        return;
    }
    if let Expr::MethodCall(call) = expr {
        if call.method == "join"
            && !call.args.is_empty()
            && is_handle(&call.receiver)
            && call.args.iter().all(is_handle)
        {
            let (receiver, args) = (&call.receiver, &call.args);
            let tuple = quote!((#receiver, #args));
            errors.in_arm(index, &call.method, messages::tuple_awaited(&text(&tuple)));
            *expr = parse_quote!(#tuple.join());
        }
    }
}

fn text(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string().replace(" ,", ",").replace("( ", "(").replace(" )", ")")
}

/// Reports what the statements after a child do with its name before they join it (Bug 9).
pub(super) fn early_reads(after: &mut [Stmt], name: &Ident, index: usize, errors: &mut Errors) {
    for (at, stmt) in after.iter_mut().enumerate() {
        // The handle under another name, or under the same.
        if let Some(moved) = moved_to(stmt, name) {
            return early_reads(after.get_mut(at + 1..).unwrap_or_default(), &moved, index, errors);
        }
        let rebinds = match stmt {
            Stmt::Local(local) => bound(local.pat.clone()).contains(name),
            _ => false,
        };
        // A name that is bound again inside a statement may be another variable there.
        if rebinds || !Binds::somewhere(stmt, name) {
            let mut reads = Reads { name, index, errors, elsewhere: is_elsewhere(stmt), nested: 0 };
            match stmt {
                Stmt::Local(local) => {
                    if let Some(init) = &mut local.init {
                        if !Binds::in_expr(&init.expr, name) {
                            reads.visit_expr_mut(&mut init.expr);
                        }
                    }
                }
                stmt => reads.visit_stmt_mut(stmt),
            }
        }
        if rebinds {
            return;
        }
    }
}

/// Returns the variable of `let other = name;`.
fn moved_to(stmt: &Stmt, name: &Ident) -> Option<Ident> {
    let Stmt::Local(Local { attrs, pat: Pat::Ident(pat), init: Some(init), .. }) = stmt else { return None };
    let is_handle = matches!(peel(&init.expr), Expr::Path(path) if path.path.get_ident() == Some(name));
    (is_handle && attrs.is_empty() && pat.by_ref.is_none() && pat.subpat.is_none()).then(|| pat.ident.clone())
}

/// Returns `true` for a statement with `#[spawn]` or `#[blocking]`.
fn is_elsewhere(stmt: &Stmt) -> bool {
    let attrs = match stmt {
        Stmt::Local(local) => local.attrs.clone(),
        Stmt::Expr(expr, _) => super::attributes::take_expr_attributes(&mut expr.clone()),
        Stmt::Macro(_) | Stmt::Item(_) => return false,
    };
    attrs.iter().any(|attr| attr.path().is_ident("spawn") || attr.path().is_ident("blocking"))
}

struct Binds<'n> {
    name: &'n Ident,
    found: bool,
}

impl Binds<'_> {
    fn somewhere(stmt: &Stmt, name: &Ident) -> bool {
        let mut binds = Binds { name, found: false };
        binds.visit_stmt_mut(&mut stmt.clone());
        binds.found
    }

    fn in_expr(expr: &Expr, name: &Ident) -> bool {
        let mut binds = Binds { name, found: false };
        binds.visit_expr_mut(&mut expr.clone());
        binds.found
    }
}

impl VisitMut for Binds<'_> {
    fn visit_pat_mut(&mut self, pat: &mut Pat) {
        self.found |= bound(pat.clone()).contains(self.name);
    }

    // What a macro binds is not known.
    fn visit_macro_mut(&mut self, invocation: &mut Macro) {
        let formats = invocation.path.segments.last().is_some_and(|last| is_format(&last.ident));
        self.found |=
            !formats && super::stages::mentions_any(invocation.tokens.clone(), &[self.name.unraw().to_string()]);
    }
}

fn is_format(name: &Ident) -> bool {
    FORMAT.iter().any(|known| name == known)
}

struct Reads<'r> {
    name: &'r Ident,
    index: usize,
    errors: &'r mut Errors,
    /// Set in a child that runs on a task or thread of its own.
    elsewhere: bool,
    /// The number of literal futures and closures that enclose the expression.
    nested: usize,
}

impl Reads<'_> {
    fn is_handle(&self, expr: &Expr) -> bool {
        match peel(expr) {
            Expr::Path(path) => path.path.get_ident() == Some(self.name),
            _ => false,
        }
    }

    /// A value of the child's type, for the rest of the expression.
    fn value(&self) -> Expr {
        let name = self.name;
        let group = Ident::new("__group", Span::call_site());
        parse_quote!(#group.read(&#name))
    }
}

impl VisitMut for Reads<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            // In an editor, `user.` is a field too until `await` is typed.
            Expr::Field(field) if !is_editor() && self.is_handle(&field.base) => {
                let member = match &field.member {
                    Member::Named(name) => name.to_string(),
                    Member::Unnamed(number) => number.index.to_string(),
                };
                self.errors.in_arm(
                    self.index,
                    &*field,
                    messages::read_before_join(self.name, &format!("field `{member}`")),
                );
                *field.base = self.value();
                return;
            }
            Expr::MethodCall(call) if self.is_handle(&call.receiver) => {
                let method = call.method.to_string();
                let place = {
                    let (receiver, dot, method) = (&call.receiver, call.dot_token, &call.method);
                    quote!(#receiver #dot #method)
                };
                if OF_VALUES.contains(&method.as_str()) {
                    self.errors.in_arm(
                        self.index,
                        place,
                        messages::read_before_join(self.name, &format!("method `{method}`")),
                    );
                    *call.receiver = self.value();
                    for arg in &mut call.args {
                        self.visit_expr_mut(arg);
                    }
                    return;
                }
                if OF_HANDLES.contains(&method.as_str()) {
                    self.errors.in_arm(self.index, place, messages::function_of_handle(self.name, &method));
                    let name = self.name;
                    *expr = if method == "is_finished" || method == "is_cancelled" {
                        parse_quote!({ let _ = &#name; false })
                    } else {
                        parse_quote!({ let _ = &#name; ::core::future::pending::<()>() })
                    };
                    return;
                }
            }
            Expr::Async(_) | Expr::Closure(_) if self.elsewhere && self.nested == 0 => {
                // Without its attributes: a child may be called `blocking`.
                let mut bare = expr.clone();
                drop(super::attributes::take_expr_attributes(&mut bare));
                if let Some(place) = find(bare.to_token_stream(), self.name) {
                    self.errors.in_arm(self.index, place, messages::handle_moved(self.name));
                }
                return;
            }
            Expr::Macro(invocation) => return self.visit_macro_mut(&mut invocation.mac),
            _ => {}
        }
        let is_nested = matches!(expr, Expr::Async(_) | Expr::Closure(_));
        self.nested += usize::from(is_nested);
        visit_mut::visit_expr_mut(self, expr);
        self.nested -= usize::from(is_nested);
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}

    fn visit_macro_mut(&mut self, invocation: &mut Macro) {
        if !invocation.path.segments.last().is_some_and(|last| is_format(&last.ident)) {
            return;
        }
        let mut tokens: Vec<TokenTree> = std::mem::take(&mut invocation.tokens).into_iter().collect();
        let mut in_text = None;
        // `println!("{user}", user = …)` prints something else.
        let is_given = tokens.windows(2).any(|pair| match pair {
            [TokenTree::Ident(word), TokenTree::Punct(sign)] => word == self.name && sign.as_char() == '=',
            _ => false,
        });
        for at in 0..tokens.len() {
            let is_comma = |at: Option<&TokenTree>| match at {
                None => true,
                Some(TokenTree::Punct(punct)) => punct.as_char() == ',',
                Some(_) => false,
            };
            let before = at.checked_sub(1).and_then(|before| tokens.get(before));
            let is_dot = matches!(tokens.get(at + 1), Some(TokenTree::Punct(punct)) if punct.as_char() == '.');
            match &tokens[at] {
                TokenTree::Literal(literal)
                    if in_text.is_none() && !is_given && prints(&literal.to_string(), self.name) =>
                {
                    in_text = Some(literal.clone());
                }
                // `println!("{}", user)`
                TokenTree::Ident(word)
                    if word == self.name && is_comma(before) && at > 0 && is_comma(tokens.get(at + 1)) =>
                {
                    self.errors.in_arm(self.index, word, messages::read_before_join(self.name, "`Display`"));
                    let mut text = proc_macro2::Literal::string("");
                    text.set_span(word.span());
                    tokens[at] = text.into();
                }
                // `println!("{}", user.name)`
                TokenTree::Ident(word) if word == self.name && is_comma(before) && is_dot => {
                    let Some(TokenTree::Ident(member)) = tokens.get(at + 2) else { continue };
                    let is_call = matches!(tokens.get(at + 3), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
                    let member = member.to_string();
                    let is_value = if is_call { OF_VALUES.contains(&member.as_str()) } else { !is_editor() };
                    if member == "await" || !is_value {
                        continue;
                    }
                    let what = format!("{} `{member}`", if is_call { "method" } else { "field" });
                    let place: TokenStream = tokens[at..at + 3].iter().cloned().collect();
                    self.errors.in_arm(self.index, place, messages::read_before_join(self.name, &what));
                    let mut value = Group::new(Delimiter::None, self.value().into_token_stream());
                    value.set_span(word.span());
                    tokens[at] = value.into();
                }
                _ => {}
            }
        }
        invocation.tokens = tokens.into_iter().collect();
        if let Some(literal) = in_text {
            self.errors.in_arm(self.index, literal, messages::read_before_join(self.name, "`Display`"));
            let (name, rest) = (self.name, &invocation.tokens);
            let comma = (!rest.to_string().trim_end().ends_with(',')).then(|| quote!(,));
            invocation.tokens = quote!(#rest #comma #name = "");
        }
    }
}

/// Returns `true` if the text of a format string prints the variable. `{name:?}` included: a handle is not `Debug` either.
fn prints(literal: &str, name: &Ident) -> bool {
    let name = name.unraw().to_string();
    let literal = literal.replace("{{", "");
    literal.starts_with(['"', 'r'])
        && literal
            .match_indices(&format!("{{{name}"))
            .any(|(at, found)| literal.get(at + found.len()..).is_some_and(|rest| rest.starts_with(['}', ':'])))
}

/// Returns the first token that is the variable, and not a field or a method.
fn find(tokens: TokenStream, name: &Ident) -> Option<TokenTree> {
    let mut after_dot = false;
    for token in tokens {
        match &token {
            TokenTree::Ident(word) if word == name && !after_dot => return Some(token),
            TokenTree::Group(group) => {
                if let Some(found) = find(group.stream(), name) {
                    return Some(found);
                }
            }
            _ => {}
        }
        after_dot = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '.');
    }
    None
}
