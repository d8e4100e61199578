//! The run directory: cells that exist whole or not at all.
//!
//! A cell is written to a temporary folder, synced and renamed; one that it replaces is renamed aside before and deleted
//! after, so that one of the two is there at any moment, whole. Whoever works on a cell holds a file lock,
//! which the system lets go when the process dies, so that two runners share the work and a killed one
//! leaves nothing behind but what the next one clears: half a cell, and the name of what ran.

mod claim;
mod error;
mod kept;
mod running;

pub use claim::{Claim, Whole};
pub use error::StoreError;
pub use kept::{Arrays, Kept};
pub use running::{Died, Running};

use error::{io_error, samples_error};

use super::environment::{self, Environment};
use super::record::Record;
use super::spec::Keep;
use super::table::{self, TableError};
use crate::data::io;
use crate::state::Dtype;
use ndarray::Array2;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The file of a cell with what is kept of it.
const SAMPLES: &str = "samples.safetensors";

/// A run directory.
#[derive(Clone, Debug)]
pub struct Store {
    dir: PathBuf,
}

impl Store {
    /// Opens a run directory, making it where it is not there.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::NoFolder`].
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        if let Some(file) = dir.ancestors().find(|path| path.is_file()) {
            return Err(StoreError::NoFolder { dir: dir.to_owned(), file: file.to_owned() });
        }
        for folder in ["cells/.claims", "cells/.running", "environment", "figures", "tables"] {
            let path = dir.join(folder);
            fs::create_dir_all(&path).map_err(io_error(&path, "cannot make the folder"))?;
        }
        let store = Self { dir: dir.to_owned() };
        store.restore()?;
        Ok(store)
    }

    /// A run directory to read from: nothing is made in it.
    #[must_use]
    pub fn reading(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// The directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    fn cell(&self, key: &str) -> PathBuf {
        self.dir.join("cells").join(key)
    }

    /// Writes a file whole or not at all.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.dir.join(name);
        let folder = path.parent().unwrap_or(&self.dir);
        let mut file = temporary(folder).map_err(io_error(folder, "cannot write here"))?;
        file.write_all(bytes).map_err(io_error(&path, "cannot be written"))?;
        file.as_file().sync_all().map_err(io_error(&path, "cannot be synced"))?;
        file.persist(&path).map_err(|e| io_error(&path, "cannot be renamed into place")(e.error))?;
        Ok(())
    }

    /// Writes an environment once and returns its hash.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::Environment`].
    pub fn environment(&self, environment: &Environment) -> Result<String, StoreError> {
        let text = environment.json().map_err(StoreError::Environment)?;
        let hash = environment::hash(&text);
        let name = format!("environment/{hash}.json");
        if !self.dir.join(&name).exists() {
            self.write(&name, text.as_bytes())?;
        }
        Ok(hash)
    }

    /// The keys of all cells that are there, in order.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn keys(&self) -> Result<Vec<String>, StoreError> {
        let cells = self.dir.join("cells");
        let entries = match fs::read_dir(&cells) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(io_error(&cells, "cannot be read")(e)),
        };
        let mut keys: Vec<String> =
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        keys.retain(|name| !name.starts_with('.'));
        keys.sort();
        Ok(keys)
    }

    /// The record of a cell, if it is there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn record(&self, key: &str) -> Result<Option<Record>, StoreError> {
        let path = self.cell(key).join("record.json");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(io_error(&path, "cannot be read")(e)),
        };
        let bad = |e: serde_json::Error| StoreError::BadRecord { path: path.clone(), reason: e.to_string() };
        serde_json::from_str(&text).map(Some).map_err(bad)
    }

    /// The samples of a cell, if they were kept.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::BadSamples`]: they are there but cannot be read.
    pub fn samples(&self, key: &str) -> Result<Option<Array2<f64>>, StoreError> {
        let path = self.cell(key).join(SAMPLES);
        if !path.try_exists().map_err(io_error(&path, "cannot be read"))? {
            return Ok(None);
        }
        io::read_samples(&path).map(|(x, _)| Some(x)).map_err(samples_error(&path, "cannot be read"))
    }

    /// What is kept of a cell beside its record.
    ///
    /// # Errors
    /// As [`samples`](Self::samples).
    pub fn keeps(&self, key: &str) -> Result<Keep, StoreError> {
        let path = self.cell(key).join(SAMPLES);
        if !path.try_exists().map_err(io_error(&path, "cannot be read"))? {
            return Ok(Keep::None);
        }
        let names = io::tensor_names(&path).map_err(samples_error(&path, "cannot be read"))?;
        Ok(if names.iter().any(|name| name == "path") { Keep::Trajectory } else { Keep::Samples })
    }

    /// Replaces the record of a cell that is there, what is kept of it where that is given, and the files of these
    /// metrics, and nothing else of it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn amend(
        &self,
        claim: &Claim,
        record: &Record,
        kept: Option<Kept<'_>>,
        arrays: &[Arrays],
    ) -> Result<(), StoreError> {
        let cell = self.cell(&claim.key);
        if let Some(kept) = kept {
            let (path, part) = (cell.join(SAMPLES), cell.join(format!(".part-{SAMPLES}")));
            kept.write(&part)?;
            fs::rename(&part, &path).map_err(io_error(&path, "cannot be renamed into place"))?;
        }
        for arrays in arrays {
            let (path, part) = (cell.join(arrays.file()), cell.join(format!(".part-{}", arrays.file())));
            arrays.write(&part)?;
            fs::rename(&part, &path).map_err(io_error(&path, "cannot be renamed into place"))?;
        }
        self.write(&format!("cells/{}/record.json", claim.key), json(&claim.key, record)?.as_bytes())
    }

    /// Puts a finished cell in place of whatever stood there.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing of the new cell is visible.
    pub fn commit(
        &self,
        claim: &Claim,
        record: &Record,
        kept: Option<Kept<'_>>,
        arrays: &[Arrays],
    ) -> Result<(), StoreError> {
        let (cell, part) = (self.cell(&claim.key), self.dir.join("cells").join(format!(".part-{}", claim.key)));
        // Under the claim nobody else writes here: what lies here is a dead runner's.
        drop(fs::remove_dir_all(&part));
        fs::create_dir(&part).map_err(io_error(&part, "cannot make the folder"))?;
        if let Some(kept) = kept {
            kept.write(&part.join(SAMPLES))?;
        }
        for arrays in arrays {
            arrays.write(&part.join(arrays.file()))?;
        }
        let path = part.join("record.json");
        fs::write(&path, json(&claim.key, record)?).map_err(io_error(&path, "cannot be written"))?;
        sync(&path)?;
        sync(&part)?;
        // The claim has settled what lay aside.
        let (aside, replaces) = (self.aside(&claim.key), cell.exists());
        if replaces {
            fs::rename(&cell, &aside).map_err(io_error(&cell, "cannot be replaced"))?;
        }
        fs::rename(&part, &cell).map_err(io_error(&cell, "cannot be renamed into place"))?;
        sync(&self.dir.join("cells"))?;
        if replaces {
            fs::remove_dir_all(&aside).map_err(io_error(&aside, "cannot be removed"))?;
        }
        Ok(())
    }

    /// Writes records.csv. The records must have been read under the same right: else another runner's table may be
    /// newer than they are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn write_table(&self, _: &Whole, records: &[Record], metrics: &[String]) -> Result<(), StoreError> {
        self.write("records.csv", &table::to_csv(records, metrics)?)
    }
}

/// A temporary file with the mode of any new file: 0666, of which the umask takes its part. Without it only the owner
/// could read a run directory.
fn temporary(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// The text of record.json.
fn json(cell: &str, record: &Record) -> Result<String, TableError> {
    let text = serde_json::to_string_pretty(record);
    text.map(|text| text + "\n").map_err(|e| TableError::Cell { cell: cell.to_owned(), reason: e.to_string() })
}

/// The type of numbers in a file.
pub(super) fn file_dtype(dtype: Dtype) -> safetensors::Dtype {
    match dtype {
        Dtype::F32 => safetensors::Dtype::F32,
        Dtype::F64 => safetensors::Dtype::F64,
    }
}

fn sync(path: &Path) -> Result<(), StoreError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(io_error(path, "cannot be synced"))
}

#[cfg(test)]
mod tests;
