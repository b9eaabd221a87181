//! Large content goes through without being gathered anywhere.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use asic::{Archive, Container, Document, EnvelopeWriter, Limits, Trust, open_envelope, pack};

use crate::support::{noise, now, pki, run};

/// Bytes that do not shrink, the same ones every time; counts what was taken.
struct Source {
    block: Vec<u8>,
    left: u64,
    position: u64,
    taken: Arc<AtomicU64>,
}

impl Source {
    fn new(length: u64) -> Self {
        Self { block: noise(1 << 20), left: length, position: 0, taken: Arc::default() }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let at = usize::try_from(self.position % (1 << 20)).expect("below 1 MiB");
        let room = buffer.len().min(self.block.len() - at);
        let count = usize::try_from(self.left).map_or(room, |left| left.min(room));
        buffer[..count].copy_from_slice(&self.block[at..at + count]);
        self.left -= count as u64;
        self.position += count as u64;
        self.taken.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Passes on to `out`, and remembers how far it ever was behind the source.
struct Sink<W> {
    out: W,
    arrived: u64,
    taken: Arc<AtomicU64>,
    farthest: u64,
}

impl<W: Write> Write for Sink<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let behind = self.taken.load(Ordering::Relaxed).saturating_sub(self.arrived);
        self.farthest = self.farthest.max(behind);
        let count = self.out.write(bytes)?;
        self.arrived += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Notes the largest piece that anybody asked for.
struct Watched {
    file: File,
    largest: Arc<AtomicU64>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.largest.fetch_max(buffer.len() as u64, Ordering::Relaxed);
        self.file.read(buffer)
    }
}

impl Seek for Watched {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

const MEBIBYTE: u64 = 1 << 20;

#[test]
fn three_hundred_megabytes_go_through_with_less_than_one_in_hand() {
    let source = Source::new(300 * MEBIBYTE);
    let taken = Arc::clone(&source.taken);
    let sealed = tempfile::tempfile().expect("a file");
    let sink = Sink { out: &sealed, arrived: 0, taken: Arc::clone(&taken), farthest: 0 };
    let recipient = [pki().receiver.certificate().clone()];
    let mut envelope = EnvelopeWriter::new(sink, &recipient).expect("usable");
    let document = Document { name: "stor.bin".to_owned(), media_type: None, content: source };

    pack(&mut envelope, None, [Ok(document)], &pki().sender, now()).expect("packable");
    let sink = envelope.finish().expect("writable");
    assert_eq!(taken.load(Ordering::Relaxed), 300 * MEBIBYTE);
    assert!(sink.farthest < MEBIBYTE, "{} bytes were held back", sink.farthest);

    (&sealed).seek(SeekFrom::Start(0)).expect("seekable");
    let container = tempfile::tempfile().expect("a file");
    let taken = Arc::new(AtomicU64::new(0));
    let counted = Counted { input: &sealed, taken: Arc::clone(&taken) };
    let mut sink = Sink { out: &container, arrived: 0, taken, farthest: 0 };
    let mut opened = open_envelope(counted, std::slice::from_ref(&pki().receiver)).expect("ours");
    io::copy(&mut opened, &mut sink).expect("whole");
    assert!(sink.farthest < MEBIBYTE, "{} bytes were held back", sink.farthest);

    let largest = Arc::new(AtomicU64::new(0));
    let watched = Watched { file: container, largest: Arc::clone(&largest) };
    let opened = Container::open(watched, &Limits::default()).expect("sound");
    let mut verified = opened.verify(Trust::AnySigner, now()).expect("sound");
    let mut reader = verified.read("stor.bin").expect("there");
    let mut expected = Source::new(300 * MEBIBYTE);
    assert!(same(&mut reader, &mut expected));
    assert!(largest.load(Ordering::Relaxed) <= MEBIBYTE);
}

struct Counted<R> {
    input: R,
    taken: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.taken.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

fn same(one: &mut impl Read, other: &mut impl Read) -> bool {
    let (mut a, mut b) = (vec![0; 1 << 18], vec![0; 1 << 18]);
    loop {
        let count = one.read(&mut a).expect("readable");
        other.read_exact(&mut b[..count]).expect("as long");
        if a[..count] != b[..count] {
            return false;
        }
        if count == 0 {
            return other.read(&mut b).expect("readable") == 0;
        }
    }
}

/// Covers: ET-29
#[test]
fn two_gigabytes_are_sealed_and_opened_in_less_than_64_megabytes() {
    // in a process of its own, since the memory of this one is shared with other tests
    let name = "memory::in_a_process_of_its_own_two_gigabytes_are_sealed_and_opened";
    let this = std::env::current_exe().expect("running");

    let output = Command::new(this).args(["--exact", name, "--ignored", "--nocapture"]).output();

    let output = output.expect("can be run again");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{shown}{}", String::from_utf8_lossy(&output.stderr));
    let peak = shown.split("peak kB: ").nth(1).and_then(|rest| rest.split_whitespace().next());
    let peak: u64 = peak.and_then(|it| it.parse().ok()).unwrap_or_else(|| panic!("{shown}"));
    assert!(peak < 64 * 1024, "{peak} kB");
}

#[test]
#[ignore = "run by two_gigabytes_are_sealed_and_opened_in_less_than_64_megabytes"]
fn in_a_process_of_its_own_two_gigabytes_are_sealed_and_opened() {
    let size = 2048 * MEBIBYTE;
    let (input, output) = io::pipe().expect("a pipe");
    let recipient = [pki().receiver.certificate().clone()];
    let writing = std::thread::spawn(move || {
        let mut envelope = EnvelopeWriter::new(output, &recipient).expect("usable");
        io::copy(&mut Source::new(size), &mut envelope).expect("writable");
        drop(envelope.finish().expect("writable"));
    });

    let mut opened = open_envelope(input, std::slice::from_ref(&pki().receiver)).expect("ours");
    assert!(same(&mut opened, &mut Source::new(size)));

    writing.join().expect("no panic");
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("stated");
    println!("peak kB: {}", peak.trim().trim_end_matches("kB"));
}

#[test]
fn beyond_four_gigabytes_64_bit_fields_appear_and_are_read() {
    let size = (4 << 30) + 12_345;
    let document =
        Document { name: "nuller.txt".to_owned(), media_type: None, content: io::repeat(0).take(size) };
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("c.asice");
    let file = File::create(&path).expect("writable");
    let last = crate::support::document("etter.txt", b"liten");
    let last =
        last.map(|it| Document { name: it.name, media_type: None, content: Either::Small(it.content) });
    let first =
        Ok(Document { name: document.name, media_type: None, content: Either::Zeros(document.content) });

    pack(io::BufWriter::new(file), None, [first, last], &pki().sender, now()).expect("packable");

    run(folder.path(), "unzip", &["-q", "-t", "c.asice"]);
    let mut archive = Archive::open(File::open(&path).expect("there"), &Limits::default()).expect("ours");
    assert_eq!(archive.entry("nuller.txt").expect("there").size(), size);
    assert_eq!(archive.read("etter.txt").expect("readable"), Some(b"liten".to_vec()));
    let container = Container::open(File::open(&path).expect("there"), &Limits::default()).expect("sound");
    assert!(container.verify(Trust::AnySigner, now()).is_ok());
}

enum Either {
    Zeros(io::Take<io::Repeat>),
    Small(io::Cursor<Vec<u8>>),
}

impl Read for Either {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Zeros(zeros) => zeros.read(buffer),
            Self::Small(small) => small.read(buffer),
        }
    }
}
