//! Who may write what: a lock a cell, and one for what is made of all cells.

use super::{Store, StoreError, io_error};
use std::fs::{self, File, TryLockError};
use std::path::PathBuf;

/// Before the key of a cell that is being replaced.
const ASIDE: &str = ".old-";

/// The right to work on one cell, until dropped.
#[derive(Debug)]
pub struct Claim {
    pub(super) key: String,
    _lock: File,
}

/// The right to write what is made of all cells, until dropped.
#[derive(Debug)]
pub struct Whole {
    _lock: File,
}

impl Store {
    /// The right to work on a cell; `None` while another runner has it.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn claim(&self, key: &str) -> Result<Option<Claim>, StoreError> {
        let path = self.dir.join("cells/.claims").join(key);
        let lock = File::create(&path).map_err(io_error(&path, "cannot be made"))?;
        match lock.try_lock() {
            Ok(()) => {
                self.settle(key)?;
                Ok(Some(Claim { key: key.to_owned(), _lock: lock }))
            }
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(io_error(&path, "cannot be locked")(e)),
        }
    }

    /// The right to write what is made of all cells, the table and the figures, until dropped; waits while another runner
    /// has it.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn whole(&self) -> Result<Whole, StoreError> {
        let path = self.dir.join("cells/.claims/records.csv");
        let lock = File::create(&path).map_err(io_error(&path, "cannot be made"))?;
        lock.lock().map_err(io_error(&path, "cannot be locked"))?;
        Ok(Whole { _lock: lock })
    }

    /// Brings back cells whose runner died while it replaced them; those that another one works on stay.
    pub(super) fn restore(&self) -> Result<(), StoreError> {
        let cells = self.dir.join("cells");
        let entries = fs::read_dir(&cells).map_err(io_error(&cells, "cannot be read"))?;
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        for name in names.collect::<Vec<_>>() {
            if let Some(key) = name.strip_prefix(ASIDE) {
                self.claim(key)?;
            }
        }
        Ok(())
    }

    /// Where a cell lies while another takes its place.
    pub(super) fn aside(&self, key: &str) -> PathBuf {
        self.dir.join("cells").join(format!("{ASIDE}{key}"))
    }

    /// Under the claim, what lies aside is a dead runner's: the cell itself, or one that has its successor.
    fn settle(&self, key: &str) -> Result<(), StoreError> {
        let (cell, aside) = (self.cell(key), self.aside(key));
        if !aside.exists() {
            return Ok(());
        }
        if cell.exists() {
            return fs::remove_dir_all(&aside).map_err(io_error(&aside, "cannot be removed"));
        }
        fs::rename(&aside, &cell).map_err(io_error(&aside, "cannot be renamed back"))
    }
}
