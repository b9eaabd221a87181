//! Answers of the service registry: signed answers (JWS) that nobody signed are never believed, however
//! they are written, and nothing in them makes their reader panic.
#![no_main]

mod answering;

use std::sync::LazyLock;

use answering::{Answering, parts};
use exchange::registry::hosted::{self, HostedRegistry, SignatureTrust};
use exchange::registry::{Identifier, Question, Registry as _};
use libfuzzer_sys::fuzz_target;
use types::time::Clock;

struct Asked {
    server: Answering,
    registry: HostedRegistry,
    who: Identifier,
}

static ASKED: LazyLock<Asked> = LazyLock::new(|| {
    let server = Answering::start();
    let registry = HostedRegistry::new(hosted::Parts {
        http: web::plain_client().expect("a client"),
        tokens: None,
        trust: SignatureTrust::Published(server.url.join("jwk").expect("a URL")),
        clock: Clock::system(),
        config: hosted::Config { url: server.url.clone(), keep_answers_seconds: 0, ..hosted::Config::default() },
    });
    let who = "0192:310000001".parse().expect("an identifier");
    Asked { server, registry: registry.expect("a registry"), who }
});

fuzz_target!(|bytes: &[u8]| {
    let Asked { server, registry, who } = &*ASKED;
    // The answer, and the keys that it is said to be signed with.
    server.with(parts(bytes, 2));
    server.runtime.block_on(async {
        let question = Question::about(who.clone());
        assert!(registry.look_up(&question).await.is_err(), "nobody has signed this");
        assert!(registry.info(who).await.is_err(), "nor this");
    });
});
