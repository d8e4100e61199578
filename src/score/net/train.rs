//! Training: a function of the train block, the data and the process, resumable at any step.
//!
//! Step k sees rows that are functions of (seed, k, row); a batch is cut into tasks whose size is fixed for
//! the device, and their gradients are added in order. So neither an interruption nor the number of threads
//! changes the weights on `cpu`.

use super::adam::{GROUPS, TrainingState, global_norm};
pub use super::checkpoint::data_sha256;
use super::checkpoint::{File, Identity, MODEL_FILE, Metadata, ModelMetadata, TRAINING_FILE, TrainingMetadata, write};
use super::curve::Curve;
use super::embedding::Embedding;
use super::loss::{Rows, Source};
use super::mlp::Mlp;
use super::network::{Network, architecture};
use super::precondition::Preconditioner;
use super::spec::{OptimizerSpec, TrainSpec};
use super::weights::{Weights, host, matrix, sha256};
use super::{DeviceKind, NetError, TRAINING_NUMERICS};
use crate::process::{Process, ProcessSpec};
use crate::units::Time;
use burn::tensor::{Device, Tensor};
use ndarray::ArrayView2;
use rayon::prelude::*;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Steps between two checkpoints.
const SAVE_EVERY: u64 = 250;

/// All that a training depends on, and where it goes.
#[derive(Clone, Copy, Debug)]
pub struct Training<'a> {
    /// The train block.
    pub spec: &'a TrainSpec,
    /// [rows, dim].
    pub data: ArrayView2<'a, f64>,
    /// The process, kept in the checkpoint.
    pub process: &'a ProcessSpec,
    /// t_begin and t_end of the times to train on, t_begin > t_end.
    pub ends: (Time, Time),
    /// Folder of the checkpoint and the loss curve, one a training; made if absent.
    pub dir: &'a Path,
    /// Where to train.
    pub device: DeviceKind,
}

/// A finished training.
#[derive(Debug)]
pub struct Trained {
    /// The network with its averaged weights.
    pub network: Network,
    /// Its file, `model.safetensors` in the training's folder.
    pub path: PathBuf,
}

/// Trains a network, or goes on where an earlier call in the same folder stopped, or loads what it
/// finished. `progress` hears the number of each finished step, from 1, and its loss; on `Break` the
/// training is saved and left.
///
/// # Errors
/// [`NetError`]; [`NetError::Interrupted`] after `Break`.
pub fn train(
    training: &Training<'_>,
    progress: &mut dyn FnMut(u64, f64) -> ControlFlow<()>,
) -> Result<Trained, NetError> {
    let process = training.process.build()?;
    let metadata = describe(training, process.as_ref())?;
    let device = training.device.open()?;
    let dir = training.dir;
    std::fs::create_dir_all(dir).map_err(|source| NetError::Io { path: dir.into(), source })?;
    let (model, unfinished) = (dir.join(MODEL_FILE), dir.join(TRAINING_FILE));
    if !finished(&model, &metadata.training)? {
        let mlp = architecture(&metadata, training.device);
        let mut state = match resume(&unfinished, &metadata.training, &mlp, &device)? {
            Some(state) => state,
            None => TrainingState::start(mlp.parameters(), training.spec.seed, &device)?,
        };
        let run = Run { training, process: process.as_ref(), metadata: &metadata, mlp: &mlp, device: &device };
        run.advance(&mut state, &unfinished, progress)?;
        let values = state.ema.to_host()?;
        let weights_sha256 = sha256(mlp.parameters(), &values);
        let metadata = Metadata::Model(ModelMetadata { weights_sha256, ..metadata });
        write(&model, &metadata, mlp.parameters(), &[("weights", values)])?;
    }
    if unfinished.exists() {
        std::fs::remove_file(&unfinished).map_err(|source| NetError::Io { path: unfinished, source })?;
    }
    Ok(Trained { network: Network::load(&model, training.device)?, path: model })
}

/// Checks the inputs and says what the model will be; the hash of its weights is still empty.
fn describe(training: &Training<'_>, process: &dyn Process) -> Result<ModelMetadata, NetError> {
    let Training { spec, data, ends: (t_begin, t_end), device, .. } = *training;
    spec.check()?;
    let (rows, dim) = data.dim();
    if rows == 0 || dim == 0 {
        return Err(NetError::EmptyData { rows, dim });
    }
    if let Some(row) = data.rows().into_iter().position(|row| !row.iter().all(|x| x.is_finite())) {
        return Err(NetError::NonfiniteData { row });
    }
    let squares: f64 = data.iter().map(|x| x * x).sum();
    let sigma_data = Preconditioner { sigma_data: (squares / data.len() as f64).sqrt() as f32 };
    if sigma_data.sigma_data == 0.0 {
        return Err(NetError::ZeroData);
    }
    for t in [t_begin, t_end] {
        let at = process.at(t);
        if !(at.alpha.is_finite() && at.sigma.is_finite() && at.sigma > 0.0) {
            return Err(NetError::BadEnd { t: at.t, alpha: at.alpha, sigma: at.sigma });
        }
    }
    Ok(ModelMetadata {
        training: Identity {
            numerics: TRAINING_NUMERICS,
            train: spec.clone(),
            process: training.process.clone(),
            ends: [t_begin.get(), t_end.get()],
            data_sha256: data_sha256(&data),
        },
        dim,
        sigma_data,
        embedding: Embedding::default(),
        device,
        weights_sha256: String::new(),
    })
}

/// Whether this very training has already left its model.
fn finished(model: &Path, identity: &Identity) -> Result<bool, NetError> {
    if !model.exists() {
        return Ok(false);
    }
    match File::open(model)?.metadata()? {
        Metadata::Model(found) => same(model, &found.training, identity).map(|()| true),
        Metadata::Training(_) => {
            Err(NetError::NotACheckpoint { path: model.into(), reason: "it is a training under way".into() })
        }
    }
}

/// The state that an interrupted training left.
fn resume(path: &Path, identity: &Identity, mlp: &Mlp, device: &Device) -> Result<Option<TrainingState>, NetError> {
    if !path.exists() {
        return Ok(None);
    }
    let file = File::open(path)?;
    let Metadata::Training(found) = file.metadata()? else {
        return Err(NetError::NotACheckpoint { path: path.into(), reason: "it is a finished model".into() });
    };
    same(path, &found.training, identity)?;
    let group =
        |name| file.group(name, mlp.parameters()).map(|values| Weights::from_host(mlp.parameters(), values, device));
    let [weights, ema, m, v] = GROUPS.map(group);
    Ok(Some(TrainingState { weights: weights?, ema: ema?, m: m?, v: v?, step: found.step }))
}

fn same(path: &Path, found: &Identity, identity: &Identity) -> Result<(), NetError> {
    let foreign = |e: serde_json::Error| NetError::NotACheckpoint { path: path.into(), reason: e.to_string() };
    let differs = identity.differences(found).map_err(foreign)?;
    if differs.is_empty() { Ok(()) } else { Err(NetError::OtherTraining { path: path.into(), differs }) }
}

/// What the steps of one training share.
struct Run<'a, 'b> {
    training: &'a Training<'b>,
    process: &'a dyn Process,
    metadata: &'a ModelMetadata,
    mlp: &'a Mlp,
    device: &'a Device,
}

impl Run<'_, '_> {
    /// All steps that are left.
    fn advance(
        &self,
        state: &mut TrainingState,
        unfinished: &Path,
        progress: &mut dyn FnMut(u64, f64) -> ControlFlow<()>,
    ) -> Result<(), NetError> {
        let TrainSpec { steps, schedule, warmup, clip, ema, optimizer, .. } = self.training.spec;
        let OptimizerSpec::Adam(adam) = *optimizer;
        let mut curve = Curve::resume(self.training.dir, state.step)?;
        while state.step < *steps {
            let k = state.step;
            let (loss, gradient) = self.gradient(&state.weights, k)?;
            let norm = global_norm(&gradient)?;
            if !(loss.is_finite() && norm.is_finite()) {
                return Err(NetError::Diverged { step: k + 1 });
            }
            let clipped = clip.map_or(1.0, |clip| if norm > clip { clip / norm } else { 1.0 });
            let rate = adam.lr * schedule.factor(k, *steps, *warmup);
            let decay = ema.min((1.0 + k as f64) / (10.0 + k as f64));
            state.advance(gradient, clipped, adam, rate, decay);
            curve.push(state.step, loss, norm, rate)?;
            let stop = progress(state.step, loss).is_break() && state.step < *steps;
            if stop || state.step.is_multiple_of(SAVE_EVERY) || state.step == *steps {
                // The curve first: it is cut to the checkpoint's step when the training goes on.
                curve.sync()?;
                self.save(state, unfinished)?;
            }
            if stop {
                return Err(NetError::Interrupted { step: state.step, steps: *steps });
            }
        }
        Ok(())
    }

    fn save(&self, state: &mut TrainingState, path: &Path) -> Result<(), NetError> {
        let metadata = TrainingMetadata { training: self.metadata.training.clone(), step: state.step };
        let mut groups = Vec::new();
        for (name, group) in GROUPS.into_iter().zip(state.groups()) {
            groups.push((name, group.to_host()?));
        }
        write(path, &Metadata::Training(metadata), self.mlp.parameters(), &groups)
    }

    /// Loss of step k and its gradient in the weights.
    fn gradient(&self, weights: &Weights, k: u64) -> Result<(f64, Vec<Tensor<2>>), NetError> {
        let Training { spec, data, ends, device, .. } = *self.training;
        let TrainSpec { times, loss: target, batch, seed, .. } = *spec;
        let (process, scale) = (self.process, self.metadata.sigma_data);
        let source = Source { data, process, ends, times, target, scale, batch, seed };
        let task = device.rows_per_task().and_then(|rows| u32::try_from(rows).ok()).unwrap_or(batch);
        let tasks: Vec<u32> = (0..batch.div_ceil(task)).collect();
        let parts = tasks.into_par_iter().map(|i| {
            let rows = i.saturating_mul(task)..(i + 1).saturating_mul(task).min(batch);
            self.gradient_of(weights, &source.rows(k, rows)?, batch)
        });
        let mut parts = parts.collect::<Result<Vec<_>, _>>()?.into_iter();
        let first = parts.next().unwrap_or_default();
        Ok(parts.fold(first, |(loss, sum), (part, gradient)| {
            (loss + part, sum.into_iter().zip(gradient).map(|(sum, g)| sum + g).collect())
        }))
    }

    /// The rows' share of the loss, a mean over batch and dim, and its gradient.
    fn gradient_of(&self, weights: &Weights, rows: &Rows, batch: u32) -> Result<(f64, Vec<Tensor<2>>), NetError> {
        let (embedding, dim) = (&self.metadata.embedding, self.metadata.dim);
        let on_device = |values: &[f32], dim| matrix(values.to_vec(), dim, self.device);
        let leaves: Vec<Tensor<2>> = weights.0.iter().map(|w| w.clone().autodiff().require_grad()).collect();
        let conditions = self.mlp.condition(&leaves, on_device(&embedding.of(&rows.at), embedding.features()));
        let f = self.mlp.forward(&leaves, on_device(&rows.input, dim), &conditions);
        let error = (f - on_device(&rows.target, dim)) * on_device(&rows.weight, 1);
        let loss = error.square().sum().div_scalar(f64::from(batch) * dim as f64);
        let mut gradients = loss.backward();
        let gradient = leaves.iter().map(|leaf| {
            let missing = || Tensor::zeros(leaf.dims(), self.device);
            leaf.grad_remove(&mut gradients).unwrap_or_else(missing)
        });
        let gradient = gradient.collect();
        let loss = host(&loss.inner())?.first().copied().map_or(f64::NAN, f64::from);
        Ok((loss, gradient))
    }
}
