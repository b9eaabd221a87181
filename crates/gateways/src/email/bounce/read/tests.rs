use proptest::prelude::*;
use types::Secret;

use super::*;

const ATTEMPT: &str = "1f0e5c5e6f6c4a2a9a570d5b5a6f6c11";
const NOTIFICATION: &str = "0197a1b2-0000-7000-8000-000000000008";

fn attempt() -> AttemptId {
    AttemptId::new(Uuid::try_parse(ATTEMPT).expect("an id"))
}

fn notification() -> NotificationId {
    NotificationId::new(Uuid::try_parse(NOTIFICATION).expect("an id"))
}

fn paths() -> ReturnPaths {
    let key = Secret::new("0123456789abcdef".to_owned());
    ReturnPaths::new("bounce.fjord.example", &key, None).expect("return paths")
}

const FROM_NOBODY: Arrival = Arrival { token: None, is_from_nobody: true };

fn to_return_path() -> Arrival {
    Arrival { token: Some(attempt()), ..FROM_NOBODY }
}

/// A report as mail servers write it, with this second part and this third one.
fn report(kind: &str, second: &str, third: &str) -> String {
    let (second_type, third_type) = match kind {
        "delivery-status" => ("message/delivery-status", "text/rfc822-headers"),
        _ => ("message/feedback-report", "message/rfc822"),
    };
    format!(
        "From: MAILER-DAEMON@mx.example.org\nTo: <b@bounce.fjord.example>\nAuto-Submitted: auto-replied\n\
         Subject: Undelivered\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type={kind};\n \
         boundary=\"=_1\"\n\n--=_1\nContent-Type: text/plain\n\nI am sorry.\n\n--=_1\nContent-Type: \
         {second_type}\n\n{second}\n--=_1\nContent-Type: {third_type}\n\n{third}\n--=_1--\n"
    )
    .replace('\n', "\r\n")
}

fn status_report(action: &str, status: &str) -> String {
    let second = format!(
        "Original-Envelope-Id: {ATTEMPT}\nReporting-MTA: dns; mx.example.org\nArrival-Date: Thu, 20 Nov 2025 \
         14:05:30 +0100\n\nOriginal-Recipient: rfc822;kari@example.org\nFinal-Recipient: rfc822; \
         kari@example.org\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; 550 {status} no such \
         mailbox\n"
    );
    let third = format!("Message-ID: <{NOTIFICATION}@fjord.example>\nSubject: Hei\n");
    report("delivery-status", &second, &third)
}

fn says(raw: &str, arrival: Arrival) -> Says {
    read(raw.as_bytes(), arrival, Some(&paths())).says
}

const BOUNCED: Says = Says::Failed { result: EmailResult::FailedBounced, is_hard: true };
const RETURNED: Says = Says::Failed { result: EmailResult::FailedBounced, is_hard: false };

/// Covers: NP-74
#[test]
fn each_action_of_a_report_means_what_the_contract_says_and_names_its_message_three_times() {
    let table = [
        ("failed", "5.1.1", BOUNCED),
        ("failed", "4.4.7", RETURNED),
        ("delayed", "4.4.1", Says::Noted),
        ("delivered", "2.0.0", Says::Delivered),
        ("relayed", "2.0.0", Says::Noted),
        ("expanded", "2.0.0", Says::Noted),
    ];
    for (action, status, expected) in table {
        let bounce = read(status_report(action, status).as_bytes(), to_return_path(), Some(&paths()));
        assert_eq!((bounce.says, bounce.state), (expected, format!("{action} {status}")));
        let all = Clues { token: Some(attempt()), envelope: Some(attempt()), message: Some(notification()) };
        assert_eq!(bounce.clues, all, "{action}");
    }
}

#[test]
fn without_a_token_the_envelope_id_and_the_message_id_are_left() {
    let bounce = read(status_report("failed", "5.1.1").as_bytes(), FROM_NOBODY, None);
    let clues = Clues { token: None, envelope: Some(attempt()), message: Some(notification()) };
    assert_eq!((bounce.clues, bounce.says), (clues, BOUNCED));

    let returned =
        "Return-Path: <b+x@y.example>\nMessage-ID:\n <0197a1b2-0000-7000-8000-000000000008@a>\n\nHei";
    let whole = report("delivery-status", "Action: failed\nStatus: 5.1.1\n", returned);
    let whole = whole.replace("text/rfc822-headers", "message/rfc822");
    let bounce = read(whole.as_bytes(), FROM_NOBODY, Some(&paths()));
    assert_eq!(bounce.clues, Clues { message: Some(notification()), ..Clues::default() });
}

#[test]
fn a_return_path_in_the_returned_message_is_as_good_as_one_it_came_to() {
    let returned = format!("Return-Path: <{}>\nSubject: Hei", paths().of(attempt()));
    let raw = report("delivery-status", "Action: failed\nStatus: 5.1.1\n", &returned);
    assert_eq!(read(raw.as_bytes(), FROM_NOBODY, Some(&paths())).clues.token, Some(attempt()));
}

#[test]
fn complaints_name_their_message_in_the_original_or_in_the_report() {
    let feedback =
        format!("Feedback-Type: abuse\nVersion: 1\nOriginal-Mail-From: <{}>\n", paths().of(attempt()));
    let original = format!("Message-ID: <{NOTIFICATION}@fjord.example>\nSubject: Hei\n\nHei");
    let raw = report("feedback-report", &feedback, &original);
    let arrival = Arrival::default();
    let bounce = read(raw.as_bytes(), arrival, Some(&paths()));
    assert_eq!((bounce.says, bounce.clues.token), (Says::Complaint, Some(attempt())));
    assert_eq!(bounce.clues.message, Some(notification()));
    assert_eq!(says(&raw.replace(": abuse", ": not-spam"), arrival), Says::Noted);
}

#[test]
fn mail_that_is_returned_without_a_report_counts_where_the_return_path_names_an_attempt() {
    let old = "From: postmaster@old.example\r\nSubject: Returned mail\r\n\r\nUser unknown\r\n";
    assert_eq!(says(old, to_return_path()), RETURNED);
    assert_eq!(says(old, FROM_NOBODY), Says::Nothing);
    assert_eq!(says(old, Arrival { is_from_nobody: false, ..to_return_path() }), Says::Nothing);
}

/// Covers: NP-75
#[test]
fn answers_from_people_and_machines_say_nothing() {
    let answers = [
        "Auto-Submitted: auto-replied\r\nSubject: Ferie\r\n\r\nI am away.\r\n",
        "Auto-Submitted: auto-replied (vacation)\r\n\r\nI am away.\r\n",
        "Precedence: auto_reply\r\n\r\nI am away.\r\n",
        "X-Autoreply: yes\r\n\r\nI am away.\r\n",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=a\r\n\r\n--a\r\n\
         Content-Type: message/disposition-notification\r\n\r\nDisposition: manual-action/MDN-sent-manually; \
         displayed\r\n--a--\r\n",
    ];
    for answer in answers {
        assert_eq!(says(answer, to_return_path()), Says::Nothing, "{answer}");
    }
    let from_somebody = Arrival { is_from_nobody: false, ..to_return_path() };
    assert_eq!(says("Subject: Re: Hei\r\n\r\nThank you!\r\n", from_somebody), Says::Nothing);
    assert_eq!(says(&status_report("failed", "5.1.1"), from_somebody), Says::Nothing);
}

#[test]
fn broken_reports_say_nothing_and_cut_ones_what_is_left() {
    assert_eq!(says(&report("delivery-status", "Action: sneezed\n", ""), to_return_path()), Says::Nothing);
    let whole = status_report("failed", "5.1.1");
    let cut = &whole[..whole.find("Message-ID").expect("a third part")];
    assert_eq!(says(cut, to_return_path()), BOUNCED);
    assert_eq!(says("", to_return_path()), RETURNED);
}

#[test]
fn what_is_said_holds_no_addresses() {
    let raw = status_report("failed", "kari@example.org");
    assert_eq!(read(raw.as_bytes(), to_return_path(), None).state, "failed");
}

proptest! {
    #[test]
    fn whatever_comes_is_read_without_a_panic(raw in proptest::collection::vec(any::<u8>(), 0..2000)) {
        read(&raw, to_return_path(), Some(&paths()));
    }

    #[test]
    fn reports_with_a_few_bytes_changed_are_read_without_a_panic(
        changes in proptest::collection::vec((0_usize..1200, any::<u8>()), 0..20),
        cut in 0_usize..1200,
    ) {
        let mut raw = status_report("failed", "5.1.1").into_bytes();
        for (place, byte) in changes {
            if let Some(changed) = raw.get_mut(place) {
                *changed = byte;
            }
        }
        raw.truncate(raw.len().saturating_sub(cut));
        let bounce = read(&raw, to_return_path(), Some(&paths()));
        prop_assert_eq!(bounce.clues.token, Some(attempt()));
    }
}
