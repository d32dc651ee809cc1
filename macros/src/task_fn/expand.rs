//! Expands a checked function: straight-line code in the user's own function. This step cannot fail.
//!
//! ```text
//! // Input:
//! #[task_group(limit = 8)]
//! async fn page(c: &Client) -> Result<Page, AppError> {
//!     let session = c.session().await?;
//!     #[child] let user = fetch(&session);
//!     let user = user.await;
//!     #[child] audit(&user);
//!     Ok(user.page())
//! }
//! // Output:
//! async fn page(c: &Client) -> Result<Page, AppError> {
//!     use ::taskgroup::Join as _;
//!     let __group = &P::hub("page");
//!     let __body = pin!(Some(async move {
//!         if false { return <Result<Page, AppError> as P::Returned>::never(); }
//!         let session = c.session().await?;
//!         let 'user = P::Site::named(__group, &("user", ::core::line!()));
//!         let __body = pin!(Some(async {
//!             if false { return P::Returns::<Result<Page, AppError>>::typed(); }
//!             __group.room().await;
//!             let user = 'user.start(fetch(&session));
//!             let user = user.await;
//!             let 'audit = P::Site::new(__group, &("audit", ::core::line!()));
//!             let __body = pin!(Some(async {
//!                 if false { return P::Returns::<Result<Page, AppError>>::typed(); }
//!                 __group.room().await;
//!                 ::core::mem::drop('audit.start(audit(&user)));
//!                 Ok(user.page())
//!             }));
//!             let __rest = P::Returns::<Result<Page, AppError>>::TYPE.stage(__group, (&'audit, ()), __body).await;
//!             __rest
//!         }));
//!         let __rest = P::Returns::<Result<Page, AppError>>::TYPE.stage(__group, (&'user, ()), __body).await;
//!         __rest
//!     }));
//!     let __result = P::Returns::<Result<Page, AppError>>::TYPE
//!         .run(P::function("page", |needs| P::here(needs)).limit(8), __group, __body).await;
//!     __result
//! }
//! ```
//!
//! Each body is made where it stays: what is passed through calls before it is pinned is copied for each, without optimization,
//! and each copy stays in the frame of the function, on every level of a recursion.
//!
//! Here, `'user` is a `user` with the hygiene of the macro, which is another variable than the user's own.
//!
//! A `stage` ends only after its children, so the sites are empty when they are dropped. `__rest` is bound before it is
//! returned, because editions before 2024 drop the temporaries of the last expression after the locals, and those
//! temporaries borrow the sites. The unreachable `return` determines what `?` converts to, and leaves the underline of a
//! wrong value on the user's expression.
//!
//! Spans decide what rustc underlines: added tokens have the location of the child and the hygiene of the macro. rustc
//! prints the names of the sites in borrow errors.

use std::ops::Range;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Block, FnArg, Item, ItemFn, Stmt, Type, token};

use super::ast::{Binding, Child, Form, Method, Options, TaskFn};
use super::{boxed, placeholder, stages};
use crate::ast::{ArmKind, Place};
use crate::editor::is_editor;
use crate::flow;
use crate::spans::{here, located, named_line, parenthesized, relocated};
use crate::syntax::{argument, inferred, peel};
use crate::words::OptionWord;

pub(super) fn function(function: TaskFn) -> TokenStream {
    let TaskFn { options, shell, mut body, output, mut children, stages } = function;
    let emitter = Emitter { options: &options, shell: &shell, output: &output };
    let sites = site_names(&children);
    let starts = fill_children(&mut children, |child| emitter.start(child, &sites));
    placeholder::fill(&mut body, &mut |index| starts.get(index).cloned().unwrap_or_default());
    let brace = body.brace_token;
    let items = if stages.is_empty() { Vec::new() } else { take_items(&mut body, &stages) };
    let staged = Staged { emitter: &emitter, body: &body, children: &children, sites: &sites };
    let run = emitter.run(brace, &staged.from(0, &stages));
    // Only where there are handles: nothing else can be joined.
    let join = children.iter().any(|child| child.binding().is_some()).then(|| emitter.import_of_join());
    let code = quote!(#join #(#items)* #run);
    finish(&options, shell, &output, code)
}

/// Puts the code in place of the body.
pub(super) fn finish(options: &Options, mut shell: ItemFn, output: &Type, code: TokenStream) -> TokenStream {
    placeholder::fill(&mut shell.block, &mut |_| code.clone());
    match &options.boxed {
        Some(option) if shell.sig.asyncness.is_some() => boxed::function(shell, output, option.span()),
        _ => shell.into_token_stream(),
    }
}

/// Returns the code of each child statement. The expression of a child can contain child statements. They have higher
/// indices, so that in reverse order their code exists when the outer one needs it.
pub(super) fn fill_children(children: &mut [Child], mut code: impl FnMut(&Child) -> TokenStream) -> Vec<TokenStream> {
    let mut codes = vec![TokenStream::new(); children.len()];
    // In reverse, as above: what a child's expression contains has been emitted when it is needed.
    for child in children.iter_mut().rev() {
        if let ArmKind::One(expr) = &mut child.arm.kind {
            placeholder::fill_expr(expr, &mut |index| codes.get(index).cloned().unwrap_or_default());
        }
        let made = code(child);
        if let Some(place) = codes.get_mut(child.arm.index) {
            *place = made;
        }
    }
    codes
}

/// Returns a variable for each site, with the name of the child: rustc prints it in borrow errors. With the hygiene of the
/// macro, it is not the variable of the same name that the user has.
fn site_names(children: &[Child]) -> Vec<Ident> {
    let mut names: Vec<Ident> = Vec::new();
    for child in children {
        let called = child.arm.display_name();
        let last = called.rsplit("::").next().unwrap_or_default();
        let at = Span::mixed_site().located_at(located(&child.arm.span_tokens()));
        let name = match &child.arm.name {
            Some(name) => name.to_string(),
            // Without a name, it is called as no variable, static or variant is, which a variable could not shadow.
            None if syn::parse_str::<Ident>(last).is_ok() => format!("{last}_child"),
            None => format!("child_{}", child.arm.index + 1),
        };
        let name = format_ident!("{name}", span = at);
        // It is printed in borrow errors, so it has a number only where two children have the same name.
        let taken = names.contains(&name);
        names.push(if taken { format_ident!("{name}_{}", child.arm.index + 1, span = at) } else { name });
    }
    names
}

/// Takes the items out of the stages: an item can be used by statements above it, which may be in an outer future.
/// Macros stay, because their textual order matters.
fn take_items(body: &mut Block, stages: &[Range<usize>]) -> Vec<Item> {
    let first = stages.first().map_or(0, |stage| stage.start);
    let mut items = Vec::new();
    for stmt in body.stmts.iter_mut().skip(first) {
        match stmt {
            Stmt::Item(Item::Macro(_) | Item::Verbatim(_)) => {}
            Stmt::Item(item) => {
                items.push(std::mem::replace(item, Item::Verbatim(TokenStream::new())));
            }
            _ => {}
        }
    }
    items
}

/// Emits the code of one function.
pub(super) struct Emitter<'f> {
    pub(super) options: &'f Options,
    pub(super) shell: &'f ItemFn,
    pub(super) output: &'f Type,
}

impl Emitter<'_> {
    /// Emits `use ::taskgroup::Join as _;`.
    pub(super) fn import_of_join(&self) -> TokenStream {
        let krate = self.options.krate();
        quote!(
            #[allow(unused_imports, reason = "whether anything is joined is not known here")]
            use #krate::Join as _;
        )
    }

    /// Emits the body of the function, in which `rest` runs in the group.
    pub(super) fn run(&self, brace: token::Brace, rest: &TokenStream) -> TokenStream {
        let at = located(&self.shell.sig.ident);
        let (krate, output) = (self.krate(at), inferred(self.output));
        let mut name = Literal::string(&self.shell.sig.ident.unraw().to_string());
        name.set_span(at);
        // The bound of such an option is reported at the beginning of the chain, which therefore has its location.
        let constrains_error =
            |method: &&Method| OptionWord::named(&method.name.to_string()).is_some_and(OptionWord::constrains_error);
        let start = self.options.methods.iter().find(constrains_error).map_or(at, |method| located(&method.name));
        let (function, started) = (self.krate(start), quote_spanned!(start=> ::__private::function));
        let here = here(&self.krate(at), at);
        let function = quote_spanned!(start=> #function #started(#name, #here));
        // rustc underlines a call from the beginning of its receiver, which therefore has the location of the option.
        let options = self.options.methods.iter().fold(function, |before, Method { name, value }| {
            let at = Span::call_site().located_at(name.span());
            let name = Ident::new(&name.to_string(), at);
            let before = parenthesized(before, at);
            if name == "supervise" {
                // A closure is checked before the body is, which would determine the error type that it is called with.
                return quote_spanned!(at=> #before.supervise_unnamed(::core::marker::PhantomData::<#output>, #value));
            }
            quote_spanned!(at=> #before.#name(#value))
        });
        let options = if self.options.methods.is_empty() { options } else { parenthesized(options, at) };
        // The body owns the arguments, as in any `async fn`: the function is `Send` with arguments that are not `Sync`.
        // If an option may borrow one, the body borrows them all.
        let captures = (!self.options_may_borrow()).then(|| quote_spanned!(at=> move));
        let body = self.future(brace, &captures, true, rest);
        let body = quote_spanned!(at=> ::core::option::Option::Some(#body));
        let pinned = if is_editor() {
            // It runs nothing. As the argument of a macro, what is half typed in the body would be one more mistake.
            quote_spanned!(at=> ::core::pin::Pin::new(&mut #body))
        } else {
            quote_spanned!(at=> ::core::pin::pin!(#body))
        };
        quote_spanned! {at=>
            let __group = &#krate::__private::hub(#name);
            let __body = #pinned;
            let __result = #krate::__private::Returns::<#output>::TYPE.run(#options, __group, __body).await;
            __result
        }
    }

    /// Returns `true` if an option mentions an argument.
    fn options_may_borrow(&self) -> bool {
        let mut names = vec!["self".to_owned(), "__self".to_owned()];
        for input in &self.shell.sig.inputs {
            if let FnArg::Typed(input) = input {
                names.extend(stages::bound((*input.pat).clone()).iter().map(|name| name.unraw().to_string()));
            }
        }
        self.options.methods.iter().any(|method| stages::mentions_any(method.value.to_token_stream(), &names))
    }

    /// Emits `async { … }` with the result type of the function, which the outermost one judges.
    fn future(
        &self,
        brace: token::Brace,
        captures: &Option<TokenStream>,
        is_outermost: bool,
        rest: &TokenStream,
    ) -> TokenStream {
        // With the hygiene of the macro, rustc would call what the block captures "value".
        let at = brace.span.close();
        let anchor_at = located(self.output);
        let (krate, output) = (self.krate(anchor_at), inferred(self.output));
        let value = if is_outermost {
            quote_spanned!(anchor_at=> <#output as #krate::__private::Returned>::never())
        } else {
            quote_spanned!(anchor_at=> #krate::__private::Returns::<#output>::typed())
        };
        let anchor = quote_spanned!(anchor_at=> if false { return #value; });
        quote_spanned!(at=> async #captures { #anchor #rest })
    }

    /// Emits a child statement.
    fn start(&self, child: &Child, sites: &[Ident]) -> TokenStream {
        let (Some(expr), Some(site)) = (child.expr(), sites.get(child.arm.index)) else { return TokenStream::new() };
        let at = located(expr);
        let method = match (child.arm.place(), child.is_literal()) {
            (Place::Inline, false) => "start",
            // Of a literal block the error type is the function's own (`Child::is_literal`); any other error is
            // converted, as by `?`.
            (Place::Inline, true) => "start_block",
            (Place::Spawned, false) => "spawn",
            (Place::Spawned, true) => "spawn_block",
            (Place::Blocking, false) => "blocking",
            (Place::Blocking, true) => "blocking_block",
        };
        let method = Ident::new(method, at);
        let attrs = &child.other_attrs;
        // Daemons do not count against a limit, so they never wait for it.
        let limits = self.options.methods.iter().any(|method| method.name == "limit");
        let room = (limits && !child.arm.is_daemon()).then(|| quote_spanned!(at=> __group.room().await;));
        // By what rustc makes of this integer, the error of a literal is converted, or is that of the function.
        let key = child.is_literal().then(|| quote_spanned!(at=> , 0));
        let expr = argument(expr, child.arm.place() == Place::Blocking);
        let handle = quote_spanned!(at=> #site.#method(#expr #key));
        let start = match &child.form {
            Form::Let(binding) => {
                let Binding { let_token, mutability, name, ty, .. } = &**binding;
                let ty = ty.as_ref().map(|ty| {
                    let at = located(ty);
                    let krate = self.krate(at);
                    quote_spanned!(at=> : #krate::Child<'_, #ty>)
                });
                quote_spanned!(at=> #let_token #mutability #name #ty = #handle;)
            }
            Form::Statement | Form::Pattern(_) | Form::Tail => quote_spanned!(at=> ::core::mem::drop(#handle);),
        };
        quote!(#room #(#attrs)* #start)
    }

    /// Emits the declaration of the site, which holds the children of a statement.
    fn site(&self, child: &Child, site: &Ident) -> TokenStream {
        let at = Span::call_site().located_at(site.span());
        let krate = self.krate(at);
        let name = named_line(&child.arm.display_name(), at, &child.arm.span_tokens());
        let daemon = child.arm.is_daemon();
        // The value of a child that never completes has a type all the same, which nothing else would determine.
        let never = !daemon && child.expr().is_some_and(|expr| flow::is_endless(peel(expr)));
        let types = never.then(|| quote_spanned!(at=> ::<_, ::core::convert::Infallible, _>));
        let new = if child.binding().is_some() { quote_spanned!(at=> named) } else { quote_spanned!(at=> new) };
        // Outside loops there is at most one child, for which the site needs no list.
        let in_loop = child.in_loop.then(|| quote_spanned!(at=> .in_loop()));
        let daemon = daemon.then(|| quote_spanned!(at=> .daemon()));
        quote_spanned!(at=> let #site = #krate::__private::Site #types ::#new(__group, #name) #in_loop #daemon;)
    }

    fn krate(&self, at: Span) -> TokenStream {
        relocated(self.options.krate(), at)
    }
}

struct Staged<'f> {
    emitter: &'f Emitter<'f>,
    body: &'f Block,
    children: &'f [Child],
    sites: &'f [Ident],
}

impl Staged<'_> {
    /// Emits the statements from `start` on, with each later stage inside the one before it.
    fn from(&self, start: usize, stages: &[Range<usize>]) -> TokenStream {
        let Some((stage, later)) = stages.split_first() else {
            let stmts = self.body.stmts.get(start..).unwrap_or_default();
            return quote!(#(#stmts)*);
        };
        let before = self.body.stmts.get(start..stage.start).unwrap_or_default();
        let in_stage = |child: &&Child| stage.contains(&child.top);
        let at =
            self.children.iter().find(in_stage).map_or_else(Span::call_site, |child| located(&child.arm.span_tokens()));
        let (mut sites, mut list) = (TokenStream::new(), quote_spanned!(at=> ()));
        for child in self.children.iter().filter(in_stage).rev() {
            let Some(name) = self.sites.get(child.arm.index) else { continue };
            let site = self.emitter.site(child, name);
            sites = quote!(#site #sites);
            list = quote_spanned!(at=> (&#name, #list));
        }
        // Without `move`: the inner future borrows what the statements before it have computed.
        let rest = self.emitter.future(self.body.brace_token, &None, false, &self.from(stage.start, later));
        let (krate, output) = (self.emitter.krate(at), inferred(self.emitter.output));
        quote! {
            #(#before)*
            #sites
        }
        .into_iter()
        .chain(quote_spanned! {at=>
            let __body = ::core::pin::pin!(::core::option::Option::Some(#rest));
            let __rest = #krate::__private::Returns::<#output>::TYPE.stage(__group, #list, __body).await;
            __rest
        })
        .collect()
    }
}
