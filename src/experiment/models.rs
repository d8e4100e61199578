//! Models of a plan: built or trained once, shared by all cells.

use super::key;
use super::plan::{Cell, Plan};
use super::record::TRAIN_SEED;
use super::spec::ModelSpec;
use crate::score::net::{DeviceKind, NetError, TrainSpec, Training, train};
use crate::score::{ClosedForm, Score};
use serde_json::json;
use std::any::Any;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A score ready to be asked.
#[derive(Clone)]
pub struct Model {
    /// The score.
    pub score: Arc<dyn Score>,
    /// The same as a distribution, for closed forms.
    pub closed: Option<Arc<dyn ClosedForm>>,
    /// SHA-256 of a network's weights.
    pub weights_sha256: Option<String>,
}

/// Hears of the steps of a training: (step, steps, loss).
pub type OnStep<'a> = &'a (dyn Fn(u64, u64, f64) -> ControlFlow<()> + Sync);

/// Why a model is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelFailure {
    /// The user interrupted its training; what was done is kept.
    #[error("the training of its model was interrupted; what was done is kept")]
    Interrupted,
    /// It cannot be built, in one sentence.
    #[error("{0}")]
    Failed(String),
}

/// The models of a plan, each made at its first use.
pub struct Models<'a> {
    plan: &'a Plan,
    dir: PathBuf,
    on_step: OnStep<'a>,
    made: Mutex<HashMap<String, Result<Model, ModelFailure>>>,
}

impl<'a> Models<'a> {
    /// Models whose trainings live under `dir`.
    #[must_use]
    pub fn new(plan: &'a Plan, dir: &Path, on_step: OnStep<'a>) -> Self {
        Self { plan, dir: dir.to_owned(), on_step, made: Mutex::default() }
    }

    /// The folder of a cell's training: its name is a hash of the model's identity and the process.
    #[must_use]
    pub fn folder(&self, cell: &Cell) -> PathBuf {
        self.dir.join(name(cell))
    }

    /// The model of a cell. Threads that ask for one under way wait for it. A panic, as of a tensor library that has no
    /// room, is a failure like others: the training is not begun again for each cell.
    ///
    /// # Errors
    /// [`ModelFailure`]; the same one for every cell with this model.
    pub fn get(&self, cell: &Cell) -> Result<Model, ModelFailure> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let made = catch_unwind(AssertUnwindSafe(|| self.make(cell)));
            made.unwrap_or_else(|panic| Err(ModelFailure::Failed(panicked(&*panic))))
        };
        made.entry(name(cell)).or_insert_with(make).clone()
    }

    fn make(&self, cell: &Cell) -> Result<Model, ModelFailure> {
        let failed = |e: &dyn std::fmt::Display| ModelFailure::Failed(e.to_string());
        match &cell.model {
            ModelSpec::Gaussian(spec) => spec.build().map(closed).map_err(|e| failed(&e)),
            ModelSpec::Mixture(spec) => spec.build(Path::new("")).map(closed).map_err(|e| failed(&e)),
            ModelSpec::Train(spec) => self.trained(spec, cell),
        }
    }

    fn trained(&self, spec: &TrainSpec, cell: &Cell) -> Result<Model, ModelFailure> {
        let failed = |e: &dyn std::fmt::Display| ModelFailure::Failed(e.to_string());
        let data = self.plan.data.as_ref().ok_or_else(|| failed(&"a training needs `data`"))?;
        let process = cell.process.build().map_err(|e| failed(&e))?;
        // One process trains; a second runner waits here and then finds the model.
        let folder = self.folder(cell);
        let lock = std::fs::create_dir_all(&folder).and_then(|()| std::fs::File::create(folder.join("lock")));
        let lock = lock.map_err(|e| failed(&format!("{}: cannot be locked: {e}", folder.display())))?;
        lock.lock().map_err(|e| failed(&format!("{}: cannot be locked: {e}", folder.display())))?;
        let training = Training {
            spec,
            data: data.train.view(),
            process: &cell.process,
            ends: process.ends(),
            dir: &folder,
            device: cell.device,
        };
        let trained = train(&training, &mut |step, loss| (self.on_step)(step, spec.steps, loss));
        let network = match trained {
            Ok(trained) => trained.network,
            Err(NetError::Interrupted { .. }) => return Err(ModelFailure::Interrupted),
            Err(e) => return Err(failed(&e)),
        };
        let weights_sha256 = Some(network.metadata().weights_sha256.clone());
        Ok(Model { score: Arc::new(network), closed: None, weights_sha256 })
    }
}

fn closed<M: ClosedForm + 'static>(model: M) -> Model {
    let model = Arc::new(model);
    Model { score: Arc::clone(&model) as Arc<dyn Score>, closed: Some(model), weights_sha256: None }
}

/// A short name of a model under a process: `train-seed-0-…`, `mixture-…`.
#[must_use]
pub fn name(cell: &Cell) -> String {
    let kind = match &cell.model {
        ModelSpec::Gaussian(_) => "gaussian".to_owned(),
        ModelSpec::Mixture(_) => "mixture".to_owned(),
        ModelSpec::Train(train) => format!("{TRAIN_SEED}{}", train.seed),
    };
    // A network learns one process; a closed form serves all.
    let process = cell.model.is_network().then_some(&cell.process);
    let device = if cell.device == DeviceKind::Cpu { "cpu" } else { "device" };
    let hash = key::hash(&json!({ "model": cell.identity, "process": process, "device": device }));
    format!("{kind}-{}", &hash[..16])
}

/// What a caught panic says.
pub(super) fn panicked(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("ito itself panicked (please report this): {}", text.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::testing::plan;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_panic_in_a_training_is_a_failure_of_every_cell_with_that_model() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let net = "model={ train: { net: { mlp: { width: 4, depth: 1 } }, steps: 2, batch: 4 } }";
        let plan = plan(&[net, "data={ ring: { samples: 20 } }"]);
        let begun = AtomicUsize::new(0);
        let on_step = |step: u64, _: u64, _: f64| -> ControlFlow<()> {
            begun.fetch_add(1, Ordering::Relaxed);
            panic!("no room at step {step}")
        };
        let models = Models::new(&plan, dir.path(), &on_step);
        for cell in &plan.cells[..2] {
            let failure = models.get(cell).map(|_| ()).expect_err("it panicked");
            let ModelFailure::Failed(text) = failure else { panic!("{failure:?}") };
            assert!(text.contains("panicked") && text.contains("no room at step"), "{text}");
        }
        assert_eq!(begun.into_inner(), 1);
    }
}
