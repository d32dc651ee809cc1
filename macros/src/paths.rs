//! Finds functions that a child must not call, by their full paths, anywhere in its tokens.
//!
//! A macro does not see imports, so a shorter path is never taken for one of these. In the tokens of other macros and of
//! attributes only a call counts, because a path without a call is often turned into a string there.

use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree};

const WANTED: [&[&str]; 4] =
    [&["tokio", "spawn"], &["tokio", "task", "spawn"], &["std", "thread", "spawn"], &["std", "thread", "sleep"]];

/// Functions whose argument runs on a thread where blocking is allowed.
const OFF_THREAD: [&str; 2] = ["spawn_blocking", "block_in_place"];

/// Macros whose tokens are never run.
const UNRUN: [&str; 6] = ["stringify", "quote", "quote_spanned", "parse_quote", "concat", "compile_error"];

/// Our macro. It checks its own tokens, which would be reported twice otherwise.
const OURS: &str = "group";

pub(crate) struct Found {
    pub(crate) path: &'static [&'static str],
    pub(crate) tokens: TokenStream,
    /// Set inside the argument of a function such as `spawn_blocking`.
    pub(crate) off_thread: bool,
}

pub(crate) fn find(tokens: TokenStream) -> Vec<Found> {
    let mut scan = Scan { found: Vec::new() };
    scan.tokens(tokens, Context { calls_only: false, off_thread: false });
    scan.found
}

/// What holds for the tokens that are searched.
#[derive(Clone, Copy)]
struct Context {
    calls_only: bool,
    off_thread: bool,
}

struct Scan {
    found: Vec<Found>,
}

impl Scan {
    fn tokens(&mut self, tokens: TokenStream, cx: Context) {
        let mut flat = Vec::new();
        flatten(tokens, &mut flat);
        let mut at = 0;
        while let Some(token) = flat.get(at) {
            at = match token {
                TokenTree::Ident(_) => self.path(&flat, at, cx),
                TokenTree::Group(group) => {
                    let attribute = group.delimiter() == Delimiter::Bracket && at > 0 && is_punct(&flat, at - 1, '#');
                    let calls_only = cx.calls_only || attribute;
                    self.tokens(group.stream(), Context { calls_only, ..cx });
                    at + 1
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => at + 1,
            }
        }
    }

    /// Checks the path that begins at `start`. Returns the index at which the search resumes.
    fn path(&mut self, tokens: &[TokenTree], start: usize, cx: Context) -> usize {
        let (names, end) = read_path(tokens, start);
        let last = names.last().map(String::as_str).unwrap_or_default();
        if is_punct(tokens, end, '!') {
            if let Some(TokenTree::Group(body)) = tokens.get(end + 1) {
                if last != OURS && !UNRUN.contains(&last) {
                    self.tokens(body.stream(), Context { calls_only: true, ..cx });
                }
                return end + 2;
            }
        }
        let arguments = skip_generics(tokens, end);
        let call = match tokens.get(arguments) {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => Some(group),
            _ => None,
        };
        let wanted = WANTED.into_iter().find(|path| names.iter().eq(path.iter()));
        if let Some(path) = wanted.filter(|_| is_whole(tokens, start)) {
            // A path without a call counts too: `map(tokio::spawn)` starts tasks as well.
            if call.is_some() || !cx.calls_only && !is_imported(tokens, start) {
                let tokens = tokens.get(start..end).unwrap_or_default().iter().cloned().collect();
                self.found.push(Found { path, tokens, off_thread: cx.off_thread });
            }
        }
        let Some(call) = call else { return end };
        // A thread of its own may block too. That it is detached has been reported.
        let own_thread = OFF_THREAD.contains(&last) || names.iter().eq(["std", "thread", "spawn"]);
        self.tokens(tokens.get(end..arguments).unwrap_or_default().iter().cloned().collect(), cx);
        self.tokens(call.stream(), Context { off_thread: cx.off_thread || own_thread, ..cx });
        arguments + 1
    }
}

/// Flattens groups without delimiters, in which `macro_rules!` puts its fragments.
fn flatten(tokens: TokenStream, flat: &mut Vec<TokenTree>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => flatten(group.stream(), flat),
            token => flat.push(token),
        }
    }
}

/// Returns the names of a path up to its generic arguments, and the index after them.
fn read_path(tokens: &[TokenTree], start: usize) -> (Vec<String>, usize) {
    let mut names = Vec::new();
    let mut at = start;
    while let Some(TokenTree::Ident(name)) = tokens.get(at) {
        names.push(name.to_string());
        at += 1;
        match tokens.get(at + 2) {
            // In `return ::tokio::spawn(…)` the keyword is no segment: the path begins after it.
            Some(TokenTree::Ident(_)) if is_path_segment(name) && is_colons(tokens, at) => at += 2,
            _ => break,
        }
    }
    (names, at)
}

/// Returns the index after `::<…>`, or `at` if there are no generic arguments.
fn skip_generics(tokens: &[TokenTree], at: usize) -> usize {
    if !is_colons(tokens, at) || !is_punct(tokens, at + 2, '<') {
        return at;
    }
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(at + 2) {
        let TokenTree::Punct(punct) = token else {
            continue;
        };
        match punct.as_char() {
            '<' => depth += 1,
            // The `>` of an arrow, as in `::<fn() -> T>`, closes nothing.
            '>' if is_punct(tokens, index - 1, '-') => {}
            '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    at
}

/// Returns `true` if the path begins at `start`. In `my::tokio::spawn` and `<T>::tokio::spawn` it begins earlier.
fn is_whole(tokens: &[TokenTree], start: usize) -> bool {
    let before = before_root(tokens, start);
    if before == start {
        return true;
    }
    match before.checked_sub(1).and_then(|index| tokens.get(index)) {
        Some(TokenTree::Ident(word)) => !is_path_segment(word),
        // Any other sign is an operator or a separator, after which a path begins.
        Some(TokenTree::Punct(punct)) => punct.as_char() != '>',
        _ => true,
    }
}

/// Returns `false` for a keyword that can precede a path, as in `return ::tokio::spawn(…)`.
fn is_path_segment(word: &Ident) -> bool {
    let word = word.to_string();
    ["crate", "self", "super", "Self", "$crate"].contains(&word.as_str()) || syn::parse_str::<Ident>(&word).is_ok()
}

/// Returns `true` if the path is that of a `use`.
fn is_imported(tokens: &[TokenTree], start: usize) -> bool {
    let before = before_root(tokens, start);
    matches!(before.checked_sub(1).and_then(|index| tokens.get(index)), Some(TokenTree::Ident(word)) if word == "use")
}

/// Returns the index of the leading `::`, or `start` if there is none.
fn before_root(tokens: &[TokenTree], start: usize) -> usize {
    start.checked_sub(2).filter(|root| is_colons(tokens, *root)).unwrap_or(start)
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    // Joint: in `a: :b`, the two colons are not one sign.
    matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == ':' && p.spacing() == Spacing::Joint)
        && is_punct(tokens, at + 1, ':')
}

fn is_punct(tokens: &[TokenTree], at: usize, sign: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}
