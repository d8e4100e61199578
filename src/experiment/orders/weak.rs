//! The law of an SDE sampler's result against p at t_end, on Gaussian data: its order, or its errors alone.

use super::affine::{self, Moments};
use super::job::Job;
use super::problem::ROUNDING;
use super::{Row, What};
use crate::metric::order::{Level, judge, step_counts};

/// Where a sampler that claims no order is measured.
const PLATEAU: [u32; 3] = [10, 100, 1000];

/// The weak slope: starts are exact, so that the law must be p at t_end in the limit.
pub(super) fn order(job: &Job<'_>) -> Result<Vec<Row>, String> {
    let declared = job.claimed(|plan| plan.weak_order)?;
    let levels = levels(job, &step_counts(declared, job.extent.law_steps()))?;
    Ok(vec![job.row(What::Weak, declared).judged(judge(declared, &levels))])
}

/// Errors without a claim.
pub(super) fn plateau(job: &Job<'_>) -> Result<Vec<Row>, String> {
    let plan = job.plan()?;
    if plan.order > 0.0 || plan.weak_order > 0.0 {
        return Err("the plugin declares an order and the kind plateau, which has none".into());
    }
    let levels = levels(job, &PLATEAU)?;
    let errors: Vec<f64> = levels.iter().map(|level| level.error).collect();
    Ok(vec![Row {
        n: PLATEAU.map(u64::from).to_vec(),
        pass: errors.iter().all(|error| error.is_finite()),
        floors: vec![ROUNDING; errors.len()],
        errors,
        note: "no order claimed: steps at a level do not shrink with N, so that each level keeps the bias of its \
               step size, and the state lags behind the falling level"
            .into(),
        ..job.row(What::Plateau, 0.0)
    }])
}

fn levels(job: &Job<'_>, counts: &[u32]) -> Result<Vec<Level>, String> {
    let runner = job.runner(&[])?;
    let exact = Moments::marginal(&job.case()?.setting.end());
    let draws = affine::draws_per_step(&runner)?;
    let level = |&steps: &u32| {
        let error = affine::result(job, &runner, steps, draws)?.error(&exact);
        Ok(Level { steps, error, floor: ROUNDING })
    };
    counts.iter().map(level).collect()
}
