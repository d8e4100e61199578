//! The strong order of SDE samplers: each sample against its own limit on its own Brownian path.
//!
//! The limit is the same sampler with each interval of the finest grid cut into 128. That it is the right limit is
//! the matter of [`weak`](super::weak), and for the mixture of the moments measured here: the law of the limit must
//! be p at t_end, because the starts are exact samples of p at t_begin.
//!
//! The noise that a sampler reads is noted in a run of one sample, and made for all grids at once (`replay`).

mod replay;

use super::job::{Job, Runner};
use super::problem::{Case, Problem, SEED};
use super::{Row, What};
use crate::grid::Grid;
use crate::metric::order::{Level, judge, judge_scattered, step_counts};
use crate::noise::{Key, Paths};
use crate::sampler::{Init, NoiseMode, Read, start};
use crate::units::Seed;
use ndarray::{Array2, Array3};
use rayon::prelude::*;
use replay::Union;
use std::sync::{Arc, Mutex, PoisonError};

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
    let counts = step_counts(declared, job.extent.path_steps(job.variant.default));
    let mut grids = counts.iter().map(|&steps| runner.grid(steps)).collect::<Result<Vec<_>, _>>()?;
    let finest = grids.last().ok_or("no grid to measure on")?.clone();
    if case.problem == Problem::WideMixture {
        grids.push(finest.split(MOMENTS_SPLIT));
    }
    let limit = finest.split(SPLIT);
    grids.push(limit.clone());
    let union = reads_only_the_path(&runner, case, &grids)?;
    let chunk = |first: usize| {
        let init = Init::Marginal(Arc::clone(&case.law));
        let mut results = match &union {
            Some(union) => replayed(&runner, case, &grids, (union, counts.len()), first)?,
            None => grids
                .iter()
                .map(|grid| runner.run(grid, init.clone(), NoiseMode::Paired, (first, CHUNK)))
                .collect::<Result<_, _>>()?,
        };
        let ends = results.pop().ok_or("no limit to compare with")?;
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
    if case.problem == Problem::WideMixture {
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
    let limit = off.grid(job.extent.path_steps(true) * 16)?;
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
/// h² with mean 0 (Kloeden and Platen 1992, strong Taylor schemes). On Gaussian data the score, and so the drift a, is linear in
/// x: that term vanishes, the next is of size h^2.5, and 1.5 becomes 2.
fn on_this_drift(declared: f64, problem: Problem) -> f64 {
    if declared == 1.5 && problem == Problem::Gaussian { 2.0 } else { declared }
}

/// What the sampler reads on each grid, if that is nothing but increments and areas of the path: proved by a trial on the
/// coarsest grids, to which these are replayed from the host's own paths and must give the same bits.
fn reads_only_the_path(runner: &Runner<'_>, case: &Case, grids: &[Grid]) -> Result<Option<Arc<Union>>, String> {
    const TRIALS: usize = 2;
    const SAMPLES: usize = 16;
    let run = |grid, noise, samples| runner.run(grid, Init::Marginal(Arc::clone(&case.law)), noise, (0, samples));
    let mut reads = Vec::new();
    for (i, grid) in grids.iter().enumerate() {
        let noted = Arc::new(Mutex::new(Vec::new()));
        let expected = run(grid, NoiseMode::Noted(Arc::clone(&noted)), if i < TRIALS { SAMPLES } else { 1 })?;
        let noted = std::mem::take(&mut *noted.lock().unwrap_or_else(PoisonError::into_inner));
        if i < TRIALS {
            let Some(noise) = of_host(case, &noted, SAMPLES)? else { return Ok(None) };
            if run(grid, NoiseMode::File(Arc::new(noise)), SAMPLES)? != expected {
                return Ok(None);
            }
        }
        reads.push(noted);
    }
    Ok(Union::new(&reads).map(Arc::new))
}

/// Normals [reads, samples, dim] of the host's paths; `None` where one is not of the path.
fn of_host(case: &Case, reads: &[Read], samples: usize) -> Result<Option<Array3<f64>>, String> {
    let keys: Vec<Key> = (0..samples as u32).map(|sample| Key { seed: SEED, sample }).collect();
    let mut paths = Paths::new(Arc::clone(&case.setting.tree), &keys, case.law.dim());
    let mut noise = Array3::zeros((reads.len(), samples, case.law.dim()));
    let mut other = vec![0.0; samples * case.law.dim()];
    for (read, mut slot) in reads.iter().zip(noise.outer_iter_mut()) {
        let slot = slot.as_slice_mut().ok_or("rows are not in one piece")?;
        match *read {
            Read::Draw => return Ok(None),
            Read::Increment(t, s) => paths.increment(None, &[t], &[s], slot),
            Read::Area(t, s) => paths.increment_and_area(None, &[t], &[s], &mut other, slot),
        }
        .map_err(|e| e.to_string())?;
        if let Read::Area(..) = read {
            slot.iter_mut().for_each(|h| *h *= 12.0_f64.sqrt());
        }
    }
    Ok(Some(noise))
}

/// The results on all grids for the chunk of paths that begins at `first`; the noise of the first, coarse grids is joined
/// in one pass.
fn replayed(
    runner: &Runner<'_>,
    case: &Case,
    grids: &[Grid],
    (union, coarse): (&Arc<Union>, usize),
    first: usize,
) -> Result<Vec<Array2<f64>>, String> {
    let seed = Seed::new(SEED).map_err(|e| e.to_string())?;
    let (setting, dim) = (&case.setting, case.law.dim());
    let init = Init::Marginal(Arc::clone(&case.law));
    let x_t = Arc::new(start(&init, &*setting.process, setting.t_begin, seed, first, (CHUNK, dim)));
    let keys: Vec<Key> = (first..first + CHUNK).map(|i| Key { seed: SEED, sample: i as u32 }).collect();
    let joined = union.normals(coarse, &keys, dim).into_iter().map(|normals| NoiseMode::File(Arc::new(normals)));
    let made = (coarse..grids.len()).map(|grid| NoiseMode::Made(union.on(grid, &keys, dim)));
    let run = |(grid, noise)| runner.run(grid, Init::Given(Arc::clone(&x_t)), noise, (0, CHUNK));
    grids.iter().zip(joined.chain(made)).map(run).collect()
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
