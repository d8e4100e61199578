//! Denoising score matching (Vincent 2011; Song et al. 2021, equation 7) for four targets.

use super::NetError;
use super::precondition::Preconditioner;
use crate::noise::{Key, Stream, normals, uniform};
use crate::process::{Point, Process};
use crate::score::Prediction;
use crate::units::{Lambda, Time};
use ndarray::ArrayView2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The quantity whose squared error is averaged over times, samples and noise. The network's output is the
/// same F for all (see [`precondition`](super::precondition)); the target fixes what errors at each time
/// weigh. In terms of the error of eps the weights are 1, (sigma/alpha)² and ((alpha² + sigma²)/alpha)².
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// `|eps − eps*|²` (Ho et al. 2020, equation 14).
    #[default]
    Eps,
    /// `|x0 − x0*|²`.
    X0,
    /// `|v − v*|²`, `v = alpha eps − sigma x0` (Salimans and Ho 2022); at `sigma_data = 1` on a
    /// variance-preserving process F itself.
    V,
    /// `sigma² |s − s*|²`, the weight of Song and Ermon 2019, equation 6: as a number the same as `eps`.
    Score,
}

impl Target {
    /// Factor on the error of F: |b| of the prediction's `a x + b F`, times sigma for the score.
    fn weight(self, scale: &Preconditioner, at: &Point) -> Result<f64, NetError> {
        let prediction = match self {
            Self::Eps | Self::Score => Prediction::Eps,
            Self::X0 => Prediction::X0,
            Self::V => Prediction::V,
        };
        match scale.coefficients(prediction, at) {
            Ok((_, b)) => Ok(b.abs()),
            Err(_) => Err(NetError::BadEnd { t: at.t, alpha: at.alpha, sigma: at.sigma }),
        }
    }
}

/// How times are drawn between t_end and t_begin, one stratum a row of the batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Times {
    /// Uniform in t.
    #[default]
    Uniform,
    /// Uniform in lambda, clipped to ±10. For processes whose t is not spread over the noise levels, such
    /// as edm.
    LogSnr,
}

/// What all batches of a training have in common.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub data: ArrayView2<'a, f64>,
    pub process: &'a dyn Process,
    /// t_begin and t_end.
    pub ends: (Time, Time),
    pub times: Times,
    pub target: Target,
    pub scale: Preconditioner,
    pub batch: u32,
    pub seed: u32,
}

/// Rows of one batch, ready for the network, row-major.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rows {
    /// The times.
    pub at: Vec<Point>,
    /// `c x_t`, [rows, dim].
    pub input: Vec<f32>,
    /// `F*`, [rows, dim].
    pub target: Vec<f32>,
    /// Factor on the error, [rows, 1].
    pub weight: Vec<f32>,
}

impl Source<'_> {
    /// Rows `rows` of the batch of step k. Each row is a function of (seed, k, row) alone: its datum is drawn
    /// with replacement, its time from its stratum, its noise from its stream.
    pub(super) fn rows(&self, k: u64, rows: Range<u32>) -> Result<Rows, NetError> {
        let [datum, time, noise] = ["training/datum", "training/time", "training/noise"].map(Stream::named);
        let dim = self.data.ncols();
        let mut out = Rows::default();
        let mut eps = vec![0.0; dim];
        for row in rows {
            let key = Key { seed: self.seed, sample: row };
            let pick = uniform(key, datum, k) * self.data.nrows() as f64;
            let x_0 = self.data.row((pick as usize).min(self.data.nrows() - 1));
            normals(key, noise, k, &mut eps);
            let at = self.point((f64::from(row) + uniform(key, time, k)) / f64::from(self.batch));
            let c = self.scale.input_scale(&at);
            for (&x_0, &eps) in x_0.iter().zip(&eps) {
                out.input.push((c * (at.alpha * x_0 + at.sigma * eps)) as f32);
                out.target.push(self.scale.regression_target(&at, x_0, eps) as f32);
            }
            out.weight.push(self.target.weight(&self.scale, &at)? as f32);
            out.at.push(at);
        }
        Ok(out)
    }

    /// The point at the fraction u of the way from t_end (u = 0) to t_begin.
    fn point(&self, u: f64) -> Point {
        let (t_begin, t_end) = self.ends;
        let between = |end: f64, begin: f64| end + u * (begin - end);
        let t = match self.times {
            Times::Uniform => Time::new(between(t_end.get(), t_begin.get())).unwrap_or(t_end),
            Times::LogSnr => {
                let lambda = |t| self.process.at(t).lambda.clamp(-10.0, 10.0);
                let lambda = Lambda::new(between(lambda(t_end), lambda(t_begin)));
                lambda.map_or(t_end, |lambda| self.process.time_from_lambda(lambda))
            }
        };
        // Rounding, and the clipping of lambda, may leave the ends by an ulp.
        let inside = if t > t_begin {
            t_begin
        } else if t < t_end {
            t_end
        } else {
            t
        };
        self.process.at(inside)
    }
}
