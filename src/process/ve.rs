//! Variance-exploding SDE, `dx = √(d(sigma²)/dt) dw`, `alpha = 1`, `sigma = sigma_min (sigma_max/sigma_min)^t`.
//!
//! Song et al. 2021, arXiv 2011.13456, eqs. 9 and 30-31.

use super::{Point, Process, ProcessError, clip, level, time};
use crate::units::{Lambda, Sigma, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The variance-exploding SDE: sigma grows geometrically with t.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VeSpec {
    /// Noise level at t = 0: above 0.
    pub sigma_min: f64,
    /// Noise level at t = 1: above sigma_min; also the standard deviation of the prior.
    pub sigma_max: f64,
}

impl Default for VeSpec {
    fn default() -> Self {
        Self { sigma_min: 0.01, sigma_max: 50.0 }
    }
}

/// The variance-exploding SDE with a geometric noise level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ve {
    sigma_min: f64,
    sigma_max: f64,
    log_growth: f64,
}

impl Ve {
    /// The process whose sigma runs from sigma_min at t = 0 to sigma_max at t = 1.
    ///
    /// # Errors
    /// [`ProcessError::Parameter`] unless `1e-100 <= sigma_min < sigma_max <= 1e100`.
    pub fn new(sigma_min: f64, sigma_max: f64) -> Result<Self, ProcessError> {
        ProcessError::check("ve", "sigma_min", sigma_min, (1e-100..1e100).contains(&sigma_min), || {
            "at least 1e-100 and below 1e100".to_owned()
        })?;
        ProcessError::check("ve", "sigma_max", sigma_max, sigma_min < sigma_max && sigma_max <= 1e100, || {
            format!("above sigma_min ({sigma_min}) and at most 1e100")
        })?;
        Ok(Self { sigma_min, sigma_max, log_growth: (sigma_max / sigma_min).ln() })
    }
}

impl Default for Ve {
    fn default() -> Self {
        let VeSpec { sigma_min, sigma_max } = VeSpec::default();
        Self::new(sigma_min, sigma_max).expect("the defaults are in range")
    }
}

impl Process for Ve {
    fn name(&self) -> &'static str {
        "ve"
    }

    fn at(&self, t: Time) -> Point {
        let t = t.get();
        let sigma = self.sigma_min * (self.sigma_max / self.sigma_min).powf(t);
        let sigma_dot = self.log_growth * sigma;
        Point {
            t,
            alpha: 1.0,
            sigma,
            alpha_dot: 0.0,
            sigma_dot,
            lambda: -sigma.ln(),
            drift: 0.0,
            diffusion2: 2.0 * sigma * sigma_dot,
        }
    }

    fn domain(&self) -> (Time, Time) {
        (time(0.0), time(1.0))
    }

    fn ends(&self) -> (Time, Time) {
        (time(1.0), time(0.0))
    }

    fn prior_std(&self) -> Sigma {
        level(self.sigma_max)
    }

    fn time_from_lambda(&self, lambda: Lambda) -> Time {
        clip(self, (-lambda.get() - self.sigma_min.ln()) / self.log_growth)
    }

    fn time_from_ratio(&self, ratio: Sigma) -> Time {
        self.time_from_sigma(ratio)
    }

    fn time_from_sigma(&self, sigma: Sigma) -> Time {
        clip(self, (sigma.get() / self.sigma_min).ln() / self.log_growth)
    }

    fn clean_time(&self) -> Option<Time> {
        None
    }
}
