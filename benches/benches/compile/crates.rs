//! The crates that are compiled: the same but for what runs the children of a call site.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

/// The children of a call site, each an `async fn`, hence a type, of its own.
const CHILDREN: usize = 8;
const RUNTIME: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../runtime");
const LOCK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
/// What `taskgroup` turns on by itself, and the macros, which hardly a program lives without.
const TOKIO: &str = r#"tokio = { version = "1.50", default-features = false, features = [
    "macros", "rt", "signal", "sync", "time",
] }"#;

/// What stands at a call site.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Group,
    Function,
    TryJoin,
}

impl Form {
    pub fn name(self) -> &'static str {
        match self {
            Form::Group => "group",
            Form::Function => "function",
            Form::TryJoin => "try-join",
        }
    }

    fn site(self, site: usize) -> String {
        let call = |child: usize| format!("child_{site}_{child}({child})");
        let calls = list(call);
        let output = format!("Result<({}), Failed>", list(|_| "u64".to_owned()));
        match self {
            Form::Group => {
                format!("async fn site_{site}() -> {output} {{ taskgroup::group!({calls}).await }}\n")
            }
            Form::TryJoin => format!("async fn site_{site}() -> {output} {{ tokio::try_join!({calls}) }}\n"),
            Form::Function => {
                let mut text = format!("#[taskgroup::task_group]\nasync fn site_{site}() -> {output} {{\n");
                for child in 0..CHILDREN {
                    text += &format!("    #[child] let v{child} = {};\n", call(child));
                }
                let names = list(|child| format!("v{child}"));
                text + &format!("    let ({names}) = ({names}).join().await;\n    Ok(({names}))\n}}\n")
            }
        }
    }
}

fn list(part: impl Fn(usize) -> String) -> String {
    (0..CHILDREN).map(part).collect::<Vec<_>>().join(", ")
}

/// A crate with `sites` call sites of `form`, and the children of each.
pub struct Crate {
    pub form: Form,
    pub sites: usize,
}

impl Crate {
    pub fn name(&self) -> String {
        format!("{}-{}", self.form.name(), self.sites)
    }

    fn source(&self) -> String {
        let mut text = "#![allow(unused)]\nuse std::{future::Future, pin::pin, task::{Context, Poll, Waker}};\n\
             #[derive(Debug)]\npub struct Failed;\n"
            .to_owned();
        for site in 0..self.sites {
            for child in 0..CHILDREN {
                text += &format!(
                    "async fn child_{site}_{child}(n: u64) -> Result<u64, Failed> {{ \
                     std::future::ready(()).await; Ok(std::hint::black_box(n)) }}\n"
                );
            }
            text += &self.form.site(site);
        }
        text += "pub fn run() -> u64 {\n    let mut sum = 0;\n    let mut cx = Context::from_waker(Waker::noop());\n";
        for site in 0..self.sites {
            text += &format!(
                "    if let Poll::Ready(Ok(results)) = pin!(site_{site}()).poll(&mut cx) {{ sum += results.0; }}\n"
            );
        }
        text + "    std::hint::black_box(&mut cx);\n    sum\n}\n"
    }
}

/// The folder with all crates: a workspace of its own, so that they share what they depend on.
pub struct Crates {
    pub folder: PathBuf,
}

impl Crates {
    pub fn write(crates: &[&Crate]) -> Crates {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile");
        let mut members = String::new();
        for it in crates {
            let name = it.name();
            let of = folder.join(&name).join("src");
            fs::create_dir_all(&of).expect("a folder below the target folder");
            let manifest = manifest(&name, &format!("taskgroup = {{ path = {RUNTIME:?} }}\n{TOKIO}"));
            fs::write(folder.join(&name).join("Cargo.toml"), manifest).expect("written");
            let library = name.replace('-', "_");
            fs::write(of.join("main.rs"), format!("fn main() {{ println!(\"{{}}\", {library}::run()); }}\n"))
                .expect("written");
            write!(members, "{name:?}, ").expect("a string grows");
        }
        fs::write(folder.join("Cargo.toml"), format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n"))
            .expect("written");
        fs::copy(LOCK, folder.join("Cargo.lock")).expect("the versions of this workspace");
        let crates_written = Crates { folder };
        for it in crates {
            crates_written.touch(it, 0);
        }
        crates_written
    }

    /// Writes the source of `it` once more, so that it is compiled again.
    pub fn touch(&self, it: &Crate, round: usize) {
        let file = self.folder.join(it.name()).join("src/lib.rs");
        fs::write(file, format!("{}// {round}\n", it.source())).expect("written");
    }
}

/// Writes a crate with nothing in it that depends on tokio, and with `ours` on taskgroup as well; gives its folder.
pub fn dependent(ours: bool) -> PathBuf {
    let name = if ours { "dependent-taskgroup" } else { "dependent-tokio" };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(folder.join("src")).expect("a folder below the target folder");
    let ours = if ours { format!("taskgroup = {{ path = {RUNTIME:?} }}\n") } else { String::new() };
    fs::write(folder.join("Cargo.toml"), manifest(name, &format!("{ours}{TOKIO}\n\n[workspace]"))).expect("written");
    fs::write(folder.join("src/lib.rs"), "").expect("written");
    fs::copy(LOCK, folder.join("Cargo.lock")).expect("the versions of this workspace");
    folder
}

fn manifest(name: &str, dependencies: &str) -> String {
    format!("[package]\nname = {name:?}\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n")
}
