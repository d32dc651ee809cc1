//! The part of the model that both macros use: children, as they are written.
//!
//! The model keeps the user's own tokens, so that everything emitted from it has their spans.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Block, Expr, Label, Pat, Token};

use crate::syntax::{called_path, only_expr};
use crate::words::{Allow, AttrKind};

pub(crate) struct Arm {
    /// The position, counted from zero. Arms that could not be read count too, so that positions in names are right.
    pub(crate) index: usize,
    pub(crate) attrs: Vec<ChildAttr>,
    pub(crate) allow: Allow,
    pub(crate) name: Option<Ident>,
    pub(crate) kind: ArmKind,
}

#[allow(clippy::large_enum_variant, reason = "a macro has a few of them, and nearly all are the large one")]
pub(crate) enum ArmKind {
    /// `expression`
    One(Expr),
    /// `for PAT in SOURCE { BODY }`
    Each(Box<Each>),
}

pub(crate) struct Each {
    pub(crate) label: Option<Label>,
    pub(crate) for_token: Token![for],
    pub(crate) pat: Pat,
    pub(crate) source: Expr,
    pub(crate) body: Block,
}

impl Each {
    /// Returns the pattern in `Some(…)`.
    pub(crate) fn in_some(&self) -> Option<&Pat> {
        match &self.pat {
            Pat::TupleStruct(some) if some.path.is_ident("Some") && some.elems.len() == 1 => some.elems.first(),
            _ => None,
        }
    }
}

/// One of the attributes of a child, as written.
pub(crate) struct ChildAttr {
    pub(crate) kind: AttrKind,
    pub(crate) attr: Attribute,
}

/// Where a child runs.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Inline,
    Spawned,
    Blocking,
}

/// A part of a body in which no child of the function can be started.
#[derive(Clone, Copy)]
pub(crate) enum Inside {
    Closure,
    AsyncBlock,
    Item,
}

impl Arm {
    pub(crate) fn attr(&self, kind: AttrKind) -> Option<&ChildAttr> {
        self.attrs.iter().find(|attr| attr.kind == kind)
    }

    pub(crate) fn is_daemon(&self) -> bool {
        self.attr(AttrKind::Daemon).is_some()
    }

    pub(crate) fn place(&self) -> Place {
        self.attrs
            .iter()
            // The first place counts: a second one is a contradiction, which has been reported.
            .find_map(|attr| match attr.kind {
                AttrKind::Spawn => Some(Place::Spawned),
                AttrKind::Blocking => Some(Place::Blocking),
                AttrKind::Child | AttrKind::Daemon | AttrKind::Stream => None,
            })
            .unwrap_or(Place::Inline)
    }

    /// Returns the name under which errors, causes and the task tree report the child: its own, else the path that it
    /// calls, else its position.
    pub(crate) fn display_name(&self) -> String {
        let called = || match &self.kind {
            ArmKind::One(expr) => called_path(expr),
            ArmKind::Each(each) => only_expr(&each.body).and_then(called_path),
        };
        match &self.name {
            // `r#type` is how the source spells a name that is `type` to its reader.
            Some(name) => name.unraw().to_string(),
            None => called().unwrap_or_else(|| format!("#{}", self.index + 1)),
        }
    }

    /// Returns the tokens that are underlined when a message is about the arm as a whole.
    pub(crate) fn span_tokens(&self) -> TokenStream {
        match &self.kind {
            ArmKind::One(expr) => expr.to_token_stream(),
            // The keyword alone: the whole `for` is several lines, which rustc would underline one by one.
            ArmKind::Each(each) => each.for_token.to_token_stream(),
        }
    }
}
