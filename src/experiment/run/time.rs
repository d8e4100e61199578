//! Wall times that can be compared: each cell alone, several times over.
//!
//! The times in records.csv are of one run of a cell, beside others where `jobs` is more than 1. Those of `times.csv` are
//! the only ones that figures are drawn from.

use super::RunError;
use super::work::Work;
use crate::experiment::execute::{Ready, samples_sha256};
use crate::experiment::plan::Cell;
use crate::experiment::record::{Record, Status};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::atomic::Ordering;

/// Runs of a cell that count, after one that does not.
const REPEATS: usize = 5;

/// The file, in the run directory.
const FILE: &str = "times.csv";

/// The times of one cell in seconds: the median of its runs, the shortest and the longest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Row {
    cell: String,
    sampler: String,
    steps: Option<u64>,
    seed: u32,
    /// Runs that count.
    runs: usize,
    wall_s: f64,
    wall_s_min: f64,
    wall_s_max: f64,
    /// Inside the model.
    model_s: f64,
    model_s_min: f64,
    model_s_max: f64,
    /// Hash of the environment file.
    environment: String,
}

/// Times cells that ended well, one after another, and writes `times.csv`; rows of other cells of the plan stay, where they
/// are of this environment.
///
/// # Errors
/// [`RunError::Cell`] for the first cell that cannot be run again or gives other samples than those recorded, after all
/// others have been timed; [`RunError::Times`] and [`RunError::Store`] for files.
pub(super) fn time(work: &Work<'_>, cells: &[&Cell]) -> Result<(), RunError> {
    let dir = work.store.dir();
    let (mut rows, mut first) = (read(dir)?, None);
    // Times of two machines are not for one figure.
    rows.retain(|_, row| row.environment == work.environment);
    for (i, cell) in cells.iter().enumerate() {
        let Some(record) = work.store.record(&cell.key)?.filter(|record| record.status == Status::Ok) else { continue };
        let times = repeated(work, cell, &record);
        if work.cancel.load(Ordering::Relaxed) {
            break;
        }
        match times {
            Ok([wall, model]) => {
                let (of, name) = (cells.len(), &cell.key[..cell.key.len().min(8)]);
                let [median, shortest, longest] = wall;
                work.reporter.note(&format!(
                    "timed {}/{of}: {}, cell {name}: {median:.2e} s, {shortest:.2e} to {longest:.2e}",
                    i + 1,
                    record.sampler
                ));
                rows.insert(cell.key.clone(), row(work, cell, record.sampler, wall, model));
            }
            Err(reason) => {
                rows.remove(&cell.key);
                first.get_or_insert(RunError::Cell { key: cell.key.clone(), reason });
            }
        }
    }
    let mut out = csv::Writer::from_writer(Vec::new());
    let mut seen = HashSet::new();
    for row in work.plan.cells.iter().filter(|cell| seen.insert(&cell.key)).filter_map(|cell| rows.get(&cell.key)) {
        out.serialize(row).map_err(|e| wrong(dir, e))?;
    }
    let text = out.into_inner().map_err(|e| wrong(dir, e.into_error().into()))?;
    work.store.write(FILE, &text)?;
    first.map_or(Ok(()), Err)
}

fn row(work: &Work<'_>, cell: &Cell, sampler: String, wall: [f64; 3], model: [f64; 3]) -> Row {
    Row {
        cell: cell.key.clone(),
        sampler,
        steps: cell.steps,
        seed: cell.seed.get(),
        runs: REPEATS,
        wall_s: wall[0],
        wall_s_min: wall[1],
        wall_s_max: wall[2],
        model_s: model[0],
        model_s_min: model[1],
        model_s_max: model[2],
        environment: work.environment.clone(),
    }
}

/// Median, shortest and longest time of a cell: of the whole sampling, and inside its model.
fn repeated(work: &Work<'_>, cell: &Cell, record: &Record) -> Result<[[f64; 3]; 2], String> {
    let model = work.models.get(cell).map_err(|e| e.to_string())?;
    let ready = Ready::new(cell, &work.plan.spec, model)?;
    let run = || ready.run(work.cancel).map_err(|e| e.text);
    // A time of other samples would be that of another cell; a device that does not repeat its bits is excused.
    let found = samples_sha256(&run()?.x, cell.dtype)?;
    if record.device == "cpu" && record.samples_sha256.as_ref().is_some_and(|recorded| *recorded != found) {
        return Err(format!("its samples have SHA-256 {found} now; `ito run --cell` says more"));
    }
    let (mut wall, mut inside) = ([0.0; REPEATS], [0.0; REPEATS]);
    for (wall, inside) in wall.iter_mut().zip(&mut inside) {
        let outcome = run()?;
        (*wall, *inside) = (outcome.wall.as_secs_f64(), outcome.model.as_secs_f64());
    }
    Ok([wall, inside].map(|mut times| {
        times.sort_by(f64::total_cmp);
        [times[REPEATS / 2], times[0], times[REPEATS - 1]]
    }))
}

/// Puts the times of a run directory in place of those of single runs; a cell that was not timed has none.
///
/// # Errors
/// [`RunError::Times`].
pub(in crate::experiment) fn enter(records: &mut [Record], dir: &Path) -> Result<(), RunError> {
    let rows = read(dir)?;
    for record in records {
        let row = rows.get(&record.cell);
        (record.wall_s, record.model_s) = (row.map(|row| row.wall_s), row.map(|row| row.model_s));
    }
    Ok(())
}

/// The rows by cell; none where there is no file.
fn read(dir: &Path) -> Result<BTreeMap<String, Row>, RunError> {
    let path = dir.join(FILE);
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let mut reader = csv::Reader::from_path(&path).map_err(|e| wrong(dir, e))?;
    let rows = reader.deserialize().collect::<Result<Vec<Row>, _>>().map_err(|e| wrong(dir, e))?;
    Ok(rows.into_iter().map(|row| (row.cell.clone(), row)).collect())
}

fn wrong(dir: &Path, source: csv::Error) -> RunError {
    RunError::Times { path: dir.join(FILE), source }
}
