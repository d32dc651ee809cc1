//! The `clippy.toml` of `docs/guide/clippy.md` is that of `tests/clippy-recipe`, and it finds what it says.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_guide_has_the_recipe() {
    let guide = fs::read_to_string(root().join("docs/guide/clippy.md")).expect("the guide");
    let recipe = fs::read_to_string(root().join("tests/clippy-recipe/clippy.toml")).expect("the recipe");
    assert!(guide.contains(&format!("```toml\n{recipe}```")), "docs/guide/clippy.md shows another recipe");
}

/// The crate expects every finding, one by one, and nothing else.
#[test]
fn clippy_finds_what_the_recipe_forbids() {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["clippy", "--offline", "--quiet", "-p", "taskgroup-clippy-recipe", "--", "-D", "warnings"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
