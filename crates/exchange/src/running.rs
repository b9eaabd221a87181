//! The loops of a gateway.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use types::Roles;

use crate::{Exchange, inbox, lanes, outbox, retention, sweep, tracking, trays};

impl Exchange {
    /// Does what this node is for, until told to stop: `deliver` sends messages, statuses and webhooks,
    /// `receive` asks the channels and `sweep` looks at deadlines and cleans up, the last two while the
    /// node leads. Everything that any node does is found in the store and the blobs by the others.
    pub async fn run(&self, roles: Roles, stop: CancellationToken) {
        let mut running = JoinSet::new();
        if roles.deliver {
            for workers in lanes::workers(self) {
                running.spawn(workers.run(stop.clone()));
            }
        }
        if roles.receive {
            for transport in &self.0.transports {
                running.spawn(tracking::run(self.clone(), Arc::clone(transport), stop.clone()));
                if !transport.receivers().is_empty() {
                    running.spawn(inbox::ask::run(self.clone(), Arc::clone(transport), stop.clone()));
                }
            }
            running.spawn(trays::run(self.clone(), stop.clone()));
        }
        let (webhooks, webhooks_stop) = (self.0.webhooks.clone(), stop.clone());
        running.spawn(async move { webhooks.run(roles, webhooks_stop).await });
        if roles.sweep {
            running.spawn(outbox::expire::run(self.clone(), stop.clone()));
            running.spawn(sweep::run(self.clone(), stop));
        }
        while let Some(ended) = running.join_next().await {
            if let Err(panic) = ended {
                tracing::error!(%panic, "a loop of the message gateway ended early");
            }
        }
    }

    /// Does everything that is due now, until nothing is, and answers how much that was. For tests,
    /// which own the clock.
    pub async fn run_due(&self) -> usize {
        let never = CancellationToken::new();
        let mut done = outbox::expire::look(self, &never).await + retention::sweep(self, &never).await;
        loop {
            let mut round = 0;
            for workers in lanes::workers(self) {
                round += workers.run_due().await;
            }
            for transport in &self.0.transports {
                round += inbox::ask::look(self, transport.as_ref(), &never).await;
                round += tracking::look(self, transport.as_ref(), &never).await;
            }
            round += trays::look(self, &never).await + self.0.webhooks.run_due().await;
            done += round;
            if round == 0 {
                return done;
            }
        }
    }
}
