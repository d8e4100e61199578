//! The runner: cells that are missing are drawn, measured and stored; the table follows the plan.

pub use super::figures::draw;

use super::environment::Environment;
use super::execute::{Ready, samples_sha256};
use super::key::device_kind;
use super::measure::{columns, measure, missing};
use super::models::{Model, ModelFailure, Models, name};
use super::plan::{Cell, Plan};
use super::record::{Record, Status};
use super::references::References;
use super::spec::{InitSpec, Keep, NoiseSpec};
use super::store::{Claim, Kept, Store, StoreError};
use crate::sampler::{Failure, Fault, Outcome};
use crate::state::Dtype;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What to run of a plan, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The run directory.
    pub out: PathBuf,
    /// Cells side by side; the experiment's own number where it is not given.
    pub jobs: Option<u64>,
    /// Run only cells i, i + n, i + 2n, … of the plan (i from 1).
    pub shard: Option<(u64, u64)>,
    /// Run only cells whose columns have one of these values.
    pub only: Vec<(String, Vec<String>)>,
    /// Try failed cells again.
    pub retry: bool,
}

/// Hears how a run goes.
pub trait Reporter: Sync {
    /// Cells in this run, and how many of them are there already.
    fn planned(&self, total: usize, there: usize);
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
    /// Of which were run now.
    pub ran: usize,
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
    /// No cell has this key.
    #[error("no cell `{key}` in {dir}; the keys are the first column of records.csv")]
    NoCell {
        /// The key given.
        key: String,
        /// The run directory.
        dir: PathBuf,
    },
    /// A cell could not be run again.
    #[error("cell {key}: {reason}")]
    Cell {
        /// Its key.
        key: String,
        /// Why.
        reason: String,
    },
    /// A figure could not be drawn.
    #[error("{0}")]
    Figure(String),
}

impl RunError {
    /// 2 where the input is wrong, 3 where the environment is, 1 where a cell failed.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Column { .. } | Self::NoCell { .. } => 2,
            Self::Cell { .. } => 1,
            Self::Store(_) | Self::Yaml(_) | Self::Figure(_) => 3,
        }
    }
}

/// What all workers share.
struct Work<'a> {
    plan: &'a Plan,
    store: &'a Store,
    models: Models<'a>,
    references: References,
    environment: String,
    jobs: u64,
    retry: bool,
    cancel: &'a AtomicBool,
    reporter: &'a dyn Reporter,
}

/// Runs what is missing of a plan and writes its table.
///
/// # Errors
/// [`RunError`]; a cell that fails is a row of the table, not an error.
pub fn run(plan: &Plan, options: &Options, cancel: &AtomicBool, reporter: &dyn Reporter) -> Result<Summary, RunError> {
    check_columns(options, plan)?;
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
    let work =
        Work { plan, store: &store, models, references, environment, jobs, retry: options.retry, cancel, reporter };
    let chosen = choose(&work, options);
    let mut todo = Vec::new();
    for &cell in &chosen {
        if work.needs(cell)? {
            todo.push(cell);
        }
    }
    reporter.planned(chosen.len(), chosen.len() - todo.len());
    let ran = work.all(&todo)?;
    let records = work.table()?;
    store.write_table(&records, &columns(&plan.spec.metrics))?;
    let keys: HashMap<&str, Status> = records.iter().map(|r| (r.cell.as_str(), r.status)).collect();
    let mut by_status = BTreeMap::new();
    for status in chosen.iter().filter_map(|cell| keys.get(cell.key.as_str())) {
        *by_status.entry(*status).or_insert(0) += 1;
    }
    Ok(Summary {
        total: chosen.len(),
        there: chosen.len() - todo.len(),
        ran,
        by_status,
        interrupted: cancel.load(Ordering::Relaxed),
        dir: options.out.clone(),
    })
}

fn check_columns(options: &Options, plan: &Plan) -> Result<(), RunError> {
    let Some(cell) = plan.cells.first() else { return Ok(()) };
    let blank = asked(cell, plan, "", 1);
    let known: Vec<String> = match serde_json::to_value(&blank) {
        Ok(serde_json::Value::Object(map)) => map.keys().filter(|k| *k != "metrics").cloned().collect(),
        _ => Vec::new(),
    };
    match options.only.iter().find(|(column, _)| !known.contains(column)) {
        Some((column, _)) => Err(RunError::Column { column: column.clone(), allowed: known.join(", ") }),
        None => Ok(()),
    }
}

/// The cells of this run: one a key, within the shard and the filter.
fn choose<'a>(work: &Work<'a>, options: &Options) -> Vec<&'a Cell> {
    let mut seen = std::collections::HashSet::new();
    let in_shard = |i: usize| options.shard.is_none_or(|(k, n)| i as u64 % n == k - 1);
    let matches = |cell: &Cell| {
        let record = serde_json::to_value(asked(cell, work.plan, &work.environment, work.jobs)).unwrap_or_default();
        options.only.iter().all(|(column, values)| {
            let text = match &record[column] {
                serde_json::Value::String(s) => s.clone(),
                other => other.to_string(),
            };
            values.contains(&text)
        })
    };
    let cells = work.plan.cells.iter().filter(|cell| seen.insert(cell.key.as_str())).enumerate();
    cells.filter(|(i, cell)| in_shard(*i) && matches(cell)).map(|(_, cell)| cell).collect()
}

impl Work<'_> {
    /// Whether anything is left to do for a cell.
    fn needs(&self, cell: &Cell) -> Result<bool, StoreError> {
        if cell.refused.is_some() {
            return Ok(false);
        }
        Ok(match self.store.record(&cell.key)? {
            None => true,
            Some(record) if record.status == Status::Ok => !self.lacking(cell, &record).is_empty(),
            Some(record) => !record.status.is_final() && self.retry,
        })
    }

    fn lacking(&self, cell: &Cell, record: &Record) -> Vec<crate::metric::MetricSpec> {
        let Ok(plan) = cell.sampler.plan(cell.steps.unwrap_or(1)) else { return Vec::new() };
        missing(&self.plan.spec.metrics, plan.kind, &record.metrics)
    }

    /// Works on cells with `jobs` threads; returns how many were run here.
    fn all(&self, todo: &[&Cell]) -> Result<usize, RunError> {
        let (next, ran) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let busy: Mutex<Vec<&Cell>> = Mutex::default();
        let error: Mutex<Option<StoreError>> = Mutex::default();
        let stop = || self.cancel.load(Ordering::Relaxed) || locked(&error).is_some();
        let work_on = |cell| match self.one(cell) {
            Ok(Some(true)) => {
                ran.fetch_add(1, Ordering::Relaxed);
            }
            Ok(Some(false)) => {}
            Ok(None) => locked(&busy).push(cell),
            Err(e) => {
                locked(&error).get_or_insert(e);
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.min(todo.len() as u64) {
                scope.spawn(|| {
                    while let Some(cell) = todo.get(next.fetch_add(1, Ordering::Relaxed)).filter(|_| !stop()) {
                        work_on(cell);
                    }
                });
            }
        });
        // Cells that another runner works on: wait until they are there, or until it has died.
        while !stop() {
            let waiting = std::mem::take(&mut *locked(&busy));
            if waiting.is_empty() {
                break;
            }
            std::thread::sleep(Duration::from_millis(200));
            waiting.into_iter().for_each(work_on);
        }
        match locked(&error).take() {
            Some(e) => Err(e.into()),
            None => Ok(ran.load(Ordering::Relaxed)),
        }
    }

    /// One cell. `None` while another runner has it; `false` where nothing was left to do.
    fn one(&self, cell: &Cell) -> Result<Option<bool>, StoreError> {
        let Some(claim) = self.store.claim(&cell.key)? else { return Ok(None) };
        if !self.needs(cell)? {
            return Ok(Some(false));
        }
        let model = match self.models.get(cell) {
            Ok(model) => model,
            Err(ModelFailure::Interrupted) => return Ok(Some(false)),
            Err(ModelFailure::Failed(text)) => {
                self.fail(cell, &claim, Status::Failed, &text)?;
                return Ok(Some(true));
            }
        };
        let work = AssertUnwindSafe(|| self.draw(cell, &claim, model));
        match catch_unwind(work) {
            Ok(done) => done,
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let text = text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
                let text = format!("ito itself panicked (please report this): {}", text.unwrap_or_default());
                self.fail(cell, &claim, Status::Failed, &text)?;
                Ok(Some(true))
            }
        }
    }

    fn draw(&self, cell: &Cell, claim: &Claim, model: Model) -> Result<Option<bool>, StoreError> {
        let weights_sha256 = model.weights_sha256.clone();
        let ready = match Ready::new(cell, &self.plan.spec, model) {
            Ok(ready) => ready,
            Err(text) => {
                self.fail(cell, claim, Status::Failed, &text)?;
                return Ok(Some(true));
            }
        };
        let old = self.store.record(&cell.key)?.filter(|record| record.status == Status::Ok);
        if let (Some(old), Some(x)) = (&old, self.store.samples(&cell.key)?) {
            return self.complete(&ready, claim, old.clone(), &x);
        }
        let outcome = match ready.run(self.cancel) {
            Ok(outcome) => outcome,
            Err(Failure { fault: Fault::Cancelled, .. }) => return Ok(Some(false)),
            Err(failure) => {
                let status = match failure.fault {
                    Fault::OutOfMemory => Status::OutOfMemory,
                    Fault::TimedOut => Status::TimedOut,
                    _ => Status::Failed,
                };
                self.fail(cell, claim, status, &failure.text)?;
                return Ok(Some(true));
            }
        };
        let mut record = asked(cell, self.plan, &self.environment, self.jobs);
        record.weights_sha256 = weights_sha256;
        count(&mut record, &outcome);
        record.samples_sha256 = samples_sha256(&outcome.x, cell.dtype).ok();
        if record.status == Status::Ok {
            match measure(&self.plan.spec.metrics, &ready, self.plan, &self.references, &outcome.x, self.cancel) {
                Ok(metrics) => record.metrics = metrics,
                Err(_) if self.cancel.load(Ordering::Relaxed) => return Ok(Some(false)),
                Err(text) => {
                    record.status = Status::Failed;
                    record.error = Some(format!("the samples are there, but not their metrics: {text}"));
                }
            }
        }
        if let Some(old) = old.filter(|old| old.samples_sha256 != record.samples_sha256) {
            let same_machine = cell.device == crate::score::net::DeviceKind::Cpu;
            if same_machine {
                let text = format!(
                    "the samples came out other than those recorded (SHA-256 {}): remove the cell to accept the new ones",
                    old.samples_sha256.unwrap_or_default()
                );
                self.fail(cell, claim, Status::Failed, &text)?;
                return Ok(Some(true));
            }
            record.replaced = old.samples_sha256;
        }
        let times = ready.grid.times();
        let kept = Kept { x: &outcome.x, dtype: cell.dtype, path: outcome.path.as_ref().map(|path| (times, path)) };
        let keep = self.plan.spec.keep != Keep::None;
        self.store.commit(claim, &record, keep.then_some(kept))?;
        self.reporter.finished(&record);
        Ok(Some(true))
    }

    /// Adds metrics that were asked for later to a cell whose samples were kept.
    fn complete(
        &self,
        ready: &Ready<'_>,
        claim: &Claim,
        mut record: Record,
        x: &ndarray::Array2<f64>,
    ) -> Result<Option<bool>, StoreError> {
        let wanted = self.lacking(ready.cell, &record);
        match measure(&wanted, ready, self.plan, &self.references, x, self.cancel) {
            Ok(metrics) => record.metrics.extend(metrics),
            Err(_) if self.cancel.load(Ordering::Relaxed) => return Ok(Some(false)),
            Err(text) => {
                self.reporter.note(&format!("cell {}: {text}", record.cell));
                return Ok(Some(false));
            }
        }
        self.store.amend(claim, &record)?;
        self.reporter.finished(&record);
        Ok(Some(true))
    }

    fn fail(&self, cell: &Cell, claim: &Claim, status: Status, text: &str) -> Result<(), StoreError> {
        let mut record = asked(cell, self.plan, &self.environment, self.jobs);
        record.status = status;
        record.error = Some(one_line(text));
        self.store.commit(claim, &record, None)?;
        self.reporter.finished(&record);
        Ok(())
    }

    /// The rows of the plan that exist, in plan order.
    fn table(&self) -> Result<Vec<Record>, StoreError> {
        let mut out = Vec::with_capacity(self.plan.cells.len());
        for cell in &self.plan.cells {
            if let Some(reason) = &cell.refused {
                let mut record = asked(cell, self.plan, &self.environment, self.jobs);
                record.status = Status::Refused;
                record.error = Some(one_line(reason));
                out.push(record);
            } else if let Some(mut record) = self.store.record(&cell.key)? {
                record.nfe_asked = cell.nfe_asked;
                out.push(record);
            }
        }
        Ok(out)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The record of a cell before it ran.
fn asked(cell: &Cell, plan: &Plan, environment: &str, jobs: u64) -> Record {
    let info = cell.sampler.info();
    let json = |value: serde_json::Value| value.to_string();
    Record {
        cell: cell.key.clone(),
        experiment: plan.spec.experiment.as_str().to_owned(),
        sampler: info.id.clone(),
        plugin: info.file.name.clone(),
        plugin_sha256: info.file.sha256.clone(),
        params: json(cell.sampler.params()),
        process: json(json!(cell.process)),
        grid: grid_text(cell),
        final_: json!(cell.last).as_str().unwrap_or_default().to_owned(),
        noise: match &cell.noise {
            NoiseSpec::Paired => "paired",
            NoiseSpec::Independent => "independent",
            NoiseSpec::File(_) => "file",
        }
        .to_owned(),
        init: match &cell.init {
            InitSpec::Prior => "prior",
            InitSpec::Marginal => "marginal",
            InitSpec::File(_) => "file",
        }
        .to_owned(),
        model: name(cell),
        steps: cell.steps,
        nfe_asked: cell.nfe_asked,
        nfe: None,
        nfe_per_sample: None,
        depth: None,
        rejected: None,
        seed: u64::from(cell.seed.get()),
        samples: cell.samples,
        batch: cell.batch,
        device: device_kind(cell.device).to_owned(),
        dtype: match cell.dtype {
            Dtype::F32 => "f32",
            Dtype::F64 => "f64",
        }
        .to_owned(),
        guidance: None,
        threads: std::thread::available_parallelism().map_or(1, usize::from) as u64,
        jobs,
        environment: environment.to_owned(),
        status: Status::Ok,
        error: None,
        wall_s: None,
        model_s: None,
        samples_sha256: None,
        weights_sha256: None,
        replaced: None,
        metrics: BTreeMap::new(),
    }
}

/// The grid as compact JSON; moving ends are named.
fn grid_text(cell: &Cell) -> String {
    let grid = json!(cell.grid);
    if cell.times.as_ref().is_some_and(crate::grid::Grid::moving_ends) {
        json!({ "moving-ends": grid }).to_string()
    } else {
        grid.to_string()
    }
}

/// Writes what a run cost and how it ended.
fn count(record: &mut Record, outcome: &Outcome) {
    let total: u64 = outcome.nfe.iter().sum();
    record.nfe = outcome.nfe.iter().max().copied();
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let per_sample = total as f64 / outcome.nfe.len().max(1) as f64;
    record.nfe_per_sample = Some(per_sample);
    record.depth = Some(outcome.depth);
    record.rejected = Some(outcome.rejected);
    record.wall_s = Some(outcome.wall.as_secs_f64());
    record.model_s = Some(outcome.model.as_secs_f64());
    if let Some((step, sample)) = outcome.nonfinite {
        record.status = Status::Nonfinite;
        record.error = Some(format!("sample {sample} is not finite after step {step}"));
    } else if let Some(sample) = outcome.exhausted.first() {
        record.status = Status::Failed;
        record.error = Some(format!(
            "{} samples did not reach the end within the limit of tries (sample {sample} first); \
             loosen rtol or raise limits.tries",
            outcome.exhausted.len()
        ));
    }
}

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
    let record = Store::open(dir)?.record(key)?.ok_or_else(no_cell)?;
    let recorded =
        record.samples_sha256.ok_or_else(|| wrong(format!("it ended as {}, without samples", record.status.word())))?;
    let models = Models::new(plan, &dir.join("models"), &|_, _, _| ControlFlow::Continue(()));
    let model = models.get(cell).map_err(|e| wrong(format!("{e:?}")))?;
    let ready = Ready::new(cell, &plan.spec, model).map_err(wrong)?;
    let outcome = ready.run(cancel).map_err(|e| wrong(e.text))?;
    let found = samples_sha256(&outcome.x, cell.dtype).map_err(wrong)?;
    Ok(if found == recorded { Rerun::Same } else { Rerun::Different { recorded, found } })
}
