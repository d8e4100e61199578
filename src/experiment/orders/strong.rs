//! The strong order of SDE samplers: each sample against its own limit on its own Brownian path.
//!
//! The limit is the same sampler with each interval of the finest grid cut into 128. That it is the right limit is
//! the matter of [`weak`](super::weak), and for the mixture of the moments measured here: the law of the limit must
//! be p at t_end, because the starts are exact samples of p at t_begin.

use super::job::{Job, Runner};
use super::problem::Problem;
use super::{Row, What};
use crate::grid::Grid;
use crate::metric::order::{Level, judge, step_counts};
use crate::sampler::{Init, NoiseMode};
use ndarray::Array2;
use rayon::prelude::*;
use std::sync::Arc;

/// Most intervals of a grid that is compared with the limit.
const MOST: u32 = 80;
/// Parts of an interval of the finest grid in the limit.
const SPLIT: u32 = 128;
/// Brownian paths, in chunks that threads share out.
const PATHS: usize = 4096;
const CHUNK: usize = 128;
/// Intervals at which, besides the limit, the moments of a mixture are compared with the exact ones.
const MOMENTS_AT: u32 = 1280;
/// How many standard errors a moment may be off.
const STANDARD_ERRORS: f64 = 4.0;

/// What one chunk of paths adds.
struct Sums {
    /// Sum of |x − x*|² a grid.
    squares: Vec<f64>,
    /// Sums of x, x², x⁴ a coordinate, for the grid of [`MOMENTS_AT`] and for the limit.
    moments: [Vec<[f64; 3]>; 2],
}

/// The strong slope; for the mixture also the moments at two N.
pub(super) fn order(job: &Job<'_>) -> Result<Vec<Row>, String> {
    let (declared, case) = (job.claimed(|plan| plan.order)?, job.case()?);
    let runner = job.runner(&[])?;
    let counts = step_counts(declared, MOST);
    let grids = counts.iter().map(|&steps| runner.grid(steps)).collect::<Result<Vec<_>, _>>()?;
    let limit = grids.last().ok_or("no grid to measure on")?.split(SPLIT as usize);
    let fine = (case.problem == Problem::Mixture).then(|| runner.grid(MOMENTS_AT)).transpose()?;
    let chunks: Vec<usize> = (0..PATHS).step_by(CHUNK).collect();
    let sums = chunks
        .into_par_iter()
        .map(|first| chunk(&runner, &grids, fine.as_ref(), &limit, first, Arc::clone(&case.law)))
        .collect::<Result<Vec<_>, String>>()?;
    let scale = (PATHS * case.law.dim()) as f64;
    let error = |i: usize| (sums.iter().map(|sums| sums.squares[i]).sum::<f64>() / scale).sqrt();
    // The limit's own error, if the declared order holds from the finest grid on.
    let floor = error(counts.len() - 1) / f64::from(SPLIT).powf(declared);
    let levels: Vec<Level> =
        counts.iter().enumerate().map(|(i, &steps)| Level { steps, error: error(i), floor }).collect();
    let mut rows = vec![job.row(What::Strong, declared).judged(judge(declared, &levels))];
    if fine.is_some() {
        rows.push(moments(job, &sums)?);
    }
    Ok(rows)
}

fn chunk(
    runner: &Runner<'_>,
    grids: &[Grid],
    fine: Option<&Grid>,
    limit: &Grid,
    first: usize,
    law: Arc<dyn crate::score::ClosedForm>,
) -> Result<Sums, String> {
    let init = Init::Marginal(law);
    let run = |grid: &Grid| runner.run(grid, init.clone(), NoiseMode::Paired, (first, CHUNK));
    let ends = run(limit)?;
    let distance = |grid| Ok((run(grid)? - &ends).mapv(|d| d * d).sum());
    let squares = grids.iter().map(distance).collect::<Result<_, String>>()?;
    let fine = fine.map(run).transpose()?;
    Ok(Sums { squares, moments: [fine.as_ref().map(powers).unwrap_or_default(), powers(&ends)] })
}

/// Sums of x, x², x⁴ over the samples, a coordinate each.
fn powers(x: &Array2<f64>) -> Vec<[f64; 3]> {
    let sum = |column: ndarray::ArrayView1<'_, f64>, k| column.iter().map(|x| x.powi(k)).sum();
    x.columns().into_iter().map(|column| [1, 2, 4].map(|k| sum(column, k))).collect()
}

/// The largest deviation of `E[x]` and `E[x²]` from p at t_end, in standard errors, at two N.
fn moments(job: &Job<'_>, sums: &[Sums]) -> Result<Row, String> {
    let case = job.case()?;
    let exact = case.problem.moments(&case.setting.end());
    let n = PATHS as f64;
    let worst = |which: usize| {
        let deviation = |(d, (mean, square)): (usize, &(f64, f64))| {
            let [x, x2, x4] = [0, 1, 2].map(|k| sums.iter().map(|s| s.moments[which][d][k]).sum::<f64>() / n);
            let of_mean = (x - mean).abs() / ((x2 - x * x) / n).sqrt();
            let of_square = (x2 - square).abs() / ((x4 - x2 * x2) / n).sqrt();
            of_mean.max(of_square)
        };
        exact.iter().enumerate().map(deviation).fold(0.0, f64::max)
    };
    let errors = vec![worst(0), worst(1)];
    let pass = errors.iter().all(|z| *z <= STANDARD_ERRORS);
    let note = format!("not an order: the moments' largest deviation in standard errors, at most {STANDARD_ERRORS}");
    let n = vec![u64::from(MOMENTS_AT), u64::from(MOST * SPLIT)];
    Ok(Row { n, errors, pass, note, ..job.row(What::Weak, job.plan()?.weak_order) })
}
