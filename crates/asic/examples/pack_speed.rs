//! How fast one large file is packed, signed and encrypted, against the bare one-pass pipeline
//! (hash on one thread, encrypt on the other) in the same run.
//!
//! `cargo run --release -p budstikke-asic --example pack_speed -- identity.pem [megabytes]`
//!
//! `identity.pem` holds an RSA private key and its certificate, for example from
//! `openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=me -keyout identity.pem -out identity.pem`
//! (write them to two files and join them).

use std::error::Error;
use std::io::{self, Read, Write};
use std::time::Instant;

use asic::{
    Certificate, Container, Document, EnvelopeWriter, HandOver, Identity, Limits, PrivateKey, Trust,
    UnixTime, open_envelope, pack,
};
use aws_lc_rs::digest;

const ROUNDS: usize = 3;
/// Within the certificate's validity or not does not matter here.
const SIGNED_AT: UnixTime = UnixTime(1_800_000_000);

/// Bytes that do not shrink.
struct Noise {
    block: Vec<u8>,
    position: usize,
    left: u64,
}

impl Noise {
    fn new(length: u64) -> io::Result<Self> {
        let mut block = vec![0; 8 << 20];
        aws_lc_rs::rand::fill(&mut block).map_err(io::Error::other)?;
        Ok(Self { block, position: 0, left: length })
    }
}

impl Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = buffer.len().min(self.block.len() - self.position);
        let count = usize::try_from(self.left).map_or(room, |left| left.min(room));
        buffer[..count].copy_from_slice(&self.block[self.position..self.position + count]);
        self.position = (self.position + count) % self.block.len();
        self.left -= count as u64;
        Ok(count)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("give a PEM file with a key and its certificate")?;
    let megabytes: u64 = arguments.next().map_or(Ok(1000), |it| it.parse())?;
    let pem = std::fs::read_to_string(path)?;
    let identity = Identity::new(Certificate::from_pem(&pem)?, Vec::new(), PrivateKey::from_pem(&pem)?)?;

    let size = megabytes * 1_000_000;
    for _ in 0..ROUNDS {
        let raw = rate(size, || bare_pipeline(size, &identity))?;
        let ours = rate(size, || packed(size, &identity, io::sink()).map(drop))?;
        println!("raw {raw:.2} GB/s   pack + sign + encrypt {ours:.2} GB/s   ratio {:.2}", ours / raw);
    }
    let sealed = packed(size, &identity, Vec::new())?;
    let mut container = Vec::new();
    let opened = rate(size, || {
        container.clear();
        open_envelope(&sealed[..], std::slice::from_ref(&identity))?.read_to_end(&mut container)?;
        Ok(())
    })?;
    let verified = rate(size, || {
        let container = Container::open(io::Cursor::new(&container), &Limits::default())?;
        container.verify(Trust::AnySigner, SIGNED_AT)?;
        Ok(())
    })?;
    println!("decrypt {opened:.2} GB/s   verify {verified:.2} GB/s");
    Ok(())
}

/// Gigabytes a second.
#[expect(clippy::cast_precision_loss, reason = "a rate to two digits")]
fn rate(size: u64, work: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    work()?;
    Ok(size as f64 / 1e9 / start.elapsed().as_secs_f64())
}

fn bare_pipeline(size: u64, identity: &Identity) -> Result<(), Box<dyn Error>> {
    let envelope = EnvelopeWriter::new(io::sink(), &[identity.certificate().clone()])?;
    let mut out = HandOver::to(envelope)?;
    let mut source = Noise::new(size)?;
    let mut hash = digest::Context::new(&digest::SHA256);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let count = source.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hash.update(&buffer[..count]);
        out.write_all(&buffer[..count])?;
    }
    out.finish()?.finish()?;
    Ok(())
}

fn packed<W: Write + Send + 'static>(size: u64, identity: &Identity, out: W) -> Result<W, Box<dyn Error>> {
    let envelope = EnvelopeWriter::new(out, &[identity.certificate().clone()])?;
    let mut out = HandOver::to(envelope)?;
    let document = Document { name: "stor.bin".to_owned(), media_type: None, content: Noise::new(size)? };
    pack(&mut out, None, [Ok(document)], identity, SIGNED_AT)?;
    Ok(out.finish()?.finish()?)
}
