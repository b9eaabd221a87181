//! `POST /console/contacts/import`: fills the embedded contact register with what stands in a form.

use axum::extract::State;
use axum::response::Response;
use notify::recipients::registers::ImportError;
use serde::Deserialize;

use super::search;
use super::words::ContactWords;
use crate::page::{self, Refusal};
use crate::{Console, Posted, Role};

/// The content of a file, JSON or CSV.
#[derive(Deserialize)]
pub(super) struct Pasted {
    file: String,
}

/// Each list of the file replaces what the register had of its kind; the audit log says who did it.
pub(super) async fn import(
    State(console): State<Console>,
    posted: Posted<Pasted>,
) -> Result<Response, Refusal> {
    let Posted { visitor, form } = posted;
    visitor.needs(Role::Operate)?;
    let words = ContactWords::of(visitor.lang);
    match console.register().import_by(form.file.as_bytes(), &visitor.actor()).await {
        Ok(imported) => {
            let mood = if imported.unusable > 0 { "warned" } else { "good" };
            Ok(search::said(&visitor, &ContactWords::imported(visitor.lang, &imported), mood))
        }
        Err(ImportError::Store(error)) => Ok(page::failed(&error)),
        // The error names a line and shows nothing of it: it may hold addresses.
        Err(error) => Ok(search::said(&visitor, &format!("{} {error}", words.not_imported), "bad")),
    }
}
