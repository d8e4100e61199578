//! The metrics of a cell: errors of the samples, and beside each its floor.

use super::execute::Ready;
use super::limit;
use super::plan::{Cell, Measure, Plan};
use super::record::{Record, ladder_temperature};
use super::references::{References, has_truth, is_chain};
use super::store::Arrays;
use crate::metric::{MetricSpec, trajectory_error};
use ndarray::{Array2, s};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

/// Column of the evaluations that references cost.
pub const REFERENCE_EVALUATIONS: &str = "reference_evaluations";

/// The metric columns of an experiment, in the order of its file: each metric, then its floor.
#[must_use]
pub fn columns(metrics: &[MetricSpec]) -> Vec<String> {
    let mut out = Vec::new();
    for metric in metrics {
        out.extend(metric.columns().iter().map(|&c| c.to_owned()));
        if metric.is_distribution() {
            out.extend(metric.columns().iter().map(|c| floor_name(c)));
        } else if matches!(metric, MetricSpec::Trajectory { .. }) {
            out.extend([floor_name(metric.name()), REFERENCE_EVALUATIONS.to_owned()]);
        }
    }
    out
}

fn floor_name(column: &str) -> String {
    format!("{column}_floor")
}

/// The metrics that a finished cell must have and has not, or has with other settings.
#[must_use]
pub fn missing<'a>(plan: &'a Plan, cell: &Cell, record: &Record) -> Vec<&'a Measure> {
    let there = |m: &Measure| {
        let there = record.settings.get(m.spec.name()).map_or("", String::as_str);
        record.metrics.contains_key(m.spec.columns()[0]) && there == settings(m, cell, plan)
    };
    plan.metrics.iter().filter(|m| exists(&m.spec, cell, plan) && !there(m)).collect()
}

/// A record without what it holds of metrics that this plan would measure with other settings, or not at all: a number
/// against another limit is no number of this table.
#[must_use]
pub fn current(plan: &Plan, cell: &Cell, mut record: Record) -> Record {
    for measure in &plan.metrics {
        let held = record.settings.get(measure.spec.name()).map_or("", String::as_str);
        if !exists(&measure.spec, cell, plan) || held != settings(measure, cell, plan) {
            for column in columns(std::slice::from_ref(&measure.spec)) {
                record.metrics.remove(&column);
            }
        }
    }
    record
}

/// Whether a cell has this metric at all: not all paths lead to a limit, and there is no bound without a grid.
fn exists(metric: &MetricSpec, cell: &Cell, plan: &Plan) -> bool {
    match metric {
        MetricSpec::Trajectory { .. } => limit::of(cell, plan).is_ok(),
        MetricSpec::Bound(_) => cell.steps.is_some() && !is_chain(cell),
        MetricSpec::Nll(_) => true,
        _ => has_truth(cell, plan),
    }
}

/// The settings of a metric as a record of this cell holds them: for the trajectory with what its limit depends on, such
/// as the sweep's finest grid, so that a sweep that goes on to more steps measures its old cells again.
fn settings(measure: &Measure, cell: &Cell, plan: &Plan) -> String {
    let MetricSpec::Trajectory { samples } = measure.spec else { return measure.settings.clone() };
    match limit::of(cell, plan).ok().and_then(|limit| limit.identity()) {
        Some(limit) => json!({ "trajectory": { "samples": samples, "limit": limit } }).to_string(),
        None => measure.settings.clone(),
    }
}

/// What was measured.
#[derive(Debug, Default)]
pub struct Measured {
    /// The columns.
    pub columns: BTreeMap<String, f64>,
    /// Settings by metric, as in a record.
    pub settings: BTreeMap<String, String>,
    /// Numbers that are no columns.
    pub arrays: Vec<Arrays>,
}

impl Measured {
    /// Puts the numbers into a record in place of those that the same metrics gave with other settings.
    pub fn enter(self, record: &mut Record) -> Vec<Arrays> {
        for metric in self.settings.keys() {
            let part = format!("{metric}_");
            record.metrics.retain(|column, _| column != metric && !column.starts_with(&part));
        }
        record.metrics.extend(self.columns);
        record.settings.extend(self.settings);
        self.arrays
    }
}

/// Measures samples [samples, dim]; a metric that does not exist for this cell leaves its columns empty.
///
/// # Errors
/// One sentence: a metric that should exist failed.
pub fn measure<'a>(
    metrics: impl IntoIterator<Item = &'a Measure>,
    ready: &Ready<'_>,
    plan: &Plan,
    references: &References,
    x: &Array2<f64>,
    cancel: &AtomicBool,
) -> Result<Measured, String> {
    let mut out = Measured::default();
    for metric in metrics {
        let found = match &metric.spec {
            MetricSpec::Trajectory { samples } => {
                let Some(limits) = references.limits(ready, plan, *samples as usize, cancel)? else { continue };
                let count = limits.x.nrows();
                let error = trajectory_error(x.slice(s![..count, ..]), limits.x.view()).map_err(|e| e.to_string())?;
                let mut found =
                    vec![("trajectory".to_owned(), error.rms), ("trajectory_median".to_owned(), error.median)];
                found.extend(limits.floor.map(|floor| (floor_name("trajectory"), floor)));
                #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
                found.push((REFERENCE_EVALUATIONS.to_owned(), limits.evaluations as f64));
                found
            }
            MetricSpec::Nll(spec) => {
                let found = references.nll(ready, spec, metric)?;
                out.arrays.push(found.arrays());
                found.columns()
            }
            MetricSpec::Bound(_) if !exists(&metric.spec, ready.cell, plan) => continue,
            MetricSpec::Bound(spec) => {
                let found = references.bound(ready, spec, metric)?;
                out.arrays.push(found.arrays());
                found.columns()
            }
            distribution => {
                let Some(truth) = references.truth(ready, plan)? else { continue };
                let values = truth.set.errors(distribution, x.view()).map_err(|e| e.to_string())?;
                let names = || distribution.columns().iter();
                let mut found: Vec<(String, f64)> = names().map(|&c| c.to_owned()).zip(values).collect();
                // A floor tells samples from their target: where none is claimed, the distance is a plain number.
                if ladder_temperature(&ready.cell.sampler.params()).is_none() {
                    let floors = truth.floor(distribution).map_err(|e| e.to_string())?;
                    found.extend(names().map(|c| floor_name(c)).zip(floors));
                }
                found
            }
        };
        out.columns.extend(found);
        let settings = settings(metric, ready.cell, plan);
        if !settings.is_empty() {
            out.settings.insert(metric.spec.name().to_owned(), settings);
        }
    }
    Ok(out)
}
