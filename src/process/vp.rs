//! Variance-preserving SDE, `dx = −½ beta x dt + √beta dw`, beta linear in t.
//!
//! `alpha = exp(−½ B)`, `sigma = √(1 − alpha²)`, B the integral of beta: Song et al. 2021, arXiv 2011.13456,
//! eqs. 11 and 32-33.

use super::linear_beta::{LinearBeta, LinearBetaSpec};
use super::{Point, Process, ProcessError, preserving, time};
use crate::units::{Lambda, Sigma, Time};

/// The variance-preserving SDE with a linear rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vp(LinearBeta);

impl Vp {
    /// The process with `beta(t) = beta_min + (beta_max − beta_min) t`.
    ///
    /// # Errors
    /// [`ProcessError::Parameter`] unless `0 < beta_min <= beta_max <= 700`.
    pub fn new(beta_min: f64, beta_max: f64) -> Result<Self, ProcessError> {
        LinearBeta::new("vp", beta_min, beta_max).map(Self)
    }
}

impl Default for Vp {
    fn default() -> Self {
        let LinearBetaSpec { beta_min, beta_max } = LinearBetaSpec::default();
        Self::new(beta_min, beta_max).expect("the defaults are in range")
    }
}

impl Process for Vp {
    fn name(&self) -> &'static str {
        "vp"
    }

    fn at(&self, t: Time) -> Point {
        let t = t.get();
        preserving::point(t, -0.5 * self.0.integral(t), -0.5 * self.0.rate(t))
    }

    fn domain(&self) -> (Time, Time) {
        (time(0.0), time(1.0))
    }

    fn ends(&self) -> (Time, Time) {
        (time(1.0), time(1e-3))
    }

    fn prior_std(&self) -> Sigma {
        super::level(1.0)
    }

    fn time_from_lambda(&self, lambda: Lambda) -> Time {
        time(self.0.time(preserving::twice_log_from_lambda(lambda)))
    }

    fn time_from_ratio(&self, ratio: Sigma) -> Time {
        self.time_from_lambda(preserving::lambda_from_ratio(ratio))
    }

    fn time_from_sigma(&self, sigma: Sigma) -> Time {
        time(self.0.time(preserving::twice_log_from_sigma(sigma)))
    }

    fn clean_time(&self) -> Option<Time> {
        Some(time(0.0))
    }
}
