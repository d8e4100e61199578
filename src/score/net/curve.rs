//! The loss curve: `loss.csv` with one line a step, which agrees with the checkpoint after any interruption.

use super::NetError;
use super::checkpoint::replace;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// The file in the training's folder.
pub(super) const CURVE_FILE: &str = "loss.csv";
const HEADER: &str = "step,loss,grad_norm,rate\n";

/// The open curve.
pub(super) struct Curve {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Curve {
    /// Opens the curve of `dir` and keeps the lines of the first `steps` steps, those of the checkpoint.
    ///
    /// # Errors
    /// [`NetError::Io`].
    pub(super) fn resume(dir: &Path, steps: u64) -> Result<Self, NetError> {
        let path = dir.join(CURVE_FILE);
        let open = || -> std::io::Result<File> {
            let old = match std::fs::read_to_string(&path) {
                Err(e) if e.kind() == ErrorKind::NotFound => String::new(),
                other => other?,
            };
            let kept = old.lines().skip(1).take(usize::try_from(steps).unwrap_or(usize::MAX));
            let text = kept.fold(HEADER.to_owned(), |text, line| text + line + "\n");
            replace(&path, text.as_bytes())?;
            OpenOptions::new().append(true).open(&path)
        };
        let file = open().map_err(|source| NetError::Io { path: path.clone(), source })?;
        Ok(Self { path, file: BufWriter::new(file) })
    }

    /// Adds the line of one step, numbered from 1.
    ///
    /// # Errors
    /// [`NetError::Io`].
    pub(super) fn push(&mut self, step: u64, loss: f64, norm: f64, rate: f64) -> Result<(), NetError> {
        writeln!(self.file, "{step},{loss},{norm},{rate}").map_err(|e| self.io(e))
    }

    /// Makes sure that all lines are on the disk.
    ///
    /// # Errors
    /// [`NetError::Io`].
    pub(super) fn sync(&mut self) -> Result<(), NetError> {
        self.file.flush().and_then(|()| self.file.get_ref().sync_data()).map_err(|e| self.io(e))
    }

    fn io(&self, source: std::io::Error) -> NetError {
        NetError::Io { path: self.path.clone(), source }
    }
}
