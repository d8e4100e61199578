//! The variational bound of a Markov chain on any falling grid, term by term: J. Ho, A. Jain and P. Abbeel,
//! "Denoising diffusion probabilistic models" (2020), eq. 5; A. Nichol and P. Dhariwal, "Improved denoising
//! diffusion probabilistic models" (2021), eqs. 4 to 7.
//!
//! On the grid t_0 > … > t_N, with `q` the process and `p` the chain that starts from the prior,
//!
//! ```text
//! −ln p(x_0) ≤ KL(q(x_{t_0} | x_0) ‖ N(0, std² I))                                    L_T
//!            + Σ_i E KL(q(x_s | x_t, x_0) ‖ p(x_s | x_t)),   t = t_{i−1}, s = t_i      L_i
//!            − E ln p(x_0 | x_{t_N})                                                   L_0
//! ```
//!
//! p(x_s | x_t) is a Gaussian whose mean is that of q(x_s | x_t, x_0) with the prediction of x_0 in place of x_0,
//! and whose variance is fixed. With Δ = lambda_t − lambda_s < 0 and `g = 1 − exp(2 Δ)`
//!
//! ```text
//! Var(x_s | x_t, x_0) = sigma_s² g,    d mean/d x_0 = alpha_s g
//! ```
//!
//! for every process, which does not cancel for short steps.

mod decoder;
mod spec;

pub use decoder::Decoder;
pub use spec::{BoundSpec, DecoderSpec, LevelsSpec};

use super::likelihood::bits::in_bits;
use super::{MetricError, check_set};
use crate::noise::{Key, Stream, normals};
use crate::process::{Point, Process};
use crate::score::{Prediction, Score};
use crate::units::{Seed, Time};
use ndarray::{Array1, Array2, ArrayView2};

/// The variance of p(x_s | x_t), Ho et al. 2020, section 3.2: the two extremes, each right for one law of x_0.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Variance {
    /// Var(x_s | x_t, x_0), right where x_0 is one point: `fixedsmall`, beta-tilde.
    #[default]
    FixedSmall,
    /// Var(x_s | x_t) for x_0 ~ N(0, I): `fixedlarge`. On a variance-preserving process it is beta_t; on
    /// others it keeps the meaning, so that the bound does not depend on how x is scaled.
    FixedLarge,
}

/// The bound of some points, in bits per dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct VariationalBound {
    /// L_T, mean over points.
    pub prior: f64,
    /// L_1 … L_N in the order of sampling: entry i − 1 is the step from t_{i−1} to t_i, mean over points and
    /// draws.
    pub steps: Vec<f64>,
    /// L_0, mean over points and draws.
    pub decoder: f64,
    /// The sum of all terms, `[n]`, one a point.
    pub total: Array1<f64>,
}

impl VariationalBound {
    /// The mean of the sum of all terms, and its standard error over points and draws; `None` for one point.
    #[must_use]
    pub fn mean(&self) -> (f64, Option<f64>) {
        let count = self.total.len() as f64;
        let mean = self.total.sum() / count;
        let squares = self.total.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
        (mean, (count > 1.0).then(|| (squares / (count - 1.0) / count).sqrt()))
    }
}

/// What the bound is taken of.
#[derive(Clone, Copy)]
pub struct Chain<'a> {
    /// Gives x_0.
    pub score: &'a dyn Score,
    /// The process.
    pub process: &'a dyn Process,
    /// t_0 … t_N, strictly falling, sigma > 0 at all of them.
    pub times: &'a [Time],
    /// The variance of each step.
    pub variance: Variance,
    /// The last term.
    pub decoder: Decoder,
}

/// The terms for points `x_0` [n, D]. Each expectation over x_t is a mean over `draws` of them; the noise of
/// draw k of time i of row j is a function of (seed, i, k, j), in the stream `bound`.
///
/// # Errors
/// [`MetricError::Ends`] for times that do not fall inside the process's domain or reach sigma = 0;
/// [`MetricError::NotFinite`], [`MetricError::TooFew`], [`MetricError::Shape`]; [`MetricError::Score`].
pub fn variational_bound(
    chain: Chain<'_>,
    x_0: ArrayView2<'_, f64>,
    draws: u32,
    seed: Seed,
) -> Result<VariationalBound, MetricError> {
    check_set("samples", x_0, 1)?;
    if draws == 0 {
        return Err(MetricError::TooFew { which: "draws", found: 0, least: 1 });
    }
    let (count, dim) = x_0.dim();
    if dim != chain.score.dim() {
        return Err(MetricError::Shape { samples: x_0.dim(), reference: (count, chain.score.dim()) });
    }
    let points = falling(chain)?;
    let Some(first) = points.first() else { return Err(MetricError::TooFew { which: "times", found: 0, least: 1 }) };
    let std = chain.process.prior_std().get();
    let prior: Vec<f64> = x_0.rows().into_iter().map(|x| prior_kl(first, std, x.iter().copied())).collect();
    let mut total = prior.clone();
    let mean = |values: &[f64]| in_bits(values.iter().sum::<f64>() / count as f64, dim);
    let mut terms = Vec::with_capacity(points.len());
    for (i, t) in points.iter().enumerate() {
        let mut term = vec![0.0; count];
        for k in 0..draws {
            let index = i as u64 * u64::from(draws) + u64::from(k);
            let predicted = predict_x_0(chain.score, t, x_0, seed, index)?;
            for ((term, x), predicted) in term.iter_mut().zip(x_0.rows()).zip(predicted.rows()) {
                let pairs = x.iter().copied().zip(predicted.iter().copied());
                *term += match points.get(i + 1) {
                    Some(s) => step_kl(t, s, chain.variance, dim, pairs.map(|(x, y)| (x - y) * (x - y)).sum()),
                    None => chain.decoder.nats(t, pairs),
                } / f64::from(draws);
            }
        }
        total.iter_mut().zip(&term).for_each(|(total, term)| *total += term);
        terms.push(mean(&term));
    }
    let decoder = terms.pop().unwrap_or(f64::NAN);
    let total = total.into_iter().map(|nats| in_bits(nats, dim)).collect();
    Ok(VariationalBound { prior: mean(&prior), steps: terms, decoder, total })
}

/// KL(N(alpha x_0, sigma² I) ‖ N(0, std² I)) of one point, in nats.
#[must_use]
pub fn prior_kl(at: &Point, std: f64, x_0: impl Iterator<Item = f64>) -> f64 {
    let ratio = (at.sigma / std).powi(2);
    x_0.map(|x| 0.5 * (ratio - 1.0 - libm::log(ratio) + (at.alpha * x / std).powi(2))).sum()
}

/// KL(q(x_s | x_t, x_0) ‖ p(x_s | x_t)) of one point, in nats; `square` is |x_0 − predicted x_0|², the only
/// trace that x_t leaves. sigma_s > 0.
///
/// With ρ the variance of q over that of p, it is `½ D (ρ − 1 − ln ρ) + ½ ρ (alpha_s² g/sigma_s²) square`; for ρ = 1
/// the factor is half the growth of the signal-to-noise ratio (D. Kingma et al., "Variational diffusion models"
/// (2021), eq. 13).
#[must_use]
pub fn step_kl(t: &Point, s: &Point, variance: Variance, dim: usize, square: f64) -> f64 {
    let g = -libm::expm1(2.0 * (t.lambda - s.lambda));
    // ln ρ; the variance for x_0 ~ N(0, I) is v_s sigma_t² g/v_t with v = alpha² + sigma².
    let log_ratio = match variance {
        Variance::FixedSmall => 0.0,
        Variance::FixedLarge => {
            // sigma²/v = 1/(1 + snr)
            let log_share = |at: &Point| -softplus(2.0 * at.lambda);
            log_share(s) - log_share(t)
        }
    };
    let variances = libm::expm1(log_ratio) - log_ratio;
    let snr = libm::exp(2.0 * s.lambda);
    0.5 * (dim as f64 * variances + libm::exp(log_ratio) * snr * g * square)
}

/// ln(1 + exp(x)).
fn softplus(x: f64) -> f64 {
    x.max(0.0) + libm::log1p(libm::exp(-x.abs()))
}

/// The points of the grid, checked.
fn falling(chain: Chain<'_>) -> Result<Vec<Point>, MetricError> {
    let (lower, upper) = chain.process.domain();
    let mut points: Vec<Point> = Vec::with_capacity(chain.times.len());
    let mut before = None;
    for &t in chain.times {
        let refused = MetricError::Ends { t_begin: before.unwrap_or(t).get(), t_end: t.get() };
        if t < lower || t > upper {
            return Err(refused);
        }
        let at = chain.process.at(t);
        let falls = points.last().is_none_or(|last| last.lambda < at.lambda);
        if at.sigma == 0.0 || !falls {
            return Err(refused);
        }
        points.push(at);
        before = Some(t);
    }
    Ok(points)
}

/// The prediction of x_0 from `alpha x_0 + sigma eps`, [n, D].
fn predict_x_0(
    score: &dyn Score,
    at: &Point,
    x_0: ArrayView2<'_, f64>,
    seed: Seed,
    index: u64,
) -> Result<Array2<f64>, MetricError> {
    let (stream, dim) = (Stream::named("bound"), x_0.ncols());
    let (mut x_t, mut eps) = (Vec::with_capacity(x_0.len()), vec![0.0; dim]);
    for (row, x) in x_0.rows().into_iter().enumerate() {
        normals(Key { seed: seed.get(), sample: row as u32 }, stream, index, &mut eps);
        x_t.extend(x.iter().zip(&eps).map(|(x, eps)| at.alpha * x + at.sigma * eps));
    }
    let mut out = vec![0.0; x_t.len()];
    score.predict(Prediction::X0, std::slice::from_ref(at), &x_t, &mut out)?;
    Ok(Array2::from_shape_vec(x_0.dim(), out).expect("one number in, one out"))
}

#[cfg(test)]
mod tests;
