//! Where mistakes are collected, so that all of them are reported at once.

use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::messages::Message;

/// What a mistake is reported with, in the order in which they are emitted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// The options of `#[task_group]`.
    Options,
    /// The arm or the child statement with this index.
    Arm(usize),
    /// The group or the function as a whole.
    Whole,
}

#[derive(Default)]
pub(crate) struct Errors {
    reported: Vec<(Part, syn::Error)>,
    /// The arms that a stub takes the place of.
    replaced: Vec<usize>,
}

impl Errors {
    /// Reports a mistake in the options of `#[task_group]`, underlined at `tokens`.
    pub(crate) fn in_options(&mut self, tokens: impl ToTokens, message: Message) {
        self.report(Part::Options, tokens, message);
    }

    /// Reports a mistake in or directly after the arm with this index, underlined at `tokens`.
    pub(crate) fn in_arm(&mut self, index: usize, tokens: impl ToTokens, message: Message) {
        if message.replaces_arm() && !self.replaces(index) {
            self.replaced.push(index);
        }
        self.report(Part::Arm(index), tokens, message);
    }

    /// Reports a mistake of the group as a whole. Without tokens, the macro is underlined.
    pub(crate) fn in_group(&mut self, tokens: impl ToTokens, message: Message) {
        self.report(Part::Whole, tokens, message);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.reported.is_empty()
    }

    /// Returns `true` if rustc would report a mistake in this arm once more if it were emitted as written.
    pub(crate) fn replaces(&self, index: usize) -> bool {
        self.replaced.contains(&index)
    }

    /// Returns one `compile_error!` for each mistake, in the order of the arms, for the beginning of a block.
    pub(crate) fn to_compile_errors(&self) -> TokenStream {
        let mut reported: Vec<_> = self.reported.iter().collect();
        // They are found by one rule after the other. The sort is stable, so several of one arm stay in the order of
        // the rules.
        reported.sort_by_key(|(part, _)| *part);
        reported.into_iter().map(|(_, error)| error.to_compile_error()).collect()
    }

    fn report(&mut self, part: Part, tokens: impl ToTokens, message: Message) {
        self.reported.push((part, syn::Error::new_spanned(tokens, message)));
    }
}
