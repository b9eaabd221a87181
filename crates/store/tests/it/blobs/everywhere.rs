//! What holds in a folder and in S3.

use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use bytes::Bytes;
use store::blobs::{BlobError, BlockingBlobWriter};
use testkit::on_every_blob_store;
use tokio::task::spawn_blocking;

use super::{bytes, get, key, put, try_get, until};

/// More than one part on S3, and not a whole number of them.
const LARGE: u32 = 40_000_003;

on_every_blob_store! {

async fn what_was_finished_can_be_read_whole_and_in_parts(place: BlobPlace) {
    let (blobs, key) = (place.blobs(), key());
    let bytes = bytes(1_000_000);

    let size = put(&*blobs, &key, &bytes).await.expect("a blob");

    assert_eq!(size, 1_000_000);
    assert_eq!(blobs.size(&key).await.expect("its size"), 1_000_000);
    assert!(get(&*blobs, &key, None).await == bytes, "all of it");
    assert!(get(&*blobs, &key, Some(300_000..700_001)).await == bytes[300_000..700_001], "the middle");
    assert_eq!(get(&*blobs, &key, Some(999_990..u64::MAX)).await, bytes[999_990..]);
    assert_eq!(get(&*blobs, &key, Some(999_990..1_000_010)).await, bytes[999_990..]);
    assert!(get(&*blobs, &key, Some(2_000_000..3_000_000)).await.is_empty());
    assert!(get(&*blobs, &key, Some(1_000_000..1_000_001)).await.is_empty());
    assert!(get(&*blobs, &key, Some(5..5)).await.is_empty());
}

async fn a_blob_may_be_empty(place: BlobPlace) {
    let (blobs, key) = (place.blobs(), key());

    assert_eq!(put(&*blobs, &key, b"").await.expect("a blob"), 0);

    assert_eq!(blobs.size(&key).await.expect("its size"), 0);
    assert!(get(&*blobs, &key, None).await.is_empty());
    assert!(get(&*blobs, &key, Some(0..10)).await.is_empty());
}

async fn what_is_not_there_is_told_from_all_other_faults(place: BlobPlace) {
    let (blobs, key) = (place.blobs(), key());

    assert!(matches!(blobs.size(&key).await, Err(BlobError::NotFound(missing)) if missing == key));
    for range in [None, Some(0..1), Some(5..5), Some(7..u64::MAX)] {
        assert!(matches!(try_get(&*blobs, &key, range).await, Err(BlobError::NotFound(_))));
    }
    let opening = spawn_blocking(move || blobs.read_blocking(&key).map(|_| ()));
    assert!(matches!(opening.await.expect("a thread"), Err(BlobError::NotFound(_))));
}

async fn a_large_blob_comes_back_as_it_went_in(place: BlobPlace) {
    let (blobs, key) = (place.blobs(), key());
    let bytes = bytes(LARGE);

    assert_eq!(put(&*blobs, &key, &bytes).await.expect("a blob"), u64::from(LARGE));

    assert!(get(&*blobs, &key, None).await == bytes, "all of it");
    let middle = 8_388_600..8_388_700;
    assert_eq!(get(&*blobs, &key, Some(middle)).await, bytes[8_388_600..8_388_700]);
    assert_eq!(place.half_written(), 0);
}

async fn a_key_is_written_once(place: BlobPlace) {
    let (blobs, key) = (place.blobs(), key());
    let late = blobs.create(&key).await.expect("begun before");
    put(&*blobs, &key, b"first").await.expect("a blob");

    assert!(matches!(put(&*blobs, &key, b"second").await, Err(BlobError::Exists(_))));
    assert!(matches!(late.finish().await, Err(BlobError::Exists(_))));
    assert!(matches!(put(&*blobs, &key, &bytes(20_000_000)).await, Err(BlobError::Exists(_))));
    assert_eq!(get(&*blobs, &key, None).await, b"first");
    until("the late ones are gone", || place.half_written() == 0).await;
}

async fn of_writers_that_race_for_a_key_one_wins_and_the_blob_is_that_one_s(place: BlobPlace) {
    let blobs = place.blobs();
    for length in [1_000_usize, 9_000_000] {
        let key = key();
        let race = (1_u8..=4).map(|mark| {
            let (blobs, key) = (Arc::clone(&blobs), key.clone());
            tokio::spawn(async move { (mark, put(&*blobs, &key, &vec![mark; length]).await) })
        });
        let race: Vec<_> = race.collect();
        let mut winners = Vec::new();
        for runner in race {
            match runner.await.expect("a runner") {
                (mark, Ok(size)) => {
                    assert_eq!(size, length as u64);
                    winners.push(mark);
                }
                (_, Err(BlobError::Exists(_))) => {}
                (_, Err(error)) => panic!("neither won nor lost: {error}"),
            }
        }
        assert_eq!(winners.len(), 1, "one wins with {length} bytes");
        assert!(get(&*blobs, &key, None).await == vec![winners[0]; length], "the winner's bytes");
    }
    until("the losers are gone", || place.half_written() == 0).await;
}

async fn an_unfinished_blob_leaves_nothing(place: BlobPlace) {
    let blobs = place.blobs();
    for length in [4, 20_000_000] {
        let key = key();

        let mut writer = blobs.create(&key).await.expect("a writer");
        writer.write(Bytes::from(bytes(length))).await.expect("a piece");
        drop(writer);

        assert!(matches!(blobs.read(&key, None).await.err(), Some(BlobError::NotFound(_))));
        assert!(blobs.older_than("test", 0, 10).await.expect("a list").is_empty());
        until("it is cleared away", || place.half_written() == 0).await;
    }
}

async fn nobody_sees_a_blob_before_it_is_finished(place: BlobPlace) {
    let (blobs, key) = (place.blobs(), key());

    let mut writer = blobs.create(&key).await.expect("a writer");
    writer.write(Bytes::from(bytes(20_000_000))).await.expect("pieces");

    assert!(matches!(blobs.size(&key).await, Err(BlobError::NotFound(_))));
    assert_eq!(writer.finish().await.expect("a blob"), 20_000_000);
    assert_eq!(blobs.size(&key).await.expect("now it is there"), 20_000_000);
}

async fn deleting_twice_is_no_error(place: BlobPlace) {
    let (blobs, key) = (place.blobs(), key());
    put(&*blobs, &key, b"bytes").await.expect("a blob");

    blobs.delete(&key).await.expect("gone");
    blobs.delete(&key).await.expect("still gone");

    assert!(matches!(blobs.size(&key).await, Err(BlobError::NotFound(_))));
}

async fn threads_that_may_block_write_and_read_from_any_place(place: BlobPlace) {
    let (blobs, key) = (place.blobs(), key());

    let work = spawn_blocking(move || {
        let mut writer = blobs.create_blocking(&key).expect("a writer");
        writer.write_all(b"0123456789").expect("bytes");
        assert_eq!(writer.finish().expect("a blob"), 10);
        let again = blobs.create_blocking(&key).and_then(BlockingBlobWriter::finish);
        assert!(matches!(again, Err(BlobError::Exists(_))));

        let mut reader = blobs.read_blocking(&key).expect("a reader");
        for (place, expected) in [
            (SeekFrom::Start(7), "789"),
            (SeekFrom::End(-2), "89"),
            (SeekFrom::Current(-10), "0123456789"),
            (SeekFrom::End(5), ""),
            (SeekFrom::Start(0), "0123456789"),
        ] {
            reader.seek(place).expect("a place");
            let mut rest = String::new();
            reader.read_to_string(&mut rest).expect("the rest");
            assert_eq!(rest, expected, "{place:?}");
        }
        assert!(reader.seek(SeekFrom::End(-11)).is_err());
    });
    work.await.expect("a thread");
}

async fn threads_that_may_block_stream_large_blobs(place: BlobPlace) {
    let (blobs, key) = (place.blobs(), key());

    let work = spawn_blocking(move || {
        let bytes = bytes(LARGE);
        let mut writer = blobs.create_blocking(&key).expect("a writer");
        for piece in bytes.chunks(70_001) {
            writer.write_all(piece).expect("a piece");
        }
        assert_eq!(writer.finish().expect("a blob"), u64::from(LARGE));

        let mut reader = blobs.read_blocking(&key).expect("a reader");
        let mut all = Vec::new();
        reader.read_to_end(&mut all).expect("all of it");
        assert!(all == bytes, "all of it");
        for at in [39_999_990_usize, 5, 20_000_000] {
            let mut ten = [0; 10];
            reader.seek(SeekFrom::Start(at as u64)).expect("a place");
            reader.read_exact(&mut ten).expect("ten bytes");
            assert_eq!(ten, bytes[at..at + 10]);
        }
    });
    work.await.expect("a thread");
}

async fn a_thread_that_gives_up_leaves_nothing(place: BlobPlace) {
    let (blobs, key) = (place.blobs(), key());
    let (thread_blobs, thread_key) = (Arc::clone(&blobs), key.clone());

    let work = spawn_blocking(move || {
        let mut writer = thread_blobs.create_blocking(&thread_key).expect("a writer");
        writer.write_all(&bytes(20_000_000)).expect("bytes");
    });
    work.await.expect("a thread");

    assert!(matches!(blobs.size(&key).await, Err(BlobError::NotFound(_))));
    until("it is cleared away", || place.half_written() == 0).await;
}

async fn blobs_of_one_kind_can_be_listed_by_age(place: BlobPlace) {
    let (blobs, key) = (place.blobs(), key());
    put(&*blobs, &key, b"bytes").await.expect("a blob");

    assert_eq!(blobs.older_than("test", 0, 10).await.expect("a list"), vec![key]);
    assert!(blobs.older_than("test", 3_600, 10).await.expect("a list").is_empty());
    assert!(blobs.older_than("other", 0, 10).await.expect("a list").is_empty());
    assert!(blobs.older_than("tes", 0, 10).await.expect("a list").is_empty());
}

async fn a_list_is_no_longer_than_asked_for(place: BlobPlace) {
    let blobs = place.blobs();
    for _ in 0..5 {
        put(&*blobs, &key(), b"bytes").await.expect("a blob");
    }

    assert_eq!(blobs.older_than("test", 0, 3).await.expect("a list").len(), 3);
    assert_eq!(blobs.older_than("test", 0, 10).await.expect("a list").len(), 5);
}

}
