//! The law of a sampler's result on Gaussian data, exactly and without sampling.
//!
//! The score of a Gaussian is affine, so a sampler on a fixed grid maps x_T and the normals it draws affinely to its
//! result: `x = b + A x_T + sum_j C_j z_j`. One batch gives b, the columns of A and those of every C_j: row 0 starts
//! at 0 and draws zeros, each other row has one unit vector. With x_T ~ N(m, S) and independent z_j ~ N(0, I) the
//! result has mean `b + A m` and covariance `A S A^T + sum_j C_j C_j^T`. One more row, with everything at once,
//! proves that the map is affine.

use super::job::{Job, Runner};
use super::problem::{COVARIANCE, MEAN};
use crate::grid::Grid;
use crate::noise::{Key, Stream, normals};
use crate::process::Point;
use crate::sampler::{Init, NoiseMode};
use ndarray::{Array1, Array2, Array3, array, s};
use std::sync::Arc;

/// Numbers a sample.
const D: usize = 2;
/// Draws a step that are tried, the usual ones first.
const DRAWS: [usize; 9] = [1, 0, 2, 3, 4, 5, 6, 7, 8];
/// Most draws of a sampler that draws at a few levels alone.
const MOST: usize = 64;
/// How far, relatively, the row with everything at once may be from the sum of its parts.
const AFFINE: f64 = 1e-9;

/// Mean and covariance in D dimensions.
pub(super) struct Moments {
    mean: Array1<f64>,
    covariance: Array2<f64>,
}

impl Moments {
    /// Those of p_t.
    pub(super) fn marginal(at: &Point) -> Self {
        let covariance = Array2::from_shape_fn((D, D), |(i, j)| {
            at.alpha.powi(2) * COVARIANCE[D * i + j] + if i == j { at.sigma.powi(2) } else { 0.0 }
        });
        Self { mean: Array1::from_iter(MEAN.iter().map(|m| at.alpha * m)), covariance }
    }

    /// `sqrt(|Δm|²/tr C + |ΔC|²/|C|²)`, Frobenius norms, C that of `exact`.
    pub(super) fn error(&self, exact: &Self) -> f64 {
        let size = |x: f64| x * x;
        let mean = (&self.mean - &exact.mean).mapv(size).sum() / exact.covariance.diag().sum();
        let covariance = (&self.covariance - &exact.covariance).mapv(size).sum() / exact.covariance.mapv(size).sum();
        (mean + covariance).sqrt()
    }
}

/// How many normals [D] a sample draws: in each step, and in the first one more than in the others.
#[derive(Clone, Copy)]
pub(super) struct Draws {
    each: usize,
    first: usize,
}

impl Draws {
    /// Found by trial on a grid.
    pub(super) fn of(runner: &Runner<'_>, grid: &Grid) -> Result<Self, String> {
        let mut refusal = String::new();
        // Some draw at a few levels alone, whatever N.
        let few = (1..=MOST).map(|first| Self { each: 0, first });
        let usual = [0, 1].into_iter().flat_map(|first| DRAWS.map(|each| Self { each, first }));
        for draws in usual.chain(few) {
            let noise = NoiseMode::File(Arc::new(Array3::zeros((draws.total(grid), 1, D))));
            match runner.run(grid, Init::Given(Arc::new(array![[0.1, 0.2]])), noise, (0, 1)) {
                Ok(_) => return Ok(draws),
                Err(reason) => refusal = reason,
            }
        }
        Err(format!("no number of draws from 0 to 8, the same in every step but the first, fits: {refusal}"))
    }

    fn total(self, grid: &Grid) -> usize {
        self.each * grid.steps() + self.first
    }
}

/// The law of the result on a grid, from exact starts.
pub(super) fn result(job: &Job<'_>, runner: &Runner<'_>, grid: &Grid, draws: Draws) -> Result<Moments, String> {
    let draws = draws.total(grid);
    let rows = 1 + D * (1 + draws) + 1;
    let (mut x_t, mut z) = (Array2::zeros((rows, D)), Array3::zeros((draws, rows, D)));
    for d in 0..D {
        x_t[[1 + d, d]] = 1.0;
        for j in 0..draws {
            z[[j, 1 + D * (1 + j) + d, d]] = 1.0;
        }
    }
    let mut everything = vec![0.0; D * (1 + draws)];
    normals(Key { seed: 0, sample: 0 }, Stream::named("affine"), 0, &mut everything);
    for (i, &v) in everything.iter().enumerate() {
        match i / D {
            0 => x_t[[rows - 1, i]] = v,
            j => z[[j - 1, rows - 1, i % D]] = v,
        }
    }
    let noise = NoiseMode::File(Arc::new(z));
    let x = runner.run(grid, Init::Given(Arc::new(x_t)), noise, (0, rows))?;
    let b = x.row(0);
    // [D (1 + draws), D]: A^T, then every C_j^T
    let columns = &x.slice(s![1..rows - 1, ..]) - &b;
    let sum = &b + &columns.t().dot(&Array1::from_vec(everything));
    let off = (&sum - &x.row(rows - 1)).mapv(f64::abs).sum();
    if off.is_nan() || off > AFFINE * (1.0 + sum.mapv(f64::abs).sum()) {
        return Err(format!("the result at N = {} is not affine in x_T and the draws: off by {off:e}", grid.steps()));
    }
    let setting = &job.case()?.setting;
    let start = Moments::marginal(&setting.process.at(setting.t_begin));
    let (a, c) = (columns.slice(s![..D, ..]), columns.slice(s![D.., ..]));
    Ok(Moments { mean: &b + &a.t().dot(&start.mean), covariance: a.t().dot(&start.covariance).dot(&a) + c.t().dot(&c) })
}
