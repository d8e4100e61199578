//! Rows that are kept in a file, so that a table of an hour can be stopped and goes on.
//!
//! One line of JSON a measurement, appended when it is done: `{"key": …, "rows": […]}`. The key is a hash of all that
//! decides the rows: the program, the plugins, the sampler with its choices, the problem, the test and its extent. Only
//! rows that passed are kept; what failed is measured again.

use super::job::Job;
use super::{Row, What};
use crate::experiment::key::{hash, sampler};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The rows of a file, to which new ones are added.
pub struct Kept {
    path: PathBuf,
    program: String,
    rows: HashMap<String, Vec<Row>>,
    file: Mutex<File>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    key: String,
    rows: Vec<Row>,
}

impl Kept {
    /// Opens a file, or makes it. `program` is the hash of the program that measures: rows of another are not read.
    ///
    /// # Errors
    /// The file cannot be read or written, or a line is not one of rows: the sentence says which.
    pub fn open(path: &Path, program: String) -> Result<Self, String> {
        let of_file = |e: std::io::Error| format!("cannot keep rows in {}: {e}", path.display());
        let mut file = File::options().read(true).append(true).create(true).open(path).map_err(of_file)?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(of_file)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        if whole < text.len() {
            // A program that was killed has left half a line.
            file.set_len(whole as u64).map_err(of_file)?;
            file.seek(SeekFrom::End(0)).map_err(of_file)?;
        }
        let mut rows = HashMap::new();
        for (i, line) in text[..whole].lines().enumerate() {
            let Line { key, rows: of_key } = serde_json::from_str(line).map_err(|e| {
                format!(
                    "{}, line {}: not rows of the order table ({e}); name another file, or remove it",
                    path.display(),
                    i + 1
                )
            })?;
            rows.insert(key, of_key);
        }
        Ok(Self { path: path.to_owned(), program, rows, file: Mutex::new(file) })
    }

    /// The key of a measurement; none where the sampler cannot be resolved.
    pub(super) fn key(&self, job: &Job<'_>, what: What) -> Option<String> {
        let spec = job.variant.spec(&[]).ok()?;
        let case = job.case.map(|case| {
            let setting = &case.setting;
            json!([setting.process.name(), setting.label, case.problem.word()])
        });
        let sampler = sampler(&spec);
        let extent = format!("{:?}", job.extent);
        Some(hash(&json!({
            "program": self.program, "sampler": sampler, "case": case, "what": what, "extent": extent,
        })))
    }

    /// The rows of a key.
    pub(super) fn get(&self, key: &str) -> Option<&[Row]> {
        self.rows.get(key).map(Vec::as_slice)
    }

    /// Adds rows that passed. JSON has no number for what is not finite: such rows are not kept.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn add(&self, key: String, rows: &[Row]) -> Result<(), String> {
        let finite =
            |row: &Row| row.errors.iter().chain(&row.floors).chain(&row.slopes).all(|number| number.is_finite());
        if !rows.iter().all(|row| row.pass && finite(row)) {
            return Ok(());
        }
        let fails = |e: &dyn std::fmt::Display| format!("cannot keep rows in {}: {e}", self.path.display());
        let mut line = serde_json::to_vec(&Line { key, rows: rows.to_vec() }).map_err(|e| fails(&e))?;
        line.push(b'\n');
        // One write, so that a line of another program cannot come between.
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line).map_err(|e| fails(&e))
    }
}
