//! Snapshots of typical uses for review, in `expansions/*.rs`, each below its input.
//!
//! `TASKGROUP_BLESS=1 cargo test -p taskgroup-macros` updates them.

use std::fs;
use std::path::{Path, PathBuf};

use super::expand;

const OUTPUT: &str = "// Output:\n";

#[test]
fn typical_uses_expand_as_in_the_snapshots() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/expansions");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    assert!(files.len() >= 6, "snapshots are missing");
    for file in files {
        let text = fs::read_to_string(&file).expect("a snapshot");
        let (input, expected) = text.split_once(OUTPUT).expect("a line `// Output:`");
        let source: String =
            input.lines().skip(1).map(|line| line.trim_start_matches("//").to_owned() + "\n").collect();
        let output = pretty(&source);
        if std::env::var_os("TASKGROUP_BLESS").is_some() {
            fs::write(&file, format!("{input}{OUTPUT}{output}")).expect("written");
        } else {
            assert_eq!(output, expected, "{} differs; see the top of this test to bless it", file.display());
        }
    }
}

fn pretty(source: &str) -> String {
    let tokens = expand(source);
    let file = syn::parse_quote!(
        async fn output() {
            let output = #tokens;
        }
    );
    prettyplease::unparse(&file)
}
