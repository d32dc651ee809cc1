//! The director, its three managers, the control session and the anomaly monitor.
//!
//! ```text
//!  [control session] ──readings──▶ [monitor] ──anomaly──▶ director ──message──▶ [records] [alerts] [archive]
//!          ▲                                                  │
//!          └─────────────── Child::cancel ────────────────────┘
//! ```
//!
//! On an anomaly, or at a signal to shut down, every manager receives the important message, and then the control session is
//! ended. It never ends on its own, so it is cancelled. This is where a hand-written version went wrong: the cancelled session returned
//! `context canceled`, which its `errgroup` treated as a failure, and the managers were killed before they had read
//! their message. Here a child that its owner cancels does not count as a failure.

use std::time::Duration;

use taskgroup::{
    Child, cancelled,
    channel::{Receiver, RecvError, SendError, Sender, bounded},
    draining, task_group,
};
use thiserror::Error;
use tokio::{select, time::sleep};

/// A reading of the control session that is no longer normal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anomaly {
    /// The number of the reading.
    pub at: u64,
}

/// What every manager has to know before the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// The monitor has found one.
    Anomaly(Anomaly),
    /// The program was asked to end.
    Shutdown,
}

/// The report of a manager.
#[derive(Debug, PartialEq, Eq)]
pub struct Minutes {
    /// The manager.
    pub manager: &'static str,
    /// The important messages that it received.
    pub received: Vec<Message>,
}

/// The error of the director.
#[derive(Debug, Error)]
pub enum Error {
    /// A sender was dropped in the middle of a stream.
    #[error(transparent)]
    Stream(#[from] RecvError),
    /// A manager no longer receives.
    #[error("a manager no longer listens: {0}")]
    Manager(#[from] SendError<Message>),
    /// The session ended without an anomaly, which should never happen.
    #[error("the control session ended without an anomaly")]
    NoAnomaly,
}

/// Waits for an anomaly at reading `anomaly`, or for `stop`, notifies every manager, ends the session, and returns all
/// minutes.
///
/// `stop` drains the function: nothing is cancelled, and it is the body that reacts. So the managers are there to read their
/// message.
///
/// # Errors
/// The first failure of a child.
#[task_group(grace = Duration::from_secs(1), drain_on = stop)]
pub async fn director<S: IntoFuture>(anomaly: Option<u64>, pace: Duration, stop: S) -> Result<Vec<Minutes>, Error> {
    let (readings, for_monitor) = bounded(16);
    let (alarm, mut anomalies) = bounded(1);
    let (mut tell, mut inboxes) = (Vec::new(), Vec::new());
    for manager in ["records", "alerts", "archive"] {
        let (inbox, from_director) = bounded(4);
        tell.push(inbox);
        inboxes.push((manager, from_director));
    }

    let mut managers = Vec::new();
    for (name, inbox) in inboxes {
        #[spawn]
        let manager = manager(name, inbox);
        managers.push(manager);
    }
    #[spawn]
    let session = control_session(readings, pace);
    #[daemon]
    monitor(for_monitor, alarm, anomaly);

    let message = select! {
        anomaly = anomalies.recv() => anomaly?.ok_or(Error::NoAnomaly)?,
        () = draining() => Message::Shutdown,
    };
    for inbox in tell {
        inbox.send(message).await?;
        inbox.finish();
    }
    Child::cancel(session).await;
    Ok(managers.join().await)
}

/// Sends readings until it is cancelled by its owner.
async fn control_session(readings: Sender<u64>, pace: Duration) -> Result<(), Error> {
    let mut number = 0;
    loop {
        select! {
            _ = cancelled() => break,
            () = sleep(pace) => {}
        }
        // The session continues even if the monitor no longer receives.
        let _ = readings.send(number).await;
        number += 1;
    }
    readings.finish();
    Ok(())
}

/// Checks every reading, and reports the first that is not normal.
async fn monitor(mut readings: Receiver<u64>, alarm: Sender<Message>, anomaly: Option<u64>) -> Result<(), Error> {
    loop {
        match readings.recv().await {
            Ok(Some(number)) if Some(number) == anomaly => {
                alarm.send(Message::Anomaly(Anomaly { at: number })).await?;
            }
            Ok(Some(_)) => {}
            // Abandoned: a session that is cancelled before its first poll never gets to say that it has finished.
            Ok(None) | Err(RecvError::Abandoned) => break,
            Err(error) => return Err(error.into()),
        }
    }
    alarm.finish();
    Ok(())
}

/// Collects messages until the director has finished its stream.
async fn manager(manager: &'static str, mut inbox: Receiver<Message>) -> Result<Minutes, Error> {
    let mut received = Vec::new();
    while let Some(message) = inbox.recv().await? {
        received.push(message);
    }
    Ok(Minutes { manager, received })
}
