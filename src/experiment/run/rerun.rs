//! A recorded cell, run again and compared.

use super::RunError;
use crate::experiment::execute::{Ready, samples_sha256};
use crate::experiment::models::Models;
use crate::experiment::plan::Plan;
use crate::experiment::store::Store;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// What running a recorded cell again showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rerun {
    /// The same samples, bit for bit.
    Same,
    /// Other samples.
    Different {
        /// SHA-256 recorded.
        recorded: String,
        /// SHA-256 found now.
        found: String,
    },
}

/// Runs one recorded cell again and compares; the store stays as it is.
///
/// # Errors
/// [`RunError`].
pub fn rerun(plan: &Plan, key: &str, dir: &Path, cancel: &AtomicBool) -> Result<Rerun, RunError> {
    let no_cell = || RunError::NoCell { key: key.to_owned(), dir: dir.to_owned() };
    let wrong = |reason: String| RunError::Cell { key: key.to_owned(), reason };
    let cell = plan.cells.iter().find(|cell| cell.key == key).ok_or_else(no_cell)?;
    let record = Store::reading(dir).record(key)?.ok_or_else(no_cell)?;
    let recorded =
        record.samples_sha256.ok_or_else(|| wrong(format!("it ended as {}, without samples", record.status.word())))?;
    let models = Models::new(plan, &dir.join("models"), &|_, _, _| ControlFlow::Continue(()));
    let model = models.get(cell).map_err(|e| wrong(format!("{e:?}")))?;
    let ready = Ready::new(cell, &plan.spec, model).map_err(wrong)?;
    let outcome = ready.run(cancel).map_err(|e| wrong(e.text))?;
    let found = samples_sha256(&outcome.x, cell.dtype).map_err(wrong)?;
    Ok(if found == recorded { Rerun::Same } else { Rerun::Different { recorded, found } })
}
