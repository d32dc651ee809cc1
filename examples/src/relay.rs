//! Four stages that run for as long as the program does, joined by channels; none is of use without the others.
//!
//! ```text
//!            blocks            transactions          verdicts
//!  [blocks] ────────▶ [dispatch] ────────▶ [verify] ────────▶ [assemble] ──▶ whole blocks, in order
//!     ▲                   └───────────── outlines ─────────────▲   │
//!     └──────────────────────── receipts ──────────────────────────┘
//! ```
//!
//! [`relay`] is one `group!`. No stage knows of a token, of an `errgroup` or of how the others end:
//!
//! * A stage that fails is the error of the relay, whichever of its neighbours notices first.
//! * A stage that is done says so to the next one, by `finish`. A stage that is dropped in the middle cannot be taken
//!   for one that is done.
//! * A drain (SIGTERM) stops the first stage only; what it has taken in goes all the way.

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

/// What to relay, and what is to go wrong.
#[derive(Clone, Debug)]
pub struct Plan {
    /// After how many blocks there are no more; `None` for never.
    pub blocks: Option<u64>,
    /// How many transactions a block has.
    pub size: u64,
    /// How many blocks may be on their way at once.
    pub window: usize,
    /// How long a block takes to come in.
    pub pace: std::time::Duration,
    /// What is to go wrong.
    pub fault: Option<Fault>,
}

/// What went through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Blocks that came out, whole and in order.
    pub blocks: u64,
    /// Their transactions.
    pub transactions: u64,
    /// Those of them that were found valid.
    pub valid: u64,
}

/// Why a relay ended before its time.
#[derive(Debug, Error)]
pub enum RelayError {
    /// What was asked for.
    #[error("`{}` failed at its step {}, as it was told to", .0.stage, .0.after)]
    Injected(Fault),
    /// A stage panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
    /// The stage after this one is gone.
    #[error("there is nobody to send to")]
    Closed,
    /// The stage before this one went in the middle.
    #[error(transparent)]
    Abandoned(RecvError),
    /// The relay is being stopped.
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
/// The first failure, and always the one that came first: what the neighbours make of it does not count.
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
