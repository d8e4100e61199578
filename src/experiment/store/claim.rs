//! Who may write what: a lock a cell, and one for what is made of all cells. And what a dead runner left.

use super::{Store, StoreError, io_error};
use std::cell::Cell;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::PathBuf;

/// Before the key of a cell that is being replaced.
const ASIDE: &str = ".old-";

/// The right to work on one cell, until dropped.
#[derive(Debug)]
pub struct Claim {
    pub(super) key: String,
    lock: File,
    marked: Cell<bool>,
}

impl Claim {
    /// Writes into the lock what runs under it, until it is dropped: a process that dies inside a plugin says no more.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn mark(&self, what: &str) -> Result<(), StoreError> {
        self.marked.set(true);
        let written = self.lock.set_len(0).and_then(|()| (&self.lock).write_all(what.as_bytes()));
        written.map_err(io_error(&PathBuf::from(format!("cells/.claims/{}", self.key)), "cannot be written"))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if self.marked.get() {
            // Where it fails, the next run says that this one died.
            drop(self.lock.set_len(0));
        }
    }
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
        // Not emptied: what a dead runner left in it is read by `died`.
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let lock = open.map_err(io_error(&path, "cannot be made"))?;
        match lock.try_lock() {
            Ok(()) => {
                self.settle(key)?;
                Ok(Some(Claim { key: key.to_owned(), lock, marked: Cell::new(false) }))
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

    /// The cells in which a runner died, each with what it ran.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn died(&self) -> Result<Vec<(String, String)>, StoreError> {
        let claims = self.dir.join("cells/.claims");
        let entries = fs::read_dir(&claims).map_err(io_error(&claims, "cannot be read"))?;
        let mut died = Vec::new();
        for entry in entries.flatten() {
            let (Ok(key), Ok(what)) = (entry.file_name().into_string(), fs::read_to_string(entry.path())) else {
                continue;
            };
            // Under a lock its runner is alive.
            if !what.is_empty() && self.claim(&key)?.is_some() {
                died.push((key, what));
            }
        }
        died.sort();
        Ok(died)
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
