//! Everything that runs: the listeners, the loops, and the order in which they end.

use std::sync::PoisonError;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::Response;
use exchange::registry::embedded::EmbeddedRegistry;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use types::random::Random;
use web::{Limits, Requests};

use super::{Addresses, App, Inner, Listening, certificates, reload, tls};
use crate::config::Config;
use crate::manage::channels::Channels;
use crate::manage::clock::Offset;
use crate::{embedded, manage, openapi, supervisor};

impl App {
    /// Serves and works until told to stop, then finishes what is in flight.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let taken = self.0.listening.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Listening { api, tls, services, operators, mail, smsc, bounces }) = taken else { return };
        let mut running = JoinSet::new();
        // What the workers call is served until they have finished.
        let (outside, workers) = (CancellationToken::new(), stop.clone());
        let roles = self.config().roles();
        let notify = self.0.notify.clone();
        running.spawn(async move { notify.run(roles, workers).await });
        let (exchange, workers) = (self.0.exchange.clone(), stop.clone());
        running.spawn(async move { exchange.run(roles, workers).await });
        if roles.sweep {
            if let Some(feed) = self.0.address_feed.clone() {
                let stop = stop.clone();
                running.spawn(async move { feed.run(stop).await });
            }
            let (store, stop) = (self.0.store.clone(), stop.clone());
            running.spawn(async move { jobs::rotation::keep_small(&store, stop).await });
        }
        running.spawn(self.0.console.clone().run(stop.clone()));
        running.spawn(reload::watch(self.clone(), stop.clone()));
        running.spawn(certificates::watch(self.clone(), stop.clone()));
        let (store, workers) = (self.0.store.clone(), stop.clone());
        running.spawn(async move { audit::run(&store, roles, workers).await });
        running.spawn(tls::watch(Config::clone(&self.config()), tls, stop.clone()));
        let offset = Offset::default();
        running.spawn(offset.clone().keep(self.config().clock.clone(), stop.clone()));
        let channels = Channels::default();
        running.spawn(channels.clone().keep(self.0.exchange.clone(), stop.clone()));
        let manage = manage::router(&self, offset, channels, stop.clone());
        running.spawn(api.serve(self.api_router(manage), Limits::default(), stop.clone()));
        let registry = self.0.services.registry.as_ref().map(EmbeddedRegistry::operators_router);
        let for_operators = self.0.notify.operators_router().merge(registry.unwrap_or_default());
        let for_operators = finished(for_operators);
        running.spawn(operators.serve(for_operators, Limits::default(), stop.clone()));

        let mut surroundings = JoinSet::new();
        surroundings.spawn(services.serve(
            finished(self.services_router()),
            Limits::default(),
            outside.clone(),
        ));
        if let Some(mail) = mail {
            surroundings.spawn(mail.serve(outside.clone()));
        }
        running.spawn(bounces.serve(self.0.notify.clone(), stop.clone()));
        if let Some(smsc) = smsc {
            surroundings.spawn(smsc.serve(outside.clone()));
        }
        if let Some(broker) = self.0.services.broker.clone() {
            let stop = outside.clone();
            surroundings.spawn(async move { broker.run(roles, stop).await });
        }
        if let Some(gateway) = self.0.services.sms_gateway.clone() {
            let stop = outside.clone();
            surroundings.spawn(async move { gateway.run(stop).await });
        }
        if let Some(cloud) = self.0.services.mail_cloud.clone() {
            let stop = outside.clone();
            surroundings.spawn(async move { cloud.run(stop).await });
        }
        running.spawn(supervisor::watch(stop.clone()));
        supervisor::ready();
        all_ended(running).await;
        outside.cancel();
        all_ended(surroundings).await;
        Addresses::forget(&self.config().data_dir);
    }

    /// The embedded services. The contact register is served to others only where everything is for trial.
    fn services_router(&self) -> Router {
        let (config, Inner { services, register, store, .. }) = (self.config(), &*self.0);
        let shown = config.embedded.registers && config.embedded.issuer;
        let registers = shown.then(|| embedded::registers_router(register, &store.clock()));
        services.router().merge(registers.unwrap_or_default())
    }

    /// Both APIs, where this node answers requests, with console and `/manage`; what is answered is counted.
    fn api_router(&self, manage: Router) -> Router {
        let console = self.0.console.router().merge(manage);
        let routes = if self.config().roles().api {
            self.0.notify.router().merge(self.0.exchange.router()).merge(openapi::router()).merge(console)
        } else {
            console
        };
        let routes = if self.config().listen.tls.is_some() {
            routes.layer(map_response(only_over_tls))
        } else {
            routes
        };
        let requests = Requests::new(&Random::system(), panicked).counting(self.0.store.meter());
        routes.layer(requests)
    }
}

/// Tells browsers to come over TLS only, as the reference does.
async fn only_over_tls(mut response: Response) -> Response {
    let year = HeaderValue::from_static("max-age=31536000 ; includeSubDomains");
    response.headers_mut().entry(header::STRICT_TRANSPORT_SECURITY).or_insert(year);
    response
}

/// Ids, log lines and a last answer for panics around a router.
pub(crate) fn finished(router: Router) -> Router {
    router.layer(Requests::new(&Random::system(), panicked))
}

fn panicked(id: &web::RequestId) -> Response {
    use axum::response::IntoResponse;
    let text = format!("something went wrong here; the log says more under request id {}\n", id.as_str());
    (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
}

async fn all_ended(mut tasks: JoinSet<()>) {
    while let Some(ended) = tasks.join_next().await {
        if let Err(panic) = ended {
            tracing::error!(%panic, "a part of the server ended early");
        }
    }
}
