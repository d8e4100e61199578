//! One cell: its samples and what they cost.

use super::models::Model;
use super::plan::Cell;
use super::spec::{InitSpec, Keep, NoiseSpec, Spec};
use crate::data::io::{read_npy, sha256_hex};
use crate::grid::Grid;
use crate::noise::{Stream, Tree};
use crate::plugin;
use crate::process::Process;
use crate::sampler::{Failure, Fault, Init, NoiseMode, Outcome, Setup, sample, tree};
use crate::state::{Dtype, HostState, State, StateError, TensorState};
use ndarray::Array2;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// A cell with everything it needs at hand.
pub struct Ready<'a> {
    /// What to run.
    pub cell: &'a Cell,
    /// Its model.
    pub model: Model,
    /// Its process.
    pub process: Arc<dyn Process>,
    /// Its Brownian tree.
    pub tree: Arc<Tree>,
    /// Its times.
    pub grid: Grid,
    /// Where samples start.
    pub init: Init,
    /// What PATH reads.
    pub noise: NoiseMode,
    /// Samples to draw, from the first.
    pub samples: usize,
    /// Most tries of one sample.
    pub tries: u64,
    /// Whether the states on the way are kept.
    pub keep_path: bool,
    /// When it is given up.
    pub timeout: Option<Duration>,
}

impl<'a> Ready<'a> {
    /// Reads the files of a cell.
    ///
    /// # Errors
    /// One sentence.
    pub fn new(cell: &'a Cell, spec: &Spec, model: Model) -> Result<Self, String> {
        let process = cell.process.build().map_err(|e| e.to_string())?;
        let grid = cell.times.clone().ok_or("the cell has no times")?;
        let init = match &cell.init {
            InitSpec::Prior => Init::Prior,
            InitSpec::Marginal => {
                let law = model.closed.clone().ok_or("`init: marginal` needs a closed form")?;
                Init::Marginal(law)
            }
            InitSpec::File(path) => {
                let x: Array2<f64> = read_npy(path).map_err(|e| e.to_string())?;
                let (rows, dim) = x.dim();
                if (rows as u64) < cell.samples || dim != model.score.dim() {
                    return Err(format!(
                        "{}: x has shape [{rows}, {dim}]; allowed: [{} or more, {}]",
                        path.display(),
                        cell.samples,
                        model.score.dim()
                    ));
                }
                Init::Given(Arc::new(x))
            }
        };
        let noise = match &cell.noise {
            NoiseSpec::Paired => NoiseMode::Paired,
            NoiseSpec::Independent => NoiseMode::Independent(own_stream(cell, &grid)),
            NoiseSpec::File(path) => NoiseMode::File(Arc::new(read_npy(path).map_err(|e| e.to_string())?)),
        };
        Ok(Self {
            cell,
            model,
            tree: tree(&process).map_err(|e| e.to_string())?,
            process,
            grid,
            init,
            noise,
            samples: cell.samples as usize,
            tries: spec.limits.tries.get(),
            keep_path: spec.keep == Keep::Trajectory,
            // More seconds than a clock can hold are no limit.
            timeout: spec.limits.timeout.and_then(|s| Duration::try_from_secs_f64(s.get()).ok()),
        })
    }

    /// Draws the samples.
    ///
    /// # Errors
    /// The first [`Failure`].
    pub fn run(&self, cancel: &AtomicBool) -> Result<Outcome, Failure> {
        let cell = self.cell;
        let plan = cell.sampler.plan(cell.steps.unwrap_or(0)).map_err(|e| Failure::new(Fault::Unsupported, e))?;
        let dim = self.model.score.dim();
        let device = cell.device.open().map_err(|e| Failure::new(Fault::Unsupported, e.to_string()))?;
        let on_host = cell.device == crate::score::net::DeviceKind::Cpu;
        let make_state = |rows: usize| -> Result<Box<dyn State>, StateError> {
            Ok(match cell.dtype {
                Dtype::F32 if on_host => Box::new(HostState::<f32>::new(rows, dim)),
                Dtype::F64 if on_host => Box::new(HostState::<f64>::new(rows, dim)),
                dtype => Box::new(TensorState::new(device.clone(), dtype, rows, dim)?),
            })
        };
        let setup = Setup {
            process: &*self.process,
            score: &*self.model.score,
            grid: &self.grid,
            last_rule: cell.last,
            init: self.init.clone(),
            noise: self.noise.clone(),
            tree: Arc::clone(&self.tree),
            seed: cell.seed,
            first: 0,
            samples: self.samples,
            batch: cell.batch as usize,
            per_row_step: plan.flags.per_row_step,
            limit: self.tries,
            deadline: self.timeout.and_then(|limit| Instant::now().checked_add(limit)),
            keep_path: self.keep_path,
            given: &[],
            state: &make_state,
            cancel,
        };
        sample(&setup, &mut |ctx| plugin::create(&cell.sampler, ctx))
    }
}

/// The stream of `noise: independent`: another one for each sampler, set of parameters and grid, so that two cells of
/// one seed share x_T and no path. What a sampler draws as DRAW is not of a path: it stays a function of seed, sample,
/// stream and counter, which cells of one sampler share whatever their N.
fn own_stream(cell: &Cell, grid: &Grid) -> Stream {
    let times: Vec<u64> = grid.times().iter().map(|t| t.to_bits()).collect();
    Stream::named(&format!("path-independent {} {times:?}", cell.sampler.yaml()))
}

/// SHA-256 of the samples' bytes as they are stored.
///
/// # Errors
/// One sentence.
pub fn samples_sha256(x: &Array2<f64>, dtype: Dtype) -> Result<String, String> {
    let dtype = super::store::file_dtype(dtype);
    crate::data::io::bytes(&x.view().into_dyn(), dtype).map(|bytes| sha256_hex(&bytes)).map_err(|e| e.to_string())
}
