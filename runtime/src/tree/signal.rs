//! The tree of a program on request from outside.

use std::{
    io::{self, Write},
    thread,
};

use tokio::{
    runtime::Builder,
    signal::unix::{SignalKind, signal},
};

use super::snapshot::snapshot;
use crate::observe::Kind;

/// Prints the tree to stderr whenever the process receives this signal: `kill -USR1 PID` shows what a running program does,
/// and where it hangs.
///
/// A thread of its own listens, with a runtime of its own, for as long as the process lives. So the tree is printed also if
/// every thread of the program's runtime is blocked, and after that runtime is gone. It can be called outside a runtime, and
/// for several signals. From the call on, the signal no longer does what it does by default, which for `SIGUSR1` is to end
/// the process.
///
/// It needs the features `tree` and `signal`, and Unix.
///
/// # Errors
/// If the operating system refuses the handler, as for `SIGKILL`, or the thread.
///
/// # Panics
/// If the number is that of a signal that no handler may have: see [`tokio::signal::unix::signal`].
///
/// [`tokio::signal::unix::signal`]: https://docs.rs/tokio/1/tokio/signal/unix/fn.signal.html
///
/// ```no_run
/// use taskgroup::tree;
/// use tokio::signal::unix::SignalKind;
///
/// # async fn serve() -> std::io::Result<()> { Ok(()) }
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() -> std::io::Result<()> {
///     tree::dump_on(SignalKind::user_defined1())?;
///     taskgroup::group!(serve()).await
/// }
/// ```
pub fn dump_on(kind: SignalKind) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let entered = runtime.enter();
    // Installed here, and not on the thread: a signal that comes right after the call is not missed.
    let listener = signal(kind);
    drop(entered);
    let mut listener = match listener {
        Ok(listener) => listener,
        Err(error) => {
            // The caller may be in async code, where a runtime must not be dropped.
            runtime.shutdown_background();
            return Err(error);
        }
    };
    let dump_all = move || {
        runtime.block_on(async {
            while listener.recv().await.is_some() {
                // Also without a reader of stderr: a program does not end because it was asked what it does.
                let _ = dump();
            }
        });
    };
    thread::Builder::new().name("taskgroup-tree".into()).spawn(dump_all)?;
    Ok(())
}

/// Prints the tree in one piece, so that other output is not mixed with it.
fn dump() -> io::Result<()> {
    let tree = snapshot();
    let groups = tree.iter().filter(|node| node.kind == Kind::Group).count();
    let text = format!("taskgroup: {groups} groups, {} children\n{tree}\n", tree.len() - groups);
    io::stderr().write_all(text.as_bytes())
}
