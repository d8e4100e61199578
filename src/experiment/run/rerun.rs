//! A recorded cell, run again and compared.

use super::RunError;
use super::row::asked;
use crate::experiment::execute::{Ready, samples_sha256};
use crate::experiment::models::Models;
use crate::experiment::plan::{Cell, Plan};
use crate::experiment::record::Record;
use crate::experiment::store::Store;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// What running a recorded cell again showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rerun {
    /// The same samples, bit for bit.
    Same,
    /// The same, but the kept file of the cell holds others.
    Damaged {
        /// SHA-256 recorded.
        recorded: String,
        /// SHA-256 of the kept samples.
        kept: String,
    },
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
    let store = Store::reading(dir);
    let record = store.record(key)?.ok_or_else(no_cell)?;
    let recorded =
        record.samples_sha256.ok_or_else(|| wrong(format!("it ended as {}, without samples", record.status.word())))?;
    let models = Models::new(plan, &dir.join("models"), &|_, _, _| ControlFlow::Continue(()));
    let model = models.get(cell).map_err(|e| wrong(e.to_string()))?;
    let ready = Ready::new(cell, &plan.spec, model).map_err(wrong)?;
    let outcome = ready.run(cancel).map_err(|e| wrong(e.text))?;
    let found = samples_sha256(&outcome.x, cell.dtype).map_err(wrong)?;
    if found != recorded {
        return Ok(Rerun::Different { recorded, found });
    }
    let Some(kept) = store.samples(key)? else { return Ok(Rerun::Same) };
    let kept = samples_sha256(&kept, cell.dtype).map_err(wrong)?;
    Ok(if kept == recorded { Rerun::Same } else { Rerun::Damaged { recorded, kept } })
}

/// Why a plan has no cell whose key begins like this, where its run directory may hold one.
///
/// # Errors
/// [`RunError::Store`] where the folder cannot be read.
pub fn absent(plan: &Plan, begin: &str, dir: &Path) -> Result<RunError, RunError> {
    let store = Store::reading(dir);
    let keys = store.keys()?;
    let Some(key) = keys.into_iter().find(|key| key.starts_with(begin)) else {
        return Ok(RunError::NoCell { key: begin.to_owned(), dir: dir.to_owned() });
    };
    let Some(record) = store.record(&key)? else {
        return Ok(RunError::NoCell { key, dir: dir.to_owned() });
    };
    Ok(RunError::OtherCell { reason: differs(plan, &record), key })
}

/// What tells a record from the cell of the plan that asks for the same.
fn differs(plan: &Plan, record: &Record) -> String {
    let same = |cell: &&Cell| {
        let now = asked(cell, plan, "", 1);
        // All of what was asked for but the libraries; a batch and the threads need not be the same.
        let of = |r: &Record| {
            let texts = [&r.sampler, &r.params, &r.process, &r.grid, &r.final_, &r.noise, &r.init, &r.model, &r.dtype];
            (texts.map(String::clone), r.device.clone(), r.steps, r.seed, r.samples)
        };
        of(&now) == of(record)
    };
    let Some(cell) = plan.cells.iter().find(same) else {
        return "the plan of spec.yaml has no such cell: put back what spec.yaml held when it ran".to_owned();
    };
    let (file, was) = (&cell.sampler.info().file, &record.plugin_sha256);
    if file.sha256 == *was {
        return "all that its record names is the same, but not a plugin of a sampler inside it, its batch, or the \
                version of ito's numbers"
            .to_owned();
    }
    format!(
        "plugin {} had the SHA-256 {was} when it ran, and has {} now: build that version again",
        file.name, file.sha256
    )
}
