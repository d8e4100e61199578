//! Data whose solution is known, in a process, between two times.

use crate::grid::GridSpec;
use crate::metric::{FlowEnd, flow_ends};
use crate::noise::Tree;
use crate::process::{Point, Process};
use crate::sampler::{Init, start};
use crate::score::{ClosedForm, Gaussian, Mixture};
use crate::units::{Seed, Time};
use ndarray::Array2;
use std::sync::{Arc, OnceLock};

/// Fixed starts of an error.
pub(super) const SAMPLES: usize = 256;
/// Their seed.
pub(super) const SEED: u32 = 0;
/// Tolerance of exact ends that have no closed form.
const TOLERANCE: f64 = 1e-14;
/// Rounding of a state in units of its size.
pub(super) const ROUNDING: f64 = 1e-13;

/// Mean of the Gaussian.
pub(super) const MEAN: [f64; 2] = [0.5, -0.25];
/// Covariance of the Gaussian, row by row: standard deviations 1 and 1/2, correlation 0.6.
pub(super) const COVARIANCE: [f64; 4] = [1.0, 0.3, 0.3, 0.25];
/// Weights and means of the mixtures.
const WEIGHTS: [f64; 3] = [0.3, 0.5, 0.2];
const MEANS: [[f64; 2]; 3] = [[1.2, 0.4], [-0.8, 0.9], [0.1, -1.1]];
/// How much closer the sharp components lie: as far apart in units of their width as the wide ones.
const SHRUNK: f64 = 0.125;
/// The mixture in one dimension, (weight, mean); its modes overlap.
const LINE: [(f64, f64); 2] = [(0.4, -1.0), (0.6, 0.8)];
/// sigma of the level at which a Markov chain is measured.
pub(super) const LEVEL_SIGMA: f64 = 0.5;

/// The data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// An anisotropic Gaussian.
    Gaussian,
    /// Three components of standard deviation 0.3: wide enough for the order to show at few steps, narrow enough for errors
    /// of order 4 to stay above rounding until their slopes have settled.
    Mixture,
    /// The same with standard deviation 0.4, for low orders and for paths of an SDE: fewer come between two modes.
    WideMixture,
    /// Three components of standard deviation 0.05, for high orders.
    SharpMixture,
    /// Two components in one dimension, for Markov chains.
    LineMixture,
}

impl Problem {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Gaussian => "gaussian",
            Self::Mixture => "mixture",
            Self::WideMixture => "wide-mixture",
            Self::SharpMixture => "sharp-mixture",
            Self::LineMixture => "line-mixture",
        }
    }

    /// Standard deviation of each component of a mixture.
    pub(super) fn std(self) -> f64 {
        match self {
            Self::SharpMixture => 0.05,
            Self::LineMixture => 0.6,
            Self::Mixture => 0.3,
            Self::Gaussian | Self::WideMixture => 0.4,
        }
    }

    /// Weights and means of a mixture.
    pub(super) fn components(self) -> (Vec<f64>, Vec<Vec<f64>>) {
        match self {
            Self::LineMixture => LINE.iter().map(|&(weight, mean)| (weight, vec![mean])).unzip(),
            Self::SharpMixture => {
                (WEIGHTS.to_vec(), MEANS.iter().map(|mean| mean.map(|m| SHRUNK * m).to_vec()).collect())
            }
            _ => (WEIGHTS.to_vec(), MEANS.iter().map(|mean| mean.to_vec()).collect()),
        }
    }

    fn law(self) -> Result<Arc<dyn ClosedForm>, String> {
        if self == Self::Gaussian {
            return Ok(Arc::new(gaussian()?));
        }
        let (weights, means) = self.components();
        let stds = vec![self.std(); weights.len()];
        let law = Mixture::isotropic(&weights, &means, &stds).map_err(|e| e.to_string())?;
        Ok(Arc::new(law))
    }

    /// `E[x_d]` and `E[x_d²]` of p_t for a mixture, a coordinate each.
    pub(super) fn moments(self, at: &Point) -> Vec<(f64, f64)> {
        let (weights, means) = self.components();
        let total: f64 = weights.iter().sum();
        let variance = (at.alpha * self.std()).powi(2) + at.sigma.powi(2);
        let average = |f: &dyn Fn(f64) -> f64, d: usize| {
            weights.iter().zip(&means).map(|(w, m)| w / total * f(at.alpha * m[d])).sum::<f64>()
        };
        let moments = |d| (average(&|m| m, d), average(&|m| m * m + variance, d));
        (0..means[0].len()).map(moments).collect()
    }
}

fn gaussian() -> Result<Gaussian, String> {
    Gaussian::new(MEAN.to_vec(), &COVARIANCE).map_err(|e| e.to_string())
}

/// A process with its grid.
#[derive(Clone)]
pub(super) struct Setting {
    pub(super) process: Arc<dyn Process>,
    pub(super) tree: Arc<Tree>,
    pub(super) grid: GridSpec,
    /// The grid in words.
    pub(super) label: String,
    pub(super) t_begin: Time,
    pub(super) t_end: Time,
}

impl Setting {
    /// The process at the end.
    pub(super) fn end(&self) -> Point {
        self.process.at(self.t_end)
    }
}

/// Starts and exact ends.
pub(super) struct Exact {
    /// [SAMPLES, D], exact samples of p at t_begin.
    pub(super) x_t: Arc<Array2<f64>>,
    /// [SAMPLES, D], where the probability flow carries them.
    pub(super) ends: Array2<f64>,
    /// Error of `ends`, RMS.
    pub(super) floor: f64,
}

/// Data under a process.
pub(super) struct Case {
    pub(super) setting: Setting,
    pub(super) problem: Problem,
    pub(super) law: Arc<dyn ClosedForm>,
    exact: OnceLock<Result<Exact, String>>,
}

impl Case {
    pub(super) fn new(setting: &Setting, problem: Problem) -> Result<Self, String> {
        Ok(Self { setting: setting.clone(), problem, law: problem.law()?, exact: OnceLock::new() })
    }

    /// Starts and exact ends, made once.
    pub(super) fn exact(&self) -> Result<&Exact, String> {
        self.exact.get_or_init(|| self.solve()).as_ref().map_err(Clone::clone)
    }

    /// The exact states of the fixed starts at `times` but the first, which is `t_begin`.
    pub(super) fn states(&self, times: &[f64]) -> Result<Vec<Array2<f64>>, String> {
        let (mut states, mut x) = (Vec::new(), self.exact()?.x_t.as_ref().clone());
        for ends in times.windows(2) {
            let time = |t| Time::new(t).map_err(|e| e.to_string());
            x = self.flow(time(ends[0])?, time(ends[1])?, &x)?.0;
            states.push(x.clone());
        }
        Ok(states)
    }

    /// The probability flow from t to s, and the error of that.
    fn flow(&self, t: Time, s: Time, x_t: &Array2<f64>) -> Result<(Array2<f64>, f64), String> {
        let process = &self.setting.process;
        if self.problem == Problem::Gaussian {
            let mut ends = x_t.clone();
            let (from, to) = (x_t.as_slice(), ends.as_slice_mut());
            let (Some(from), Some(to)) = (from, to) else { return Err("rows are not in one piece".into()) };
            gaussian()?.flow_end(&process.at(t), &process.at(s), from, to);
            return Ok((ends, 0.0));
        }
        let found = flow_ends(&*self.law, &**process, t, FlowEnd::At(s), x_t.view(), TOLERANCE);
        let found = found.map_err(|e| e.to_string())?;
        let floor = found.rms_floor();
        Ok((found.x, floor))
    }

    fn solve(&self) -> Result<Exact, String> {
        let Setting { process, t_begin, t_end, .. } = &self.setting;
        let seed = Seed::new(SEED).map_err(|e| e.to_string())?;
        let init = Init::Marginal(Arc::clone(&self.law));
        let x_t = start(&init, &**process, *t_begin, seed, 0, (SAMPLES, self.law.dim()));
        let (ends, floor) = self.flow(*t_begin, *t_end, &x_t)?;
        let size = (ends.mapv(|x| x * x).sum() / ends.len() as f64).sqrt();
        Ok(Exact { x_t: Arc::new(x_t), ends, floor: floor.max(ROUNDING * size) })
    }
}
