//! The words of other libraries lead to a suggestion, and our own are recognized where they do not belong.

use proc_macro2::TokenStream;

use super::errors;

/// Expands `#[task_group(options)]` on a function with this statement.
fn function(options: &str, statement: &str) -> String {
    let options: TokenStream = options.parse().expect("options are tokens");
    let item = format!("async fn f() -> Result<(), E> {{ {statement} Ok(()) }}").parse().expect("a function is tokens");
    crate::task_fn::task_group(options, item).to_string()
}

#[test]
fn synonyms_of_attributes_are_understood() {
    for (synonym, meant) in [
        ("spawn_blocking", "blocking"),
        ("task", "spawn"),
        ("parallel", "spawn"),
        ("thread", "blocking"),
        ("background", "daemon"),
        ("detached", "daemon"),
        ("service", "daemon"),
        ("tokio::spawn", "spawn"),
    ] {
        let texts = errors(&format!("#[{synonym}] f(), g()"));
        assert!(texts[0].contains(&format!("did you mean `#[{meant}]`?")), "{synonym}: {texts:?}");
    }
    for (synonym, meant) in [
        ("spawn_blocking", "blocking"),
        ("task", "child"),
        ("concurrent", "child"),
        ("parallel", "spawn"),
        ("thread", "blocking"),
        ("background", "daemon"),
        ("detached", "daemon"),
        ("service", "daemon"),
    ] {
        let output = function("", &format!("#[{synonym}] f();"));
        assert!(output.contains(&format!("did you mean `#[{meant}]`?")), "{synonym}: {output}");
    }
    for not_ours in ["inline", "allow", "stream", "task(1)"] {
        assert!(!function("", &format!("#[{not_ours}] f();")).contains("compile_error"), "{not_ours}");
    }
}

#[test]
fn options_are_recognized_where_they_do_not_belong() {
    for option in [
        "limit",
        "timeout",
        "deadline",
        "grace",
        "cancel_on",
        "drain_on",
        "drain_timeout",
        "name",
        "carry",
        "catch_panics",
        "supervise",
        "on_late_error",
    ] {
        let texts = errors(&format!("#[{option}] f()"));
        assert!(texts[0].contains("is an option of the group, not of an arm"), "{texts:?}");
    }
    for policy in ["outcome", "settle", "collect_errors", "race", "first", "each", "on_late_error"] {
        let output = function(policy, "");
        assert!(output.contains(&format!("`{policy}` is for groups")), "{output}");
    }
    for (synonym, meant) in [
        ("max_concurrency", "limit"),
        ("concurrency", "limit"),
        ("max", "limit"),
        ("shutdown", "drain_on"),
        ("cancel", "cancel_on"),
        ("drain", "drain_on"),
        ("task_local", "carry"),
        ("box", "boxed"),
        ("krate", "crate"),
    ] {
        let output = function(synonym, "");
        assert!(output.contains(&format!("did you mean `{meant}`?")), "{synonym}: {output}");
    }
}
