//! The runner: cells that are missing are drawn, measured and stored; the table follows the plan.

mod only;
mod rerun;
mod row;
pub(super) mod time;
mod work;

pub use super::figures::{Drawn, Failed};
pub use rerun::{Rerun, absent, rerun};

use super::environment::Environment;
use super::figures;
use super::key::device_kind;
use super::measure::columns;
use super::models::Models;
use super::plan::{Cell, Plan};
use super::record::{Record, Status};
use super::references::References;
use super::store::{Store, StoreError};
use super::table::{self, TableError};
use only::Only;
pub(super) use row::asked;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use work::Work;

/// What to run of a plan, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The run directory.
    pub out: PathBuf,
    /// Cells side by side; the experiment's own number where it is not given.
    pub jobs: Option<u64>,
    /// Run only cells i, i + n, i + 2n, … of the plan (i from 1).
    pub shard: Option<(u64, u64)>,
    /// Run only cells whose columns have one of these values in records.csv; a cell that has not run has no results.
    pub only: Vec<(String, Vec<String>)>,
    /// Try failed cells again.
    pub retry: bool,
    /// Then time the cells that ended well, each alone.
    pub time: bool,
}

/// Hears how a run goes.
pub trait Reporter: Sync {
    /// Cells in this run, how many of them are there already, and how many are refused.
    fn planned(&self, total: usize, there: usize, refused: usize);
    /// A step of a training.
    fn training(&self, step: u64, steps: u64, loss: f64);
    /// A cell that was run now.
    fn finished(&self, record: &Record);
    /// Anything else worth a line.
    fn note(&self, text: &str);
}

/// How a run ended.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Summary {
    /// Cells of the plan that this run was about.
    pub total: usize,
    /// Of which nothing was to be done.
    pub there: usize,
    /// Of which cannot be.
    pub refused: usize,
    /// Of which were run now.
    pub ran: usize,
    /// Of which a metric, or samples to keep, that were asked for later could not be had; their records stay as they
    /// were.
    pub incomplete: usize,
    /// All of them by status.
    pub by_status: BTreeMap<Status, usize>,
    /// Whether the user stopped it.
    pub interrupted: bool,
    /// The run directory.
    pub dir: PathBuf,
}

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The run directory.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record without a row.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The plan cannot be written down.
    #[error("the experiment cannot be written as YAML: {0}")]
    Yaml(String),
    /// `--only` names no column.
    #[error("`--only {column}`: no such column; allowed: {allowed}")]
    Column {
        /// The name given.
        column: String,
        /// The columns that exist.
        allowed: String,
    },
    /// `--only` names a value that no cell of the plan has.
    #[error("`--only {column}={value}`: no cell of this experiment has it; allowed: {allowed}")]
    Value {
        /// The column or setting.
        column: String,
        /// The value given.
        value: String,
        /// Those of the plan.
        allowed: String,
    },
    /// No cell has this key.
    #[error("no cell `{key}` in {dir}; the keys are the first column of records.csv")]
    NoCell {
        /// The key given.
        key: String,
        /// The run directory.
        dir: PathBuf,
    },
    /// A recorded cell is no cell of the plan any more.
    #[error("cell {key} is recorded, but cannot be run again: {reason}")]
    OtherCell {
        /// Its key.
        key: String,
        /// What differs.
        reason: String,
    },
    /// A cell could not be run again.
    #[error("cell {key}: {reason}")]
    Cell {
        /// Its key.
        key: String,
        /// Why.
        reason: String,
    },
    /// The file of wall times.
    #[error("{path}: {source}; remove it and run again with --time", path = path.display())]
    Times {
        /// The file.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// A figure could not be drawn.
    #[error("{0}")]
    Figure(String),
    /// What a figure is drawn from is there, but cannot be read.
    #[error("{0}")]
    Unreadable(String),
}

impl RunError {
    /// 2 where the input is wrong, 3 where the environment is, 1 where a cell failed.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Column { .. } | Self::Value { .. } | Self::NoCell { .. } | Self::OtherCell { .. } => 2,
            Self::Cell { .. } => 1,
            Self::Store(_)
            | Self::Table(_)
            | Self::Yaml(_)
            | Self::Times { .. }
            | Self::Figure(_)
            | Self::Unreadable(_) => 3,
        }
    }
}

/// Runs what is missing of a plan and writes its table.
///
/// # Errors
/// [`RunError`]; a cell that fails is a row of the table, not an error.
pub fn run(plan: &Plan, options: &Options, cancel: &AtomicBool, reporter: &dyn Reporter) -> Result<Summary, RunError> {
    let only = Only::new(options, plan)?;
    let store = Store::open(&options.out)?;
    store.write("spec.yaml", plan.yaml().map_err(RunError::Yaml)?.as_bytes())?;
    let device = plan.cells.first().map_or("cpu", |cell| device_kind(cell.device));
    let environment = store.environment(&Environment::here(device))?;
    let jobs = options.jobs.unwrap_or(plan.spec.jobs.get()).max(1);
    let on_step = |step: u64, steps: u64, loss: f64| {
        reporter.training(step, steps, loss);
        if cancel.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let models = Models::new(plan, &options.out.join("models"), &on_step);
    let references = References::default();
    let (retry, incomplete) = (options.retry, AtomicUsize::new(0));
    let noted = Mutex::default();
    let work =
        Work { plan, store: &store, models, references, environment, jobs, retry, cancel, reporter, incomplete, noted };
    let died = store.died()?;
    let chosen = choose(&work, options, &only)?;
    let mut todo = Vec::new();
    for &cell in &chosen {
        if work.needs(cell)? {
            todo.push(cell);
        }
    }
    for (key, what) in died.cells.iter().filter(|(key, _)| todo.iter().any(|cell| cell.key == **key)) {
        reporter.note(&format!(
            "a run ended inside cell {key}, {what}: it was killed, or died there; the cell is tried after all others"
        ));
    }
    // A plugin that takes the process down shall not keep the others from their turn.
    todo.sort_by_key(|cell| died.cells.contains_key(&cell.key));
    let reasons = reasons(&chosen);
    let refused: usize = reasons.iter().map(|(_, cells)| cells).sum();
    let there = chosen.len() - todo.len() - refused;
    for (reason, cells) in reasons {
        reporter.note(&format!("{cells} cells refused: {reason}"));
    }
    reporter.planned(chosen.len(), there, refused);
    let ran = work.all(&todo)?;
    if !cancel.load(Ordering::Relaxed) {
        // Another shard, or a run with another filter, still has to try those that are not of this one.
        let elsewhere = |key: &str| plan.cells.iter().any(|c| c.key == key) && !chosen.iter().any(|c| c.key == key);
        died.forget(|key| !elsewhere(key))?;
    }
    let whole = store.whole()?;
    let records = work.table()?;
    if let Some(text) = leaving(plan, &options.out) {
        reporter.note(&text);
    }
    store.write_table(&whole, &records, &columns(&plan.spec.metrics))?;
    drop(whole);
    if options.time {
        time::time(&work, &chosen)?;
    }
    let keys: HashMap<&str, Status> = records.iter().map(|r| (r.cell.as_str(), r.status)).collect();
    let mut by_status = BTreeMap::new();
    for status in chosen.iter().filter_map(|cell| keys.get(cell.key.as_str())) {
        *by_status.entry(*status).or_insert(0) += 1;
    }
    Ok(Summary {
        total: chosen.len(),
        there,
        refused,
        ran,
        incomplete: work.incomplete.into_inner(),
        by_status,
        interrupted: cancel.load(Ordering::Relaxed),
        dir: options.out.clone(),
    })
}

/// Why cells are refused, in plan order, each reason once, and how many for it.
fn reasons<'a>(cells: &[&'a Cell]) -> Vec<(&'a str, usize)> {
    let mut reasons: Vec<(&str, usize)> = Vec::new();
    for reason in cells.iter().filter_map(|cell| cell.refused.as_deref()) {
        match reasons.iter_mut().find(|(found, _)| *found == reason) {
            Some((_, cells)) => *cells += 1,
            None => reasons.push((reason, 1)),
        }
    }
    reasons
}

/// Draws the figures of a run that has ended, one runner of a directory at a time; see [`figures::draw`].
///
/// # Errors
/// Those of [`figures::draw`], and [`RunError::Store`].
pub fn draw(plan: &Plan, dir: &Path) -> Result<Drawn, RunError> {
    let _whole = Store::open(dir)?.whole()?;
    figures::draw(plan, dir)
}

/// What to say of rows that the table held and the plan does not have.
fn leaving(plan: &Plan, dir: &Path) -> Option<String> {
    let old = table::read(&dir.join("records.csv")).ok()?;
    let keys: HashSet<&str> = plan.cells.iter().map(|cell| cell.key.as_str()).collect();
    let gone = old.iter().filter(|record| !keys.contains(record.cell.as_str())).count();
    (gone > 0).then(|| {
        format!(
            "{gone} of the {} rows of {} are no cells of this experiment and leave the table; they stay in cells/, for the \
             file or the settings that had them. Experiments of the same name need an --out each",
            old.len(),
            dir.join("records.csv").display()
        )
    })
}

/// The cells of this run: one a key, within the shard and the filter.
fn choose<'a>(work: &Work<'a>, options: &Options, only: &Only<'_>) -> Result<Vec<&'a Cell>, RunError> {
    let (mut places, mut taken) = (HashMap::new(), HashSet::new());
    let in_shard = |i: usize| options.shard.is_none_or(|(k, n)| i as u64 % n == k - 1);
    let mut chosen = Vec::new();
    for cell in &work.plan.cells {
        let next = places.len();
        let place = *places.entry(cell.key.as_str()).or_insert(next);
        // Of two cells with one key either may be the one that the filter names.
        if in_shard(place) && !taken.contains(cell.key.as_str()) && only.matches(work, cell)? {
            taken.insert(cell.key.as_str());
            chosen.push(cell);
        }
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests;
