//! The two organizations and how the demo talks to them: over HTTP, as any client would.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use auth::LocalIssuer;
use simulators::smtp_sink::Email;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use types::time::Clock;
use url::Url;

use super::gateways::Gateways;
use super::outside::Outside;
use super::story::{Proved, proved};
use super::{Demo, sample};
use crate::app::App;
use crate::cli::client::Client;
use crate::config::{Config, Known, Override};
use crate::embedded;

/// Everything that takes part.
pub(super) struct Stage {
    pub a: Organization,
    pub b: Organization,
    pub outside: Outside,
    pub gateways: Gateways,
    pub folder: PathBuf,
    temporary: bool,
    tasks: JoinSet<()>,
}

/// One organization: its server, and a client's view of it.
pub(super) struct Organization {
    pub name: &'static str,
    pub app: App,
    pub client: Client,
}

impl Stage {
    /// Starts both organizations.
    pub(super) async fn set(demo: &Demo, stop: &CancellationToken) -> Result<Proved<Self>> {
        let temporary = demo.data_dir.is_none();
        let folder = demo
            .data_dir
            .clone()
            .unwrap_or_else(|| std::env::temp_dir().join(format!("budstikke-demo-{}", uuid::Uuid::new_v4())));
        let mut tasks = JoinSet::new();
        let gateways = Gateways::start(&mut tasks, stop).await?;
        let [a, mut b] = configurations(&folder, demo.port, &gateways)?;
        let a = Box::pin(App::start(a)).await.context("organization A")?;
        gateways.report_to(&a.addresses().api)?;
        b.embedded.elsewhere = Some(Url::parse(&format!("http://{}/", a.addresses().services))?);
        let b = Box::pin(App::start(b)).await.context("organization B")?;
        a.register().import(sample::REGISTER.as_bytes()).await.context("the contact register")?;
        let issuer = a.issuer()?.clone();
        let outside = Outside::start(&issuer, &mut tasks, stop).await?;
        let a = Organization::start("Fjord kommune", a, &issuer, &mut tasks, stop)?;
        let b = Organization::start("Vidde kommune", b, &issuer, &mut tasks, stop)?;
        let proof = format!("consoles on {}console and {}console", a.client.api, b.client.api);
        Ok(proved(Self { a, b, outside, gateways, folder, temporary, tasks }, proof))
    }

    pub(super) fn organizations(&self) -> [&Organization; 2] {
        [&self.a, &self.b]
    }

    /// Waits until everything has stopped, and tidies up.
    pub(super) async fn strike(mut self) -> Result<()> {
        while let Some(ended) = self.tasks.join_next().await {
            ended.context("a server panicked")?;
        }
        if self.temporary {
            std::fs::remove_dir_all(&self.folder).context("the demo's folder cannot be removed")?;
        }
        Ok(())
    }
}

/// Two configurations, as two operators would write them: A has two SMS gateways, B uses A's broker,
/// registry and issuer.
fn configurations(folder: &Path, port: u16, gateways: &Gateways) -> Result<[Config; 2]> {
    let common = |name: &str, number: &str, first: u16| -> Result<Vec<Override>> {
        let port = |offset: u16| if port == 0 { 0 } else { port + first + offset };
        Ok(vec![
            Override::text("data_dir", folder.join(name).to_string_lossy()),
            Override::text("embedded.authority_dir", folder.join("authority").to_string_lossy()),
            Override::text("organization.number", number),
            Override::parse("exchange.receive_interval_ms=300").map_err(|why| anyhow!(why))?,
            Override::text("organization.name", name),
            Override::text("listen.api", format!("127.0.0.1:{}", port(0))),
            Override::text("listen.services", format!("127.0.0.1:{}", port(1))),
            Override::text("listen.operators", "127.0.0.1:0"),
            Override::text("listen.mail", format!("127.0.0.1:{}", port(2))),
        ])
    };
    let mut b = common("vidde", "310000002", 3)?;
    b.push(Override::text("embedded.elsewhere", "http://127.0.0.1:1/")); // known when A has started
    for service in ["issuer", "broker", "registry"] {
        b.push(Override::parse(&format!("embedded.{service}=false")).map_err(|why| anyhow!(why))?);
    }
    let b = Config::of(b)?;
    embedded::identity(&b, &Clock::system())?;

    let mut a = common("fjord", "310000001", 0)?;
    a.extend(gateways.settings());
    let mut a = Config::of(a)?;
    a.organizations.push(Known {
        number: b.organization.number,
        name: b.organization.name.clone(),
        certificate: Some(embedded::certificate_file(&b)),
        acts_for: Vec::new(),
    });
    Ok([a, b])
}

impl Organization {
    fn start(
        name: &'static str,
        app: App,
        issuer: &LocalIssuer,
        tasks: &mut JoinSet<()>,
        stop: &CancellationToken,
    ) -> Result<Self> {
        let token = embedded::own_token(&app.config(), issuer)?;
        let org = app.config().organization.number;
        let api = format!("http://{}/", app.addresses().api);
        let client = Client::new(api, org, app.user(), app.password(), token)?;
        tasks.spawn(app.clone().run(stop.clone()));
        Ok(Self { name, app, client })
    }

    /// Waits for a mail with this recipient and subject; answers its text.
    pub(super) async fn mail_to(&self, address: &str, subject: &str) -> Result<String> {
        let captured = self.app.mail_server()?.captured();
        let fits = |mail: &Email| {
            mail.content.subject.as_deref() == Some(subject)
                && mail.recipients.iter().any(|recipient| recipient.address == address)
        };
        let mail = captured.wait_for(fits, Duration::from_secs(60)).await;
        let mail = mail.with_context(|| format!("no mail “{subject}” has come to the mail server"))?;
        Ok(mail.content.text.clone().unwrap_or_default())
    }
}
