//! What can go wrong in a run directory.

use crate::data::DataError;
use crate::experiment::table::TableError;
use std::path::{Path, PathBuf};

/// A file operation of the run directory that failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refused.
    #[error("{path}: {what}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A file stands where a folder is to be.
    #[error(
        "{dir}: cannot be a run directory, {file} is a file; name a folder (one that is not there is made)",
        dir = dir.display(),
        file = if dir == file { "it".into() } else { file.display().to_string() }
    )]
    NoFolder {
        /// The folder that was asked for.
        dir: PathBuf,
        /// The file, itself or one above it.
        file: PathBuf,
    },
    /// A record that is not one.
    #[error("{path}: not a record of ito ({reason}); remove this folder and run again")]
    BadRecord {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        reason: String,
    },
    /// Kept samples that are none.
    #[error("{path}: not samples of ito ({reason}); remove this folder and run again")]
    BadSamples {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A record that cannot be written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// An environment that cannot be written.
    #[error("the environment cannot be written as JSON: {0} (please report this)")]
    Environment(#[source] serde_json::Error),
}

pub(super) fn io_error(path: &Path, what: &'static str) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { path, what, source }
}

pub(super) fn samples_error(path: &Path, what: &'static str) -> impl FnOnce(DataError) -> StoreError {
    let path = path.to_owned();
    move |error| match error {
        DataError::Io { source, .. } => StoreError::Io { path, what, source },
        // The path stands in front already.
        DataError::Content { found, allowed, .. } => {
            StoreError::BadSamples { path, reason: format!("the file {found}, but must hold {allowed}") }
        }
        other => StoreError::BadSamples { path, reason: other.to_string() },
    }
}
