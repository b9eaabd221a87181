//! A container becomes files, once every check has been made.
//!
//! Two steps, two types. [`Container::open`] checks the structure: names, sizes, what lies in
//! `META-INF/`. [`Container::verify`] checks signatures and digests, reading everything once, and
//! gives a [`Verified`] container, the only one that gives documents out.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek};

use aws_lc_rs::digest;

use crate::asic_manifest::{ASIC_E, AsicManifest};
use crate::certificate::Certificate;
use crate::error::{ContainerError, ZipError};
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::name::{MANIFEST, META_INF, MIMETYPE, is_metadata, percent_decode};
use crate::sign::{Signature, verify_detached};
use crate::time::UnixTime;
use crate::trust::TrustAnchors;
use crate::zip::{Archive, EntryReader};

/// Hashed at a time.
const CHUNK: usize = 256 * 1024;

/// Whose signature is good enough.
#[derive(Clone, Copy, Debug)]
pub enum Trust<'a> {
    /// That of somebody with a certificate under these anchors.
    Anchors(&'a TrustAnchors),
    /// Anybody's: the signature only proves that nothing was altered since. What peers do today.
    AnySigner,
}

impl Trust<'_> {
    fn check(self, signature: &Signature, received_at: UnixTime) -> Result<(), ContainerError> {
        let Self::Anchors(anchors) = self else { return Ok(()) };
        anchors.issuers_of(signature, received_at)?;
        Ok(())
    }
}

/// A container with a sound structure. Nothing in it has been verified.
#[derive(Debug)]
pub struct Container<R> {
    archive: Archive<R>,
    metadata: Metadata,
}

/// The entries in `META-INF/` that matter.
#[derive(Debug, Default)]
struct Metadata {
    manifests: Vec<String>,
    signatures: Vec<String>,
}

impl<R: Read + Seek> Container<R> {
    /// Opens a container that must begin with its `mimetype` entry.
    pub fn open(input: R, limits: &Limits) -> Result<Self, ContainerError> {
        let container = Self::open_lenient(input, limits)?;
        match container.archive.entry(MIMETYPE) {
            Some(entry) if entry.is_first() => Ok(container),
            _ => Err(ContainerError::MimetypeNotFirst),
        }
    }

    /// Opens a container whose `mimetype` entry may lie elsewhere or be missing.
    pub fn open_lenient(input: R, limits: &Limits) -> Result<Self, ContainerError> {
        let mut archive = Archive::open(input, limits)?;
        if let Some(mimetype) = archive.read(MIMETYPE)?
            && mimetype.trim_ascii() != ASIC_E.as_bytes()
        {
            return Err(ContainerError::Mimetype);
        }
        let mut metadata = Metadata::default();
        for entry in archive.entries().iter().filter(|entry| is_metadata(entry.name())) {
            metadata.sort_in(entry.name())?;
            if entry.size() > limits.metadata_bytes {
                let (name, size) = (entry.name().to_owned(), entry.size());
                let limit = limits.metadata_bytes;
                return Err(ZipError::EntryTooLarge { name, size, limit }.into());
            }
        }
        if metadata.manifests.is_empty() {
            return Err(ContainerError::NoManifest);
        }
        Ok(Self { archive, metadata })
    }

    /// Checks every signature and every digest. Reads the whole container once.
    ///
    /// The signer's certificate is held against `trust` at the time of signing, or at
    /// `received_at` (now, for whom just received it) when the signature does not say or claims a
    /// time after that.
    pub fn verify(mut self, trust: Trust<'_>, received_at: UnixTime) -> Result<Verified<R>, ContainerError> {
        let mut signatures = Vec::new();
        let mut listed: BTreeMap<String, Listed> = BTreeMap::new();
        let mut used = Vec::new();
        for name in std::mem::take(&mut self.metadata.manifests) {
            let (manifest, signature) = self.verify_manifest(&name)?;
            trust.check(&signature, received_at)?;
            signatures.push(signature);
            for object in manifest.objects {
                let entry = self.resolve(&object.uri)?;
                let line = Listed { sha256: object.sha256, media_type: object.media_type };
                match listed.get(&entry) {
                    Some(other) if other.sha256 != line.sha256 => {
                        return Err(ContainerError::Digest(entry));
                    }
                    _ => drop(listed.insert(entry, line)),
                }
            }
            used.push(self.find_ignoring_case(&manifest.signature));
        }
        if let Some(unused) =
            self.metadata.signatures.iter().find(|name| !used.iter().flatten().any(|used| used == *name))
        {
            return Err(ContainerError::SignatureUnused(unused.clone()));
        }
        self.check_digests(&listed)?;
        self.into_verified(&listed, signatures)
    }

    fn verify_manifest(&mut self, name: &str) -> Result<(AsicManifest, Signature), ContainerError> {
        let bytes = self.archive.read(name)?.unwrap_or_default();
        let manifest = AsicManifest::parse(&bytes)
            .map_err(|source| ContainerError::Manifest { name: name.to_owned(), source })?;
        let missing = || ContainerError::SignatureMissing(manifest.signature.clone());
        let file = self.find_ignoring_case(&manifest.signature).ok_or_else(missing)?;
        if !self.metadata.signatures.contains(&file) {
            return Err(missing());
        }
        let p7s = self.archive.read(&file)?.unwrap_or_default();
        let signature = verify_detached(&p7s, &bytes)
            .map_err(|source| ContainerError::Signature { name: file, source })?;
        Ok((manifest, signature))
    }

    /// The entry that a manifest line means: its name as it stands, or encoded as in a URI.
    fn resolve(&self, uri: &str) -> Result<String, ContainerError> {
        let candidates = [Some(uri.to_owned()), percent_decode(uri, false), percent_decode(uri, true)];
        let found = candidates.into_iter().flatten().find(|it| self.archive.entry(it).is_some());
        found.ok_or_else(|| ContainerError::FileMissing(uri.to_owned()))
    }

    fn find_ignoring_case(&self, name: &str) -> Option<String> {
        let names = || self.archive.entries().iter().map(crate::zip::Entry::name);
        let found = names().find(|it| *it == name);
        found.or_else(|| names().find(|it| it.eq_ignore_ascii_case(name))).map(str::to_owned)
    }

    fn check_digests(&mut self, listed: &BTreeMap<String, Listed>) -> Result<(), ContainerError> {
        let must_be_listed = |name: &str| name != MIMETYPE && !is_metadata(name);
        let unlisted = self
            .archive
            .entries()
            .iter()
            .find(|entry| must_be_listed(entry.name()) && !listed.contains_key(entry.name()));
        if let Some(entry) = unlisted {
            return Err(ContainerError::Unlisted(entry.name().to_owned()));
        }
        for (name, line) in listed {
            if self.hash(name)? != line.sha256 {
                return Err(ContainerError::Digest(name.clone()));
            }
        }
        Ok(())
    }

    fn hash(&mut self, name: &str) -> Result<[u8; 32], ContainerError> {
        let reader = self.archive.reader(name)?;
        let mut reader = reader.ok_or_else(|| ContainerError::FileMissing(name.to_owned()))?;
        let mut hash = digest::Context::new(&digest::SHA256);
        let mut buffer = vec![0; CHUNK];
        loop {
            match reader.read(&mut buffer).map_err(ZipError::from)? {
                0 => break,
                count => hash.update(&buffer[..count]),
            }
        }
        Ok(hash.finish().as_ref().try_into().expect("SHA-256 gives 32 bytes"))
    }

    fn into_verified(
        mut self,
        listed: &BTreeMap<String, Listed>,
        signatures: Vec<Signature>,
    ) -> Result<Verified<R>, ContainerError> {
        let manifest = match self.archive.read(MANIFEST)? {
            None => None,
            Some(bytes) => {
                let name = MANIFEST.to_owned();
                let parsed = Manifest::parse(&bytes);
                Some(parsed.map_err(|source| ContainerError::Manifest { name, source })?)
            }
        };
        let entries = self.archive.entries().iter();
        let documents = entries.filter(|entry| entry.name() != MANIFEST && !is_metadata(entry.name()));
        let documents = documents.filter_map(|entry| {
            let line = listed.get(entry.name())?;
            Some(VerifiedDocument {
                name: entry.name().to_owned(),
                media_type: line.media_type.clone(),
                size: entry.size(),
                sha256: line.sha256,
            })
        });
        let documents = documents.collect();
        Ok(Verified { archive: self.archive, manifest, documents, signatures })
    }
}

impl Metadata {
    /// Notes what an entry in `META-INF/` is, whatever its capitals.
    fn sort_in(&mut self, name: &str) -> Result<(), ContainerError> {
        let lower = name.to_ascii_lowercase();
        let file = lower.strip_prefix(&META_INF.to_ascii_lowercase()).unwrap_or(&lower);
        let between = |start, end| file.strip_prefix(start).is_some_and(|rest: &str| rest.ends_with(end));
        if file == "manifest.xml" {
            Ok(())
        } else if between("asicmanifest", ".xml") {
            self.manifests.push(name.to_owned());
            Ok(())
        } else if between("signatures", ".xml") {
            Err(ContainerError::Xades)
        } else if between("signature", ".p7s") {
            self.signatures.push(name.to_owned());
            Ok(())
        } else {
            Err(ContainerError::UnknownMetadata(name.to_owned()))
        }
    }
}

/// A line of a verified manifest.
struct Listed {
    sha256: [u8; 32],
    media_type: Option<String>,
}

/// A container whose every file has been held against a valid signature.
#[derive(Debug)]
pub struct Verified<R> {
    archive: Archive<R>,
    manifest: Option<Manifest>,
    documents: Vec<VerifiedDocument>,
    signatures: Vec<Signature>,
}

/// A file in a verified container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedDocument {
    /// Its name: relative, without `..`, with `/` between folders.
    pub name: String,
    /// Its media type as signed, if stated.
    pub media_type: Option<String>,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
}

impl<R: Read + Seek> Verified<R> {
    /// The eFormidling manifest, if the container has one.
    pub fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// The documents, in the order of the archive.
    pub fn documents(&self) -> &[VerifiedDocument] {
        &self.documents
    }

    /// The signatures, each of them valid.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The certificate of whom signed; the first, should there be several.
    pub fn signer(&self) -> Option<&Certificate> {
        self.signatures.first().map(|signature| &signature.signer)
    }

    /// A reader of one document's bytes.
    ///
    /// What it reads is hashed once more: should the file underneath have been exchanged since it
    /// was verified, the reader fails at the end.
    pub fn read(&mut self, name: &str) -> Result<DocumentReader<'_, R>, ContainerError> {
        let document = self.documents.iter().find(|document| document.name == name);
        let no_such = || ContainerError::NoSuchDocument(name.to_owned());
        let document = document.ok_or_else(no_such)?;
        let content = self.archive.reader(name)?.ok_or_else(no_such)?;
        let hash = digest::Context::new(&digest::SHA256);
        Ok(DocumentReader { content, document, hash: Some(hash) })
    }

    /// The input.
    pub fn into_inner(self) -> R {
        self.archive.into_inner()
    }
}

/// Reads a document of a verified container.
pub struct DocumentReader<'a, R> {
    content: EntryReader<'a, R>,
    document: &'a VerifiedDocument,
    hash: Option<digest::Context>,
}

impl<R: Read> Read for DocumentReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(buffer)?;
        if let Some(hash) = self.hash.as_mut().filter(|_| count > 0) {
            hash.update(&buffer[..count]);
        } else if !buffer.is_empty()
            && let Some(hash) = self.hash.take()
            && hash.finish().as_ref() != self.document.sha256
        {
            return Err(io::Error::other(ContainerError::Digest(self.document.name.clone())));
        }
        Ok(count)
    }
}
