//! Whether an editor expands the macro: rust-analyzer completes at a token that it finds again in the expansion. So there,
//! what is half typed is emitted as it is, and what was read is emitted in the user's own tokens.

/// Returns `true` in the process that expands macros for rust-analyzer.
pub(crate) fn is_editor() -> bool {
    #[cfg(test)]
    if TESTED.with(std::cell::Cell::get) {
        return true;
    }
    let exe = std::env::current_exe().unwrap_or_default();
    exe.file_name().is_some_and(|name| name.to_string_lossy().contains("rust-analyzer"))
}

#[cfg(test)]
thread_local! {
    static TESTED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Runs a test as if an editor expanded the macro.
#[cfg(test)]
pub(crate) fn in_editor<R>(expand: impl FnOnce() -> R) -> R {
    TESTED.with(|tested| tested.set(true));
    let expanded = expand();
    TESTED.with(|tested| tested.set(false));
    expanded
}
