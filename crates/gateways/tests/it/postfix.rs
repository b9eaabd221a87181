//! A real mail server in between: Debian's Postfix takes our mail, and what it returns comes to our listener.

use auth::Authority;
use gateways::email::bounce::{Bounce, Says};
use gateways::email::{Dsn, Smtp, SmtpConfig, Tls};
use gateways::{EmailProvider as _, EmailResult, HandOver, OutgoingEmail};
use testkit::postfix::{Certificate, Options, Postfix};
use testkit::stepped_clock;
use types::ids::{AttemptId, NotificationId};
use types::time::Clock;
use uuid::Uuid;

use crate::SOON;
use crate::bounces::{Listener, listener};
use crate::smtp::email;

struct Setting {
    postfix: Postfix,
    listener: Listener,
    config: SmtpConfig,
    _root: tempfile::NamedTempFile,
}

/// A relay that shows a certificate for `localhost`, and returns mail to our listener.
async fn setting() -> Setting {
    let listener = listener(|_| ()).await;
    let authority = Authority::generate(Clock::system()).expect("an authority");
    let credential = authority.issue_server(&["localhost".to_owned()]).expect("a certificate");
    let certificate = Certificate {
        chain: credential.chain_pem(),
        key: credential.key.to_pkcs8_pem().expect("a key").reveal().clone(),
    };
    let route = ("bounce.fjord.example".to_owned(), listener.addr);
    let postfix = Postfix::start(&Options { route, certificate: Some(certificate) });
    let root = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(root.path(), authority.root_pem()).expect("a root");
    let config = SmtpConfig {
        host: "localhost".to_owned(),
        port: postfix.addr().port(),
        tls: Tls::Required,
        dsn: Dsn::Required,
        ca_file: Some(root.path().to_owned()),
        from: "noreply@fjord.example".to_owned(),
        ..SmtpConfig::default()
    };
    Setting { postfix, listener, config, _root: root }
}

fn numbered(number: u128, to: &str) -> OutgoingEmail {
    OutgoingEmail {
        attempt: AttemptId::new(Uuid::from_u128(number)),
        notification: NotificationId::new(Uuid::from_u128(100 + number)),
        ..email(to)
    }
}

/// What the listener hears about an attempt.
async fn heard(setting: &Setting, number: u128) -> Bounce {
    let about = Some(AttemptId::new(Uuid::from_u128(number)));
    let hearing = async {
        loop {
            let all = setting.listener.desk.bounces();
            if let Some(bounce) = all.into_iter().find(|bounce| bounce.clues.token == about) {
                return bounce;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let heard = tokio::time::timeout(3 * SOON, hearing).await;
    heard.unwrap_or_else(|_| panic!("nothing came back:\n{}", setting.postfix.log()))
}

/// Covers: NP-71, NP-74
#[tokio::test]
async fn postfix_delivers_returns_and_reports() {
    let setting = setting().await;
    let paths = setting.listener.return_paths.clone();
    let smtp = Smtp::new(&setting.config, stepped_clock()).expect("a relay").returning_to(Some(&paths));
    for (number, to) in [(1, "kari@local.example"), (2, "nobody@local.example"), (3, "kari@nowhere.example")]
    {
        let outcome = smtp.send(&numbered(number, to)).await;
        assert!(matches!(&outcome, HandOver::Accepted { gateway_reference: Some(_) }), "{to}: {outcome:?}");
    }

    let delivered = heard(&setting, 1).await;
    assert_eq!((delivered.says, delivered.state.as_str()), (Says::Delivered, "delivered 2.0.0"));
    for (number, state) in [(2, "failed 5.1.1"), (3, "failed 5.1.2")] {
        let returned = heard(&setting, number).await;
        let dead = Says::Failed { result: EmailResult::FailedBounced, is_hard: true };
        assert_eq!((returned.says, returned.state.as_str()), (dead, state));
        assert_eq!(returned.clues.envelope, returned.clues.token, "{}", setting.postfix.log());
        let notification = NotificationId::new(Uuid::from_u128(100 + number));
        assert_eq!(returned.clues.message, Some(notification));
    }

    let arrived = setting.postfix.mailbox("kari");
    let text = arrived.first().expect("a delivery");
    assert!(text.contains("Return-Path: <b+00000000000000000000000000000001."), "{text}");
    assert!(text.contains("with ESMTPS") || text.contains("TLS"), "{text}");
}

#[tokio::test]
async fn postfix_with_a_certificate_of_an_unknown_authority_gets_no_mail() {
    let setting = setting().await;
    let stranger = SmtpConfig { ca_file: None, ..setting.config.clone() };
    let outcome = Smtp::new(&stranger, stepped_clock())
        .expect("a relay")
        .send(&numbered(1, "kari@local.example"))
        .await;
    assert!(matches!(outcome, HandOver::TryLater { .. }), "{outcome:?}");
    assert!(setting.postfix.mailbox("kari").is_empty());
}
