//! Finds the user's own body in an item.
//!
//! Usually the item is an `async fn`. Attributes above this one have been expanded already: `async-trait` makes a sync
//! function that ends in `Box::pin(async move { … })`, `tracing::instrument` puts the body into another `async` block,
//! and both can be present.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::visit_mut::VisitMut;
use syn::{AssocType, Attribute, Block, Expr, ExprCall, ItemFn, Pat, ReturnType, Signature, Stmt, Type, Visibility};

use super::{placeholder, typed};
use crate::editor::is_editor;
use crate::errors::Errors;
use crate::messages::task_fn as messages;
use crate::syntax::is_box_pin;

/// Returns the item with a placeholder, the body that was there, and the type that the body returns.
pub(super) fn read(item: TokenStream, errors: &mut Errors) -> Option<(ItemFn, Block, Type)> {
    // A clone, because the message after a failure depends on what else the tokens are.
    let half_typed = || is_editor().then(|| typed::function(item.clone())).flatten();
    let mut shell = match syn::parse2::<ItemFn>(item.clone()).or_else(|error| half_typed().ok_or(error)) {
        Ok(shell) => shell,
        Err(error) => {
            not_a_function(item, &error, errors);
            return None;
        }
    };
    if let Some(keyword) = shell.sig.constness {
        errors.in_group(keyword, messages::const_function());
        return None;
    }
    let declared = match &shell.sig.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some((**ty).clone()),
    };
    let is_async = shell.sig.asyncness.is_some();
    // In an `async fn`, a body that no attribute has wrapped is the whole block; a sync function needs a future to look
    // into.
    let inner = if is_async { enter(&mut shell.block) } else { enter_future(&mut shell.block) };
    if !is_async && inner.is_none() {
        let message = if is_run_by_tokio(&shell.block) { messages::swap_with_tokio() } else { messages::not_async() };
        errors.in_group(shell.sig.fn_token, message);
        return None;
    }
    let (body, inner_output) = inner.unwrap_or_else(|| (take(&mut shell.block), None));
    let output = match (inner_output, declared) {
        (Some(output), _) => Some(output),
        // The output of the boxed future, and not the future, is what the body returns. An alias of one is taken as it
        // is.
        (None, Some(declared)) if !is_async => future_output(&declared).or(Some(declared)),
        (None, declared) => declared,
    };
    match output {
        None => errors.in_group(&shell.sig.ident, messages::returns_nothing()),
        Some(output) if is_no_result(&output) => errors.in_group(&output, messages::not_a_result()),
        Some(output) => return Some((shell, body, output)),
    }
    None
}

fn not_a_function(item: TokenStream, error: &syn::Error, errors: &mut Errors) {
    if let Ok(declaration) = syn::parse2::<syn::TraitItemFn>(item.clone()) {
        return errors.in_group(declaration.sig.ident, messages::no_body());
    }
    // rustc has reported what is wrong in the body, and better: it says nothing else of it (`fallback::unreadable`).
    if syn::parse2::<Unreadable>(item.clone()).is_ok() {
        return;
    }
    match syn::parse2::<syn::Item>(item.clone()) {
        Ok(item) => errors.in_group(first_token(&item), messages::not_a_function()),
        // The same for what is before the body. An editor has no body for the macro where it cannot mend one.
        Err(_) if is_editor() || is_broken_function(item) => {}
        Err(_) => errors.in_group(proc_macro2::Ident::new("_", error.span()), messages::cannot_read(error)),
    }
}

/// A function whose body is not read.
pub(super) struct Unreadable {
    pub(super) attrs: Vec<Attribute>,
    pub(super) vis: Visibility,
    pub(super) sig: Signature,
}

impl Parse for Unreadable {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (attrs, vis, sig) = (input.call(Attribute::parse_outer)?, input.parse()?, input.parse()?);
        let body;
        syn::braced!(body in input);
        let _: TokenStream = body.parse()?;
        Ok(Self { attrs, vis, sig })
    }
}

/// Returns `true` for tokens that are a function to rustc, which parses an item before it expands an attribute of it.
fn is_broken_function(item: TokenStream) -> bool {
    let tokens: Vec<_> = item.into_iter().collect();
    let has_fn = tokens.iter().any(|token| matches!(token, TokenTree::Ident(word) if word == "fn"));
    let has_body = matches!(tokens.last(), Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace);
    let is_block =
        tokens.iter().any(|token| matches!(token, TokenTree::Ident(word) if word == "impl" || word == "trait"));
    has_fn && has_body && !is_block
}

fn first_token(tokens: &impl ToTokens) -> TokenStream {
    tokens
        .to_token_stream()
        .into_iter()
        .find(|token| matches!(token, proc_macro2::TokenTree::Ident(_)))
        .into_iter()
        .collect()
}

/// Takes the body out of the future that a sync function returns.
fn enter_future(block: &mut Block) -> Option<(Block, Option<Type>)> {
    let future = match block.stmts.last_mut() {
        Some(Stmt::Expr(Expr::Call(ExprCall { func, args, .. }), None)) if is_box_pin(func) => args.first_mut(),
        Some(Stmt::Expr(expr @ Expr::Async(_), None)) => Some(expr),
        _ => None,
    };
    match future {
        Some(Expr::Async(future)) => Some(enter(&mut future.block).unwrap_or_else(|| (take(&mut future.block), None))),
        _ => None,
    }
}

/// Takes the body out of the code of another attribute.
fn enter(block: &mut Block) -> Option<(Block, Option<Type>)> {
    let (mut body, output) = block.stmts.iter_mut().find_map(|stmt| {
        let Stmt::Local(local) = stmt else { return None };
        let (name, output) = name_and_type(&local.pat);
        match (name?.as_str(), &mut *local.init.as_mut()?.expr) {
            // The variable of `tracing::instrument`.
            ("__tracing_instrument_future", Expr::Async(future)) => {
                Some((unwrap_instrumented(&mut future.block), None))
            }
            // The variable of `async-trait`.
            ("__ret", Expr::Block(inner)) => Some((take(&mut inner.block), output)),
            _ => None,
        }
    })?;
    match enter(&mut body) {
        // The code of one attribute inside that of another.
        Some((inner, inner_output)) => {
            // The outer attribute's code keeps the inner one's around its placeholder.
            placeholder::refill(block, body.stmts);
            Some((inner, inner_output.or(output)))
        }
        None => Some((body, output)),
    }
}

/// Takes the body out of the block of `tracing::instrument`. With `err` or `ret`, the body is in one more `async` block,
/// and after a `return` that determines its type.
fn unwrap_instrumented(block: &mut Block) -> Block {
    let texts: Vec<_> = block.stmts.iter().take(2).map(|stmt| stmt.to_token_stream().to_string()).collect();
    let says = |index: usize, what: &str| texts.get(index).is_some_and(|text: &String| text.contains(what));
    // By its own names: a user's block that merely begins with an awaited `async` block is left as it is.
    let is_wrapped = says(0, "__match_scrutinee") || says(0, ":: tracing ::") || says(1, ":: tracing ::");
    let awaited = match block.stmts.first_mut() {
        Some(Stmt::Local(local)) => local.init.as_mut().map(|init| &mut *init.expr),
        Some(Stmt::Expr(Expr::Match(choice), _)) => Some(&mut *choice.expr),
        _ => None,
    };
    if let (true, Some(Expr::Await(awaited))) = (is_wrapped, awaited) {
        if let Expr::Async(inner) = &mut *awaited.base {
            return unwrap_instrumented(&mut inner.block);
        }
    }
    if says(0, "__tracing_attr_fake_return") && block.stmts.len() == 2 {
        if let Some(Stmt::Expr(Expr::Block(inner), None)) = block.stmts.last_mut() {
            return take(&mut inner.block);
        }
    }
    take(block)
}

/// Takes the statements out of a block, and puts a placeholder there.
fn take(block: &mut Block) -> Block {
    let placeholder = Block { brace_token: block.brace_token, stmts: vec![placeholder::new(0)] };
    std::mem::replace(block, placeholder)
}

fn name_and_type(pat: &Pat) -> (Option<String>, Option<Type>) {
    match pat {
        Pat::Ident(pat) => (Some(pat.ident.to_string()), None),
        Pat::Type(typed) => (name_and_type(&typed.pat).0, Some((*typed.ty).clone())),
        _ => (None, None),
    }
}

/// Returns the `T` of `Pin<Box<dyn Future<Output = T>>>` and `impl Future<Output = T>`.
fn future_output(ty: &Type) -> Option<Type> {
    struct Find(Option<Type>);
    impl VisitMut for Find {
        fn visit_assoc_type_mut(&mut self, assoc: &mut AssocType) {
            if assoc.ident == "Output" && self.0.is_none() {
                self.0 = Some(assoc.ty.clone());
            }
        }
    }
    let mut find = Find(None);
    find.visit_type_mut(&mut ty.clone());
    find.0
}

/// Returns `true` for a type that is certainly not a `Result`. Other names can be aliases, and are left to rustc.
fn is_no_result(ty: &Type) -> bool {
    const OTHERS: [&str; 26] = [
        "Option", "Vec", "String", "Box", "Rc", "Arc", "HashMap", "BTreeMap", "HashSet", "BTreeSet", "bool", "char",
        "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "Duration",
    ];
    match ty {
        Type::Tuple(_) | Type::Reference(_) | Type::Array(_) | Type::Slice(_) | Type::Never(_) | Type::ImplTrait(_) => {
            true
        }
        Type::Paren(inner) => is_no_result(&inner.elem),
        Type::Group(inner) => is_no_result(&inner.elem),
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            OTHERS.iter().any(|other| last.ident == other) || last.ident == "f32" || last.ident == "f64"
        }),
        _ => false,
    }
}

/// Returns `true` for the code that `#[tokio::main]` and `#[tokio::test]` make of a function.
fn is_run_by_tokio(block: &Block) -> bool {
    let starts_with_body = match block.stmts.first() {
        Some(Stmt::Local(local)) => name_and_type(&local.pat).0.as_deref() == Some("body"),
        _ => false,
    };
    starts_with_body && block.to_token_stream().to_string().contains("block_on")
}
