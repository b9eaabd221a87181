//! One large file packed, signed and encrypted, in turns with the bare pipeline (hash on one thread,
//! encrypt on the other), without a disk.

use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use asic::{Certificate, Document, EnvelopeWriter, HandOver, Identity, PrivateKey, UnixTime, pack};
use auth::Authority;
use auth::authority::{Profile, Subject};
use aws_lc_rs::digest::{Context as Digest, SHA256};
use types::time::Clock;

use super::figure::{Figure, median};

/// Of the bare pipeline's rate.
const GOAL: f64 = 0.85;
/// 25 times what the Java steps of the reference reach, in gigabytes a second.
const GOAL_RATE: f64 = 0.5;
const SIGNED_AT: UnixTime = UnixTime(1_800_000_000);

pub(super) async fn measure(folder: &Path, megabytes: u64, rounds: u32) -> Result<Vec<Figure>> {
    let identity = identity(&folder.join("package-authority"))?;
    let measuring = tokio::task::spawn_blocking(move || {
        let size = megabytes * 1_000_000;
        let (mut rates, mut shares) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let raw = rate(size, || bare(size, &identity))?;
            let ours = rate(size, || packed(size, &identity))?;
            rates.push(ours);
            shares.push(ours / raw);
        }
        anyhow::Ok((median(&rates), median(&shares)))
    });
    let (rate, share) = measuring.await??;
    Ok(vec![
        Figure::new(
            format!("packing, signing and encrypting {megabytes} MB"),
            format!("{rate:.2} GB/s"),
            format!("{GOAL_RATE:.2} GB/s"),
            rate >= GOAL_RATE,
        ),
        Figure::new(
            "  share of the bare pipeline's rate",
            format!("{share:.2}"),
            format!("{GOAL}"),
            share >= GOAL,
        ),
    ])
}

/// Somebody who signs, and for whom it is encrypted.
fn identity(folder: &Path) -> Result<Identity> {
    let authority = Authority::load_or_create(folder, Clock::system())?;
    let org = "310000001".parse().context("an organization")?;
    let credential = authority.issue(&Subject { org, name: "fjord".to_owned(), profile: Profile::Newer })?;
    let certificate = Certificate::from_pem(&credential.certificate_pem())?;
    let key = PrivateKey::from_der(credential.key.pkcs8_der().reveal())?;
    Ok(Identity::new(certificate, Vec::new(), key)?)
}

/// Gigabytes a second.
#[expect(clippy::cast_precision_loss, reason = "a rate to two digits")]
fn rate(size: u64, work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let begun = Instant::now();
    work()?;
    Ok(size as f64 / 1e9 / begun.elapsed().as_secs_f64())
}

fn bare(size: u64, identity: &Identity) -> Result<()> {
    let envelope = EnvelopeWriter::new(io::sink(), &[identity.certificate().clone()])?;
    let (mut out, mut source) = (HandOver::to(envelope)?, Noise::new(size)?);
    let (mut hash, mut buffer) = (Digest::new(&SHA256), vec![0; 256 << 10]);
    loop {
        let count = source.read(&mut buffer)?;
        if count == 0 {
            out.finish()?.finish()?;
            return Ok(());
        }
        hash.update(&buffer[..count]);
        out.write_all(&buffer[..count])?;
    }
}

fn packed(size: u64, identity: &Identity) -> Result<()> {
    let envelope = EnvelopeWriter::new(io::sink(), &[identity.certificate().clone()])?;
    let mut out = HandOver::to(envelope)?;
    let document =
        Document { name: "tegninger.bin".to_owned(), media_type: None, content: Noise::new(size)? };
    pack(&mut out, None, [Ok(document)], identity, SIGNED_AT)?;
    out.finish()?.finish()?;
    Ok(())
}

/// Bytes that do not shrink.
struct Noise {
    block: Vec<u8>,
    position: usize,
    left: u64,
}

impl Noise {
    fn new(size: u64) -> io::Result<Self> {
        let mut block = vec![0; 8 << 20];
        aws_lc_rs::rand::fill(&mut block).map_err(io::Error::other)?;
        Ok(Self { block, position: 0, left: size })
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
