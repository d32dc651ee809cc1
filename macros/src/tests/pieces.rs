//! Generates random inputs from pieces of source.

use crate::words::{OptionKind, OptionWord};

/// Returns a number below the one given.
pub(crate) type Choose<'c> = dyn FnMut(usize) -> usize + 'c;

/// Tokens of the language. `\u{1}` opens a bracket of a random kind.
const TOKENS: &[&str] = &[
    "a", "b", "x", "r#type", "_", "self", "$", "1", "\"s\"", "'c'", "'l", ",", ",", ",", ";", ":", "::", "=", "=",
    "==", "=>", "->", "<", ">", ".", "..", "?", "#", "!", "&", "|", "||", "+", "@", "let", "for", "in", "loop",
    "while", "if", "else", "match", "move", "async", "await", "break", "continue", "return", "fn", "use", "unsafe",
    "mut", "spawn", "tokio", "std", "thread", "sleep", "allow", "\u{1}", "\u{1}", "\u{1}",
];

/// Pieces of arms.
const ARMS: &[&str] = &[
    "f()",
    "f(x)",
    ".await",
    ".await?",
    "#[spawn]",
    "#[blocking]",
    "#[daemon]",
    "#[stream]",
    "#[allow(detached)]",
    "#[spawned]",
    "a = ",
    "tokio::spawn(f())",
    "std::thread::sleep(d)",
    "for x in xs { f(x) }",
    "async { loop { } }",
    "move || f()",
    "|x| x",
    "'l: for x in xs { break 'l }",
];

/// Pieces of the body of a function.
const STATEMENTS: &[&str] = &[
    "#[child]",
    "#[child]",
    "#[spawn]",
    "#[blocking]",
    "#[daemon]",
    "#[cfg(unix)]",
    "#[chlid]",
    "#[child(1)]",
    "let a = f(&x);",
    "let b: T = f(a);",
    "let mut x = a.await;",
    "f(x);",
    "f(x)?;",
    "let x;",
    "x = f(x).await?;",
    "let (a, b) = (a, b).join().await;",
    "let Some(x) = f(x) else { return Err(e) };",
    "async { f(x).await };",
    "move || f(x);",
    "tokio::spawn(f());",
    "std::thread::sleep(d);",
    "for x in xs { #[child] f(x); }",
    "if x { #[spawn] f(x); } else { return Ok(x) }",
    "{ #[child] f(&x); x }",
    "let a = { #[child] let b = f(); b.await };",
    "let f = |x| { #[child] g(x); };",
    "async { #[child] g(x); }",
    "fn g() { #[child] g(); }",
    "a.await;",
    "Ok(x)",
    "return Err(e);",
    "vec![f(x)];",
    "loop {",
    "}",
    "match x {",
    "_ =>",
];

/// Pieces of the options of a function, besides the options themselves.
const OPTIONS: &[&str] = &[
    "limit",
    "limti = 1",
    "boxed = 1",
    "race",
    "supervise = |child, failure| log(child, failure)",
    ",",
    ",",
    ",",
    "\u{1}",
];

/// Every option of a function as it is written, so that a new one is among the inputs without a line here.
fn options() -> Vec<String> {
    let written = |option: &OptionWord| match option.kind {
        OptionKind::Value | OptionKind::Repeated | OptionKind::Supervise => vec![format!("{} = f", option.name)],
        OptionKind::Flag | OptionKind::Boxed => vec![option.name.to_owned()],
        OptionKind::Allowed => vec!["allow(detached)".to_owned(), "allow(blocking_sleep)".to_owned()],
        OptionKind::CratePath => vec!["crate = a::b".to_owned()],
        OptionKind::GroupOnly => Vec::new(),
    };
    OptionWord::of_functions().flat_map(written).chain(OPTIONS.iter().map(|piece| (*piece).to_owned())).collect()
}

/// Items, in which `\u{1}` is the place of the body.
const FUNCTIONS: &[&str] = &[
    "async fn f(x: &str) -> Result<T, E> \u{1}",
    "async fn f(x: &str) -> Result<T, E> \u{1}",
    "async fn f(x: &str) -> Result<T, E> \u{1}",
    "pub async fn f<'a, T: B<'a>, const N: usize>(&mut self, (a, b): (A, T)) -> io::Result<impl Iterator<Item = T> + 'a> where T: C \u{1}",
    "async fn f() \u{1}",
    "fn f() -> Result<(), E> \u{1}",
    "async fn f() -> Result<(), E>;",
    "fn f<'a>(&'a self) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>> { Box::pin(async move \u{1}) }",
    "async fn f() -> Result<T, E> { let __span = s; async move \u{1}.instrument(__span).await }",
    "struct S \u{1}",
    "impl S \u{1}",
    "#[inline] unsafe async fn f(self) -> Result<(), E> \u{1}",
    "\u{1}",
];

/// Generates random tokens, half of them from `words`.
fn soup(choose: &mut Choose<'_>, words: &[&str], depth: usize) -> String {
    let mut soup = String::new();
    for _ in 0..choose(14) {
        let pieces = if choose(2) == 0 { TOKENS } else { words };
        match pieces.get(choose(pieces.len())).copied() {
            Some("\u{1}") if depth > 0 => {
                let (open, close) = [("(", ")"), ("[", "]"), ("{", "}")][choose(3)];
                soup += open;
                soup += &self::soup(choose, words, depth - 1);
                soup += close;
            }
            Some("\u{1}") | None => {}
            Some(piece) => soup += piece,
        }
        soup += " ";
    }
    soup
}

/// Generates the tokens of a `group!(…)`.
pub(crate) fn group(choose: &mut Choose<'_>) -> String {
    soup(choose, ARMS, 3)
}

/// Generates the tokens of a `#[task_group(…)]`, and those of the item below it.
pub(crate) fn function(choose: &mut Choose<'_>) -> (String, String) {
    let pieces = options();
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    let options = match choose(3) {
        0 => String::new(),
        1 => (0..choose(4)).map(|_| pieces[choose(pieces.len())].to_owned() + ", ").collect(),
        _ => soup(choose, &pieces, 1),
    };
    let mut body = String::new();
    for _ in 0..choose(10) {
        // Mostly whole statements: few random tokens are a function.
        body += &match choose(8) {
            0 => soup(choose, STATEMENTS, 2),
            _ => STATEMENTS[choose(STATEMENTS.len())].to_owned() + "\n",
        };
    }
    let function = FUNCTIONS[choose(FUNCTIONS.len())].replace('\u{1}', &format!("{{ {body} Ok(x) }}"));
    (options, function)
}
