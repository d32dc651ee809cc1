//! The signals that request the end of a program.

//!
//! 1. tokio's handlers stay installed for as long as the process lives, so a signal does nothing by itself any more. One
//!    thread listens from the first call on, and never ends; it has a runtime of its own, so it does not depend on one
//!    that may be blocked or gone.
//! 2. A value is registered from its call to its drop. One that has resolved stays registered beyond that, for as long as
//!    the group whose option it was, or forever: the program is answering that signal.
//! 3. A signal that comes while no value is registered ends the process.

use std::{
    fmt,
    future::{Future, poll_fn},
    io, mem,
    pin::Pin,
    process,
    task::{Context, Poll, Waker},
    thread,
};

use tokio::runtime::Builder;

use super::kept::keep;
use crate::{sync::Mutex, unwind::wake_all};

/// A request to end, from outside the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Signal {
    /// Ctrl-C at the keyboard; `SIGINT` on Unix.
    Interrupt,
    /// `SIGTERM`: what `kill`, systemd and Kubernetes send. On Windows, the console is being closed.
    Terminate,
}

impl Signal {
    /// Returns the exit status by which a shell recognises that this signal ended the program: 128 plus its number.
    ///
    /// ```
    /// assert_eq!(taskgroup::Signal::Terminate.exit_code(), 143);
    /// ```
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 128 + 2,
            Self::Terminate => 128 + 15,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        })
    }
}

/// Returns a future that resolves at the first `SIGTERM`, `SIGINT` or Ctrl-C.
///
/// Pass it to [`.drain_on(…)`](crate::Group::drain_on), which lets what has begun run to its end, or to
/// [`.cancel_on(…)`](crate::Group::cancel_on), with a [`.grace(…)`](crate::Group::grace) period to clean up in.
///
/// It listens from the call of this function, inside a tokio runtime or not: no signal is missed that comes while the
/// program is still setting up. From then on, these signals no longer end the process by themselves, and a thread listens
/// for them for as long as the process lives.
///
/// If the value is dropped before it has resolved, for instance because its group has ended, the next signal ends the
/// process again, with status 128 plus its number. Once it has resolved, further signals are ignored until the group whose
/// option it is has ended. A value that is awaited on its own leaves them ignored, as the program is ending anyway;
/// [`exit_on_second`](ShutdownSignal::exit_on_second) makes the next one count. A program that also listens with
/// `tokio::signal`, and does not want to end by these rules, keeps a value for as long as it runs.
///
/// # Panics
/// If the operating system refuses a handler or the thread.
///
/// # Cancel safety
/// A signal that comes between two polls is kept, and resolves the next one.
///
/// ```no_run
/// # async fn serve() -> std::io::Result<()> { Ok(()) }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// use std::time::Duration;
/// use taskgroup::{group, shutdown_signal};
///
/// group!(serve())
///     .drain_on(shutdown_signal().exit_on_second())
///     .drain_timeout(Duration::from_secs(30))
///     .await
/// # }
/// ```
#[track_caller]
pub fn shutdown_signal() -> ShutdownSignal {
    match Registration::new() {
        Ok(registration) => ShutdownSignal { registration: Some(registration) },
        Err(error) => refused(&error),
    }
}

#[cold]
#[track_caller]
fn refused(error: &io::Error) -> ! {
    panic!("the operating system does not let the program listen for signals: {error}")
}

/// The value of [`shutdown_signal`]: resolves to the [`Signal`] that came first.
#[must_use = "futures do nothing unless awaited"]
pub struct ShutdownSignal {
    /// `None` in its destructor.
    registration: Option<Registration>,
}

impl ShutdownSignal {
    fn with<R>(&self, part: impl FnOnce(&mut Waiting) -> R) -> Option<R> {
        let id = self.registration.as_ref()?.0;
        LISTENER.lock().waiting.iter_mut().find(|waiting| waiting.id == id).map(part)
    }

    /// Ends the process at once at a *second* signal, with status 128 plus its number: for a user who does not want to wait
    /// for the end of a graceful shutdown, or when that hangs.
    ///
    /// Nothing is cleaned up then. A thread of its own listens, so this works even if all threads of the runtime are
    /// blocked, and also when the value is gone. Signals of the same kind that come together, before the first was
    /// received, count as one.
    ///
    /// ```
    /// let signal = taskgroup::shutdown_signal().exit_on_second();
    /// assert_eq!(format!("{signal:?}"), "ShutdownSignal { exits_on_second: true, .. }");
    /// ```
    pub fn exit_on_second(self) -> Self {
        self.with(|waiting| waiting.exits_on_second = true);
        self
    }
}

impl Future for ShutdownSignal {
    type Output = Signal;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Signal> {
        // Cloned, and the one that is not kept dropped, outside the lock: so it is lent to what runs under the lock.
        let mut waker = Some(cx.waker().clone());
        let polled = self.with(|waiting| match waiting.came.take() {
            Some(signal) => {
                // Only now: a signal that has come and was not polled for is not answered by anything (invariant 2).
                waiting.has_resolved = true;
                (Poll::Ready(signal), waiting.waker.take())
            }
            None => {
                mem::swap(&mut waiting.waker, &mut waker);
                (Poll::Pending, None)
            }
        });
        polled.map_or(Poll::Pending, |(signal, _)| signal)
    }
}

impl Drop for ShutdownSignal {
    fn drop(&mut self) {
        // Read first: the value is found by its registration.
        let has_resolved = self.with(|waiting| waiting.has_resolved).unwrap_or(false);
        let Some(registration) = self.registration.take() else { return };
        if has_resolved {
            // Invariant 2. Without a group, it stays.
            mem::forget(keep(registration));
        }
    }
}

impl fmt::Debug for ShutdownSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exits_on_second = self.with(|waiting| waiting.exits_on_second).unwrap_or(false);
        f.debug_struct("ShutdownSignal").field("exits_on_second", &exits_on_second).finish_non_exhaustive()
    }
}

static LISTENER: Mutex<Listener> = Mutex::new(Listener { listens: false, next: 0, waiting: Vec::new() });

struct Listener {
    listens: bool,
    next: u64,
    waiting: Vec<Waiting>,
}

/// A value that waits for a signal, or has received one.
struct Waiting {
    id: u64,
    exits_on_second: bool,
    /// Whether any signal has come since it was made.
    is_second: bool,
    /// The signal that the next poll returns.
    came: Option<Signal>,
    has_resolved: bool,
    waker: Option<Waker>,
}

/// The place of one value among those that wait.
pub(super) struct Registration(u64);

impl Registration {
    fn new() -> io::Result<Self> {
        let mut listener = LISTENER.lock();
        if !listener.listens {
            // Under the lock, so that there is one thread; noted only if it started, so that the next call tries again.
            start()?;
            listener.listens = true;
        }
        let id = listener.next;
        // Never used again: a value that is gone must not be taken for another.
        listener.next += 1;
        listener.waiting.push(Waiting {
            id,
            exits_on_second: false,
            is_second: false,
            came: None,
            has_resolved: false,
            waker: None,
        });
        Ok(Self(id))
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let gone = {
            let mut listener = LISTENER.lock();
            let place = listener.waiting.iter().position(|waiting| waiting.id == self.0);
            place.map(|place| listener.waiting.swap_remove(place))
        };
        // Its waker is code of an executor: outside the lock.
        drop(gone);
    }
}

/// Starts the thread. Its handlers are installed when this returns.
fn start() -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let sources = {
        // The handlers belong to the runtime in which they are made.
        let _inside = runtime.enter();
        listen()
    };
    let mut sources = match sources {
        Ok(sources) => sources,
        Err(error) => {
            // The caller may be in async code, where a runtime must not be dropped.
            runtime.shutdown_background();
            return Err(error);
        }
    };
    let deliver_all = move || {
        // On this thread, which is the only one that the runtime has.
        runtime.block_on(async {
            loop {
                deliver(poll_fn(|cx| poll_sources(&mut sources, cx)).await);
            }
        });
    };
    thread::Builder::new().name("shutdown-signal".into()).spawn(deliver_all)?;
    Ok(())
}

/// Hands a signal to every value that waits, or ends the process.
fn deliver(signal: Signal) {
    let wakers: Vec<_> = {
        let mut listener = LISTENER.lock();
        let is_last = |waiting: &Waiting| waiting.exits_on_second && waiting.is_second;
        // Invariant 3, and `exit_on_second`.
        if listener.waiting.is_empty() || listener.waiting.iter().any(is_last) {
            drop(listener);
            process::exit(signal.exit_code().into());
        }
        // Every value receives every signal: two groups may both have been given one.
        let come = |waiting: &mut Waiting| {
            // For what comes next, polled for or not.
            waiting.is_second = true;
            // The first one stays: that is what the value resolves to.
            waiting.came.get_or_insert(signal);
            waiting.waker.take()
        };
        listener.waiting.iter_mut().filter_map(come).collect()
    };
    wake_all(wakers);
}

fn poll_sources(sources: &mut [Source], cx: &mut Context<'_>) -> Poll<Signal> {
    // One for each kind. If two have come, the next poll finds the other.
    for source in sources {
        if source.poll(cx).is_ready() {
            return Poll::Ready(source.signal);
        }
    }
    Poll::Pending
}

/// One kind of signal, with its listener.
struct Source {
    signal: Signal,
    listener: SignalListener,
}

impl Source {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // `None` would mean that no signal can come any more.
        match self.listener.poll_recv(cx) {
            Poll::Ready(Some(())) => Poll::Ready(()),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}

#[cfg(unix)]
type SignalListener = tokio::signal::unix::Signal;

#[cfg(unix)]
fn listen() -> io::Result<Vec<Source>> {
    use tokio::signal::unix::{SignalKind, signal};

    Ok(vec![
        Source { signal: Signal::Terminate, listener: signal(SignalKind::terminate())? },
        Source { signal: Signal::Interrupt, listener: signal(SignalKind::interrupt())? },
    ])
}

#[cfg(windows)]
enum SignalListener {
    CtrlC(tokio::signal::windows::CtrlC),
    CtrlClose(tokio::signal::windows::CtrlClose),
}

#[cfg(windows)]
impl SignalListener {
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        match self {
            Self::CtrlC(listener) => listener.poll_recv(cx),
            Self::CtrlClose(listener) => listener.poll_recv(cx),
        }
    }
}

#[cfg(windows)]
fn listen() -> io::Result<Vec<Source>> {
    use tokio::signal::windows::{ctrl_c, ctrl_close};

    Ok(vec![
        Source { signal: Signal::Terminate, listener: SignalListener::CtrlClose(ctrl_close()?) },
        Source { signal: Signal::Interrupt, listener: SignalListener::CtrlC(ctrl_c()?) },
    ])
}
