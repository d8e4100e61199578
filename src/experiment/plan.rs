//! From a resolved spec to cells: every combination of the sweep, in order, with its times, cost and key.
//!
//! The order is that of the keys of [`Sweep`](super::spec::Sweep), the first varying slowest: sampler and its swept
//! parameters, process, grid, init, noise, final, dtype, batch, training seed, steps or evaluations, seed.

mod axes;
mod build;
mod count;
mod metrics;
mod steps;
mod table;

pub use metrics::Measure;

use super::error::Report;
use super::limit;
use super::load::{self, Tree};
use super::resolve::{Resolved, resolve};
use super::spec::{InitSpec, ModelSpec, NoiseSpec, Spec};
use super::{figures, key};
use crate::data::DataSet;
use crate::grid::{Grid, GridSpec};
use crate::metric::MetricSpec;
use crate::plugin::{Registry, SamplerSpec};
use crate::process::ProcessSpec;
use crate::sampler::Final;
use crate::score::net::DeviceKind;
use crate::state::Dtype;
use crate::units::Seed;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

/// All that decides the samples of one cell, and nothing that does not.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Hash of all below, see [`key`](mod@super::key).
    pub key: String,
    /// The sampler with every parameter.
    pub sampler: SamplerSpec,
    /// The process.
    pub process: ProcessSpec,
    /// The grid as it is recorded, its ends filled in.
    pub grid: GridSpec,
    /// Its times: N + 1; the two ends for a sampler that chooses its steps; N + 1 times the same for a Markov chain at
    /// one level. `None` only where the cell is refused.
    pub times: Option<Grid>,
    /// Where samples start.
    pub init: InitSpec,
    /// What PATH reads.
    pub noise: NoiseSpec,
    /// What becomes of the last step.
    pub last: Final,
    /// The model, with the training seed of this cell.
    pub model: ModelSpec,
    /// What the model is, known before training: the numbers of a closed form; train block, hash of the data and
    /// version of the training's numerics of a network.
    pub identity: Value,
    /// SHA-256 of the files that `init` and `noise` name.
    pub files: Files,
    /// N, the number of intervals; `None` for a sampler that chooses its steps.
    pub steps: Option<u64>,
    /// The evaluations asked for by `sweep.nfe`.
    pub nfe_asked: Option<u64>,
    /// Evaluations a sample as declared, `final: x0` included; `None` where the sampler chooses its steps, or the
    /// cell is refused.
    pub evaluations: Option<u64>,
    /// Seed.
    pub seed: Seed,
    /// Number of samples.
    pub samples: u64,
    /// Rows in one model call.
    pub batch: u64,
    /// Precision of the state.
    pub dtype: Dtype,
    /// Where the model runs; `cpu` for closed forms.
    pub device: DeviceKind,
    /// Why it cannot run.
    pub refused: Option<String>,
}

/// SHA-256 of files that decide the samples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// Of `init: { file }`.
    pub init: Option<String>,
    /// Of `noise: { file }`.
    pub noise: Option<String>,
}

/// What will run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The spec with every default filled in, for `spec.yaml`.
    pub spec: Spec,
    /// In plan order. Two cells may have one key where `sweep.nfe` leads to the same N.
    pub cells: Vec<Cell>,
    /// What `check` says beside the table, each sentence once.
    pub notes: Vec<String>,
    /// What is measured.
    pub metrics: Vec<Measure>,
    /// The data, where the experiment names some.
    pub data: Option<Arc<DataSet>>,
    /// The grid with the most intervals among the cells that differ from one in steps and seed alone, by its key: the
    /// limit of an SDE sampler splits it.
    pub finest: HashMap<String, Arc<Grid>>,
}

impl Plan {
    /// The spec as YAML: what `spec.yaml` of a run directory holds.
    ///
    /// # Errors
    /// Where a value has no YAML, which is a mistake in its type.
    pub fn yaml(&self) -> Result<String, String> {
        load::to_yaml(&self.spec)
    }

    /// Declared evaluations of all cells and samples together, and the number of cells whose sampler chooses its
    /// steps, so that their cost is not known.
    #[must_use]
    pub fn cost(&self) -> (u64, usize) {
        let runs = || self.cells.iter().filter(|cell| cell.refused.is_none());
        let known = runs().filter_map(|cell| Some(cell.evaluations?.saturating_mul(cell.samples)));
        let known = known.fold(0, u64::saturating_add);
        (known, runs().filter(|cell| cell.evaluations.is_none()).count())
    }

    /// Numbers a sample, where they are known before the model is built.
    #[must_use]
    pub fn dim(&self) -> Option<usize> {
        axes::dim(&self.spec, self.data.as_deref())
    }

    /// The plan as a table for people, one line for all seeds of a setting.
    #[must_use]
    pub fn table(&self) -> String {
        table::table(self)
    }
}

/// Reads a YAML file with its `--set` changes, and plans it.
///
/// # Errors
/// [`Report`]: everything that is wrong with the input.
pub fn open(file: &Path, sets: &[String], registry: &Registry) -> Result<Plan, Report> {
    from_tree(load::read(file, sets)?, registry)
}

/// Plans a tree.
///
/// # Errors
/// [`Report`]: everything that is wrong with the input.
pub fn from_tree(tree: Tree, registry: &Registry) -> Result<Plan, Report> {
    plan(resolve(tree, registry)?)
}

/// All cells of an experiment.
///
/// # Errors
/// [`Report`] where data, model or a file cannot be used, the sweep does not say how many steps there are, or a figure
/// shows what no cell will have. What a
/// sampler cannot do is no error but a refused cell.
pub fn plan(resolved: Resolved) -> Result<Plan, Report> {
    let Resolved { spec, samplers, tree } = resolved;
    let axes = axes::Axes::read(&spec, &tree)?;
    let data = axes.data.clone();
    let dim = axes::dim(&spec, data.as_deref());
    let metrics = metrics::measures(&spec, &tree, data.as_deref(), dim)?;
    let mut cells: Vec<Cell> = Vec::new();
    let mut notes: Vec<String> = Vec::new();
    let mut finest = HashMap::new();
    let listed = axes.listed();
    for sampler in &samplers {
        for setting in axes.settings(sampler) {
            let before = cells.len();
            for count in steps::counts(&spec, &tree, &setting, listed.as_deref())? {
                for &seed in &spec.sweep.seed.0 {
                    let seed = Seed::new(seed).expect("every 32-bit number is a seed");
                    let (mut cell, remarks) = build::cell(&spec, &setting, &count, seed);
                    cell.key = key::key(&cell);
                    cells.push(cell);
                    notes.extend(remarks.into_iter().filter(|remark| !notes.contains(remark)).collect::<Vec<_>>());
                }
            }
            enter_finest(&cells[before..], &mut finest);
        }
    }
    metrics::check_times(&spec, &tree, &cells)?;
    let mut plan = Plan { spec, cells, notes, metrics, data, finest };
    let (problems, remarks) = figures::check(&plan, &tree, dim);
    if !problems.is_empty() {
        return Err(Report(problems));
    }
    plan.notes.extend(remarks);
    let has = |wanted: fn(&MetricSpec) -> bool| plan.spec.metrics.iter().any(wanted);
    let (paths, laws) = (has(|m| matches!(m, MetricSpec::Trajectory { .. })), has(MetricSpec::is_distribution));
    let of_path = plan.cells.iter().filter_map(|cell| limit::note(cell, &plan).filter(|_| paths));
    let of_law = plan.cells.iter().filter_map(|cell| limit::no_target(cell).filter(|_| laws));
    for note in of_path.chain(of_law).chain(of_ends(&plan)).collect::<Vec<_>>() {
        if !plan.notes.contains(&note) {
            plan.notes.push(note);
        }
    }
    Ok(plan)
}

/// What to say of samplers whose cells end in two ways, because a parameter turns their noise on: no line joins them.
fn of_ends(plan: &Plan) -> Vec<String> {
    if plan.spec.final_.is_some() || plan.spec.sweep.final_.is_some() {
        return Vec::new();
    }
    let id = |cell: &Cell| cell.sampler.info().id.clone();
    let ends = |last: Final| plan.cells.iter().filter(move |cell| cell.last == last).map(id);
    let both: BTreeSet<String> = ends(Final::State).filter(|id| ends(Final::Mean).any(|other| other == *id)).collect();
    let note = |id: &String| {
        format!(
            "`{id}` ends with the state where it adds no noise, and with the mean of the last step elsewhere: no line joins \
             the two, and a law is compared with another target; `final: state` makes all alike"
        )
    };
    both.iter().map(note).collect()
}

/// Notes the finest grid of the cells of one setting. Two settings may share cells, where two grids have the same
/// times at some N: the finer one counts for both.
fn enter_finest(cells: &[Cell], finest: &mut HashMap<String, Arc<Grid>>) {
    let Some(grid) = cells.iter().filter_map(|cell| cell.times.as_ref()).max_by_key(|grid| grid.steps()) else {
        return;
    };
    let grid = Arc::new(grid.clone());
    for cell in cells {
        let slot = finest.entry(cell.key.clone()).or_insert_with(|| Arc::clone(&grid));
        if grid.steps() > slot.steps() {
            *slot = Arc::clone(&grid);
        }
    }
}

/// All choices of one place from each of several lists of these lengths, the last varying fastest.
pub(super) fn combinations(lengths: &[usize]) -> impl Iterator<Item = Vec<usize>> + use<'_> {
    (0..lengths.iter().product()).map(move |mut number: usize| {
        let mut places = vec![0; lengths.len()];
        for (place, &length) in places.iter_mut().zip(lengths).rev() {
            (*place, number) = (number % length, number / length);
        }
        places
    })
}

#[cfg(test)]
mod tests;
