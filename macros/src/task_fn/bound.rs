//! Which names a function binds: only asked after a mistake, so the function is read once more.

use proc_macro2::{Ident, TokenStream};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ItemFn, PatIdent};

/// Returns the variable that is assigned to, if nothing in the function can have declared it.
pub(super) fn undeclared(place: &Expr, function: &TokenStream) -> Option<Ident> {
    let Expr::Path(path) = place else { return None };
    let name = path.path.get_ident()?;
    // `self` is declared by its own sign, and a static by an item.
    let is_variable =
        name != "self" && name.to_string().starts_with(|first: char| first.is_lowercase() || first == '_');
    (is_variable && !binds(function, name)).then(|| name.clone())
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
