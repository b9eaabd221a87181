//! Registers and send conditions, spoken to over real sockets.

mod brreg;
mod clients;
mod gathered;
mod register;
mod send_condition;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use auth::{TokenError, TokenRequest, TokenSource};
use notify::recipients::registers::{
    ContactRegister, EmbeddedRegister, RegisterParts, Registers, RegistersConfig,
};
use testkit::serving::{Running, start};
use types::Secret;
use types::time::Clock;

testkit::again_on_postgres!();

/// Gives `token-1`, and after a refusal `token-2`, and so on.
#[derive(Debug, Default)]
struct NumberedTokens {
    refused: AtomicUsize,
}

#[async_trait]
impl TokenSource for NumberedTokens {
    async fn token(&self, _: &TokenRequest) -> Result<Secret, TokenError> {
        Ok(Secret::new(format!("token-{}", 1 + self.refused.load(Ordering::SeqCst))))
    }

    async fn refused(&self, _: &TokenRequest, _: &Secret) {
        self.refused.fetch_add(1, Ordering::SeqCst);
    }
}

/// Simulators of all registers, with what is in this file.
async fn simulated(file: &str, clock: &Clock) -> (simulators::ContactRegister, Running) {
    let simulated = simulators::ContactRegister::from_json(file.as_bytes(), clock.clone()).expect("a file");
    let server = start(simulated.router()).await;
    (simulated, server)
}

/// The registers as configured, all of them on this server.
fn clients(
    mut config: RegistersConfig,
    server: &Running,
    embedded: &EmbeddedRegister,
    clock: &Clock,
) -> Arc<dyn ContactRegister> {
    config.krr.url = server.url("/");
    config.profile.url = server.url("");
    config.register.url = server.url("/register/");
    config.register.platform_access_token = Some(Secret::new("platform".to_owned()));
    config.pdp.url = server.url("/authorization");
    let parts = RegisterParts {
        embedded: embedded.clone(),
        client: web::plain_client().expect("a client"),
        tokens: Arc::new(NumberedTokens::default()),
        clock: clock.clone(),
    };
    Registers::from_config(&config, &parts).expect("registers")
}
