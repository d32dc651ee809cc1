//! Where mistakes are collected, so that all of them are reported at once.

use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::messages::{self, Message};

#[derive(Default)]
pub(crate) struct Errors {
    /// With the index of the arm.
    reported: Vec<(usize, syn::Error)>,
    replaced: Vec<usize>,
}

impl Errors {
    /// A mistake in or directly after the arm with this index, underlined at `tokens`.
    pub(crate) fn in_arm(&mut self, index: usize, tokens: impl ToTokens, message: Message) {
        if message.replaces_arm() && !self.replaces(index) {
            self.replaced.push(index);
        }
        self.reported.push((index, syn::Error::new_spanned(tokens, message)));
    }

    /// A mistake of the group as a whole; without tokens, it is the macro that is underlined.
    pub(crate) fn in_group(&mut self, tokens: impl ToTokens, message: Message) {
        self.reported.push((usize::MAX, syn::Error::new_spanned(tokens, message)));
    }

    /// An arm that is not in the language; `why` knows the place.
    pub(crate) fn unreadable(&mut self, index: usize, why: &syn::Error) {
        let at = proc_macro2::Ident::new("_", why.span());
        self.in_arm(index, at, messages::group::cannot_read(why));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.reported.is_empty()
    }

    /// Whether rustc would complain about this arm once more if it were emitted as it stands.
    pub(crate) fn replaces(&self, index: usize) -> bool {
        self.replaced.contains(&index)
    }

    /// One `compile_error!` per mistake, in the order of the arms, to stand at the beginning of a block.
    pub(crate) fn to_compile_errors(&self) -> TokenStream {
        let mut reported: Vec<_> = self.reported.iter().collect();
        reported.sort_by_key(|(index, _)| *index);
        reported.into_iter().map(|(_, error)| error.to_compile_error()).collect()
    }
}
