//! What samples are compared with: other samples of the true law, and each sample's own limit.
//!
//! Everything here is a function of the experiment alone and is kept in memory, shared by all step counts.

mod bound;
mod likelihood;
mod paths;

use super::execute::Ready;
use super::limit::{self, Limit, SPLIT};
use super::models;
use super::plan::{Cell, Measure, Plan};
use crate::metric::bound::BoundSpec;
use crate::metric::floor::exact_set;
use crate::metric::{FlowEnd, MetricError, MetricSpec, NllSpec, Reference, tempered};
use crate::noise::{Key, Stream, uniform};
use crate::process::Point;
use crate::sampler::Final;
use crate::units::{Seed, Time};
use ndarray::{Array2, Axis};
use serde_json::json;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A value for each key, made once; threads that ask for one under way wait for it, not for the others.
struct Shared<K, V>(Mutex<HashMap<K, Arc<OnceLock<V>>>>);

impl<K: Eq + Hash, V: Clone> Shared<K, V> {
    fn get(&self, key: K, make: impl FnOnce() -> V) -> V {
        let slot = Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
        slot.get_or_init(make).clone()
    }
}

impl<K, V> Default for Shared<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// A set of the true law, and the metrics between it and another such set.
pub struct Truth {
    /// What samples are compared with.
    pub set: Reference,
    /// Another set of the size of a cell's samples.
    other: Array2<f64>,
    /// By the metric's name: those of sets have no settings.
    floors: Mutex<HashMap<&'static str, Result<Vec<f64>, MetricError>>>,
}

impl Truth {
    /// The metric between two true sets of the same sizes: below it no sampler can be told from the truth.
    ///
    /// # Errors
    /// [`MetricError`].
    pub fn floor(&self, metric: &MetricSpec) -> Result<Vec<f64>, MetricError> {
        let mut floors = self.floors.lock().unwrap_or_else(PoisonError::into_inner);
        floors.entry(metric.name()).or_insert_with(|| self.set.errors(metric, self.other.view())).clone()
    }
}

/// The limits x* of the first samples of a cell.
#[derive(Debug)]
pub struct Limits {
    /// [samples, dim].
    pub x: Array2<f64>,
    /// Error of x* itself, RMS; `None` where it is not estimated.
    pub floor: Option<f64>,
    /// Evaluations spent on it.
    pub evaluations: u64,
}

pub use paths::exact_path;
use paths::{flow, flow_end, on_the_path, uncontrolled};

type Made<T> = Result<Option<Arc<T>>, String>;

pub use bound::PointBound;
pub use likelihood::PointLikelihood;

/// All references of a plan.
#[derive(Default)]
pub struct References {
    truths: Shared<String, Made<Truth>>,
    limits: Shared<String, Made<Limits>>,
    likelihoods: Shared<String, Result<Arc<PointLikelihood>, String>>,
    bounds: Shared<String, Result<Arc<PointBound>, String>>,
}

impl References {
    /// The true law at the end of a cell, as samples; `None` where it cannot be sampled.
    ///
    /// With data it is the held-out part. For a closed form it is p where the run ends: p at `t_end` for
    /// `final: state`, the data's own law for `mean`, `x0` and the clean end, p at the level for a Markov
    /// chain. A ladder at a temperature claims no target: it gets p where it ends, as something to measure from.
    ///
    /// # Errors
    /// One sentence.
    pub fn truth(&self, ready: &Ready<'_>, plan: &Plan) -> Made<Truth> {
        let (cell, at) = (ready.cell, end_point(ready)?);
        if !has_truth(cell, plan) {
            return Ok(None);
        }
        let temperature = temperature(cell);
        let identity = json!({
            "model": models::name(cell), "process": cell.process, "t": at.t.to_bits(), "clean": at.sigma == 0.0,
            "temperature": temperature, "seed": cell.seed.get(), "samples": cell.samples,
        });
        self.truths.get(identity.to_string(), || {
            let count = cell.samples as usize;
            let sets = match (&ready.model.closed, &plan.data) {
                (Some(law), _) if temperature == 1.0 => {
                    let draw = |name| exact_set(&**law, &at, cell.samples as u32, cell.seed.get(), name);
                    Some((draw("reference"), draw("floor")))
                }
                (Some(law), _) => {
                    let draw = |stream| {
                        let u = uniforms(cell.seed, stream, count, law.dim());
                        tempered::sample(&**law, &at, temperature, &u)
                    };
                    let sets =
                        (draw("reference").map_err(|e| e.to_string())?, draw("floor").map_err(|e| e.to_string())?);
                    Some(sets)
                }
                (None, Some(data)) => {
                    let part = subset(&data.train, cell.seed, count);
                    Some((data.held_out.clone(), part))
                }
                (None, None) => None,
            };
            let Some((set, other)) = sets else { return Ok(None) };
            let set = Reference::new(set).map_err(|e| e.to_string())?;
            Ok(Some(Arc::new(Truth { set, other, floors: Mutex::default() })))
        })
    }

    /// The likelihood of points under the model: given ones, held-out data, or exact samples of a closed form.
    ///
    /// # Errors
    /// One sentence.
    pub fn nll(&self, ready: &Ready<'_>, spec: &NllSpec, measure: &Measure) -> Result<Arc<PointLikelihood>, String> {
        let t_end = likelihood::end(ready, spec)?;
        let identity = json!({
            "model": models::name(ready.cell), "process": ready.cell.process, "t_end": t_end.get().to_bits(),
            "nll": measure.settings, "seed": ready.cell.seed.get(),
        });
        self.likelihoods.get(identity.to_string(), || likelihood::of_points(ready, spec, measure, t_end))
    }

    /// The variational bound of points on the grid of a cell: of given ones, held-out data, or exact samples of a closed
    /// form.
    ///
    /// # Errors
    /// One sentence.
    pub fn bound(&self, ready: &Ready<'_>, spec: &BoundSpec, measure: &Measure) -> Result<Arc<PointBound>, String> {
        let times: Vec<u64> = bound::times(ready).iter().map(|t| t.to_bits()).collect();
        let identity = json!({
            "model": models::name(ready.cell), "process": ready.cell.process, "times": times,
            "bound": measure.settings, "seed": ready.cell.seed.get(),
        });
        self.bounds.get(identity.to_string(), || bound::of_points(ready, spec, measure))
    }

    /// The limits of the first `count` samples of a cell; `None` where there are none.
    ///
    /// # Errors
    /// One sentence.
    pub fn limits(&self, ready: &Ready<'_>, plan: &Plan, count: usize, cancel: &AtomicBool) -> Made<Limits> {
        let cell = ready.cell;
        let Ok(limit) = limit::of(cell, plan) else { return Ok(None) };
        let sampler = cell.sampler.plan(cell.steps.unwrap_or(1))?;
        let count = count.min(ready.samples);
        let end = flow_end(ready, sampler.flags.needs_alpha)?;
        let (FlowEnd::At(t_end) | FlowEnd::X0At(t_end)) = end;
        let common = json!({
            "model": models::name(cell), "process": cell.process, "init": cell.init, "seed": cell.seed.get(),
            "count": count, "ends": [ready.grid.times()[0].to_bits(), t_end.get().to_bits()],
            "clean": ready.grid.clean(), "final": cell.last,
        });
        let Some(of_limit) = limit.identity() else {
            return self.limits.get(common.to_string(), || flow(ready, end, count).map(|l| Some(Arc::new(l))));
        };
        let identity = json!({
            "common": common, "sampler": cell.sampler.yaml(), "limit": of_limit,
            "batch": cell.model.is_network().then_some(cell.batch), "dtype": cell.dtype,
        });
        self.limits.get(identity.to_string(), || {
            let made = match &limit {
                Limit::Flow => flow(ready, end, count),
                Limit::Split(finest) => on_the_path(ready, cell, finest.split(SPLIT), count, cancel),
                Limit::Uncontrolled(off) => uncontrolled(ready, off, end, count, cancel),
            };
            made.map(|limits| Some(Arc::new(limits)))
        })
    }
}

/// Whether the sampler is a Markov chain at one time.
pub(super) fn is_chain(cell: &Cell) -> bool {
    cell.sampler.info().flags.level
}

/// The temperature of a chain; 1 for everything else, and where the sampler has none.
fn temperature(cell: &Cell) -> f64 {
    cell.sampler.f64("temperature").filter(|_| is_chain(cell)).unwrap_or(1.0)
}

/// Whether exact samples of the law of a cell's result can be made: those of p^{1/τ}, where a chain has a temperature,
/// only from a closed form and a table.
pub(super) fn has_truth(cell: &Cell, plan: &Plan) -> bool {
    let temperature = temperature(cell);
    let tabulated = || plan.dim().is_some_and(|dim| tempered::serves(dim, temperature));
    temperature == 1.0 || (!cell.model.is_network() && tabulated())
}

/// Where the law of the result is that of the process.
fn end_point(ready: &Ready<'_>) -> Result<Point, String> {
    let times = ready.grid.times();
    let clean = ready.grid.clean() || ready.cell.last != Final::State;
    if clean && !is_chain(ready.cell) {
        return Ok(Point::clean(ready.process.clean_time()));
    }
    Time::new(times[times.len() - 1]).map(|t| ready.process.at(t)).map_err(|e| e.to_string())
}

fn uniforms(seed: Seed, stream: &str, count: usize, dim: usize) -> Array2<f64> {
    let stream = Stream::named(&format!("{stream}-tempered"));
    Array2::from_shape_fn((count, dim), |(i, j)| uniform(Key { seed: seed.get(), sample: i as u32 }, stream, j as u64))
}

/// `count` different rows of the data, or all of them where there are fewer, chosen by the seed.
fn subset(data: &Array2<f64>, seed: Seed, count: usize) -> Array2<f64> {
    let stream = Stream::named("floor-subset");
    let mut rows: Vec<(f64, usize)> =
        (0..data.nrows()).map(|i| (uniform(Key { seed: seed.get(), sample: i as u32 }, stream, 0), i)).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut chosen: Vec<usize> = rows.into_iter().take(count).map(|(_, i)| i).collect();
    chosen.sort_unstable();
    data.select(Axis(0), &chosen)
}
