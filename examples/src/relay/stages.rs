//! The stages. Each owns its ends of the channels, and ends when its input has ended.

use std::collections::{HashMap, VecDeque};

use taskgroup::{
    channel::{Receiver, Sender},
    is_draining, or_cancelled,
};
use tokio::time::sleep;

use super::{
    Plan, RelayError, Summary,
    fault::{Fault, Stage, Steps},
};

/// An incoming block.
pub(super) struct Block {
    number: u64,
    transactions: Vec<u64>,
}

/// A transaction in flight.
pub(super) struct Transaction {
    block: u64,
    payload: u64,
}

/// The verdict on a transaction.
pub(super) struct Verdict {
    block: u64,
    valid: bool,
}

/// The outline of a block, from which it is assembled again.
pub(super) struct Outline {
    block: u64,
    size: usize,
}

/// The receipt for an assembled block.
pub(super) struct Receipt;

/// Takes blocks in, with at most a window of them in flight.
pub(super) struct Blocks {
    pub(super) blocks: Sender<Block>,
    pub(super) receipts: Receiver<Receipt>,
    pub(super) plan: Plan,
}

impl Blocks {
    pub(super) async fn run(mut self) -> Result<(), RelayError> {
        let mut steps = Steps::of(Stage::Blocks, self.plan.fault);
        let mut on_their_way = 0;
        let mut number = 0;
        while Some(number) != self.plan.blocks && !is_draining() {
            steps.step()?;
            if !self.plan.pace.is_zero() {
                or_cancelled(sleep(self.plan.pace)).await?;
            }
            if on_their_way == self.plan.window {
                if self.receipts.recv().await?.is_none() {
                    return Err(RelayError::Closed); // the last stage ended before the first
                }
                on_their_way -= 1;
            }
            let transactions = (0..self.plan.size).map(|n| number * self.plan.size + n).collect();
            self.blocks.send(Block { number, transactions }).await?;
            on_their_way += 1;
            number += 1;
        }
        self.blocks.finish();
        while self.receipts.recv().await?.is_some() {}
        Ok(())
    }
}

/// Splits blocks into transactions, which are verified, and outlines, from which blocks are assembled again.
pub(super) struct Dispatch {
    pub(super) blocks: Receiver<Block>,
    pub(super) transactions: Sender<Transaction>,
    pub(super) outlines: Sender<Outline>,
    pub(super) fault: Option<Fault>,
}

impl Dispatch {
    pub(super) async fn run(mut self) -> Result<(), RelayError> {
        let mut steps = Steps::of(Stage::Dispatch, self.fault);
        while let Some(Block { number: block, transactions }) = self.blocks.recv().await? {
            steps.step()?;
            self.outlines.send(Outline { block, size: transactions.len() }).await?;
            for payload in transactions {
                self.transactions.send(Transaction { block, payload }).await?;
            }
        }
        self.transactions.finish();
        self.outlines.finish();
        Ok(())
    }
}

/// Verifies transactions.
pub(super) struct Verify {
    pub(super) transactions: Receiver<Transaction>,
    pub(super) verdicts: Sender<Verdict>,
    pub(super) fault: Option<Fault>,
}

impl Verify {
    pub(super) async fn run(mut self) -> Result<(), RelayError> {
        let mut steps = Steps::of(Stage::Verify, self.fault);
        while let Some(Transaction { block, payload }) = self.transactions.recv().await? {
            steps.step()?;
            let valid = payload % 17 != 0; // a signature would take longer
            self.verdicts.send(Verdict { block, valid }).await?;
        }
        self.verdicts.finish();
        Ok(())
    }
}

/// Assembles blocks, and releases them in order.
pub(super) struct Assemble {
    pub(super) outlines: Receiver<Outline>,
    pub(super) verdicts: Receiver<Verdict>,
    pub(super) receipts: Sender<Receipt>,
    pub(super) fault: Option<Fault>,
}

impl Assemble {
    pub(super) async fn run(mut self) -> Result<Summary, RelayError> {
        let mut steps = Steps::of(Stage::Assemble, self.fault);
        let mut summary = Summary::default();
        let mut open: VecDeque<Outline> = VecDeque::new();
        let mut judged: HashMap<u64, u64> = HashMap::new(); // verdicts, by block
        // A verdict never overtakes the outline of its block: that was sent first, and is waited for first.
        while let Some(Verdict { block, valid }) = self.verdicts.recv().await? {
            steps.step()?;
            while open.back().is_none_or(|last| last.block < block) {
                match self.outlines.recv().await? {
                    Some(outline) => open.push_back(outline),
                    None => return Err(RelayError::Closed),
                }
            }
            *judged.entry(block).or_default() += 1;
            summary.valid += u64::from(valid);
            while let Some(first) = open.front().filter(|first| judged.get(&first.block) == Some(&(first.size as u64)))
            {
                summary.blocks += 1;
                summary.transactions += first.size as u64;
                judged.remove(&first.block);
                open.pop_front();
                self.receipts.send(Receipt).await?;
            }
        }
        self.receipts.finish();
        Ok(summary)
    }
}
