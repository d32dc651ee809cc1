//! Runs cargo, and reads what it and its compilers took from the processor. Only for Linux: the time is that of `/proc`.

use std::{env, fs, path::Path, process::Command};

/// What a program can ask of cargo.
#[derive(Clone, Copy)]
pub enum Mode {
    Check,
    Debug,
    Release,
}

pub const MODES: [Mode; 3] = [Mode::Check, Mode::Debug, Mode::Release];

impl Mode {
    fn words(self) -> &'static [&'static str] {
        match self {
            Mode::Check => &["check"],
            Mode::Debug => &["build"],
            Mode::Release => &["build", "--release"],
        }
    }
}

/// Runs cargo in `folder`, and returns the seconds of processor time, in user and system mode, of all its processes.
pub fn run(folder: &Path, mode: Mode, words: &[&str]) -> f64 {
    let before = children();
    let status = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(mode.words())
        .args(["--quiet", "--target-dir"])
        .arg(folder.join("target"))
        .args(words)
        .current_dir(folder)
        // What a user has, whatever this bench was built with.
        .env("CARGO_PROFILE_DEV_DEBUG", "true")
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS")
        .status()
        .expect("cargo starts");
    assert!(status.success(), "cargo {words:?} failed in {}", folder.display());
    children() - before
}

/// Seconds of processor time of the child processes that have ended and were waited for, and theirs.
fn children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("this bench needs Linux");
    // The name of the program is in parentheses, and may have spaces. `cutime` and `cstime` are fields 16 and 17; what follows
    // the parenthesis begins with field 3.
    let (_, fields) = stat.rsplit_once(") ").expect("a name in parentheses");
    let ticks: f64 = fields.split(' ').skip(13).take(2).map(|field| field.parse::<f64>().expect("a number")).sum();
    // Linux tells user programs hundredths of a second, whatever its own clock does.
    ticks / 100.0
}

/// The bytes of machine code in `program`, or nothing without the tool `size` of binutils.
pub fn text(program: &Path) -> Option<f64> {
    let output = Command::new("size").arg("-A").arg(program).output().ok()?;
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    output.lines().find_map(|line| line.strip_prefix(".text ")?.split_whitespace().next()?.parse().ok())
}
