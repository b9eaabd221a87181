//! Looks into a received container with tools that are not ours, where they are installed.

use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use asic::{Certificate, Container, Limits, Trust, TrustAnchors, UnixTime};
use aws_lc_rs::digest::{Context as Digest, SHA256};
use tokio::process::Command;
use tokio::task::spawn_blocking;

use crate::cli::messages::Expected;

/// Checks a container with our own reader, and with `unzip` and `openssl` where they are installed.
/// Answers what was proved.
pub(super) async fn container(path: &Path, root_pem: &str, expected: &[Expected]) -> Result<String> {
    let (own_path, roots, files) = (path.to_owned(), root_pem.to_owned(), expected.to_vec());
    spawn_blocking(move || with_own_reader(&own_path, &roots, &files)).await??;
    let folder = path.with_extension("unpacked");
    let outcome = with_command_lines(path, &folder, root_pem, expected).await;
    if folder.exists() {
        tokio::fs::remove_dir_all(&folder).await?;
    }
    Ok(format!(
        "SHA-256 of {} files and the signature agree; checked by our own reader{}",
        expected.len(),
        outcome?
    ))
}

fn with_own_reader(path: &Path, root_pem: &str, expected: &[Expected]) -> Result<()> {
    let anchors = TrustAnchors::new(Certificate::all_from_pem(root_pem)?);
    let now = UnixTime(u64::try_from(jiff::Timestamp::now().as_second())?);
    let container = Container::open(std::fs::File::open(path)?, &Limits::default())?;
    let mut verified = container.verify(Trust::Anchors(&anchors), now)?;
    ensure!(verified.documents().len() == expected.len(), "the container holds another number of documents");
    for file in expected {
        compare(verified.read(&file.name)?, file)?;
    }
    Ok(())
}

fn compare(mut reader: impl Read, expected: &Expected) -> Result<()> {
    let mut digest = Digest::new(&SHA256);
    let mut piece = vec![0; 256 << 10];
    loop {
        let length = reader.read(&mut piece)?;
        if length == 0 {
            break;
        }
        digest.update(&piece[..length]);
    }
    ensure!(digest.finish().as_ref() == expected.sha256, "SHA-256 of {} differs", expected.name);
    Ok(())
}

/// Answers which other tools agreed.
async fn with_command_lines(
    container: &Path,
    folder: &Path,
    root_pem: &str,
    expected: &[Expected],
) -> Result<&'static str> {
    if !installed("unzip", "-v").await {
        return Ok(" (unzip is not installed)");
    }
    run(Command::new("unzip").args(["-q", "-o"]).arg(container).arg("-d").arg(folder)).await?;
    let (files, unpacked) = (expected.to_vec(), folder.to_owned());
    spawn_blocking(move || {
        files.iter().try_for_each(|file| compare(std::fs::File::open(unpacked.join(&file.name))?, file))
    })
    .await??;
    if !installed("openssl", "version").await {
        return Ok(" and unzip (openssl is not installed)");
    }
    let meta = folder.join("META-INF");
    let signature = std::fs::read_dir(&meta)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|end| end == "p7s"))
        .context("there is no signature in the container")?;
    let roots = folder.join("roots.pem");
    tokio::fs::write(&roots, root_pem).await?;
    let mut openssl = Command::new("openssl");
    openssl.args([
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-purpose",
        "any",
        "-out",
        "/dev/null",
        "-in",
    ]);
    openssl.arg(signature).arg("-content").arg(meta.join("ASiCManifest.xml")).arg("-CAfile").arg(roots);
    run(&mut openssl).await?;
    Ok(", unzip and openssl")
}

async fn installed(program: &str, argument: &str) -> bool {
    let asked =
        Command::new(program).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status().await;
    asked.is_ok_and(|status| status.success())
}

async fn run(command: &mut Command) -> Result<()> {
    let output = command.output().await?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    ensure!(output.status.success(), "{} failed: {said}", command.as_std().get_program().display());
    Ok(())
}
