//! The two SMS gateways between which organization A's messages choose. One of them can be shut.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use simulators::sms_gateway::{ReportTarget, Settings, Sms, SmsGateway};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use types::Secret;
use types::random::Random;
use types::time::Clock;
use url::Url;
use web::server::Limits;

use crate::config::Override;

/// Who pushes reports, and with what.
const ACCOUNT: (&str, &str) = ("demo-gateway", "demo-gateway");

/// Both.
pub(super) struct Gateways {
    /// Takes everything while it answers.
    pub main: Gate,
    /// Takes the rest.
    pub reserve: Gate,
}

/// One gateway, behind a door.
pub(super) struct Gate {
    name: &'static str,
    gateway: SmsGateway,
    address: SocketAddr,
    open: Mutex<Door>,
}

/// The task that serves, and what ends it.
struct Door {
    stop: CancellationToken,
    serving: JoinSet<()>,
}

impl Gateways {
    /// Starts both; they answer at once.
    pub(super) async fn start(tasks: &mut JoinSet<()>, stop: &CancellationToken) -> Result<Self> {
        let main = Gate::start("main", tasks, stop).await?;
        Ok(Self { main, reserve: Gate::start("reserve", tasks, stop).await? })
    }

    /// Settings of a server whose SMS take them.
    pub(super) fn settings(&self) -> Vec<Override> {
        let route = |gate: &Gate, weight: u32| {
            format!(
                "{{name=\"{}\",weight={weight},endpoint=\"http://{}/\",username=\"demo\",password=\"demo\"}}",
                gate.name, gate.address
            )
        };
        let account = |gate: &Gate| {
            let (user, password) = ACCOUNT;
            format!("{{username=\"{user}-{0}\",password=\"{password}\",route=\"{0}\"}}", gate.name)
        };
        let Self { main, reserve } = self;
        let list = |one: String, other: String| format!("[{one},{other}]");
        let settings = [
            ("embedded.sms_gateway", "false".to_owned()),
            ("providers.sms", list(route(main, 100), route(reserve, 0))),
            ("notify.report_accounts", list(account(main), account(reserve))),
        ];
        settings
            .map(|(key, value)| Override::parse(&format!("{key}={value}")).expect("settings of our own"))
            .to_vec()
    }

    /// From now on delivery reports go to this API.
    pub(super) fn report_to(&self, api: &SocketAddr) -> Result<()> {
        let url = Url::parse(&format!("http://{api}/notifications/sms/api/v1/reports"))?;
        for gate in [&self.main, &self.reserve] {
            let (user, password) =
                (format!("{}-{}", ACCOUNT.0, gate.name), Secret::new(ACCOUNT.1.to_owned()));
            gate.gateway.report_to(Some(ReportTarget { url: url.clone(), user, password }));
        }
        Ok(())
    }

    /// Waits for an SMS with this text at either.
    pub(super) async fn wait_for(&self, text: &str) -> Option<()> {
        let fits = |sms: &Sms| sms.text == text;
        let patience = Duration::from_secs(10);
        let (main, reserve) = (self.main.gateway.captured(), self.reserve.gateway.captured());
        tokio::select! {
            Some(_) = main.wait_for(fits, patience) => Some(()),
            Some(_) = reserve.wait_for(fits, patience) => Some(()),
            else => None,
        }
    }

    /// Requests that both have had, taken or not.
    pub(super) fn total(&self) -> u64 {
        self.main.total() + self.reserve.total()
    }
}

impl Gate {
    async fn start(name: &'static str, tasks: &mut JoinSet<()>, stop: &CancellationToken) -> Result<Self> {
        let settings = Settings {
            // Reports that wait count, too: those of the whole bulk order must find room.
            keep: 200_000,
            report_after: Duration::from_millis(500),
            reports_per_push: 200,
            ..Settings::default()
        };
        let gateway = SmsGateway::new(settings, Clock::system(), Random::system())?;
        let (pushing, until) = (gateway.clone(), stop.clone());
        tasks.spawn(async move { pushing.run(until).await });
        let door = Door { stop: stop.child_token(), serving: JoinSet::new() };
        let mut gate = Self { name, gateway, address: ([127, 0, 0, 1], 0).into(), open: Mutex::new(door) };
        gate.address = gate.serve(stop.child_token()).await?;
        Ok(gate)
    }

    async fn serve(&self, stop: CancellationToken) -> Result<SocketAddr> {
        let bound = web::server::bind(self.address).await.context("no port for an SMS gateway")?;
        let address = bound.local_addr;
        let mut serving = JoinSet::new();
        serving.spawn(bound.serve(self.gateway.router(), Limits::default(), stop.clone()));
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Door { stop, serving };
        Ok(address)
    }

    /// Shuts it: from now on nobody listens there.
    pub(super) async fn shut(&self) {
        let (stop, mut serving) = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            (open.stop.clone(), std::mem::take(&mut open.serving))
        };
        stop.cancel();
        while serving.join_next().await.is_some() {}
    }

    /// Opens it again, at its old address.
    pub(super) async fn open_again(&self, stop: &CancellationToken) -> Result<()> {
        self.serve(stop.child_token()).await.map(drop)
    }

    /// Messages that it has taken.
    pub(super) fn total(&self) -> u64 {
        self.gateway.captured().total()
    }
}
