//! Which names a function binds: only asked after a mistake, so the function is read once more.

use proc_macro2::{Ident, TokenStream};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ItemFn, Local, Pat, PatIdent};

/// Returns the variable that is assigned to, if nothing in the function can have declared it.
pub(super) fn undeclared(place: &Expr, function: &TokenStream) -> Option<Ident> {
    let Expr::Path(path) = place else { return None };
    let name = path.path.get_ident()?;
    // `self` is declared by its own sign, and a static by an item.
    let is_variable =
        name != "self" && name.to_string().starts_with(|first: char| first.is_lowercase() || first == '_');
    (is_variable && !binds(function, name)).then(|| name.clone())
}

/// Returns the variable that is assigned to, if each `let` of its name is without a value.
pub(super) fn declared_only(place: &Expr, function: &TokenStream) -> Option<Ident> {
    struct Lets<'a> {
        name: &'a Ident,
        empty: usize,
        all: usize,
    }

    impl VisitMut for Lets<'_> {
        fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
            self.all += usize::from(pat.ident == *self.name);
            visit_mut::visit_pat_ident_mut(self, pat);
        }

        fn visit_local_mut(&mut self, local: &mut Local) {
            let name = self.name;
            let pat = match &local.pat {
                Pat::Type(typed) => &typed.pat,
                pat => pat,
            };
            self.empty += usize::from(local.init.is_none() && matches!(pat, Pat::Ident(pat) if pat.ident == *name));
            visit_mut::visit_local_mut(self, local);
        }
    }

    let Expr::Path(path) = place else { return None };
    let name = path.path.get_ident()?;
    let mut function = syn::parse2::<ItemFn>(function.clone()).ok()?;
    let mut lets = Lets { name, empty: 0, all: 0 };
    lets.visit_item_fn_mut(&mut function);
    (lets.empty > 0 && lets.empty == lets.all).then(|| name.clone())
}

/// Returns `true` if a parameter or a pattern has this name.
fn binds(function: &TokenStream, name: &Ident) -> bool {
    struct Binds<'a> {
        name: &'a Ident,
        found: bool,
    }

    impl VisitMut for Binds<'_> {
        fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
            self.found |= pat.ident == *self.name;
            visit_mut::visit_pat_ident_mut(self, pat);
        }
    }

    let Ok(mut function) = syn::parse2::<ItemFn>(function.clone()) else { return true };
    let mut binds = Binds { name, found: false };
    binds.visit_item_fn_mut(&mut function);
    binds.found
}
