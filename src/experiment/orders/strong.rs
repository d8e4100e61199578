//! The strong order of SDE samplers: each sample against its own limit on its own Brownian path.
//!
//! The limit is the same sampler with each interval of the finest grid cut into 128. That it is the right limit is
//! the matter of [`weak`](super::weak), and for the mixture of the moments measured here: the law of the limit must
//! be p at t_end, because the starts are exact samples of p at t_begin.
//!
//! The host's paths are exact at every time, which costs some forty normals a time and sample: nearly all the work
//! here. Most samplers read of the path only its increments over whole steps, or increments and then space-time Lévy
//! areas. Where a trial proves that, bit for bit, these are replayed from a path that is made on the limit's grid, one
//! or two normals a step.

mod joined;

use super::job::{Job, Runner};
use super::problem::{Case, Problem, SEED};
use super::{Row, What};
use crate::grid::Grid;
use crate::metric::order::{Level, judge, judge_scattered, step_counts};
use crate::noise::{Key, Paths, Stream, normals_rows};
use crate::sampler::{Init, NoiseMode, start};
use crate::units::Seed;
use joined::Joined;
use ndarray::{Array2, Array3};
use rayon::prelude::*;
use std::sync::Arc;

/// Parts of an interval of the finest grid in the limit.
const SPLIT: usize = 128;
/// Parts of an interval of the finest grid where, besides the limit, the moments of a mixture are measured.
const MOMENTS_SPLIT: usize = 16;
/// Brownian paths that run together; threads share out such chunks.
const CHUNK: usize = 256;
/// How many standard errors a moment may be off.
const STANDARD_ERRORS: f64 = 4.0;

/// The strong slope; for the mixture also the moments at two N.
pub(super) fn order(job: &Job<'_>) -> Result<Vec<Row>, String> {
    let case = job.case()?;
    let claimed = job.claimed(|plan| plan.order)?;
    let declared = on_this_drift(claimed, case.problem);
    let runner = job.runner(&[])?;
    let counts = step_counts(declared, job.extent.path_steps());
    let mut grids = counts.iter().map(|&steps| runner.grid(steps)).collect::<Result<Vec<_>, _>>()?;
    let finest = grids.last().ok_or("no grid to measure on")?.clone();
    if case.problem == Problem::Mixture {
        grids.push(finest.split(MOMENTS_SPLIT));
    }
    let limit = finest.split(SPLIT);
    let nested = grids.iter().zip(grids[1..].iter().chain([&limit])).all(|(grid, fine)| nested(grid, fine));
    let replay = if nested { reads_whole_steps(&runner, case, &grids[..2])? } else { None };
    let chunk = |first: usize| {
        let (results, ends) = if let Some(draws) = replay {
            replayed(&runner, case, &grids, (&limit, draws), first)?
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
    // A formula whose law is of higher order has a small term of the strong order behind a larger one of the weak: from
    // above, its slopes settle slowly. The lower side alone is claimed then.
    let above = job.plan()?.weak_order > claimed;
    let verdict = if above { judge_scattered(declared, declared, &levels) } else { judge(declared, &levels) };
    let mut row = job.row(What::Strong, declared).judged(verdict);
    if declared != claimed && row.note.is_empty() {
        row.note = format!(
            "{claimed} in general, {declared} on Gaussian data: what limits it vanishes where a drift is linear"
        );
    }
    let mut rows = vec![row];
    if case.problem == Problem::Mixture {
        rows.push(moments(job, &sums, [finest.steps() * MOMENTS_SPLIT, limit.steps()])?);
    }
    Ok(rows)
}

/// With steps of its own: the strong error, against the formula without control on the same path, falls with rtol = atol.
pub(super) fn tolerance(job: &Job<'_>) -> Result<Vec<Row>, String> {
    const TOLERANCES: [f64; 4] = [1e-1, 1e-2, 1e-3, 1e-4];
    const FALL: f64 = 3.0;
    const PATHS: usize = 256;
    let case = job.case()?;
    let init = || Init::Marginal(Arc::clone(&case.law));
    let off = job.runner(&[("control", "off".into())])?;
    let limit = off.grid(job.extent.path_steps() * 16)?;
    let ends = off.run(&limit, init(), NoiseMode::Paired, (0, PATHS))?;
    let mut errors = Vec::new();
    for tolerance in TOLERANCES {
        let runner = job.runner(&[("rtol", tolerance.into()), ("atol", tolerance.into())])?;
        let x = runner.run(&runner.ends()?, init(), NoiseMode::Paired, (0, PATHS))?;
        errors.push(super::flow::rms(&x, &ends));
    }
    let slopes: Vec<f64> = errors.windows(2).map(|pair| (pair[0] / pair[1]).log10()).collect();
    let pass = slopes.iter().all(|slope| *slope >= FALL.log10());
    let note = format!(
        "strong error by rtol = atol, slopes at least {:.2}: {FALL}-fold per factor 10; the limit has {} steps",
        FALL.log10(),
        limit.steps()
    );
    Ok(vec![Row { at: TOLERANCES.to_vec(), errors, slopes, pass, note, ..job.row(What::Adaptive, 0.0) }])
}

/// The order that a sampler of declared strong order has on data of this kind.
///
/// With additive noise, what limits a method to order 1.5 is `g² ∂²a/∂x²` times the triple integral I_(1,1,0), of size
/// h² with mean 0 (Kloeden and Platen 1992, section 10.4). On Gaussian data the score, and so the drift a, is linear in
/// x: that term vanishes, the next is of size h^2.5, and 1.5 becomes 2.
fn on_this_drift(declared: f64, problem: Problem) -> f64 {
    if declared == 1.5 && problem == Problem::Gaussian { 2.0 } else { declared }
}

/// Whether every time of a grid is one of the finer grid's, at equal distances.
fn nested(grid: &Grid, fine: &Grid) -> bool {
    let parts = fine.steps() / grid.steps();
    fine.times().iter().step_by(parts).eq(grid.times())
}

/// How many normals a step replay the sampler, if the only noise that it reads is the increment of the path over each
/// step (1), or that and then the area (2).
fn reads_whole_steps(runner: &Runner<'_>, case: &Case, grids: &[Grid]) -> Result<Option<usize>, String> {
    for draws in [1, 2] {
        let mut reads = true;
        for grid in grids {
            reads = reads && reads_this(runner, case, grid, draws)?;
        }
        if reads {
            return Ok(Some(draws));
        }
    }
    Ok(None)
}

/// Whether increments, or increments and areas, replayed from the host's own paths give the same bits.
fn reads_this(runner: &Runner<'_>, case: &Case, grid: &Grid, draws: usize) -> Result<bool, String> {
    const SAMPLES: usize = 16;
    let keys: Vec<Key> = (0..SAMPLES as u32).map(|sample| Key { seed: SEED, sample }).collect();
    let mut paths = Paths::new(Arc::clone(&case.setting.tree), &keys, case.law.dim());
    let mut noise = Array3::zeros((draws * grid.steps(), SAMPLES, case.law.dim()));
    let width = SAMPLES * case.law.dim();
    let (mut z, mut y) = (vec![0.0; width], vec![0.0; width]);
    let mut slots = noise.as_slice_mut().ok_or("rows are not in one piece")?.chunks_exact_mut(width);
    for times in grid.times().windows(2) {
        paths.increment_and_area(None, &times[..1], &times[1..], &mut z, &mut y).map_err(|e| e.to_string())?;
        y.iter_mut().for_each(|y| *y *= 12.0_f64.sqrt());
        for (slot, values) in slots.by_ref().zip([&z, &y]).take(draws) {
            slot.copy_from_slice(values);
        }
    }
    let run = |noise| runner.run(grid, Init::Marginal(Arc::clone(&case.law)), noise, (0, SAMPLES));
    let expected = run(NoiseMode::Paired)?;
    // A sampler that draws anything else runs out of normals, or leaves some.
    Ok(run(NoiseMode::File(Arc::new(noise))).ok() == Some(expected))
}

/// The results on all grids and those on the limit's, for the chunk of paths that begins at `first`.
fn replayed(
    runner: &Runner<'_>,
    case: &Case,
    grids: &[Grid],
    (limit, draws): (&Grid, usize),
    first: usize,
) -> Result<(Vec<Array2<f64>>, Array2<f64>), String> {
    let seed = Seed::new(SEED).map_err(|e| e.to_string())?;
    let (setting, shape) = (&case.setting, (CHUNK, case.law.dim()));
    let init = Init::Marginal(Arc::clone(&case.law));
    let x_t = Arc::new(start(&init, &*setting.process, setting.t_begin, seed, first, shape));
    // What the limit draws one by one, the longer steps get joined.
    let stream = Stream::named("orders-path");
    let ends = runner.run(limit, init, NoiseMode::Independent(stream), (first, CHUNK))?;
    let keys: Vec<Key> = (first..first + CHUNK).map(|i| Key { seed: SEED, sample: i as u32 }).collect();
    let (mut index, mut short) = (0, Array3::zeros((draws, CHUNK, case.law.dim())));
    let (finest, rest) = grids.split_last().ok_or("no grid to measure on")?;
    let mut joined = Joined::new(limit, finest, short.dim());
    for step in limit.times().windows(2) {
        for mut z in short.outer_iter_mut() {
            normals_rows(&keys, None, stream, index, z.as_slice_mut().ok_or("rows are not in one piece")?);
            index += 1;
        }
        joined.add(step[0] - step[1], &short.view());
    }
    let mut noises = vec![joined];
    for (long, grid) in rest.iter().zip(&grids[1..]).rev() {
        let next = noises.last().map(|joined| joined.over(grid, long)).ok_or("no grid to join")?;
        noises.push(next);
    }
    noises.reverse();
    let run = |(grid, join): (&Grid, Joined)| runner.run(grid, Init::Given(Arc::clone(&x_t)), join.noise(), (0, CHUNK));
    let results = grids.iter().zip(noises).map(run);
    Ok((results.collect::<Result<_, _>>()?, ends))
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
