//! The YAML file as types. The doc comment of a key is its text in the JSON Schema and in
//! `docs/experiments.md`.

use crate::data::DataSpec;
use crate::grid::GridSpec;
use crate::metric::MetricSpec;
use crate::plot::FigureSpec;
use crate::process::ProcessSpec;
use crate::sampler::Final;
use crate::score::net::{DeviceKind, TrainSpec};
use crate::score::{GaussianSpec, MixtureSpec};
use crate::state::Dtype;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

mod values;

use values::OneOrMany;
pub use values::{Count, MOST_STEPS, Name, SamplerValue, Seconds, Seeds};

/// One experiment: a question that a sweep over samplers and step counts answers.
///
/// Choices are one-key maps (`{ vp: { beta_max: 20 } }`), or a bare name where all defaults serve (`vp`).
/// Files are relative to the folder of the YAML file; those given by `--set`, to the current folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Name of the experiment, which is also the name of its run directory: letters, digits, `-`, `_` and
    /// `.`, not first a `.`.
    pub experiment: Name,
    /// The data. A closed-form model needs none; `train` learns from them, and metrics compare with those
    /// that were held out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<DataSpec>,
    /// The diffusion process, `x_t = alpha_t x_0 + sigma_t eps`. Given here or in `sweep`, not in both; `vp`
    /// where it is in neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessSpec>,
    /// Where the score comes from: a closed form or a trained network.
    pub model: ModelSpec,
    /// How N intervals are laid between `t_begin` and `t_end`. Given here or in `sweep`, not in both;
    /// `uniform` where it is in neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid: Option<GridSpec>,
    /// What is varied. Each combination is one cell, and gives one row of `records.csv`.
    pub sweep: Sweep,
    /// Samples drawn in each cell.
    pub samples: Count,
    /// Rows in one model call at most. It changes memory and time; with a network also the last digits of
    /// the samples. 256 where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Count>,
    /// What is measured on the samples, a column each.
    #[serde(default)]
    pub metrics: Vec<MetricSpec>,
    /// What is drawn from the records.
    #[serde(default)]
    pub figures: Vec<FigureSpec>,
    /// What becomes of the last step: `state` (as it is), `mean` (the last noise is left out) or `x0` (one
    /// more, counted evaluation). Where it is not given, each sampler has its own: `mean` for samplers of an
    /// SDE, else `state`.
    #[serde(default, rename = "final", skip_serializing_if = "Option::is_none")]
    pub final_: Option<Final>,
    /// Where samples start: `prior` (the process's own; the default), `marginal` (exact p at `t_begin`;
    /// closed forms only) or `{ file: x.npy }` (float64 or float32, [samples, dim], x itself).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init: Option<InitSpec>,
    /// What samplers of an SDE read as their Brownian path: `paired` (one path a sample, the same for all
    /// samplers and step counts; the default), `independent` (another path in each cell) or
    /// `{ file: z.npy }` (float64 or float32, [draws, samples, dim], standard normals in the order in which one sample
    /// consumes them).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<NoiseSpec>,
    /// Samplers that choose their own steps hit every time of the grid on their way, and so take `steps`. Without it
    /// they take the two ends of the grid alone.
    #[serde(default)]
    pub stops: bool,
    /// Precision of the state: `f64` (the default for closed forms) or `f32` (the default for networks).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtype: Option<Dtype>,
    /// What is kept of a cell beside its record: `samples`, `trajectory` (also x at every time of the grid)
    /// or `none`. Cells of an earlier run that kept less are drawn again, and must come out the same.
    #[serde(default)]
    pub keep: Keep,
    /// Where networks run: `cpu`, `libtorch` or `cuda:N`. Closed forms always run on the CPU.
    #[serde(default)]
    pub device: DeviceKind,
    /// Cells run side by side.
    #[serde(default)]
    pub jobs: Count,
    /// When a cell is given up.
    #[serde(default)]
    pub limits: Limits,
}

/// What is varied. Any key may hold one value instead of a list. The plan holds all combinations, the first
/// key below varying slowest and `seed` fastest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// Samplers by name (`heun`), or with parameters (`{ heun: { in: sigma } }`). `ito plugin list` names
    /// them, `ito plugin show NAME` their parameters.
    #[schemars(with = "OneOrMany<SamplerValue>")]
    pub sampler: Vec<SamplerValue>,
    /// Values for parameters of the samplers, `{ order: [2, 3] }`: every sampler that has the parameter, and does not
    /// set it itself, is planned once for each value; the others once. Several parameters are combined, all values
    /// with all; a parameter that must be given may be given here; `tol` sets `rtol` and `atol` together,
    /// `{ tol: [1.0e-3, 1.0e-5] }`, in samplers that set neither.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, OneOrMany<Value>>")]
    pub params: BTreeMap<String, Vec<Value>>,
    /// Processes, instead of the key `process`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<OneOrMany<ProcessSpec>>")]
    pub process: Option<Vec<ProcessSpec>>,
    /// Grids, instead of the key `grid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<OneOrMany<GridSpec>>")]
    pub grid: Option<Vec<GridSpec>>,
    /// Starts, instead of the key `init`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<OneOrMany<InitSpec>>")]
    pub init: Option<Vec<InitSpec>>,
    /// Noises, instead of the key `noise`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<OneOrMany<NoiseSpec>>")]
    pub noise: Option<Vec<NoiseSpec>>,
    /// Treatments of the last step, instead of the key `final`.
    #[serde(default, rename = "final", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<OneOrMany<Final>>")]
    pub final_: Option<Vec<Final>>,
    /// Precisions, instead of the key `dtype`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<OneOrMany<Dtype>>")]
    pub dtype: Option<Vec<Dtype>>,
    /// Rows in one model call, instead of the key `batch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<OneOrMany<Count>>")]
    pub batch: Option<Vec<Count>>,
    /// Seeds of the training, instead of the key `seed` of `train`: one network each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<OneOrMany<u32>>")]
    pub train_seed: Option<Vec<u32>>,
    /// Numbers of grid intervals N. Samplers that choose their own steps take none of them and are planned
    /// once (sweep `tol` in `params` instead); a grid with a fixed list of times has its own N. At most 1,000,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<OneOrMany<Count>>")]
    pub steps: Option<Vec<Count>>,
    /// Evaluations a sample, instead of `steps`: each sampler gets the largest N whose cost fits. At most 1,000,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<OneOrMany<Count>>")]
    pub nfe: Option<Vec<Count>>,
    /// Seeds, the replicates over which intervals are taken: a list, or `{ first: 0, count: 5 }`.
    #[serde(default)]
    pub seed: Seeds,
}

/// Where the score comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ModelSpec {
    /// The exact score of a Gaussian.
    Gaussian(GaussianSpec),
    /// The exact score of a mixture of Gaussians.
    Mixture(MixtureSpec),
    /// A network, trained on `data` before the first cell and kept for later runs.
    Train(TrainSpec),
}

impl ModelSpec {
    /// Whether the score is learned, so that batch and device kind decide the last digits.
    #[must_use]
    pub fn is_network(&self) -> bool {
        matches!(self, Self::Train(_))
    }
}

/// Where samples start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InitSpec {
    /// The process's own: N(0, std² I).
    #[default]
    Prior,
    /// The exact p at `t_begin`, known for closed forms only.
    Marginal,
    /// An npy file, float64 or float32, [samples, dim], x itself.
    File(PathBuf),
}

/// What samplers of an SDE read as their Brownian path.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoiseSpec {
    /// One path a sample, the same for all samplers and step counts.
    #[default]
    Paired,
    /// Another path in each cell.
    Independent,
    /// An npy file, float64 or float32, [draws, samples, dim], standard normals in the order in which one sample
    /// consumes them; too few or too many is an error, but a sampler that draws nothing leaves the file alone. With
    /// `final: mean`, the default of most SDE samplers, the last step draws nothing.
    File(PathBuf),
}

/// What is kept of a cell beside its record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// The samples.
    #[default]
    Samples,
    /// The samples, and x at every time of the grid; of a sampler that chooses its steps at its stops.
    Trajectory,
    /// No samples: a metric added later runs the cell again.
    None,
}

/// When a cell is given up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Tries, accepted and rejected together, of a sampler that chooses its own steps, for each sample.
    pub tries: Count,
    /// Seconds for each cell; no limit where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Seconds>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { tries: Count::TRIES, timeout: None }
    }
}
