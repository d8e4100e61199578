//! The strong order of SDE samplers: each sample against its own limit on its own Brownian path.
//!
//! The limit is the same sampler with each interval of the finest grid cut into 128. That it is the right limit is
//! the matter of [`weak`](super::weak), and for the mixture of the moments measured here: the law of the limit must
//! be p at t_end, because the starts are exact samples of p at t_begin.
//!
//! The host's paths are exact at every time, which costs some forty normals a time and sample: nearly all the work
//! here. Most samplers read of the path only its increments over whole steps, one a step. Where a trial proves that,
//! bit for bit, the increments are replayed from a path that is made on the limit's grid, one normal a step.

use super::job::{Job, Runner};
use super::problem::{Case, Problem, SEED};
use super::{Row, What};
use crate::grid::Grid;
use crate::metric::order::{Level, judge, step_counts};
use crate::noise::{Key, Paths, Stream, normals_rows};
use crate::sampler::{Init, NoiseMode, start};
use crate::units::Seed;
use ndarray::{Array2, Array3, Axis};
use rayon::prelude::*;
use std::sync::Arc;

/// Most intervals of a grid that is compared with the limit: three halvings from N = 10 on.
const MOST: u32 = 80;
/// Parts of an interval of the finest grid in the limit.
const SPLIT: usize = 128;
/// Parts of an interval of the finest grid where, besides the limit, the moments of a mixture are measured.
const MOMENTS_SPLIT: usize = 16;
/// Brownian paths that run together; threads share out such chunks.
const CHUNK: usize = 64;
/// How many standard errors a moment may be off.
const STANDARD_ERRORS: f64 = 4.0;

/// The strong slope; for the mixture also the moments at two N.
pub(super) fn order(job: &Job<'_>) -> Result<Vec<Row>, String> {
    let (declared, case) = (job.claimed(|plan| plan.order)?, job.case()?);
    let runner = job.runner(&[])?;
    let counts = step_counts(declared, MOST);
    let mut grids = counts.iter().map(|&steps| runner.grid(steps)).collect::<Result<Vec<_>, _>>()?;
    let finest = grids.last().ok_or("no grid to measure on")?.clone();
    if case.problem == Problem::Mixture {
        grids.push(finest.split(MOMENTS_SPLIT));
    }
    let limit = finest.split(SPLIT);
    let replay = grids.iter().all(|grid| nested(grid, &limit)) && reads_whole_steps(&runner, case, &grids[..2])?;
    let chunk = |first: usize| {
        let (results, ends) = if replay {
            replayed(&runner, case, &grids, &limit, first)?
        } else {
            let run = |grid| runner.run(grid, Init::Marginal(Arc::clone(&case.law)), NoiseMode::Paired, (first, CHUNK));
            (grids.iter().map(run).collect::<Result<_, _>>()?, run(&limit)?)
        };
        Ok(Sums::of(&results, &ends))
    };
    let chunks: Vec<usize> = (0..job.extent.paths()).step_by(CHUNK).collect();
    let sums = chunks.into_par_iter().map(chunk).collect::<Result<Vec<Sums>, String>>()?;

    let scale = (sums.len() * CHUNK * case.law.dim()) as f64;
    let error = |i: usize| (sums.iter().map(|sums| sums.squares[i]).sum::<f64>() / scale).sqrt();
    // The limit's own error, if the declared order holds from the finest grid on.
    let floor = error(counts.len() - 1) / (SPLIT as f64).powf(declared);
    let levels: Vec<Level> =
        counts.iter().enumerate().map(|(i, &steps)| Level { steps, error: error(i), floor }).collect();
    let mut rows = vec![job.row(What::Strong, declared).judged(judge(declared, &levels))];
    if case.problem == Problem::Mixture {
        rows.push(moments(job, &sums, [finest.steps() * MOMENTS_SPLIT, limit.steps()])?);
    }
    Ok(rows)
}

/// Whether every time of a grid is one of the limit's, at equal distances.
fn nested(grid: &Grid, limit: &Grid) -> bool {
    let parts = limit.steps() / grid.steps();
    limit.times().iter().step_by(parts).eq(grid.times())
}

/// Whether the sampler's only noise is the increment of the path over each step.
fn reads_whole_steps(runner: &Runner<'_>, case: &Case, grids: &[Grid]) -> Result<bool, String> {
    const SAMPLES: usize = 16;
    let keys: Vec<Key> = (0..SAMPLES as u32).map(|sample| Key { seed: SEED, sample }).collect();
    for grid in grids {
        let mut paths = Paths::new(Arc::clone(&case.setting.tree), &keys, case.law.dim());
        let mut z = Array3::zeros((grid.steps(), SAMPLES, case.law.dim()));
        for (mut z, times) in z.outer_iter_mut().zip(grid.times().windows(2)) {
            let z = z.as_slice_mut().ok_or("rows are not in one piece")?;
            paths.increment(None, &times[..1], &times[1..], z).map_err(|e| e.to_string())?;
        }
        let run = |noise| runner.run(grid, Init::Marginal(Arc::clone(&case.law)), noise, (0, SAMPLES));
        let expected = run(NoiseMode::Paired)?;
        // A sampler that draws anything else runs out of normals, or leaves some.
        if run(NoiseMode::File(Arc::new(z))).ok() != Some(expected) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The results on all grids and those on the limit's, for the chunk of paths that begins at `first`.
fn replayed(
    runner: &Runner<'_>,
    case: &Case,
    grids: &[Grid],
    limit: &Grid,
    first: usize,
) -> Result<(Vec<Array2<f64>>, Array2<f64>), String> {
    let (dim, stream) = (case.law.dim(), Stream::named("orders-path"));
    let keys: Vec<Key> = (first..first + CHUNK).map(|i| Key { seed: SEED, sample: i as u32 }).collect();
    let mut z = Array3::zeros((limit.steps(), CHUNK, dim));
    for (j, mut z) in z.outer_iter_mut().enumerate() {
        normals_rows(&keys, None, stream, j as u64, z.as_slice_mut().ok_or("rows are not in one piece")?);
    }
    let seed = Seed::new(SEED).map_err(|e| e.to_string())?;
    let setting = &case.setting;
    let init = Init::Marginal(Arc::clone(&case.law));
    let x_t = Arc::new(start(&init, &*setting.process, setting.t_begin, seed, first, (CHUNK, dim)));
    let run =
        |grid: &Grid, z| runner.run(grid, Init::Given(Arc::clone(&x_t)), NoiseMode::File(Arc::new(z)), (0, CHUNK));
    let on = |grid: &Grid| run(grid, joined(&z, limit.times(), grid.steps()));
    let results = grids.iter().map(on).collect::<Result<_, _>>()?;
    Ok((results, run(limit, z)?))
}

/// Increments over n longer steps: `W(s) − W(t)` is the sum of `sqrt(h_j) z_j` over the short steps between.
fn joined(z: &Array3<f64>, times: &[f64], n: usize) -> Array3<f64> {
    let parts = z.len_of(Axis(0)) / n;
    let mut out = Array3::zeros((n, z.len_of(Axis(1)), z.len_of(Axis(2))));
    for (i, mut out) in out.outer_iter_mut().enumerate() {
        let length = times[i * parts] - times[(i + 1) * parts];
        for j in i * parts..(i + 1) * parts {
            out.scaled_add(((times[j] - times[j + 1]) / length).sqrt(), &z.index_axis(Axis(0), j));
        }
    }
    out
}

/// What one chunk of paths adds.
struct Sums {
    /// Sum of |x − x*|² on each grid.
    squares: Vec<f64>,
    /// Sums of x, x², x⁴ a coordinate, on the last grid and in the limit.
    moments: [Vec<[f64; 3]>; 2],
}

impl Sums {
    fn of(results: &[Array2<f64>], ends: &Array2<f64>) -> Self {
        let squares = results.iter().map(|x| (x - ends).mapv(|d| d * d).sum()).collect();
        Self { squares, moments: [results.last().map(powers).unwrap_or_default(), powers(ends)] }
    }
}

/// Sums of x, x², x⁴ over the samples, a coordinate each.
fn powers(x: &Array2<f64>) -> Vec<[f64; 3]> {
    let sum = |column: ndarray::ArrayView1<'_, f64>, k| column.iter().map(|x| x.powi(k)).sum();
    x.columns().into_iter().map(|column| [1, 2, 4].map(|k| sum(column, k))).collect()
}

/// The largest deviation of `E[x]` and `E[x²]` from p at t_end, in standard errors, at the two N.
fn moments(job: &Job<'_>, sums: &[Sums], n: [usize; 2]) -> Result<Row, String> {
    let case = job.case()?;
    let exact = case.problem.moments(&case.setting.end());
    let count = (sums.len() * CHUNK) as f64;
    let worst = |which: usize| {
        let deviation = |(d, (mean, square)): (usize, &(f64, f64))| {
            let [x, x2, x4] = [0, 1, 2].map(|k| sums.iter().map(|s| s.moments[which][d][k]).sum::<f64>() / count);
            let of_mean = (x - mean).abs() / ((x2 - x * x) / count).sqrt();
            let of_square = (x2 - square).abs() / ((x4 - x2 * x2) / count).sqrt();
            of_mean.max(of_square)
        };
        exact.iter().enumerate().map(deviation).fold(0.0, f64::max)
    };
    let errors = vec![worst(0), worst(1)];
    let pass = errors.iter().all(|z| *z <= STANDARD_ERRORS);
    let note = format!("no slope: the moments' largest deviation in standard errors, at most {STANDARD_ERRORS}");
    let n = n.map(|n| n as u64).to_vec();
    Ok(Row { n, errors, pass, note, ..job.row(What::Weak, 0.0) })
}

#[cfg(test)]
mod tests {
    use super::joined;
    use ndarray::{Array3, array};

    /// Steps of length 1, 3 and 2, 2: (1 z_0 + √3 z_1)/√4 and (z_2 + z_3)/√2.
    #[test]
    fn increments_join_by_hand() {
        let z = Array3::from_shape_vec((4, 1, 1), vec![0.3, -1.0, 2.0, 0.5]).expect("four normals");
        let out = joined(&z, &[8.0, 7.0, 4.0, 2.0, 0.0], 2);
        let expected = array![[[(0.3 - 3.0_f64.sqrt()) / 2.0]], [[2.5 / 2.0_f64.sqrt()]]];
        assert!(out.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-15), "{out}");
    }
}
