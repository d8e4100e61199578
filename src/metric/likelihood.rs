//! Log-likelihood of given points by the probability flow: the instantaneous change of variables.
//!
//! Along dx/dt = v(x, t) the density of the flow obeys d ln p_t(x_t)/dt = −tr ∂v/∂x, so that
//!
//! ```text
//! ln p_{t_end}(x) = ln p_{t_begin}(x_{t_begin}) + ∫_{t_end}^{t_begin} tr ∂v/∂x dt
//! ```
//!
//! with x_{t_begin} the point to which the flow carries x upwards: R. Chen et al., "Neural ordinary differential
//! equations" (2018), eq. 8; Y. Song et al., "Score-based generative modeling through stochastic differential
//! equations" (2021), eq. 39. The trace is exact, or estimated by vᵀ (∂v/∂x) v with probes v of covariance I,
//! each held fixed along the whole path: M. F. Hutchinson (1990); W. Grathwohl et al., "FFJORD" (2019), eq. 8.
//!
//! The flow runs in the angle φ of [`flow_reference`](super::flow_reference), at which `z = x/k` and
//! `dz/dφ = V/k`, V the v-prediction. So `∂(dz/dφ)/∂z = ∂V/∂x`, the integral is that of `tr ∂V/∂x` over φ, and
//! `ln p(x) = ln p(z) − D ln k` at both ends. Nothing is infinite at alpha = 0 or at sigma = 0.

pub mod bits;
pub(in crate::metric) mod spec;

pub use spec::{DequantizeSpec, HutchinsonSpec, NllSpec, POINTS, PointsSpec, Prior, ProbeLaw, Trace, check_end};

use super::flow_reference::{angle, point, size};
use super::rows::{Field, integrate};
use super::{MetricError, check_set};
use crate::noise::{Key, Stream, normals, uniforms};
use crate::process::{Point, Process};
use crate::score::{ClosedForm, Prediction, Score};
use crate::units::{Seed, Time};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use std::f64::consts::TAU;

/// The density that the probability flow of a model gives at `t_end`.
#[derive(Clone, Copy)]
pub struct FlowDensity<'a> {
    /// The score.
    pub score: &'a dyn Score,
    /// The same as a closed form, where it is one: gives p at `t_begin`.
    pub closed: Option<&'a dyn ClosedForm>,
    /// The process.
    pub process: &'a dyn Process,
    /// Where the prior stands for p.
    pub t_begin: Time,
    /// Where the density is asked for.
    pub t_end: Time,
}

/// How the likelihood is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The law at `t_begin`.
    pub prior: Prior,
    /// The trace of the Jacobian.
    pub trace: Trace,
    /// Tolerance of the flow, relative and absolute, in units of z and of nats.
    pub rtol: f64,
    /// Seed of the probes: those of row i are a function of (seed, i) in the stream `hutchinson`.
    pub seed: Seed,
}

/// Log-likelihoods of n points.
#[derive(Clone, Debug, PartialEq)]
pub struct Likelihood {
    /// ln p_{t_end}, `[n]`, in nats.
    pub log_p: Array1<f64>,
    /// Standard error of each over the probes, `[n]`, in nats; `None` for the exact trace and for one probe,
    /// which says nothing about its own spread.
    pub standard_error: Option<Array1<f64>>,
    /// ln p_{t_begin} − ln N(x_{t_begin}; 0, std² I), `[n]`, in nats, where both are known: added to `log_p`
    /// under the standard prior it gives that under the exact one.
    pub prior_mismatch: Option<Array1<f64>>,
    /// The points at t_begin, [n, D].
    pub latent: Array2<f64>,
    /// Slopes of the flow spent on each point, `[n]`: each is one prediction, and one exact trace or one
    /// vector-Jacobian product a probe.
    pub evaluations: Array1<u64>,
}

impl Likelihood {
    /// −(mean ln p), in nats.
    #[must_use]
    pub fn nll(&self) -> f64 {
        -self.log_p.sum() / self.log_p.len() as f64
    }

    /// Standard error of [`nll`](Self::nll) over the probes, the points held fixed: those of different points
    /// are independent.
    #[must_use]
    pub fn nll_standard_error(&self) -> Option<f64> {
        self.standard_error.as_ref().map(|e| e.iter().map(|e| e * e).sum::<f64>().sqrt() / e.len() as f64)
    }

    /// Mean of the prior mismatch: what the standard prior adds to the mean NLL.
    #[must_use]
    pub fn mean_mismatch(&self) -> Option<f64> {
        self.prior_mismatch.as_ref().map(|m| m.sum() / m.len() as f64)
    }
}

/// ln p_{t_end} of the rows `x` [n, D] under the flow. A row's result depends on that row, its number, the seed
/// and, for a network, on the bits that its backend gives.
///
/// # Errors
/// [`MetricError::Tolerance`], [`MetricError::Ends`], [`MetricError::NotFinite`], [`MetricError::Shape`] for bad
/// input; [`MetricError::NoExactPrior`] where that is asked of a score without a closed form;
/// [`MetricError::NoJacobian`]; [`MetricError::Stuck`] when the tolerance cannot be met; [`MetricError::Score`].
pub fn log_likelihood(
    flow: FlowDensity<'_>,
    settings: &Settings,
    x: ArrayView2<'_, f64>,
) -> Result<Likelihood, MetricError> {
    if !(1e-14..=1e-2).contains(&settings.rtol) {
        return Err(MetricError::Tolerance(settings.rtol));
    }
    check_set("samples", x, 1)?;
    let (count, dim) = x.dim();
    if dim != flow.score.dim() {
        return Err(MetricError::Shape { samples: x.dim(), reference: (count, flow.score.dim()) });
    }
    let probes = Probes::new(settings, count, dim);
    with_probes(flow, settings, probes, x)
}

fn with_probes(
    flow: FlowDensity<'_>,
    settings: &Settings,
    probes: Probes,
    x: ArrayView2<'_, f64>,
) -> Result<Likelihood, MetricError> {
    let (count, dim) = x.dim();
    let (begin, end) = ends(flow)?;
    let integrals = probes.count.max(1);
    let width = dim + integrals;
    let mut y = vec![0.0; count * width];
    for (y, x) in y.chunks_mut(width).zip(x.rows()) {
        y.iter_mut().zip(x).for_each(|(y, x)| *y = x / size(&end));
    }
    let mut field = Change { flow, probes };
    let evaluations = integrate(&mut field, angle(&end), angle(&begin), &mut y, settings.rtol)?;

    let mut latent = Array2::zeros((count, dim));
    let (mut change, mut standard_error) = (Vec::new(), Vec::new());
    let scale = dim as f64 * (libm::log(size(&begin)) - libm::log(size(&end)));
    for (mut latent, y) in latent.rows_mut().into_iter().zip(y.chunks(width)) {
        latent.iter_mut().zip(y).for_each(|(latent, z)| *latent = size(&begin) * z);
        let (mean, error) = mean_and_error(&y[dim..]);
        change.push(scale + mean);
        standard_error.push(error);
    }
    let exact = flow.closed.map(|law| {
        let mut out = Array1::zeros(count);
        let layout = "made in standard layout";
        law.log_density(&begin, latent.as_slice().expect(layout), out.as_slice_mut().expect(layout));
        out
    });
    let standard = standard_log_density(latent.view(), flow.process.prior_std().get());
    let prior_mismatch = exact.as_ref().map(|exact| exact - &standard);
    let at_begin = match (settings.prior, exact) {
        (Prior::Exact, Some(exact)) => exact,
        (Prior::Exact, None) => return Err(MetricError::NoExactPrior),
        (Prior::Standard, _) => standard,
    };
    Ok(Likelihood {
        log_p: at_begin + Array1::from(change),
        standard_error: (integrals > 1).then(|| Array1::from(standard_error)),
        prior_mismatch,
        latent,
        evaluations: Array1::from(evaluations),
    })
}

/// The points at both ends, checked.
fn ends(flow: FlowDensity<'_>) -> Result<(Point, Point), MetricError> {
    let (lower, upper) = flow.process.domain();
    let inside = |t: Time| lower <= t && t <= upper;
    let refused = MetricError::Ends { t_begin: flow.t_begin.get(), t_end: flow.t_end.get() };
    if !(inside(flow.t_begin) && inside(flow.t_end)) {
        return Err(refused);
    }
    let (begin, end) = (flow.process.at(flow.t_begin), flow.process.at(flow.t_end));
    if angle(&begin) > angle(&end) { Ok((begin, end)) } else { Err(refused) }
}

/// ln N(x; 0, std² I) of rows.
fn standard_log_density(x: ArrayView2<'_, f64>, std: f64) -> Array1<f64> {
    let norm = 0.5 * x.ncols() as f64 * libm::log(TAU * std * std);
    x.map_axis(Axis(1), |x| -0.5 * x.iter().map(|x| (x / std).powi(2)).sum::<f64>() - norm)
}

/// Mean of numbers, and its standard error (NaN for one).
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
    (mean, (squares / (count - 1.0) / count).sqrt())
}

/// The vectors v of all rows; none for the exact trace.
struct Probes {
    count: usize,
    /// [count, n, D].
    v: Vec<f64>,
}

impl Probes {
    fn new(settings: &Settings, rows: usize, dim: usize) -> Self {
        let Trace::Hutchinson(HutchinsonSpec { probes, law }) = settings.trace else {
            return Self { count: 0, v: Vec::new() };
        };
        let (stream, seed) = (Stream::named("hutchinson"), settings.seed.get());
        let mut v = vec![0.0; probes as usize * rows * dim];
        for (place, v) in v.chunks_mut(dim).enumerate() {
            let (probe, row) = (place / rows, place % rows);
            let key = Key { seed, sample: row as u32 };
            match law {
                ProbeLaw::Gaussian => normals(key, stream, probe as u64, v),
                ProbeLaw::Rademacher => {
                    uniforms(key, stream, probe as u64, v);
                    v.iter_mut().for_each(|v| *v = if *v < 0.5 { -1.0 } else { 1.0 });
                }
            }
        }
        Self { count: probes as usize, v }
    }

    /// Probe number `probe` of the rows, [rows, dim].
    fn of(&self, probe: usize, rows: &[usize], dim: usize) -> Vec<f64> {
        let all = &self.v[probe * (self.v.len() / self.count)..];
        rows.iter().flat_map(|&row| &all[row * dim..(row + 1) * dim]).copied().collect()
    }
}

/// z, and behind it the integral of tr ∂V/∂x, or of its estimate by each probe.
struct Change<'a> {
    flow: FlowDensity<'a>,
    probes: Probes,
}

impl Change<'_> {
    /// tr ∂V/∂x of rows `x` [rows, D], or its estimates: [rows, integrals].
    fn traces(&self, rows: &[usize], at: &[Point], x: &[f64]) -> Result<Vec<f64>, MetricError> {
        let (score, dim) = (self.flow.score, self.flow.score.dim());
        if self.probes.count == 0 {
            let mut trace = vec![0.0; rows.len()];
            score.divergence(Prediction::V, at, x, &mut trace).ok_or(MetricError::NoJacobian)??;
            return Ok(trace);
        }
        let mut traces = vec![0.0; rows.len() * self.probes.count];
        let mut product = vec![0.0; x.len()];
        for probe in 0..self.probes.count {
            let v = self.probes.of(probe, rows, dim);
            score.vjp(Prediction::V, at, x, &v, &mut product).ok_or(MetricError::NoJacobian)??;
            for (row, (v, product)) in v.chunks(dim).zip(product.chunks(dim)).enumerate() {
                traces[row * self.probes.count + probe] = v.iter().zip(product).map(|(v, p)| v * p).sum();
            }
        }
        Ok(traces)
    }
}

impl Field for Change<'_> {
    fn state(&self) -> usize {
        self.flow.score.dim()
    }

    fn width(&self) -> usize {
        self.state() + self.probes.count.max(1)
    }

    fn slope(&mut self, rows: &[usize], phi: &[f64], y: &[f64]) -> Result<Vec<f64>, MetricError> {
        let (dim, width) = (self.state(), self.width());
        let at: Vec<Point> = phi.iter().map(|&phi| point(self.flow.process, phi)).collect();
        let mut x = Vec::with_capacity(rows.len() * dim);
        for (y, at) in y.chunks(width).zip(&at) {
            x.extend(y[..dim].iter().map(|z| size(at) * z));
        }
        let mut v = vec![0.0; x.len()];
        self.flow.score.predict(Prediction::V, &at, &x, &mut v)?;
        let traces = self.traces(rows, &at, &x)?;
        let mut slope = Vec::with_capacity(y.len());
        for ((v, trace), at) in v.chunks(dim).zip(traces.chunks(width - dim)).zip(&at) {
            slope.extend(v.iter().map(|v| v / size(at)));
            slope.extend(trace);
        }
        Ok(slope)
    }

    fn time(&self, phi: f64) -> f64 {
        point(self.flow.process, phi.abs()).t
    }
}

#[cfg(test)]
mod tests;
