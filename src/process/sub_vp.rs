//! Sub-VP SDE, `dx = −½ beta x dt + √(beta (1 − exp(−2B))) dw`, beta linear in t, B its integral.
//!
//! `alpha = exp(−½ B)`, `sigma = 1 − alpha²`, so that `sigma/alpha = 2 sinh(B/2)`: Song et al. 2021, arXiv
//! 2011.13456, section 3.4 and eqs. 27-29.

use super::linear_beta::{LinearBeta, LinearBetaSpec};
use super::{Point, Process, ProcessError, time};
use crate::units::{Lambda, Sigma, Time};

/// The sub-VP SDE with a linear rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SubVp(LinearBeta);

impl SubVp {
    /// The process with `beta(t) = beta_min + (beta_max − beta_min) t`.
    ///
    /// # Errors
    /// [`ProcessError::Parameter`] unless `0 < beta_min <= beta_max <= 700`.
    pub fn new(beta_min: f64, beta_max: f64) -> Result<Self, ProcessError> {
        LinearBeta::new("sub-vp", beta_min, beta_max).map(Self)
    }

    fn time_from_bare_ratio(&self, ratio: f64) -> Time {
        time(self.0.time(2.0 * (0.5 * ratio).asinh()))
    }
}

impl Default for SubVp {
    fn default() -> Self {
        let LinearBetaSpec { beta_min, beta_max } = LinearBetaSpec::default();
        Self::new(beta_min, beta_max).expect("the defaults are in range")
    }
}

impl Process for SubVp {
    fn name(&self) -> &'static str {
        "sub-vp"
    }

    fn at(&self, t: Time) -> Point {
        let t = t.get();
        let (beta, b) = (self.0.rate(t), self.0.integral(t));
        let alpha = (-0.5 * b).exp();
        let sigma = -(-b).exp_m1();
        Point {
            t,
            alpha,
            sigma,
            alpha_dot: -0.5 * beta * alpha,
            sigma_dot: beta * (-b).exp(),
            lambda: -0.5 * b - sigma.ln(),
            drift: -0.5 * beta,
            diffusion2: -beta * (-2.0 * b).exp_m1(),
        }
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
        self.time_from_bare_ratio((-lambda.get()).exp())
    }

    fn time_from_ratio(&self, ratio: Sigma) -> Time {
        self.time_from_bare_ratio(ratio.get())
    }

    fn time_from_sigma(&self, sigma: Sigma) -> Time {
        time(self.0.time(-(-sigma.get().min(1.0)).ln_1p()))
    }

    fn clean_time(&self) -> Option<Time> {
        Some(time(0.0))
    }
}
