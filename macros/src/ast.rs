//! The model of one `group!`. It keeps the user's own tokens: whatever is emitted later still has their spans.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Block, Expr, Label, Pat, Stmt, Token};

pub(crate) struct Group {
    /// The tokens of `$crate`.
    pub(crate) krate: TokenStream,
    pub(crate) arms: Vec<Arm>,
    /// Whether every arm could be read, so that the number of slots is known.
    pub(crate) complete: bool,
}

/// The tuples that the runtime can make.
pub(crate) const MOST_SLOTS: usize = 32;

impl Group {
    pub(crate) fn slots(&self) -> impl Iterator<Item = &Arm> {
        self.arms.iter().filter(|arm| !arm.is_daemon())
    }

    /// Whether the arms say what type the value has.
    pub(crate) fn has_known_slots(&self) -> bool {
        self.complete && (1..=MOST_SLOTS).contains(&self.slots().count())
    }
}

pub(crate) struct Arm {
    /// Counted from zero, unreadable arms included.
    pub(crate) index: usize,
    pub(crate) words: Vec<Word>,
    pub(crate) allow: Allow,
    pub(crate) name: Option<Ident>,
    pub(crate) kind: ArmKind,
}

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

/// One of the attributes without arguments, as written.
pub(crate) struct Word {
    pub(crate) kind: WordKind,
    pub(crate) attr: Attribute,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum WordKind {
    /// Only in the body of a function.
    Child,
    Spawn,
    Blocking,
    Daemon,
    Stream,
}

/// What `#[allow(…)]` on an arm turns off.
#[derive(Clone, Copy, Default)]
pub(crate) struct Allow {
    pub(crate) detached: bool,
    pub(crate) blocking_sleep: bool,
}

/// Where a child runs.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Inline,
    Spawned,
    Blocking,
}

impl WordKind {
    /// What an arm takes.
    pub(crate) const ALL: [WordKind; 4] = [Self::Spawn, Self::Blocking, Self::Daemon, Self::Stream];

    /// The word as it stands in the source.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Child => "child",
            Self::Spawn => "spawn",
            Self::Blocking => "blocking",
            Self::Daemon => "daemon",
            Self::Stream => "stream",
        }
    }
}

impl Arm {
    pub(crate) fn word(&self, kind: WordKind) -> Option<&Word> {
        self.words.iter().find(|word| word.kind == kind)
    }

    pub(crate) fn is_daemon(&self) -> bool {
        self.word(WordKind::Daemon).is_some()
    }

    pub(crate) fn place(&self) -> Place {
        self.words
            .iter()
            .find_map(|word| match word.kind {
                WordKind::Spawn => Some(Place::Spawned),
                WordKind::Blocking => Some(Place::Blocking),
                WordKind::Child | WordKind::Daemon | WordKind::Stream => None,
            })
            .unwrap_or(Place::Inline)
    }

    /// What errors, causes and the task tree call the child: its name, else the path it calls, else its position.
    pub(crate) fn title(&self) -> String {
        let called = || match &self.kind {
            ArmKind::One(expr) => called_path(expr),
            ArmKind::Each(each) => only_expr(&each.body).and_then(called_path),
        };
        match &self.name {
            Some(name) => name.unraw().to_string(),
            None => called().unwrap_or_else(|| format!("#{}", self.index + 1)),
        }
    }

    /// The tokens that stand for the arm when something about the whole of it is said.
    pub(crate) fn subject(&self) -> TokenStream {
        match &self.kind {
            ArmKind::One(expr) => expr.to_token_stream(),
            ArmKind::Each(each) => each.for_token.to_token_stream(),
        }
    }
}

/// The expression that a block consists of, when there is nothing else in it.
pub(crate) fn only_expr(block: &Block) -> Option<&Expr> {
    match block.stmts.as_slice() {
        [Stmt::Expr(expr, None)] => Some(expr),
        _ => None,
    }
}

/// `expr` without the parentheses and invisible groups around it.
pub(crate) fn peel(mut expr: &Expr) -> &Expr {
    loop {
        expr = match expr {
            Expr::Group(group) => &group.expr,
            Expr::Paren(paren) => &paren.expr,
            _ => return expr,
        }
    }
}

/// `api::fetch` for `api::fetch::<T>(…)`, `fetch` for `client.fetch(…)`, and the same inside a closure or a block.
fn called_path(expr: &Expr) -> Option<String> {
    match peel(expr) {
        Expr::Call(call) => match peel(&call.func) {
            Expr::Path(path) => {
                let names: Vec<_> = path
                    .path
                    .segments
                    .iter()
                    .map(|segment| segment.ident.unraw().to_string())
                    .filter(|name| name != "$crate")
                    .collect();
                Some(names.join("::"))
            }
            _ => None,
        },
        Expr::MethodCall(call) => Some(call.method.unraw().to_string()),
        Expr::Closure(closure) => called_path(&closure.body),
        Expr::Block(block) if block.label.is_none() => only_expr(&block.block).and_then(called_path),
        _ => None,
    }
}
