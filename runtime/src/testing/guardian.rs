//! The guard against runs that take too much real time.

use std::{io::Write, sync::mpsc, thread, time::Duration};

use crate::probe::Plan;

/// The environment variable that selects one run.
pub(super) const REPLAY: &str = "TASKGROUP_REPLAY";

/// A thread that names the run that has taken too long. A loop that never yields cannot be interrupted, but it can be
/// reported.
pub(super) struct Guardian(mpsc::Sender<Plan>);

impl Guardian {
    /// The real time after which a run is reported.
    const PATIENCE: Duration = Duration::from_secs(30);

    pub(super) fn new() -> Self {
        let (begins, runs) = mpsc::channel::<Plan>();
        // The thread ends with the exploration.
        let watch = move || {
            let mut now = None;
            loop {
                match runs.recv_timeout(Self::PATIENCE) {
                    Ok(plan) => now = Some(plan),
                    Err(mpsc::RecvTimeoutError::Disconnected) => return,
                    Err(mpsc::RecvTimeoutError::Timeout) => {
                        // Once for each run.
                        if let Some(plan) = now.take() {
                            // Not `eprintln!`, which a test harness captures: it would be shown only when the test ends.
                            let _ = writeln!(
                                std::io::stderr(),
                                "taskgroup::testing: the run `{plan}` has taken {:?} of real time: it loops without an \
                                 `.await` that waits, or a blocking child does not end. To see it again: {REPLAY}={plan}",
                                Self::PATIENCE
                            );
                        }
                    }
                }
            }
        };
        // Without the thread, the exploration works all the same, but a run that loops is not named.
        let _ = thread::Builder::new().name("explore".to_owned()).spawn(watch);
        Self(begins)
    }

    pub(super) fn begins(&self, plan: Plan) {
        let _ = self.0.send(plan);
    }
}
