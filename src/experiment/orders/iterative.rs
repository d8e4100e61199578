//! Samplers that iterate to the result of a sequential one: the difference from it, by tolerance.
//!
//! They have two parameters by which the host can ask for the sequential sampler without knowing its name: `tolerance: 0`
//! iterates until nothing changes, and `window: 1` takes one step at a time.

use super::flow::rms;
use super::job::Job;
use super::problem::SAMPLES;
use super::{Row, What};
use crate::sampler::{Init, NoiseMode, Outcome};
use serde_json::Value;
use std::sync::Arc;

/// Intervals of the grid.
const STEPS: u32 = 100;
/// The tolerances, falling.
const TOLERANCES: [f64; 3] = [1e-1, 1e-2, 1e-3];
/// The difference must fall by this factor while the tolerance falls by 10.
const FALL: f64 = 3.0;

/// Differences from the sequential sampler; without a tolerance there is none.
pub(super) fn limit(job: &Job<'_>) -> Result<Vec<Row>, String> {
    let exact = job.case()?.exact()?;
    let run = |more: &[(&str, Value)]| -> Result<Outcome, String> {
        let runner = job.runner(more)?;
        let init = Init::Given(Arc::clone(&exact.x_t));
        runner.outcome(&runner.grid(STEPS)?, init, NoiseMode::Paired, (0, SAMPLES), &[])
    };
    let sequential = run(&[("window", 1.into()), ("tolerance", 0.into())])?;
    let converged = run(&[("tolerance", 0.into())])?;
    let same = sequential.x == converged.x;
    let (mut errors, mut costs) = (Vec::new(), Vec::new());
    for tolerance in TOLERANCES {
        let outcome = run(&[("tolerance", tolerance.into())])?;
        errors.push(rms(&outcome.x, &sequential.x));
        let mean = outcome.nfe.iter().sum::<u64>() as f64 / outcome.nfe.len() as f64;
        costs.push(format!("{mean:.0} evaluations in {} sweeps", outcome.depth));
    }
    let falls = errors.windows(2).all(|pair| pair[0] >= FALL * pair[1]);
    let note = match (same, falls) {
        (false, _) => "with `tolerance: 0` the samples are not those of the sequential sampler".to_owned(),
        (_, false) => format!("the difference must fall {FALL}-fold with each factor 10 of the tolerance"),
        _ => format!(
            "RMS difference from the sequential sampler at N = {STEPS}, which `tolerance: 0` equals bit for bit"
        ),
    };
    let note = format!("{note}; cost: {}", costs.join(", "));
    let row = job.row(What::Iterative, 0.0);
    Ok(vec![Row { at: TOLERANCES.to_vec(), errors, pass: same && falls, note, ..row }])
}
