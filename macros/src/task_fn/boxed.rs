//! The option `boxed`: the function returns a boxed future, whose type does not depend on the body, so that it can
//! call itself.
//!
//! ```text
//! // Input:
//! async fn crawl<T>(seen: &Seen, from: Cow<'_, str>, t: T) -> Result<(), Error> { … }
//! // Output:
//! fn crawl<'__all, '__1: '__all, '__2: '__all, T>(seen: &'__1 Seen, from: Cow<'__2, str>, t: T)
//!     -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + '__all>>
//! where T: '__all { Box::pin(async move { … }) }
//! ```

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{
    FnArg, GenericParam, ItemFn, Lifetime, Pat, ReceiverKind, Signature, Type, TypeReference, parse_quote,
    parse_quote_spanned,
};

/// Emits the function, whose body is in `shell`, with a boxed future of `output` as its result.
pub(super) fn function(mut shell: ItemFn, output: &Type, at: Span) -> TokenStream {
    let at = Span::call_site().located_at(at);
    let all = Lifetime::new("'__all", at);
    let mut names = NameElided { names: Vec::new(), at, all: all.clone() };
    for input in &mut shell.sig.inputs {
        names.visit_fn_arg_mut(input);
    }
    // A lifetime elided in the output is that of `self`, or of the only reference: the first one in both cases.
    let elided = names.names.first().cloned();
    let mut output = output.clone();
    if let Some(name) = elided {
        ReplaceElided { name }.visit_type_mut(&mut output);
    }
    outlive(&mut shell.sig, &all, &names.names);
    shell.sig.asyncness = None;
    shell.sig.output = parse_quote_spanned! {at=>
        -> ::core::pin::Pin<::std::boxed::Box<
            dyn ::core::future::Future<Output = #output> + ::core::marker::Send + #all
        >>
    };
    let moved = move_arguments(&mut shell.sig, at);
    let stmts = &shell.block.stmts;
    let future = quote_spanned!(at=> ::std::boxed::Box::pin(async move { #moved #(#stmts)* }));
    let ItemFn { attrs, vis, sig, .. } = &shell;
    quote!(#(#attrs)* #vis #sig { #future })
}

/// Declares the lifetimes, and bounds everything in the future by `'__all`.
fn outlive(sig: &mut Signature, all: &Lifetime, names: &[Lifetime]) {
    // The future then contains `Self`, which has to outlive it as type parameters do.
    let by_value = sig.inputs.iter().any(|input| match input {
        FnArg::Receiver(receiver) => matches!(receiver.kind, ReceiverKind::Value),
        FnArg::Typed(_) => false,
    });
    let generics = &mut sig.generics;
    let mut bounds: Vec<syn::WherePredicate> = Vec::new();
    for param in &mut generics.params {
        match param {
            // Each argument has to live as long as the future, which may hold it until its end.
            GenericParam::Lifetime(param) => param.bounds.push(all.clone()),
            // A parameter with bounds gets one more there: clippy warns of bounds in two places.
            GenericParam::Type(param) if param.bounds.is_empty() => {
                let ty = &param.ident;
                bounds.push(parse_quote!(#ty: #all));
            }
            GenericParam::Type(param) => param.bounds.push(parse_quote!(#all)),
            GenericParam::Const(_) => {}
        }
    }
    if by_value {
        bounds.push(parse_quote!(Self: #all));
    }
    // Lifetimes come before types in a list of parameters.
    generics.params.insert(0, parse_quote!(#all));
    for (n, name) in names.iter().enumerate() {
        generics.params.insert(n + 1, parse_quote!(#name: #all));
    }
    if !bounds.is_empty() {
        generics.make_where_clause().predicates.extend(bounds);
    }
}

/// Returns the statements that move every argument into the future, as an `async fn` does. A pattern is replaced with a
/// name in the signature, because an argument without a name could not be moved.
fn move_arguments(sig: &mut Signature, at: Span) -> TokenStream {
    let mut moved = TokenStream::new();
    for (n, input) in sig.inputs.iter_mut().enumerate() {
        let FnArg::Typed(input) = input else { continue };
        match &mut *input.pat {
            Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => {
                // `mut` moves with the variable: in the signature it would be an unused one.
                let (name, mutability) = (pat.ident.clone(), pat.mutability.take());
                moved.extend(quote!(let #mutability #name = #name;));
            }
            pat => {
                let name = format_ident!("__argument_{n}", span = at);
                let pat = std::mem::replace(pat, parse_quote!(#name));
                moved.extend(quote!(let #pat = #name;));
            }
        }
    }
    moved
}

/// Names every elided lifetime.
struct NameElided {
    names: Vec<Lifetime>,
    at: Span,
    all: Lifetime,
}

impl NameElided {
    fn next(&mut self) -> Lifetime {
        let name = Lifetime::new(&format!("'__{}", self.names.len() + 1), self.at);
        self.names.push(name.clone());
        name
    }
}

impl VisitMut for NameElided {
    fn visit_receiver_mut(&mut self, receiver: &mut syn::Receiver) {
        match &mut receiver.kind {
            ReceiverKind::Reference(_, lifetime, _) => match lifetime {
                Some(named) => self.visit_lifetime_mut(named),
                None => *lifetime = Some(self.next()),
            },
            ReceiverKind::Typed(_, ty) => self.visit_type_mut(ty),
            _ => {}
        }
    }

    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        if reference.lifetime.is_none() {
            reference.lifetime = Some(self.next());
        }
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = self.next();
        }
    }

    fn visit_type_impl_trait_mut(&mut self, ty: &mut syn::TypeImplTrait) {
        visit_mut::visit_type_impl_trait_mut(self, ty);
        let all = &self.all;
        ty.bounds.push(parse_quote!(#all));
    }

    /// Lifetimes elided in `fn(&T)` and `Fn(&T)` are bound there.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut syn::TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut syn::ParenthesizedGenericArguments) {}
}

struct ReplaceElided {
    name: Lifetime,
}

impl VisitMut for ReplaceElided {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        if reference.lifetime.is_none() {
            reference.lifetime = Some(self.name.clone());
        }
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = self.name.clone();
        }
    }

    fn visit_type_fn_ptr_mut(&mut self, _: &mut syn::TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut syn::ParenthesizedGenericArguments) {}
}
