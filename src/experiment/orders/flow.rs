//! Samplers of the probability flow: slope on fixed grids, and what a tolerance is worth.

use super::job::Job;
use super::problem::SAMPLES;
use super::{Row, What};
use crate::metric::order::{Level, judge, step_counts};
use crate::metric::trajectory_error;
use crate::sampler::{Init, NoiseMode};
use ndarray::Array2;
use serde_json::Value;
use std::sync::Arc;

/// Errors below so many floors are not judged, so that finer grids tell nothing more.
const CONVERGED: f64 = 100.0;
/// rtol = atol.
const TOLERANCES: [f64; 4] = [1e-3, 1e-5, 1e-7, 1e-9];
/// The error must fall by this factor while the tolerance falls by 100.
const FALL: f64 = 20.0;

/// Root mean square over samples of |x − x*|/√D; not finite where x is not.
pub(super) fn rms(x: &Array2<f64>, ends: &Array2<f64>) -> f64 {
    (x.iter().zip(ends).map(|(x, end)| (x - end) * (x - end)).sum::<f64>() / x.len() as f64).sqrt()
}

/// The slope against exact end points.
pub(super) fn order(job: &Job<'_>) -> Result<Vec<Row>, String> {
    let declared = job.claimed(|plan| plan.order)?;
    let exact = job.case()?.exact()?;
    let runner = job.runner(&[])?;
    let mut levels = Vec::new();
    for steps in step_counts(declared, job.extent.flow_steps()) {
        let init = Init::Given(Arc::clone(&exact.x_t));
        let x = runner.run(&runner.grid(steps)?, init, NoiseMode::Paired, (0, SAMPLES))?;
        let level = Level { steps, error: rms(&x, &exact.ends), floor: exact.floor };
        levels.push(level);
        if level.error <= CONVERGED * level.floor {
            break;
        }
    }
    Ok(vec![job.row(What::Order, declared).judged(judge(declared, &levels))])
}

/// How far the median error falls with rtol = atol.
pub(super) fn tolerance(job: &Job<'_>) -> Result<Vec<Row>, String> {
    let exact = job.case()?.exact()?;
    let mut errors = Vec::new();
    for tolerance in TOLERANCES {
        let tolerance = Value::from(tolerance);
        let runner = job.runner(&[("rtol", tolerance.clone()), ("atol", tolerance)])?;
        let init = Init::Given(Arc::clone(&exact.x_t));
        let x = runner.run(&runner.ends()?, init, NoiseMode::Paired, (0, SAMPLES))?;
        errors.push(trajectory_error(x.view(), exact.ends.view()).map_err(|e| e.to_string())?.median);
    }
    let falls = errors.windows(2).map(|pair| pair[0] / pair[1]);
    let slopes: Vec<f64> = falls.map(|fall: f64| fall.ln() / (TOLERANCES[0] / TOLERANCES[1]).ln()).collect();
    let least = FALL.ln() / (TOLERANCES[0] / TOLERANCES[1]).ln();
    let pass = slopes.iter().all(|slope| *slope >= least);
    let note = format!("slopes against rtol = atol; at least {least:.2}, which is {FALL}-fold per factor 100");
    let floors = vec![exact.floor; errors.len()];
    let row = job.row(What::Adaptive, 0.0);
    Ok(vec![Row { at: TOLERANCES.to_vec(), errors, floors, slopes, pass, note, ..row }])
}
