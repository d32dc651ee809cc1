//! The signals that request the end of a program.

use std::{
    fmt,
    future::{Future, poll_fn},
    io,
    pin::Pin,
    task::{Context, Poll},
    thread,
};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

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
/// It listens from the call of this function, if that is inside a tokio runtime, or of
/// [`exit_on_second`](ShutdownSignal::exit_on_second); else from its first poll. So no signal is
/// missed that comes while the program is still setting up. From then on, these signals no longer end the process by
/// themselves, *even after this value is dropped*: that is how tokio listens. Call it once, in `main`, for as long as the
/// program runs.
///
/// # Panics
/// If the runtime was built without `enable_io` (or `enable_all`), or the operating system refuses a handler; outside a
/// runtime, at the first poll.
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
    if Handle::try_current().is_err() {
        return ShutdownSignal { listening: Listening::NotYet };
    }
    match listen() {
        Ok(sources) => ShutdownSignal { listening: Listening::Here(sources) },
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
    listening: Listening,
}

enum Listening {
    /// It was made outside a runtime.
    NotYet,
    Here(Vec<Source>),
    /// By a thread, which sends the first signal and ends the process at the second.
    Counted(Watch),
}

impl ShutdownSignal {
    /// Ends the process at once at a *second* signal, with status 128 plus its number: for a user who does not want to wait
    /// for the end of a graceful shutdown, or when that hangs.
    ///
    /// Nothing is cleaned up then. A thread of its own listens, so this works even if all threads of the runtime are
    /// blocked. Signals of the same kind that come together, before the first was received, count as one.
    /// The thread ends if this value is dropped before the first signal came.
    ///
    /// # Panics
    /// If the thread cannot be started.
    #[track_caller]
    pub fn exit_on_second(mut self) -> Self {
        self.listening = match self.listening {
            Listening::Counted(watch) => Listening::Counted(watch),
            Listening::NotYet => Listening::Counted(Watch::start(None).unwrap_or_else(|error| refused(&error))),
            Listening::Here(sources) => {
                Listening::Counted(Watch::start(Some(sources)).unwrap_or_else(|error| refused(&error)))
            }
        };
        self
    }
}

impl Future for ShutdownSignal {
    type Output = Signal;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Signal> {
        if let Listening::NotYet = self.listening {
            self.listening = Listening::Here(listen().unwrap_or_else(|error| refused(&error)));
        }
        match &mut self.listening {
            Listening::NotYet => Poll::Pending,
            Listening::Here(sources) => poll_sources(sources, cx),
            Listening::Counted(watch) => watch.poll_first(cx),
        }
    }
}

impl fmt::Debug for ShutdownSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShutdownSignal")
            .field("listens", &!matches!(self.listening, Listening::NotYet))
            .field("exits_on_second", &matches!(self.listening, Listening::Counted(_)))
            .finish()
    }
}

/// A thread with a runtime of its own, which counts signals.
///
/// The future receives the first signal from that thread only. So once it has resolved, the next signal is the second,
/// however fast it comes.
struct Watch {
    first: oneshot::Receiver<Signal>,
}

impl Watch {
    /// Starts the thread. It takes over the listeners that exist, so that no signal in between is missed.
    fn start(sources: Option<Vec<Source>>) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let mut sources = match sources {
            Some(sources) => sources,
            None => {
                let _inside = runtime.enter();
                listen()?
            }
        };
        let (mut tell, first) = oneshot::channel();
        let count_to_two = move || {
            runtime.block_on(async {
                let first = poll_fn(|cx| match poll_sources(&mut sources, cx) {
                    Poll::Ready(signal) => Poll::Ready(Some(signal)),
                    // The future was dropped, so there is no receiver any more.
                    Poll::Pending => tell.poll_closed(cx).map(|()| None),
                });
                if let Some(signal) = first.await {
                    let _ = tell.send(signal);
                    let second = poll_fn(|cx| poll_sources(&mut sources, cx)).await;
                    std::process::exit(second.exit_code().into());
                }
            });
        };
        thread::Builder::new().name("shutdown-signal".into()).spawn(count_to_two)?;
        Ok(Self { first })
    }

    fn poll_first(&mut self, cx: &mut Context<'_>) -> Poll<Signal> {
        // The first signal was taken: a oneshot channel panics if it is polled again.
        if self.first.is_terminated() {
            return Poll::Pending; // the next one ends the process
        }
        match Pin::new(&mut self.first).poll(cx) {
            Poll::Ready(Ok(signal)) => Poll::Ready(signal),
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        }
    }
}

fn poll_sources(sources: &mut [Source], cx: &mut Context<'_>) -> Poll<Signal> {
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
    listener: Listener,
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
type Listener = tokio::signal::unix::Signal;

#[cfg(unix)]
fn listen() -> io::Result<Vec<Source>> {
    use tokio::signal::unix::{SignalKind, signal};

    Ok(vec![
        Source { signal: Signal::Terminate, listener: signal(SignalKind::terminate())? },
        Source { signal: Signal::Interrupt, listener: signal(SignalKind::interrupt())? },
    ])
}

#[cfg(windows)]
enum Listener {
    CtrlC(tokio::signal::windows::CtrlC),
    CtrlClose(tokio::signal::windows::CtrlClose),
}

#[cfg(windows)]
impl Listener {
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
        Source { signal: Signal::Terminate, listener: Listener::CtrlClose(ctrl_close()?) },
        Source { signal: Signal::Interrupt, listener: Listener::CtrlC(ctrl_c()?) },
    ])
}
