//! Four long-running stages, joined by channels; each needs all the others.
//!
//! ```text
//!            blocks            transactions          verdicts
//!  [blocks] ────────▶ [dispatch] ────────▶ [verify] ────────▶ [assemble] ──▶ whole blocks, in order
//!     ▲                   └───────────── outlines ─────────────▲   │
//!     └──────────────────────── receipts ──────────────────────────┘
//! ```
//!
//! [`relay`] is one `group!`. No stage takes a token or depends on how the others end:
//!
//! * A stage that fails is the error of the relay, whichever of its neighbours notices first.
//! * A stage that is done calls `finish`, which the next stage observes. A stage that is dropped in the middle is not
//!   mistaken for one that is done.
//! * A drain (SIGTERM) stops the first stage only; blocks that it has taken in pass through all stages.

mod fault;
mod stages;

use taskgroup::{
    Cancelled, Panicked,
    channel::{RecvError, SendError, bounded},
    group,
};
use thiserror::Error;

pub use fault::{Fault, How, Stage};
use stages::{Assemble, Blocks, Dispatch, Verify};

/// The configuration of a relay, including an injected failure.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The number of blocks to relay; `None` for no end.
    pub blocks: Option<u64>,
    /// The number of transactions in a block.
    pub size: u64,
    /// The maximum number of blocks in flight.
    pub window: usize,
    /// The time between two blocks.
    pub pace: std::time::Duration,
    /// The failure to inject.
    pub fault: Option<Fault>,
}

/// The result of a relay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Blocks that were assembled, complete and in order.
    pub blocks: u64,
    /// The number of transactions in them.
    pub transactions: u64,
    /// The number of those that are valid.
    pub valid: u64,
}

/// The reason why a relay ended early.
#[derive(Debug, Error)]
pub enum RelayError {
    /// The injected failure.
    #[error("`{}` failed at its step {}, as it was told to", .0.stage, .0.after)]
    Injected(Fault),
    /// A stage panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
    /// The stage after this one is gone.
    #[error("the next stage no longer receives")]
    Closed,
    /// The stage before this one ended without finishing its stream.
    #[error(transparent)]
    Abandoned(RecvError),
    /// The relay was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl<T> From<SendError<T>> for RelayError {
    fn from(error: SendError<T>) -> Self {
        match (error, taskgroup::checkpoint()) {
            (SendError::Cancelled(_), Err(cancelled)) => Self::Cancelled(cancelled),
            _ => Self::Closed,
        }
    }
}

impl From<RecvError> for RelayError {
    fn from(error: RecvError) -> Self {
        match error {
            RecvError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            RecvError::Abandoned => Self::Abandoned(error),
        }
    }
}

/// Runs the four stages until the last block is out, one of them fails, or `stop` resolves.
///
/// # Errors
/// Always the first failure. Errors of other stages that result from it are not reported.
pub async fn relay(plan: &Plan, stop: impl IntoFuture) -> Result<Summary, RelayError> {
    let fault = plan.fault;
    let (block_tx, block_rx) = bounded(4);
    let (transaction_tx, transaction_rx) = bounded(64);
    let (verdict_tx, verdict_rx) = bounded(64);
    let (outline_tx, outline_rx) = bounded(plan.window);
    let (receipt_tx, receipt_rx) = bounded(plan.window);

    let blocks = Blocks { blocks: block_tx, receipts: receipt_rx, plan: plan.clone() };
    let dispatch = Dispatch { blocks: block_rx, transactions: transaction_tx, outlines: outline_tx, fault };
    let verify = Verify { transactions: transaction_rx, verdicts: verdict_tx, fault };
    let assemble = Assemble { outlines: outline_rx, verdicts: verdict_rx, receipts: receipt_tx, fault };

    let ((), (), (), summary) = group!(
        #[spawn]
        blocks = blocks.run(),
        #[spawn]
        dispatch = dispatch.run(),
        #[spawn]
        verify = verify.run(),
        #[spawn]
        assemble = assemble.run(),
    )
    .name("relay")
    .drain_on(stop)
    .catch_panics()
    .await?;
    Ok(summary)
}
