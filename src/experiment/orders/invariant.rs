//! Markov chains that claim no bias: started in the law they are to sample, they must stay in it.

use super::job::Job;
use super::{Row, What};
use crate::sampler::{Init, NoiseMode};
use crate::units::Steps;
use serde_json::{Value, json};
use std::sync::Arc;

/// Updates of each chain.
const UPDATES: u32 = 100;
/// Chains.
const CHAINS: usize = 16_384;
/// Step sizes in units of the smallest variance; the largest has many rejections.
const STEPS: [f64; 3] = [2.0, 0.5, 0.1];
/// How many standard errors a moment may be off.
const STANDARD_ERRORS: f64 = 4.0;

/// The largest deviation of `E[x]` and `E[x²]` in standard errors, by step size.
pub(super) fn law(job: &Job<'_>) -> Result<Vec<Row>, String> {
    let case = job.case()?;
    let (at, level) = (case.setting.end(), Value::from(case.setting.t_end.get()));
    let (mean, square) = case.problem.moments(&at)[0];
    let variance = (at.alpha * case.problem.std()).powi(2) + at.sigma.powi(2);
    let (mut steps, mut errors) = (Vec::new(), Vec::new());
    for step in STEPS.map(|step| step * variance) {
        let runner = job.runner(&[(super::variant::LEVEL, level.clone()), ("step", json!({ "absolute": step }))])?;
        let updates = Steps::new(UPDATES).map_err(|e| e.to_string())?;
        let init = Init::Marginal(Arc::clone(&case.law));
        let x = runner.run(&runner.level(updates)?, init, NoiseMode::Paired, (0, CHAINS))?;
        let power = |k: i32| x.iter().map(|x| x.powi(k)).sum::<f64>() / CHAINS as f64;
        let (x1, x2, x4) = (power(1), power(2), power(4));
        let of_mean = (x1 - mean).abs() / ((x2 - x1 * x1) / CHAINS as f64).sqrt();
        let of_square = (x2 - square).abs() / ((x4 - x2 * x2) / CHAINS as f64).sqrt();
        steps.push(step);
        errors.push(of_mean.max(of_square));
    }
    let pass = errors.iter().all(|z| *z <= STANDARD_ERRORS);
    let note = format!(
        "no bias claimed: started in p_t, {UPDATES} updates leave the moments of {CHAINS} chains within \
         {STANDARD_ERRORS} standard errors, by step size"
    );
    Ok(vec![Row { at: steps, errors, pass, note, ..job.row(What::Invariant, 0.0) }])
}
