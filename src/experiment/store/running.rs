//! What runs now, written down before it does: a process that dies inside a plugin says no more.

use super::{Store, StoreError, io_error, temporary};
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{Seek, Write};
use std::path::PathBuf;
use tempfile::NamedTempFile;

/// One worker's file, locked while it is alive and removed when it ends in order.
#[derive(Debug)]
pub struct Running(NamedTempFile);

impl Running {
    /// Says which cell runs from now on, and what. One line over the last, and nothing else of the file moves: this costs
    /// a cell next to nothing.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn now(&mut self, key: &str, what: &str) -> Result<(), StoreError> {
        self.line(&format!("{key} {what}\n"))
    }

    /// Says that the cell is done.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn done(&mut self) -> Result<(), StoreError> {
        self.line("\n")
    }

    fn line(&mut self, text: &str) -> Result<(), StoreError> {
        let written = self.0.rewind().and_then(|()| self.0.write_all(text.as_bytes()));
        written.map_err(io_error(self.0.path(), "cannot be written"))
    }
}

/// What dead workers left.
#[derive(Debug, Default)]
pub struct Died {
    /// The cells in which they died, each with what ran.
    pub cells: BTreeMap<String, String>,
    /// Their files, each with its cell; a worker that died between two cells names none.
    files: Vec<(Option<String>, PathBuf)>,
}

impl Died {
    /// Forgets those whose cell had its turn.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn forget(self, had_its_turn: impl Fn(&str) -> bool) -> Result<(), StoreError> {
        for (key, path) in self.files {
            // A worker that had just begun when this was read has locked its file since.
            let alive = File::open(&path).is_ok_and(|file| file.try_lock().is_err());
            if alive || key.is_some_and(|key| !had_its_turn(&key)) {
                continue;
            }
            match fs::remove_file(&path) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    return Err(io_error(&path, "cannot be removed")(e));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Store {
    /// A file for one worker.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn running(&self) -> Result<Running, StoreError> {
        let folder = self.running_folder();
        let file = temporary(&folder).map_err(io_error(&folder, "cannot write here"))?;
        file.as_file().lock().map_err(io_error(file.path(), "cannot be locked"))?;
        Ok(Running(file))
    }

    /// What workers that are not alive any more were at.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn died(&self) -> Result<Died, StoreError> {
        let folder = self.running_folder();
        let entries = fs::read_dir(&folder).map_err(io_error(&folder, "cannot be read"))?;
        let mut died = Died::default();
        for path in entries.flatten().map(|entry| entry.path()) {
            // Gone in the meantime: its worker has ended in order.
            let (Ok(file), Ok(text)) = (File::open(&path), fs::read_to_string(&path)) else { continue };
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(e)) => return Err(io_error(&path, "cannot be locked")(e)),
            }
            let named = text.lines().next().and_then(|line| line.split_once(' '));
            died.cells.extend(named.map(|(key, what)| (key.to_owned(), what.to_owned())));
            died.files.push((named.map(|(key, _)| key.to_owned()), path));
        }
        Ok(died)
    }

    fn running_folder(&self) -> PathBuf {
        self.dir.join("cells/.running")
    }
}
