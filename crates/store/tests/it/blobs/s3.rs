//! What only S3 goes through: lines that are cut, wrong settings, and processes that are killed.

use std::io::{Read, Seek, SeekFrom, Write};
use std::time::Duration;

use bytes::Bytes;
use store::blobs::{BlobError, Blobs, S3Blobs, S3Config, S3Location};
use testkit::s3::S3Server;
use tokio::task::spawn_blocking;
use types::secret::Secret;

use super::{bytes, get, key, put, try_get, until};

const MIB: u64 = 1 << 20;
const PART: u64 = 8 * MIB;

fn served() -> (S3Server, S3Location, S3Blobs) {
    let server = S3Server::start();
    let place: S3Location = format!("s3://{}/ours", server.bucket()).parse().expect("a place");
    let blobs = server.blobs(&place.to_string());
    (server, place, blobs)
}

fn text(outcome: Result<(), BlobError>) -> String {
    match outcome {
        Err(error @ BlobError::Unavailable { .. }) => error.to_string(),
        other => panic!("expected that the service cannot be used, got {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_holds_two_parts_and_no_more() {
    let (server, _, blobs) = served();
    server.slow(Duration::from_millis(20));
    let key = key();
    let piece = Bytes::from(bytes(500_000));

    let mut writer = blobs.create(&key).await.expect("a writer");
    let (mut taken, mut most) = (0, 0);
    while taken < 100_000_000 {
        writer.write(piece.clone()).await.expect("a piece");
        taken += piece.len() as u64;
        most = most.max(taken - server.bytes_in_parts());
    }

    assert!(most > PART, "a part goes while the next one fills: {most}");
    assert!(most <= 2 * PART + piece.len() as u64, "held at most: {most}");
    assert_eq!(writer.finish().await.expect("a blob"), taken);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_looks_at_the_ends_fetches_no_more_than_that() {
    let (server, _, blobs) = served();
    let key = key();
    put(&blobs, &key, &bytes(40_000_000)).await.expect("a blob");
    let before = server.bytes_asked_for();

    let looking = spawn_blocking(move || {
        let mut reader = blobs.read_blocking(&key).expect("a reader");
        for place in [SeekFrom::End(-100), SeekFrom::Start(0)] {
            reader.seek(place).expect("a place");
            reader.read_exact(&mut [0; 100]).expect("its bytes");
        }
    });
    looking.await.expect("a thread");

    assert!(server.bytes_asked_for() - before < MIB);
}

#[tokio::test]
async fn threads_may_block_beside_a_runtime_with_one_thread() {
    let (_server, _, blobs) = served();

    let work = spawn_blocking(move || {
        let (key, content) = (key(), bytes(20_000_000));
        let mut writer = blobs.create_blocking(&key).expect("a writer");
        writer.write_all(&content).expect("bytes");
        writer.finish().expect("a blob");
        let mut all = Vec::new();
        blobs.read_blocking(&key).expect("a reader").read_to_end(&mut all).expect("all of it");
        assert!(all == content, "all of it");
    });
    work.await.expect("a thread");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_on_a_worker_of_the_runtime_is_no_deadlock() {
    let (_server, _, blobs) = served();

    let work = tokio::spawn(async move {
        let key = key();
        let mut writer = blobs.create_blocking(&key).expect("a writer");
        writer.write_all(b"bytes").expect("bytes");
        writer.finish().expect("a blob");
        assert_eq!(blobs.read_blocking(&key).expect("a reader").seek(SeekFrom::End(0)).expect("a place"), 5);
    });
    work.await.expect("a worker");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_whose_line_is_cut_fails_with_what_to_check_and_shows_nothing() {
    let (server, _, blobs) = served();
    let key = key();
    let mut writer = blobs.create(&key).await.expect("a writer");
    writer.write(Bytes::from(bytes(20_000_000))).await.expect("pieces");

    server.cut();
    let more = writer.write(Bytes::from(bytes(20_000_000))).await;
    let again = writer.write(Bytes::from_static(b"more")).await;
    let finished = writer.finish().await.map(drop);

    let said = text(more.and(again));
    assert!(said.contains("check the endpoint") && said.contains(server.endpoint().as_str()), "{said}");
    assert!(finished.is_err(), "what has lost a part is not finished");
    server.heal();
    assert!(matches!(blobs.size(&key).await, Err(BlobError::NotFound(_))));
    put(&blobs, &key, b"anew").await.expect("the key is free");
    assert_eq!(get(&blobs, &key, None).await, b"anew");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_fails_with_what_to_check_while_the_line_is_cut_and_works_again_after() {
    let (server, _, blobs) = served();
    let key = key();
    put(&blobs, &key, b"bytes").await.expect("a blob");

    server.cut();
    let mut said = vec![
        text(put(&blobs, &super::key(), b"bytes").await.map(drop)),
        text(blobs.size(&key).await.map(drop)),
        text(try_get(&blobs, &key, None).await.map(drop)),
        text(try_get(&blobs, &key, Some(1..2)).await.map(drop)),
        text(blobs.delete(&key).await),
        text(blobs.older_than("test", 0, 10).await.map(drop)),
        text(blobs.drop_unfinished(0).await.map(drop)),
        text(blobs.check().await),
    ];
    let (thread_blobs, thread_key) = (blobs.clone(), key.clone());
    let reading = spawn_blocking(move || thread_blobs.read_blocking(&thread_key).map(drop));
    said.push(text(reading.await.expect("a thread")));

    assert!(said.iter().all(|said| said.contains("check")), "{said:#?}");
    server.heal();
    assert_eq!(get(&blobs, &key, None).await, b"bytes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_whose_line_is_cut_says_so_and_goes_on_when_it_is_back() {
    let (server, _, blobs) = served();
    let (key, all) = (key(), bytes(20_000_000));
    put(&blobs, &key, &all).await.expect("a blob");

    let reading = spawn_blocking(move || {
        let mut reader = blobs.read_blocking(&key).expect("a reader");
        reader.read_exact(&mut [0; 10]).expect("the first bytes");
        server.cut();
        reader.seek(SeekFrom::Start(10_000_000)).expect("a place");
        let error = reader.read_exact(&mut [0; 10]).expect_err("no line");
        assert!(matches!(BlobError::from(error), BlobError::Unavailable { .. }));
        server.heal();
        let mut ten = [0; 10];
        reader.read_exact(&mut ten).expect("the line is back");
        assert_eq!(ten, all[10_000_000..10_000_010]);
    });
    reading.await.expect("a thread");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_whose_line_is_cut_ends_in_an_error_and_not_early() {
    let (server, _, blobs) = served();
    let key = key();
    put(&blobs, &key, &bytes(40_000_000)).await.expect("a blob");

    let mut pieces = blobs.read(&key, None).await.expect("a stream");
    let first = futures_util::TryStreamExt::try_next(&mut pieces).await.expect("a piece");
    server.cut();
    let rest = futures_util::TryStreamExt::try_collect::<Vec<_>>(pieces).await;

    assert!(first.is_some_and(|piece| !piece.is_empty()));
    assert!(matches!(rest, Err(BlobError::Unavailable { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_whose_answer_was_lost_finds_its_own_blob() {
    let (server, place, _) = served();
    let config = S3Config { retries: 4, ..server.config() };
    let blobs = S3Blobs::connect(&place, &config).expect("a client");
    for length in [1_000, 20_000_000] {
        let (key, content) = (key(), bytes(length));

        server.lose_answers(2);
        let size = put(&blobs, &key, &content).await.expect("it is there");

        assert_eq!(size, u64::from(length));
        assert!(get(&blobs, &key, None).await == content, "all of it");
        assert!(matches!(put(&blobs, &key, b"other").await, Err(BlobError::Exists(_))));
    }
    assert_eq!(server.unfinished_uploads(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_does_not_answer_is_given_up() {
    let (server, place, _) = served();
    let config = S3Config { timeout_seconds: 1, retries: 0, ..server.config() };
    let blobs = S3Blobs::connect(&place, &config).expect("a client");
    server.slow(Duration::from_secs(3_600));

    let told = text(blobs.size(&key()).await.map(drop));

    assert!(told.contains("does not answer"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_overwrites_is_found_out_by_the_check() {
    let (server, _, blobs) = served();
    for (of_puts, of_completions) in [(true, true), (true, false), (false, true)] {
        server.ignore_conditions(of_puts, of_completions);
        assert!(text(blobs.check().await).contains("If-None-Match"));
    }
    server.ignore_conditions(false, false);
    blobs.check().await.expect("all is well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_that_a_killed_process_left_are_ended_by_age() {
    let (server, place, blobs) = served();
    let killed = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let config = server.config();
    let begun = killed.spawn(async move {
        let blobs = S3Blobs::connect(&place, &config).expect("a client");
        let mut writer = blobs.create(&key()).await.expect("a writer");
        writer.write(Bytes::from(bytes(20_000_000))).await.expect("pieces");
        // Nothing is cleaned up by who is killed.
        std::mem::forget(writer);
    });
    begun.await.expect("begun");
    killed.shutdown_background();
    let elsewhere = server.blobs(&format!("s3://{}/others", server.bucket()));
    let mut theirs = elsewhere.create(&key()).await.expect("a writer");
    theirs.write(Bytes::from(bytes(20_000_000))).await.expect("pieces");
    until("both have begun", || server.unfinished_uploads() == 2).await;

    assert_eq!(blobs.drop_unfinished(3_600).await.expect("too young"), 0);
    assert_eq!(blobs.drop_unfinished(0).await.expect("one"), 1);

    assert_eq!(server.unfinished_uploads(), 1, "others' uploads go on");
    theirs.finish().await.expect("a blob");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_bucket_has_room_for_several_prefixes() {
    let (server, place, ours) = served();
    let theirs = server.blobs(&format!("s3://{}/ours-too", place.bucket()));
    let whole = server.blobs(&format!("s3://{}", place.bucket()));
    let key = key();
    for (blobs, content) in [(&ours, "ours"), (&theirs, "theirs"), (&whole, "whole")] {
        put(blobs, &key, content.as_bytes()).await.expect("a blob");
    }

    for (blobs, content) in [(&ours, "ours"), (&theirs, "theirs"), (&whole, "whole")] {
        assert_eq!(get(blobs, &key, None).await, content.as_bytes());
        assert_eq!(blobs.older_than("test", 0, 10).await.expect("a list"), vec![key.clone()]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_passes_again_and_again_and_leaves_no_blob() {
    let (server, _, blobs) = served();

    blobs.check().await.expect("all is well");
    blobs.check().await.expect("all is still well");

    assert_eq!(server.unfinished_uploads(), 0);
    assert!(blobs.older_than("check", 0, 10).await.expect("a list").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_is_missing_is_not_a_blob_that_is_missing() {
    let (server, ..) = served();
    let blobs = server.blobs("s3://no-such-bucket/ours");

    let told = [
        text(blobs.check().await),
        text(blobs.size(&key()).await.map(drop)),
        text(try_get(&blobs, &key(), None).await.map(drop)),
        text(put(&blobs, &key(), b"bytes").await.map(drop)),
        text(put(&blobs, &key(), &bytes(20_000_000)).await.map(drop)),
    ];

    assert!(told.iter().all(|told| told.contains("the bucket does not exist")), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_key_is_told_as_such() {
    let (server, place, _) = served();
    let wrong = || Some(Secret::new("wrong".to_owned()));
    let unknown = S3Config { access_key: wrong(), ..server.config() };
    let mistyped = S3Config { secret_key: wrong(), ..server.config() };

    for config in [unknown, mistyped] {
        let blobs = S3Blobs::connect(&place, &config).expect("a client");
        let told = text(blobs.check().await);
        assert!(told.contains("check access_key and secret_key"), "{told}");
        assert!(!told.contains("wrong"), "the key stays unsaid: {told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_is_cut_off_alone_through_a_door_of_its_own() {
    let (server, place, ours) = served();
    let door = server.door();
    let theirs = S3Blobs::connect(&place, &server.config_through(&door)).expect("a client");
    let key = key();
    put(&theirs, &key, b"bytes").await.expect("a blob");

    door.cut();

    assert!(matches!(theirs.size(&key).await, Err(BlobError::Unavailable { .. })));
    assert_eq!(get(&ours, &key, None).await, b"bytes");
}
