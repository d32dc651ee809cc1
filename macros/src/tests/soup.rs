//! Whatever the tokens: no panic, and the output is an expression.

use proc_macro2::TokenStream;

/// What a generated input is put together from. `\u{1}` opens a bracket of a random kind.
const PIECES: &[&str] = &[
    "a",
    "b",
    "x",
    "r#type",
    "_",
    "self",
    "$",
    "1",
    "\"s\"",
    "'c'",
    "'l",
    ",",
    ",",
    ",",
    ";",
    ":",
    "::",
    "=",
    "=",
    "==",
    "=>",
    "->",
    "<",
    ">",
    ".",
    "..",
    "?",
    "#",
    "!",
    "&",
    "|",
    "||",
    "+",
    "@",
    "let",
    "for",
    "in",
    "loop",
    "while",
    "if",
    "else",
    "match",
    "move",
    "async",
    "await",
    "break",
    "continue",
    "return",
    "fn",
    "use",
    "unsafe",
    "mut",
    "spawn",
    "tokio",
    "std",
    "thread",
    "sleep",
    "allow",
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
    "\u{1}",
    "\u{1}",
    "\u{1}",
];

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap_or(0)
    }

    fn soup(&mut self, depth: usize) -> String {
        let mut soup = String::new();
        for _ in 0..self.below(14) {
            match PIECES[self.below(PIECES.len())] {
                "\u{1}" if depth > 0 => {
                    let (open, close) = [("(", ")"), ("[", "]"), ("{", "}")][self.below(3)];
                    soup += open;
                    soup += &self.soup(depth - 1);
                    soup += close;
                }
                "\u{1}" => {}
                piece => soup += piece,
            }
            soup += " ";
        }
        soup
    }
}

#[test]
fn no_input_panics_and_every_output_parses() {
    let seed = std::env::var("TASKGROUP_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    let inputs = std::env::var("TASKGROUP_INPUTS").ok().and_then(|inputs| inputs.parse().ok()).unwrap_or(5_000);
    println!("seed {seed}, {inputs} inputs; TASKGROUP_SEED and TASKGROUP_INPUTS change them");
    let mut random = Random(seed);
    let (mut read, mut accepted) = (0, 0);
    for _ in 0..inputs {
        let source = random.soup(3);
        let Ok(tokens) = source.parse::<TokenStream>() else {
            continue;
        };
        read += 1;
        let output = crate::group(quote::quote!((taskgroup) #tokens));
        accepted += usize::from(!output.to_string().contains("compile_error"));
        if let Err(error) = syn::parse2::<syn::Expr>(output.clone()) {
            panic!("{error}\n  input: {source}\n  output: {output}");
        }
    }
    println!("{read} were token streams, {accepted} of them groups without a mistake");
    assert!(read > inputs / 2 && accepted > inputs / 100, "the generator has lost its way");
}
