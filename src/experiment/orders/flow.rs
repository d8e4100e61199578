//! Samplers of the probability flow: slope on fixed grids, and what a tolerance is worth.

use super::job::Job;
use super::problem::{Problem, SAMPLES};
use super::{Row, What};
use crate::metric::order::{Level, judge, judge_from, judge_leading, next_term, step_counts};
use crate::metric::trajectory_error;
use crate::sampler::{Init, NoiseMode};
use ndarray::Array2;
use serde_json::Value;
use std::sync::Arc;

/// Errors below so many floors are not judged, so that finer grids tell nothing more.
const CONVERGED: f64 = 100.0;
/// What is asked of a method with its own first and last steps, and the largest N at which it is.
const SHIPPED: f64 = 1.0;
const SHIPPED_STEPS: u32 = 1280;
/// The part of a grid on which a method may be given exact starting values, where a few at its begin do not show its order.
const EARLY: u32 = 8;
/// rtol = atol.
const TOLERANCES: [f64; 4] = [1e-3, 1e-5, 1e-7, 1e-9];
/// The error must fall by this factor while the tolerance falls by 100.
const FALL: f64 = 20.0;

/// Root mean square over samples of |x − x*|/√D; not finite where x is not.
pub(super) fn rms(x: &Array2<f64>, ends: &Array2<f64>) -> f64 {
    (x.iter().zip(ends).map(|(x, end)| (x - end) * (x - end)).sum::<f64>() / x.len() as f64).sqrt()
}

/// The slope against exact end points. A method of several steps has a row with exact starting values; one more
/// is as shipped, whose first steps have lower orders.
pub(super) fn order(job: &Job<'_>) -> Result<Vec<Row>, String> {
    let (plan, most) = (job.plan()?, job.extent.flow_steps());
    if plan.flags.one_step || plan.order == 1.0 {
        let declared = job.claimed(|plan| plan.order)?;
        return Ok(vec![judged(job, declared, &errors(job, declared, &[], &|_| 0, most)?)]);
    }
    let never = job.variant.whole();
    let declared = job.runner(&never)?.order()?;
    if declared <= 0.0 {
        return Err("the plugin declares no order for this test".into());
    }
    let started = |starts: &dyn Fn(u32) -> usize| -> Result<Row, String> {
        Ok(judged(job, declared, &errors(job, declared, &never, starts, most)?))
    };
    let mut row = started(&|_| declared.ceil() as usize)?;
    if row.note.is_empty() {
        row.note = "exact starting values".into();
    }
    if !row.pass {
        // Where a grid begins with long steps (flow at t = 0.99, sigma/alpha = 99) the place at which the formula takes over
        // moves with N, and what its first step leaves does not fall as it will when all steps are short.
        let later = started(&|steps| (steps / EARLY) as usize)?;
        if later.pass {
            row = Row { note: format!("exact starting values up to N/{EARLY}"), ..later };
        }
    }
    let Errors { levels, .. } = errors(job, declared, &[], &|_| 0, most.min(SHIPPED_STEPS))?;
    let shipped = judge_from(SHIPPED, declared, &levels);
    let mut as_shipped = job.row(What::Order, SHIPPED).judged(shipped);
    if as_shipped.note.is_empty() {
        as_shipped.note =
            "as shipped: first and perhaps last steps of lower order limit the slope to 2, which may show \
                           late; tested is that it is at least 1"
                .into();
    }
    Ok(vec![row, as_shipped])
}

/// A row of a formula. On Gaussian data the score is linear in x, where the leading error of some formulas vanishes (the
/// midpoint rule in sigma has order 3 there): the lower side alone is tested.
fn judged(job: &Job<'_>, declared: f64, Errors { levels, leading }: &Errors) -> Row {
    let linear = job.case.is_some_and(|case| case.problem == Problem::Gaussian);
    let verdict = if linear { judge_from(declared, declared, levels) } else { judge(declared, levels) };
    job.row(What::Order, declared).judged(judge_leading(verdict, leading))
}

/// Errors by N, and their leading terms: those of E_N − 2^{p+1} E_2N.
struct Errors {
    levels: Vec<Level>,
    leading: Vec<Level>,
}

/// The errors by N up to `most`, with so many exact starting values for each N.
fn errors(
    job: &Job<'_>,
    declared: f64,
    more: &[(&str, Value)],
    starts: &dyn Fn(u32) -> usize,
    most: u32,
) -> Result<Errors, String> {
    let (case, runner) = (job.case()?, job.runner(more)?);
    let exact = case.exact()?;
    let factor = next_term(declared);
    let mut errors = Errors { levels: Vec::new(), leading: Vec::new() };
    let mut before: Option<(u32, Array2<f64>)> = None;
    for steps in step_counts(declared, most) {
        let grid = runner.grid(steps)?;
        let given = case.states(&grid.times()[..=starts(steps).min(grid.steps() - 1)])?;
        let x = runner.run_from(&grid, Init::Given(Arc::clone(&exact.x_t)), NoiseMode::Paired, (0, SAMPLES), &given)?;
        let level = Level { steps, error: rms(&x, &exact.ends), floor: exact.floor };
        errors.levels.push(level);
        let error = x - &exact.ends;
        if let Some((n, coarse)) = before.filter(|(n, _)| 2 * n == steps) {
            let lead = rms(&coarse, &(&error * factor));
            errors.leading.push(Level { steps: n, error: lead, floor: (1.0 + factor) * exact.floor });
        }
        before = Some((steps, error));
        if level.error <= CONVERGED * level.floor {
            break;
        }
    }
    Ok(errors)
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
    // A formula of high order takes few steps at loose tolerances, and its error falls by chance there.
    let whole = slopes.iter().sum::<f64>() / slopes.len() as f64;
    let pass = whole >= least && slopes.iter().all(|slope| *slope > 0.0);
    let note = format!(
        "slopes against rtol = atol; on the whole at least {least:.2}, which is {FALL}-fold per factor 100, and each above 0"
    );
    let floors = vec![exact.floor; errors.len()];
    let row = job.row(What::Adaptive, 0.0);
    Ok(vec![Row { at: TOLERANCES.to_vec(), errors, floors, slopes, pass, note, ..row }])
}
