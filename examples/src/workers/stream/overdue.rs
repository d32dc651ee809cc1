//! Claims that were not renewed in time: another process takes the job over, or puts it aside.
//!
//! A job that ends its process, because it needs too much memory for instance, would be taken over by one process after the
//! other, and end them all. So a job has a number of deliveries. The last one is to a process that does nothing else in that
//! time: what does not come back from it is to blame alone. It goes into a stream of its own, for a person to look at.

use redis::{
    RedisResult, Value, cmd, pipe,
    streams::{StreamClaimReply, StreamId},
};

use super::{GROUP, Queue};
use crate::complain;

/// What there is of such claims.
pub(super) enum Overdue {
    /// None.
    Nothing,
    /// They belong to this process now.
    TakenOver(Vec<StreamId>),
    /// One whose next delivery is its last.
    Last(String),
}

impl Queue {
    /// Looks for claims that have not been renewed in time, takes them over, and puts those aside that were delivered too
    /// often.
    pub(super) async fn overdue(&self, most: usize) -> RedisResult<Overdue> {
        // This process may have been out of reach for longer than the lease: what it still works on is not taken over.
        // Seen from before the command, because an acknowledgement may come between that and its answer.
        let mine = self.held.ids();
        let mut pending = cmd("XPENDING");
        pending.arg(&self.stream).arg(GROUP).arg("IDLE").arg(self.lease_in_millis()).arg("-").arg("+").arg(most);
        // The identifier, the consumer, the time since the last delivery, and how many there were.
        let found: Option<Vec<(String, String, u64, u64)>> = self.of_group(&pending).await?;
        let (mut others, mut last) = (Vec::new(), None);
        for (id, _, _, deliveries) in found.unwrap_or_default().into_iter().filter(|(id, ..)| !mine.contains(id)) {
            if deliveries >= self.deliveries {
                self.put_aside(id, deliveries).await?;
            } else if deliveries + 1 == self.deliveries {
                last.get_or_insert(id);
            } else {
                others.push(id);
            }
        }
        if !others.is_empty() {
            return Ok(Overdue::TakenOver(self.claim_again(&others).await?));
        }
        Ok(last.map_or(Overdue::Nothing, Overdue::Last))
    }

    /// Takes jobs over, except those that another process was faster to take, which is one more delivery of each.
    pub(super) async fn claim_again(&self, ids: &[String]) -> RedisResult<Vec<StreamId>> {
        let claimed = self.claim_overdue(ids).await?;
        self.held.count_taken_over(claimed.len());
        Ok(claimed)
    }

    async fn claim_overdue(&self, ids: &[String]) -> RedisResult<Vec<StreamId>> {
        let mut claim = cmd("XCLAIM");
        claim.arg(&self.stream).arg(GROUP).arg(&self.consumer).arg(self.lease_in_millis()).arg(ids);
        let reply: Option<StreamClaimReply> = self.of_group(&claim).await?;
        Ok(reply.unwrap_or_default().ids)
    }

    /// Moves a job to the stream of those that are not tried again.
    async fn put_aside(&self, id: String, deliveries: u64) -> RedisResult<()> {
        let aside = format!("{}:aside", self.stream);
        // One process of all that have found it does so.
        for entry in self.claim_overdue(std::slice::from_ref(&id)).await? {
            let mut put = pipe();
            put.atomic().cmd("XADD").arg(&aside).arg("*").arg("id").arg(&entry.id).arg("deliveries").arg(deliveries);
            for (field, value) in &entry.map {
                let value = if let Value::BulkString(bytes) = value { bytes.as_slice() } else { b"" };
                put.arg(field).arg(value);
            }
            put.ignore();
            self.forget(&mut put, &entry.id).await?;
            complain!("workers: {id} was delivered {deliveries} times and never done: it is in `{aside}` now");
        }
        Ok(())
    }
}
