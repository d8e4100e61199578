//! The cells of a run, worked on side by side.

use super::row::{asked, count, one_line};
use super::{Reporter, RunError};
use crate::experiment::execute::{Ready, samples_sha256};
use crate::experiment::measure::{current, measure, missing};
use crate::experiment::models::{Model, ModelFailure, Models, panicked};
use crate::experiment::plan::{Cell, Measure, Plan};
use crate::experiment::record::{Record, Status};
use crate::experiment::references::References;
use crate::experiment::spec::Keep;
use crate::experiment::store::{Claim, Kept, Running, Store, StoreError};
use crate::sampler::{Failure, Fault, Outcome};
use crate::score::net::DeviceKind;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What all workers share.
pub(super) struct Work<'a> {
    pub(super) plan: &'a Plan,
    pub(super) store: &'a Store,
    pub(super) models: Models<'a>,
    pub(super) references: References,
    pub(super) environment: String,
    pub(super) jobs: u64,
    pub(super) retry: bool,
    pub(super) cancel: &'a AtomicBool,
    pub(super) reporter: &'a dyn Reporter,
    /// Cells that had ended well and to which a metric, or samples to keep, could not be added; their records stay as
    /// they were.
    pub(super) incomplete: AtomicUsize,
    /// Samplers of which it has been said that they cost more than they declare.
    pub(super) noted: Mutex<HashSet<String>>,
}

impl Work<'_> {
    /// Whether anything is left to do for a cell.
    pub(super) fn needs(&self, cell: &Cell) -> Result<bool, StoreError> {
        if cell.refused.is_some() {
            return Ok(false);
        }
        Ok(match self.store.record(&cell.key)? {
            None => true,
            Some(record) if record.status == Status::Ok => {
                !self.lacking(cell, &record).is_empty() || self.keeps_less(cell)?
            }
            Some(record) => !record.status.is_final() && self.retry,
        })
    }

    /// Whether more of a cell is to be kept than there is.
    fn keeps_less(&self, cell: &Cell) -> Result<bool, StoreError> {
        Ok(match self.plan.spec.keep {
            Keep::None => false,
            Keep::Samples => self.store.keeps(&cell.key)? == Keep::None,
            Keep::Trajectory => self.store.keeps(&cell.key)? != Keep::Trajectory,
        })
    }

    fn lacking(&self, cell: &Cell, record: &Record) -> Vec<&Measure> {
        missing(self.plan, cell, record)
    }

    /// Works on cells with `jobs` threads; returns how many were run here.
    pub(super) fn all(&self, todo: &[&Cell]) -> Result<usize, RunError> {
        let (next, ran) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let busy: Mutex<Vec<&Cell>> = Mutex::default();
        let error: Mutex<Option<StoreError>> = Mutex::default();
        let stop = || self.cancel.load(Ordering::Relaxed) || locked(&error).is_some();
        let work_on = |cell, running: &mut Running| match self.one(cell, running) {
            Ok(Some(true)) => {
                ran.fetch_add(1, Ordering::Relaxed);
            }
            Ok(Some(false)) => {}
            Ok(None) => locked(&busy).push(cell),
            Err(e) => {
                locked(&error).get_or_insert(e);
            }
        };
        let workers = self.jobs.min(todo.len() as u64);
        let mut files = (0..workers).map(|_| self.store.running()).collect::<Result<Vec<_>, _>>()?;
        std::thread::scope(|scope| {
            for running in &mut files {
                scope.spawn(|| {
                    while let Some(cell) = todo.get(next.fetch_add(1, Ordering::Relaxed)).filter(|_| !stop()) {
                        work_on(cell, running);
                    }
                });
            }
        });
        // Cells that another runner works on: wait until they are there, or until it has died.
        while let Some(running) = files.first_mut().filter(|_| !stop()) {
            let waiting = std::mem::take(&mut *locked(&busy));
            if waiting.is_empty() {
                break;
            }
            std::thread::sleep(Duration::from_millis(200));
            waiting.into_iter().for_each(|cell| work_on(cell, running));
        }
        match locked(&error).take() {
            Some(e) => Err(e.into()),
            None => Ok(ran.load(Ordering::Relaxed)),
        }
    }

    /// One cell. `None` while another runner has it; `false` where nothing was left to do.
    fn one(&self, cell: &Cell, running: &mut Running) -> Result<Option<bool>, StoreError> {
        let Some(claim) = self.store.claim(&cell.key)? else { return Ok(None) };
        if !self.needs(cell)? {
            return Ok(Some(false));
        }
        let model = match self.models.get(cell) {
            Ok(model) => model,
            Err(ModelFailure::Interrupted) => return Ok(Some(false)),
            Err(ModelFailure::Failed(text)) => {
                return self.fail(cell, &claim, Status::Failed, &text);
            }
        };
        let info = cell.sampler.info();
        running.now(&cell.key, &format!("{} of {}", info.id, info.file.name))?;
        let work = AssertUnwindSafe(|| self.draw(cell, &claim, model));
        let done = match catch_unwind(work) {
            Ok(done) => done,
            Err(panic) => self.fail(cell, &claim, Status::Failed, &panicked(&*panic)),
        };
        running.done()?;
        done
    }

    fn draw(&self, cell: &Cell, claim: &Claim, model: Model) -> Result<Option<bool>, StoreError> {
        let weights_sha256 = model.weights_sha256.clone();
        let ready = match Ready::new(cell, &self.plan.spec, model) {
            Ok(ready) => ready,
            Err(text) => return self.fail(cell, claim, Status::Failed, &text),
        };
        let old = self.store.record(&cell.key)?.filter(|record| record.status == Status::Ok);
        let (keeps_less, mut damaged) = (self.keeps_less(cell)?, false);
        if let Some(old) = old.as_ref().filter(|_| !keeps_less)
            && let Some(x) = self.store.samples(&cell.key)?
        {
            if samples_sha256(&x, cell.dtype).ok() == old.samples_sha256 {
                return self.complete(&ready, claim, old.clone(), &x, None);
            }
            damaged = true;
            self.reporter.note(&format!("the samples kept of cell {} are not those recorded: drawn anew", cell.key));
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
                return self.fail(cell, claim, status, &failure.text);
            }
        };
        let mut record = asked(cell, self.plan, &self.environment, self.jobs);
        record.weights_sha256 = weights_sha256;
        count(&mut record, &outcome);
        if let Some(text) = more_than_declared(cell, &outcome) {
            // The N of `sweep: nfe` was chosen by what is declared.
            if cell.nfe_asked.is_some() {
                return self.fail(cell, claim, Status::Failed, &text);
            }
            if locked(&self.noted).insert(record.sampler.clone()) {
                self.reporter.note(&text);
            }
        }
        record.samples_sha256 = match samples_sha256(&outcome.x, cell.dtype) {
            Ok(hash) => Some(hash),
            Err(text) => {
                let text = format!("no SHA-256 of the samples (please report this): {text}");
                return self.fail(cell, claim, Status::Failed, &text);
            }
        };
        let times = ready.grid.times();
        let kept = Kept { x: &outcome.x, dtype: cell.dtype, path: outcome.path.as_ref().map(|path| (times, path)) };
        let kept = (damaged || self.plan.spec.keep != Keep::None).then_some(kept);
        if let Some(old) = old {
            if old.samples_sha256 == record.samples_sha256 {
                return self.complete(&ready, claim, old, &outcome.x, kept.filter(|_| keeps_less || damaged));
            }
            // A CPU repeats its bits; on other devices a cell that needs more is replaced whole.
            if cell.device == DeviceKind::Cpu {
                let text = format!(
                    "the samples came out other than those recorded (SHA-256 {}): remove the folder cells/{} to accept \
                     the new ones",
                    old.samples_sha256.unwrap_or_default(),
                    cell.key
                );
                return self.fail(cell, claim, Status::Failed, &text);
            }
            if record.status != Status::Ok {
                let text = record.error.unwrap_or_default();
                return self.fail(cell, claim, record.status, &text);
            }
            record.replaced = old.samples_sha256;
        }
        let mut arrays = Vec::new();
        if record.status == Status::Ok {
            match measure(&self.plan.metrics, &ready, self.plan, &self.references, &outcome.x, self.cancel) {
                Ok(measured) => arrays = measured.enter(&mut record),
                Err(_) if self.cancel.load(Ordering::Relaxed) => return Ok(Some(false)),
                Err(text) if record.replaced.is_some() => return self.fail(cell, claim, Status::Failed, &text),
                Err(text) => {
                    record.status = Status::Failed;
                    record.error = Some(format!("the samples are there, but not their metrics: {text}"));
                }
            }
        }
        self.store.commit(claim, &record, kept, &arrays)?;
        self.reporter.finished(&record);
        Ok(Some(true))
    }

    /// Adds metrics that were asked for later to a cell whose samples were kept, or came out the same again, and then what
    /// is to be kept from now on.
    fn complete(
        &self,
        ready: &Ready<'_>,
        claim: &Claim,
        mut record: Record,
        x: &ndarray::Array2<f64>,
        kept: Option<Kept<'_>>,
    ) -> Result<Option<bool>, StoreError> {
        let wanted = self.lacking(ready.cell, &record);
        let arrays = match measure(wanted, ready, self.plan, &self.references, x, self.cancel) {
            Ok(measured) => measured.enter(&mut record),
            Err(_) if self.cancel.load(Ordering::Relaxed) => return Ok(Some(false)),
            Err(text) => return Ok(self.incomplete(&record.cell, &text)),
        };
        self.store.amend(claim, &record, kept, &arrays)?;
        self.reporter.finished(&record);
        Ok(Some(true))
    }

    /// Says that a metric, or samples to keep, could not be added.
    fn incomplete(&self, cell: &str, text: &str) -> Option<bool> {
        self.incomplete.fetch_add(1, Ordering::Relaxed);
        self.reporter.note(&format!("cell {cell} stays as it was, without what was asked for later: {text}"));
        Some(false)
    }

    /// Records a failure. A cell that has ended well is not given up for a metric, whether its samples were kept or not:
    /// then nothing is written.
    fn fail(&self, cell: &Cell, claim: &Claim, status: Status, text: &str) -> Result<Option<bool>, StoreError> {
        let ended_well = self.store.record(&cell.key)?.is_some_and(|record| record.status == Status::Ok);
        if ended_well {
            return Ok(self.incomplete(&cell.key, &one_line(text)));
        }
        let mut record = asked(cell, self.plan, &self.environment, self.jobs);
        record.status = status;
        record.error = Some(one_line(text));
        self.store.commit(claim, &record, None, &[])?;
        self.reporter.finished(&record);
        Ok(Some(true))
    }

    /// The rows of the plan that exist, in plan order.
    pub(super) fn table(&self) -> Result<Vec<Record>, StoreError> {
        self.plan.cells.iter().filter_map(|cell| self.row(cell).transpose()).collect()
    }

    /// The row of a cell; `None` while there is none.
    pub(super) fn row(&self, cell: &Cell) -> Result<Option<Record>, StoreError> {
        if let Some(reason) = &cell.refused {
            let mut record = asked(cell, self.plan, &self.environment, self.jobs);
            record.status = Status::Refused;
            record.error = Some(one_line(reason));
            return Ok(Some(record));
        }
        // Cells of one key may be asked for in two ways, such as two grids that share their times.
        Ok(self.store.record(&cell.key)?.map(|told| {
            let Record { experiment, grid, nfe_asked, .. } = asked(cell, self.plan, &told.environment, told.jobs);
            current(self.plan, cell, Record { experiment, grid, nfe_asked, ..told })
        }))
    }
}

/// What to say of a plugin whose sampler makes more evaluations than it declares.
fn more_than_declared(cell: &Cell, outcome: &Outcome) -> Option<String> {
    let (declared, counted) = (cell.evaluations?, outcome.nfe.iter().copied().max()?);
    let info = cell.sampler.info();
    (counted > declared).then(|| {
        format!(
            "`{}` made {counted} evaluations a sample where its plugin {} declares {declared}: `nfe` is what was counted, \
             but `sweep: nfe` chooses N by what is declared; its author has to correct `evals_per_step` or `plan`",
            info.id, info.file.name
        )
    })
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
