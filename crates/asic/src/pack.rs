//! Documents become a container: one pass, hashing on the way, signed at the end.

use std::collections::HashSet;
use std::io::{self, Read, Write};

use aws_lc_rs::digest;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use uuid::Uuid;

use crate::asic_manifest::{ASIC_E, AsicManifest, DataObject};
use crate::error::PackError;
use crate::key::Identity;
use crate::manifest::Manifest;
use crate::media_type::{is_compressed, media_type};
use crate::name::{self, MANIFEST, MIMETYPE};
use crate::sign::sign_detached;
use crate::time::UnixTime;
use crate::zip::{Deflation, StreamError, ZipWriter, fill};

/// The archive's comment, and that of its first entry.
const COMMENT: &str = "mimetype=application/vnd.etsi.asic-e+zip";
/// How much of a document is tried before deciding whether to compress it.
const PROBE: usize = 64 * 1024;

/// A file to put into a container.
#[derive(Debug)]
pub struct Document<R> {
    /// Its entry name, as the sender gave it.
    pub name: String,
    /// Its media type, if known; see [`media_type`].
    pub media_type: Option<String>,
    /// Its bytes.
    pub content: R,
}

/// What went into a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// The documents in their order.
    pub documents: Vec<PackedDocument>,
    /// The container's size in bytes.
    pub size: u64,
    /// The entry that holds the signature.
    pub signature: String,
}

/// A document as it went into a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedDocument {
    /// Its entry name.
    pub name: String,
    /// The media type stated for it.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
}

/// Writes a container: `mimetype`, `manifest.xml` if there is one, the documents in the order
/// given (the main document first), and then what signs them. Documents are opened one at a time,
/// when the iterator is asked for the next.
pub fn pack<W: Write, R: Read>(
    out: W,
    manifest: Option<&Manifest>,
    documents: impl IntoIterator<Item = io::Result<Document<R>>>,
    signer: &Identity,
    signed_at: UnixTime,
) -> Result<Packed, PackError> {
    let mut packing = Packing::begin(out, manifest)?;
    for document in documents {
        let name = String::new();
        let document = document.map_err(|source| PackError::Document { name, source })?;
        packing.add(manifest, document)?;
    }
    packing.sign(signer, signed_at)
}

struct Packing<W> {
    zip: ZipWriter<W>,
    objects: Vec<DataObject>,
    documents: Vec<PackedDocument>,
    names: HashSet<String>,
}

impl<W: Write> Packing<W> {
    fn begin(out: W, manifest: Option<&Manifest>) -> Result<Self, PackError> {
        let mut zip = ZipWriter::new(out);
        zip.store(MIMETYPE, ASIC_E.as_bytes(), COMMENT)?;
        let (documents, names) = (Vec::new(), HashSet::new());
        let mut packing = Self { zip, objects: Vec::new(), documents, names };
        if let Some(manifest) = manifest {
            let xml = manifest.to_xml()?;
            packing.stream(MANIFEST, "application/xml", xml.as_bytes(), Deflation::Fast)?;
        }
        Ok(packing)
    }

    fn add<R: Read>(&mut self, manifest: Option<&Manifest>, document: Document<R>) -> Result<(), PackError> {
        let Document { name, media_type: given, mut content } = document;
        if let Err(reason) = name::check_document(&name) {
            return Err(PackError::Name { name, reason });
        }
        if !self.names.insert(name.clone()) {
            return Err(PackError::Duplicate(name));
        }
        if let (true, Some(manifest)) = (self.documents.is_empty(), manifest)
            && manifest.main_document != name
        {
            let named = manifest.main_document.clone();
            return Err(PackError::MainDocument { named, first: name });
        }
        let media_type = media_type(&name, given.as_deref()).to_owned();
        let mut head = vec![0; PROBE];
        let filled = match fill(&mut content, &mut head) {
            Ok(filled) => filled,
            Err(source) => return Err(PackError::Document { name, source }),
        };
        head.truncate(filled);
        let deflation = choose(&media_type, &head);
        let (size, sha256) = self.stream(&name, &media_type, head.chain(content), deflation)?;
        self.documents.push(PackedDocument { name, media_type, size, sha256 });
        Ok(())
    }

    /// Writes one entry and its line in the list of what is signed.
    fn stream(
        &mut self,
        name: &str,
        media_type: &str,
        content: impl Read,
        deflation: Deflation,
    ) -> Result<(u64, [u8; 32]), PackError> {
        let mut hash = digest::Context::new(&digest::SHA256);
        let written = self.zip.stream(name, content, deflation, |piece| hash.update(piece));
        let size = written.map_err(|error| match error {
            StreamError::Zip(error) => error.into(),
            StreamError::Content(source) => PackError::Document { name: name.to_owned(), source },
        })?;
        let sha256 = hash.finish().as_ref().try_into().expect("SHA-256 gives 32 bytes");
        let media_type = Some(media_type.to_owned());
        self.objects.push(DataObject { uri: name.to_owned(), media_type, sha256 });
        Ok((size, sha256))
    }

    fn sign(mut self, signer: &Identity, signed_at: UnixTime) -> Result<Packed, PackError> {
        if self.documents.is_empty() {
            return Err(PackError::NoDocuments);
        }
        let signature = format!("META-INF/signature-{}.p7s", Uuid::new_v4());
        let manifest = AsicManifest { signature, objects: self.objects };
        let list = manifest.to_xml()?;
        let p7s = sign_detached(list.as_bytes(), signer, signed_at)?;
        let open_document = manifest.to_open_document()?;
        for (name, content) in [
            ("META-INF/ASiCManifest.xml", list.as_bytes()),
            (&manifest.signature, &p7s),
            ("META-INF/manifest.xml", open_document.as_bytes()),
        ] {
            let written = self.zip.stream(name, content, Deflation::Fast, |_| {});
            written.map_err(|error| match error {
                StreamError::Zip(error) => error,
                StreamError::Content(error) => error.into(),
            })?;
        }
        let (_, size) = self.zip.finish(COMMENT)?;
        Ok(Packed { documents: self.documents, size, signature: manifest.signature })
    }
}

/// Compressing what does not shrink costs ten times the rest of the work, so that is found out
/// first: by type, and by trying how much the beginning shrinks.
fn choose(media_type: &str, head: &[u8]) -> Deflation {
    if is_compressed(media_type) {
        return Deflation::Blocks;
    }
    let mut encoder = DeflateEncoder::new(Vec::with_capacity(head.len()), Compression::fast());
    // writing to memory does not fail; if it did, storing would be right
    let packed = encoder.write_all(head).and_then(|()| encoder.finish());
    match packed {
        Ok(packed) if packed.len() < head.len() / 10 * 9 => Deflation::Fast,
        _ => Deflation::Blocks,
    }
}
