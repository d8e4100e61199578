//! The law of an SDE sampler's result against p at t_end, on Gaussian data: its order, or its errors alone.

use super::affine::{self, Draws, Moments};
use super::job::Job;
use super::problem::ROUNDING;
use super::variant::LEVEL;
use super::{Row, What};
use crate::metric::order::{Level, judge, judge_from, step_counts};
use crate::units::Steps;
use serde_json::{Value, json};

/// Where a sampler that claims no order is measured.
const PLATEAU: [u32; 3] = [10, 100, 1000];

/// Intervals of the trial that counts draws.
const TRIAL: u32 = 3;
/// The length of a chain with momentum, in its own unit of time: where the law has turned once about.
const LENGTH: f64 = 2.0;

/// The slope in the step size h of a chain at one level that keeps more than x, such as a velocity: on Gaussian data, from
/// the level's own law, after a fixed time N h.
pub(super) fn chain(job: &Job<'_>) -> Result<Vec<Row>, String> {
    let declared = job.claimed(|plan| plan.weak_order)?;
    let case = job.case()?;
    let (exact, level) = (Moments::marginal(&case.setting.end()), Value::from(case.setting.t_end.get()));
    let mut levels = Vec::new();
    for steps in step_counts(declared, job.extent.law_steps()) {
        let h = LENGTH * case.setting.end().sigma / f64::from(steps);
        let runner = job.runner(&[(LEVEL, level.clone()), ("step", json!({ "absolute": h }))])?;
        let of = |n: u32| runner.level(Steps::new(n).map_err(|e| e.to_string())?);
        let draws = Draws::of(&runner, &of(TRIAL)?)?;
        let error = affine::result(job, &runner, &of(steps)?, draws)?.error(&exact);
        levels.push(Level { steps, error, floor: ROUNDING });
    }
    let mut row = job.row(What::Bias, declared).judged(judge(declared, &levels));
    if row.note.is_empty() {
        row.note =
            "a chain that keeps more than x: the error of the law after a fixed time, from the level's own law".into();
    }
    Ok(vec![row])
}

/// The weak slope: starts are exact, so that the law must be p at t_end in the limit.
pub(super) fn order(job: &Job<'_>) -> Result<Vec<Row>, String> {
    let declared = job.claimed(|plan| plan.weak_order)?;
    let levels = levels(job, &step_counts(declared, job.extent.law_steps()))?;
    // The data are Gaussian: what limits a method in general may vanish, so that the lower side alone is tested.
    Ok(vec![job.row(What::Weak, declared).judged(judge_from(declared, declared, &levels))])
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
        note: "no order claimed: a part of the method does not shrink with N and keeps its own error: the steps of a \
               Langevin chain at each level, or the fixed steps of an interval that is gone through again"
            .into(),
        ..job.row(What::Plateau, 0.0)
    }])
}

fn levels(job: &Job<'_>, counts: &[u32]) -> Result<Vec<Level>, String> {
    let runner = job.runner(&[])?;
    let exact = Moments::marginal(&job.case()?.setting.end());
    let level = |&steps: &u32| {
        let grid = runner.grid(steps)?;
        let error = affine::result(job, &runner, &grid, Draws::of(&runner, &grid)?)?.error(&exact);
        Ok(Level { steps, error, floor: ROUNDING })
    };
    counts.iter().map(level).collect()
}
