//! Why the crate has its own zip writer and reader: what the `zip` crate does instead. Should one
//! of these fail after an upgrade, ours may have become unnecessary.

use std::io::{Cursor, Read, Write};

use zip::CompressionMethod::Stored;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::support::{container, three_documents};

#[test]
fn its_streaming_writer_puts_a_descriptor_after_stored_entries() {
    let mut writer = ZipWriter::new_stream(Vec::new());
    writer.start_file("mimetype", SimpleFileOptions::default().compression_method(Stored)).expect("a name");
    writer.write_all(b"application/vnd.etsi.asic-e+zip").expect("memory does not fail");
    let bytes = writer.finish().expect("memory does not fail").into_inner();

    assert_eq!((bytes[6] & 8, bytes[8]), (8, 0), "descriptor flag on a stored entry");
}

#[test]
fn its_reader_does_not_notice_two_entries_of_one_name() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for name in ["one.txt", "two.txt"] {
        writer.start_file(name, SimpleFileOptions::default()).expect("a name");
    }
    let mut bytes = writer.finish().expect("memory does not fail").into_inner();
    while let Some(at) = bytes.windows(7).position(|it| it == b"two.txt") {
        bytes[at..at + 7].copy_from_slice(b"one.txt");
    }

    assert_eq!(ZipArchive::new(Cursor::new(bytes)).expect("accepted").len(), 1);
}

#[test]
fn it_reads_what_ours_writes() {
    let mut archive = ZipArchive::new(Cursor::new(container())).expect("a zip");

    for (name, content) in three_documents() {
        let mut read = Vec::new();
        archive.by_name(name).expect("there").read_to_end(&mut read).expect("readable");
        assert!(read == content, "{name}");
    }
}
