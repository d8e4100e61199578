//! The swept keys as lists, with the files they name.

use super::combinations;
use super::steps::checked;
use crate::data::DataSet;
use crate::data::io::{read_npy, sha256_hex};
use crate::experiment::error::{Problem, sentence};
use crate::experiment::load::yaml_path;
use crate::experiment::load::{Step, Tree};
use crate::experiment::spec::{self, InitSpec, ModelSpec, NoiseSpec, Spec};
use crate::grid::GridSpec;
use crate::plugin::{Flags, Kind, SamplerSpec};
use crate::process::{Process, ProcessSpec};
use crate::sampler::Final;
use crate::score::net::TRAINING_NUMERICS;
use crate::state::Dtype;
use ndarray::IxDyn;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The swept keys as lists, in the order in which they vary.
pub(super) struct Axes {
    pub(super) data: Option<Arc<DataSet>>,
    processes: Vec<(ProcessSpec, Arc<dyn Process>)>,
    grids: Vec<(GridSpec, Option<Vec<u64>>)>,
    inits: Vec<(InitSpec, Option<String>)>,
    noises: Vec<(NoiseSpec, Option<String>)>,
    lasts: Vec<Option<Final>>,
    dtypes: Vec<Dtype>,
    batches: Vec<spec::Count>,
    models: Vec<(ModelSpec, Value)>,
}

/// One choice of every swept key but steps and seed.
pub(super) struct Setting<'a> {
    pub(super) sampler: &'a SamplerSpec,
    /// What the sampler needs with its values.
    pub(super) flags: Flags,
    pub(super) process: &'a (ProcessSpec, Arc<dyn Process>),
    pub(super) grid: &'a GridSpec,
    /// The N of a written list, falling or rising as written.
    pub(super) listed: Option<&'a [u64]>,
    /// Whether the grid ends at sigma = 0, where nothing is evaluated.
    clean: bool,
    pub(super) init: &'a (InitSpec, Option<String>),
    pub(super) noise: &'a (NoiseSpec, Option<String>),
    pub(super) last: Final,
    pub(super) dtype: Dtype,
    pub(super) batch: u64,
    pub(super) model: &'a (ModelSpec, Value),
}

impl Setting<'_> {
    /// Whether the last step is cheaper than declared, and its cost one that no state changes: not that of a sampler that
    /// chooses its steps, which cannot be driven on a fixed grid at all.
    pub(super) fn cheap_last(&self) -> bool {
        self.clean && self.sampler.info().kind != Kind::Iterative && !self.flags.per_row_step
    }

    /// Whether N is the sampler's own business.
    pub(super) fn chooses_steps(&self, spec: &Spec) -> bool {
        self.flags.per_row_step && !spec.stops
    }

    /// Declared evaluations a sample of N steps, `final: x0` included; on a grid with the clean end at most these.
    pub(super) fn evaluations(&self, steps: u64) -> Result<u64, String> {
        Ok(self.with_last(self.sampler.plan(steps)?.evaluations))
    }

    /// The sampler's own evaluations, and that of `final: x0`.
    pub(super) fn with_last(&self, evaluations: u64) -> u64 {
        evaluations.saturating_add(u64::from(self.last == Final::X0 && !self.clean))
    }
}

impl Axes {
    /// Reads all files that the experiment names.
    pub(super) fn read(spec: &Spec, tree: &Tree) -> Result<Self, Problem> {
        let sweep = &spec.sweep;
        let here = Path::new("");
        let refused = |path: &[Step], error: &dyn std::error::Error| tree.problem_below(path, sentence(error));
        let data = match &spec.data {
            Some(data) => Some(Arc::new(data.load(here).map_err(|e| refused(&yaml_path!["data", data.name()], &e))?)),
            None => None,
        };
        let processes = axis("process", spec.process.as_ref(), sweep.process.as_ref(), |path, process| {
            Ok((process.clone(), process.build().map_err(|e| refused(path, &e))?))
        })?;
        let grids = axis("grid", spec.grid.as_ref(), sweep.grid.as_ref(), |path, grid| {
            let grid = grid.load(here).map_err(|e| refused(path, &e))?;
            let listed = grid.listed_steps().map_err(|e| refused(path, &e))?;
            let listed = listed.map(|listed| listed.into_iter().map(|n| u64::from(n.get())).collect());
            Ok((grid, listed))
        })?;
        let dim = dim(spec, data.as_deref());
        let hash = |path: &[Step], file: &PathBuf, axes| {
            check_shape(file, axes, spec.samples.get(), dim).map_err(|text| tree.problem_below(path, text))?;
            std::fs::read(file).map(|bytes| Some(sha256_hex(&bytes))).map_err(|e| refused(path, &e))
        };
        let inits = axis("init", spec.init.as_ref(), sweep.init.as_ref(), |path, init| {
            Ok((init.clone(), if let InitSpec::File(file) = init { hash(path, file, 2)? } else { None }))
        })?;
        let noises = axis("noise", spec.noise.as_ref(), sweep.noise.as_ref(), |path, noise| {
            Ok((noise.clone(), if let NoiseSpec::File(file) = noise { hash(path, file, 3)? } else { None }))
        })?;
        let mut lasts = axis("final", spec.final_.as_ref(), sweep.final_.as_ref(), |_, &last| Ok(Some(last)))?;
        if lasts.is_empty() {
            lasts.push(None);
        }
        Ok(Self {
            processes,
            grids,
            inits,
            noises,
            lasts,
            dtypes: axis("dtype", spec.dtype.as_ref(), sweep.dtype.as_ref(), |_, &dtype| Ok(dtype))?,
            batches: axis("batch", spec.batch.as_ref(), sweep.batch.as_ref(), |_, &batch| Ok(batch))?,
            models: models(spec, tree, data.as_deref())?,
            data,
        })
    }

    /// Every N that has a written list, where each grid is such a list.
    pub(super) fn listed(&self) -> Option<Vec<u64>> {
        let lists: Option<Vec<_>> = self.grids.iter().map(|(_, listed)| listed.clone()).collect();
        lists.map(|lists| lists.concat())
    }

    /// Every setting of one sampler, in plan order.
    pub(super) fn settings<'a>(&'a self, sampler: &'a SamplerSpec) -> Vec<Setting<'a>> {
        let flags = sampler.flags();
        let lengths = [
            self.processes.len(),
            // A Markov chain at one level has no grid: the first stands for all.
            if flags.level { self.grids.len().min(1) } else { self.grids.len() },
            self.inits.len(),
            self.noises.len(),
            self.lasts.len(),
            self.dtypes.len(),
            self.batches.len(),
            self.models.len(),
        ];
        let own = sampler.own_final();
        let setting = |at: Vec<usize>| {
            let process = &self.processes[at[0]];
            let (grid, listed) = &self.grids[at[1]];
            let clean = || {
                let n = listed.as_ref().and_then(|listed| listed.first().copied()).unwrap_or(1);
                let made = grid.build(process.1.as_ref(), Some(checked(n).ok()?), flags.needs_alpha);
                Some(made.ok()?.clean())
            };
            Setting {
                sampler,
                flags,
                process,
                grid,
                listed: listed.as_deref(),
                clean: !flags.level && clean().unwrap_or(false),
                init: &self.inits[at[2]],
                noise: &self.noises[at[3]],
                last: self.lasts[at[4]].unwrap_or(own),
                dtype: self.dtypes[at[5]],
                batch: self.batches[at[6]].get(),
                model: &self.models[at[7]],
            }
        };
        combinations(&lengths).map(setting).collect()
    }
}

/// The values of a key that is given at the top or in the sweep, each with its path made into something else.
fn axis<T, U>(
    key: &str,
    one: Option<&T>,
    many: Option<&Vec<T>>,
    make: impl Fn(&[Step], &T) -> Result<U, Problem>,
) -> Result<Vec<U>, Problem> {
    match many {
        Some(values) => values.iter().enumerate().map(|(i, v)| make(&yaml_path!["sweep", key, i], v)).collect(),
        None => one.iter().map(|v| make(&yaml_path![key], v)).collect(),
    }
}

/// Numbers a sample, where they are known before the model is built.
pub(super) fn dim(spec: &Spec, data: Option<&DataSet>) -> Option<usize> {
    match &spec.model {
        ModelSpec::Gaussian(gaussian) => Some(gaussian.mean.len()),
        ModelSpec::Mixture(mixture) => Some(mixture.resolve(Path::new("")).ok()?.means?.first()?.len()),
        ModelSpec::Train(_) => data.map(|data| data.shape.dim()),
    }
}

/// An npy file whose last two axes hold enough samples of the right dimension.
fn check_shape(file: &Path, axes: usize, samples: u64, dim: Option<usize>) -> Result<(), String> {
    let array = read_npy::<IxDyn>(file).map_err(|e| sentence(&e))?;
    let fits = match array.shape() {
        [.., rows, columns] => *rows as u64 >= samples && dim.is_none_or(|dim| *columns == dim),
        _ => false,
    };
    if fits && array.ndim() == axes {
        return Ok(());
    }
    let draws = if axes == 3 { "draws, " } else { "" };
    let dim = dim.map_or("dim".to_owned(), |dim| dim.to_string());
    Err(format!(
        "{} has the shape {:?}, but must have [{draws}{samples} or more, {dim}]",
        file.display(),
        array.shape()
    ))
}

/// The model for each training seed, with what it is known by before it is trained.
fn models(spec: &Spec, tree: &Tree, data: Option<&DataSet>) -> Result<Vec<(ModelSpec, Value)>, Problem> {
    Ok(match &spec.model {
        ModelSpec::Train(train) => {
            let seeds = spec.sweep.train_seed.clone().unwrap_or_else(|| vec![train.seed]);
            let with_seed = |seed| {
                let mut train = train.clone();
                train.seed = seed;
                let data = data.map(|data| data.sha256.as_str());
                let identity = json!({ "train": plain(&train), "data": data, "numerics": TRAINING_NUMERICS });
                (ModelSpec::Train(train), identity)
            };
            seeds.into_iter().map(with_seed).collect()
        }
        ModelSpec::Gaussian(_) => vec![(spec.model.clone(), plain(&spec.model))],
        ModelSpec::Mixture(mixture) if mixture.file.is_none() => vec![(spec.model.clone(), plain(&spec.model))],
        // The numbers of a file may be many: their hash stands for them.
        ModelSpec::Mixture(mixture) => {
            let numbers = mixture.resolve(Path::new(""));
            let numbers = numbers.map_err(|e| tree.problem_below(&yaml_path!["model"], sentence(&e)))?;
            let sha256 = sha256_hex(plain(&numbers).to_string().as_bytes());
            vec![(spec.model.clone(), json!({ "mixture": { "sha256": sha256 } }))]
        }
    })
}

/// A value of the spec as JSON.
pub(super) fn plain<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("values read from YAML have text keys, and so are JSON")
}
