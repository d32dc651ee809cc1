//! Jobs from a stream of Redis, which any number of processes share: how a pool outgrows one machine.
//!
//! ```text
//!   Redis ──▶ claims (daemon) ──channel──▶ #[stream] #[spawn] for claim in claimed ──▶ acknowledged
//!     ▲          renewal (daemon): the claims of this process stay its own
//!     └── claims of processes that died: taken over by the others
//! ```
//!
//! The group is that of [`work`](super::work); only the source is another one. A process *claims* a job by reading it
//! as a member of the stream's consumer group, and acknowledges it when it is done, whereupon Redis forgets it. A claim that
//! is not renewed for the length of a *lease* belongs to a process that was killed, or that Redis cannot reach: another one
//! takes it over. So every job is done at least once, and twice only if its process ended between doing it and
//! acknowledging it. Jobs whose effects must not happen twice have to recognise themselves, by their number for instance.
//!
//! A job that ends its process each time would end the whole pool, one process after the other. So each has a number of
//! deliveries, the last of them to a process that does nothing else meanwhile. What was delivered that often and is not done
//! is moved to the stream `jobs:aside`, with a line in the log.
//!
//! When Redis is gone, what runs is finished, and the acknowledgements and the next claims are tried again until it is
//! back. What a drain timeout cuts off is taken over by another process, like the claims of one that was killed.

mod held;
mod link;
mod overdue;

use std::{sync::Arc, time::Duration};

use clap::ValueEnum;
use redis::{
    Pipeline, RedisResult, cmd, pipe,
    streams::{StreamId, StreamReadReply},
};
use taskgroup::{
    channel::{Sender, bounded},
    draining, group, is_draining,
};
use tokio::{
    select,
    time::{Instant, sleep},
};

use self::{
    held::{Held, Ticket},
    link::Link,
    overdue::Overdue,
};
use super::{Job, Journal, Plan, PoolError, Trouble};
use crate::{chance::Chance, complain};

/// How long Redis waits for a job before it answers that there is none; so long takes the drain of an idle pool.
const WAIT: Duration = Duration::from_millis(200);

/// The name of the consumer group.
const GROUP: &str = "workers";

/// The stream, as one process of the pool sees it.
pub struct Queue {
    link: Link,
    stream: String,
    consumer: String,
    lease: Duration,
    deliveries: u64,
    held: Held,
}

/// A job that this process has claimed.
struct Claim {
    job: Job,
    ticket: Ticket,
}

/// Runs the jobs of the stream until `stop` resolves and those that were claimed have ended.
///
/// # Errors
/// [`PoolError::Cancelled`] if the drain timeout cut jobs off, [`PoolError::Redis`] if Redis refuses a command.
pub async fn work_from(
    queue: &Arc<Queue>,
    plan: &Plan,
    journal: &Arc<Journal>,
    stop: impl IntoFuture,
) -> Result<(), PoolError> {
    let (offers, claimed) = bounded(1);
    group!(
        #[daemon]
        claims = queue.claim(plan.workers, offers),
        #[daemon]
        renewal = queue.renew(),
        #[stream]
        #[spawn]
        jobs = for claim in claimed {
            let (queue, journal) = (queue.clone(), journal.clone());
            let accepted = claim.map(|claim: Claim| (journal.accept(claim.job.number), claim));
            async move {
                let (entry, Claim { job, ticket }) = accepted?;
                entry.ends(job.run().await);
                queue.acknowledge(ticket).await
            }
        },
    )
    .name("workers")
    .limit(plan.workers)
    .drain_on(stop)
    .drain_timeout(plan.backstop)
    .await?;
    queue.leave().await;
    Ok(())
}

impl Queue {
    /// Creates the view of a process that is called `consumer`; no other process of the pool has this name. `lease` is how
    /// long a claim lasts without being renewed, and `deliveries` how often a job is claimed before it is put aside.
    ///
    /// # Errors
    /// If the address is not that of a Redis server. Whether one is there is not tried yet.
    pub fn new(
        address: &str,
        stream: &str,
        consumer: String,
        lease: Duration,
        deliveries: u64,
    ) -> RedisResult<Arc<Self>> {
        Ok(Arc::new(Self {
            link: Link::new(address)?,
            stream: stream.to_owned(),
            consumer,
            lease,
            deliveries,
            held: Held::default(),
        }))
    }

    /// Adds the plan's jobs to the stream.
    ///
    /// # Errors
    /// If Redis refuses it.
    pub async fn offer(&self, plan: &Plan) -> RedisResult<()> {
        const BATCH: u64 = 500;
        let mut chance = Chance::new(plan.seed);
        let jobs = plan.jobs.unwrap_or(0);
        for first in (0..jobs).step_by(BATCH as usize) {
            let mut batch = pipe();
            for number in first..jobs.min(first + BATCH) {
                let job = Job::draw(plan, number, &mut chance);
                let (takes, fails) = (job.takes.as_micros() as u64, u8::from(job.fails));
                batch.cmd("XADD").arg(&self.stream).arg("*");
                batch.arg("number").arg(number).arg("takes").arg(takes).arg("fails").arg(fails);
                if let Some(name) = job.trouble.as_ref().and_then(Trouble::to_possible_value) {
                    batch.arg("trouble").arg(name.get_name());
                }
            }
            self.link.ask(&batch).await?;
        }
        Ok(())
    }

    /// Returns how many jobs were taken over from other processes, and how many are left to them: not acknowledged, because
    /// a drain timeout came first.
    pub fn handed_over(&self) -> (u64, u64) {
        (self.held.taken_over(), self.held.left())
    }

    /// Claims jobs for as long as the pool does not drain, never more than the workers are about to need.
    async fn claim(&self, most: usize, offers: Sender<Claim>) -> Result<(), PoolError> {
        let mut look_for_dead = Instant::now();
        while !is_draining() {
            let (mut entries, mut stays_alone) = (Vec::new(), false);
            if look_for_dead <= Instant::now() {
                match self.overdue(most).await? {
                    Overdue::Nothing => look_for_dead = Instant::now() + self.lease / 2,
                    Overdue::TakenOver(claimed) => entries = claimed,
                    Overdue::Last(id) => {
                        self.nothing_is_claimed().await;
                        if is_draining() {
                            break; // another process takes it over
                        }
                        (entries, stays_alone) = (self.claim_again(&[id]).await?, true);
                    }
                }
            }
            if entries.is_empty() {
                entries = self.read(most).await?;
            }
            for entry in entries {
                let Some(claim) = self.parse(entry).await? else { continue };
                if offers.send(claim).await.is_err() {
                    return Ok(()); // the pool was cancelled: another process takes it over
                }
            }
            if stays_alone {
                self.nothing_is_claimed().await;
            }
        }
        offers.finish();
        Ok(())
    }

    /// Waits until every claim of this process has ended, or the pool drains.
    async fn nothing_is_claimed(&self) {
        select! {
            () = draining() => {}
            () = self.held.none() => {}
        }
    }

    /// Waits for new jobs, not for long.
    async fn read(&self, most: usize) -> RedisResult<Vec<StreamId>> {
        let mut read = cmd("XREADGROUP");
        read.arg("GROUP").arg(GROUP).arg(&self.consumer).arg("COUNT").arg(most);
        read.arg("BLOCK").arg(WAIT.as_millis() as u64).arg("STREAMS").arg(&self.stream).arg(">");
        let reply: Option<StreamReadReply> = self.of_group(&read).await?;
        Ok(reply.unwrap_or_default().keys.into_iter().flat_map(|key| key.ids).collect())
    }

    /// Sends a command that needs the consumer group. If there is none, because the stream is new or Redis has lost it, the
    /// answer is `None`, and the next one finds it.
    async fn of_group<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> RedisResult<Option<T>> {
        match self.link.ask_until_drain(command).await {
            Err(error) if error.code() == Some("NOGROUP") => {
                let mut create = cmd("XGROUP");
                create.arg("CREATE").arg(&self.stream).arg(GROUP).arg("0").arg("MKSTREAM");
                match self.link.ask_until_drain::<()>(&create).await {
                    Err(error) if error.code() == Some("BUSYGROUP") => Ok(None), // another process was first
                    created => created.map(|()| None),
                }
            }
            // Out of reach, and no more jobs are needed.
            Err(_) if is_draining() => Ok(None),
            answer => answer,
        }
    }

    /// Makes a claim of an entry. What is no job is acknowledged, so that it does not come back for ever.
    async fn parse(&self, entry: StreamId) -> Result<Option<Claim>, PoolError> {
        let ticket = self.held.ticket(entry.id.clone());
        let (number, takes, fails) = (entry.get("number"), entry.get("takes"), entry.get::<u8>("fails"));
        let trouble = entry.get::<String>("trouble").and_then(|name| Trouble::from_str(&name, true).ok());
        let (Some(number), Some(takes), Some(fails)) = (number, takes, fails) else {
            complain!("workers: {} is not a job", entry.id);
            self.acknowledge(ticket).await?;
            return Ok(None);
        };
        let job = Job { number, takes: Duration::from_micros(takes), fails: fails != 0, trouble };
        Ok(Some(Claim { job, ticket }))
    }

    /// Makes Redis forget the job: nothing else keeps it from being done again.
    async fn acknowledge(&self, ticket: Ticket) -> Result<(), PoolError> {
        self.forget(pipe().atomic(), ticket.id()).await?;
        ticket.acknowledged();
        Ok(())
    }

    /// Sends these commands, and what makes Redis forget the job.
    async fn forget(&self, commands: &mut Pipeline, id: &str) -> RedisResult<()> {
        commands.cmd("XACK").arg(&self.stream).arg(GROUP).arg(id).ignore();
        commands.cmd("XDEL").arg(&self.stream).arg(id).ignore();
        self.link.ask(commands).await
    }

    fn lease_in_millis(&self) -> u64 {
        self.lease.as_millis() as u64
    }

    /// Renews the claims of this process, so that a job that takes longer than the lease is not taken over.
    async fn renew(&self) -> Result<(), PoolError> {
        loop {
            sleep(self.lease / 3).await;
            let ids = self.held.ids();
            if !ids.is_empty() {
                let mut renew = cmd("XCLAIM");
                renew.arg(&self.stream).arg(GROUP).arg(&self.consumer).arg(0).arg(&ids).arg("JUSTID");
                self.of_group::<Vec<String>>(&renew).await?;
            }
        }
    }

    /// Takes the name of this process off the consumer group, if nothing is claimed under it.
    async fn leave(&self) {
        let mut claimed = cmd("XPENDING");
        claimed.arg(&self.stream).arg(GROUP).arg("-").arg("+").arg(1).arg(&self.consumer);
        // An answer that was lost on its way may have claimed something, and a name takes its claims along.
        if self.link.try_once(&claimed).await.is_ok_and(|claimed: Vec<redis::Value>| claimed.is_empty()) {
            let mut leave = cmd("XGROUP");
            leave.arg("DELCONSUMER").arg(&self.stream).arg(GROUP).arg(&self.consumer);
            let _: RedisResult<u64> = self.link.try_once(&leave).await;
        }
    }
}
