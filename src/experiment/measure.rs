//! The metrics of a cell: errors of the samples, and beside each its floor.

use super::execute::Ready;
use super::plan::Plan;
use super::references::References;
use crate::metric::{MetricSpec, trajectory_error};
use crate::plugin::Kind;
use ndarray::{Array2, s};
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

/// The first column of each metric that a finished cell of this kind must have.
#[must_use]
pub fn missing(metrics: &[MetricSpec], kind: Kind, there: &BTreeMap<String, f64>) -> Vec<MetricSpec> {
    let has_limit = !matches!(kind, Kind::Mcmc | Kind::Plateau);
    let wanted = metrics.iter().filter(|m| has_limit || !matches!(m, MetricSpec::Trajectory { .. }));
    wanted.filter(|m| !there.contains_key(m.columns()[0])).copied().collect()
}

/// Measures samples [samples, dim]; a metric that does not exist for this cell leaves its columns empty.
///
/// # Errors
/// One sentence: a metric that should exist failed.
pub fn measure(
    metrics: &[MetricSpec],
    ready: &Ready<'_>,
    plan: &Plan,
    references: &References,
    x: &Array2<f64>,
    cancel: &AtomicBool,
) -> Result<BTreeMap<String, f64>, String> {
    let mut out = BTreeMap::new();
    for &metric in metrics {
        if let MetricSpec::Trajectory { samples } = metric {
            let Some(limits) = references.limits(ready, plan, samples as usize, cancel)? else { continue };
            let count = limits.x.nrows();
            let error = trajectory_error(x.slice(s![..count, ..]), limits.x.view()).map_err(|e| e.to_string())?;
            out.insert("trajectory".to_owned(), error.rms);
            out.insert("trajectory_median".to_owned(), error.median);
            out.extend(limits.floor.map(|floor| (floor_name("trajectory"), floor)));
            #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
            out.insert(REFERENCE_EVALUATIONS.to_owned(), limits.evaluations as f64);
            continue;
        }
        if let MetricSpec::Nll(spec) = metric {
            out.extend(references.nll(ready, plan, spec)?.iter().flat_map(|found| found.columns()));
            continue;
        }
        let Some(truth) = references.truth(ready, plan)? else { continue };
        let values = truth.set.errors(metric, x.view()).map_err(|e| e.to_string())?;
        let floors = truth.floor(metric).map_err(|e| e.to_string())?;
        for ((column, value), floor) in metric.columns().iter().zip(values).zip(floors) {
            out.insert((*column).to_owned(), value);
            out.insert(floor_name(column), floor);
        }
    }
    Ok(out)
}
