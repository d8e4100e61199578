//! Brownian motion itself, `dx = dw`: `alpha = 1`, `sigma = √t`.
//!
//! The VE column of Karras et al. 2022, arXiv 2206.00364, table 1; the continuous limit of Song and Ermon 2019.

use super::{Point, Process, ProcessError, clip, level, time};
use crate::units::{Lambda, Sigma, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Default noise level at the end of sampling (EDM, table 1).
const SIGMA_MIN: f64 = 0.02;

/// Brownian motion: alpha = 1, sigma = √t. Its default t_end is 0.02².
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BrownianSpec {
    /// The default t_begin is its square; the standard deviation of the prior: above 0.02.
    pub sigma_max: f64,
}

impl Default for BrownianSpec {
    fn default() -> Self {
        Self { sigma_max: 100.0 }
    }
}

/// The process with alpha = 1 and sigma = √t.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Brownian {
    sigma_max: f64,
}

impl Brownian {
    /// The process whose sampling starts at `t = sigma_max²` unless the grid says otherwise.
    ///
    /// # Errors
    /// [`ProcessError::Parameter`] unless `0.02 < sigma_max <= 1e100`.
    pub fn new(sigma_max: f64) -> Result<Self, ProcessError> {
        ProcessError::check("brownian", "sigma_max", sigma_max, SIGMA_MIN < sigma_max && sigma_max <= 1e100, || {
            format!("above {SIGMA_MIN} and at most 1e100")
        })?;
        Ok(Self { sigma_max })
    }
}

impl Default for Brownian {
    fn default() -> Self {
        Self::new(BrownianSpec::default().sigma_max).expect("the default is in range")
    }
}

impl Process for Brownian {
    fn name(&self) -> &'static str {
        "brownian"
    }

    fn at(&self, t: Time) -> Point {
        let t = t.get();
        let sigma = t.sqrt();
        Point {
            t,
            alpha: 1.0,
            sigma,
            alpha_dot: 0.0,
            sigma_dot: 0.5 / sigma,
            lambda: -sigma.ln(),
            drift: 0.0,
            diffusion2: 1.0,
        }
    }

    fn domain(&self) -> (Time, Time) {
        (time(0.0), time((2.0 * self.sigma_max).powi(2)))
    }

    fn ends(&self) -> (Time, Time) {
        (time(self.sigma_max.powi(2)), time(SIGMA_MIN.powi(2)))
    }

    fn prior_std(&self) -> Sigma {
        level(self.sigma_max)
    }

    fn time_from_lambda(&self, lambda: Lambda) -> Time {
        clip(self, (-2.0 * lambda.get()).exp())
    }

    fn time_from_ratio(&self, ratio: Sigma) -> Time {
        clip(self, ratio.get().powi(2))
    }

    fn time_from_sigma(&self, sigma: Sigma) -> Time {
        self.time_from_ratio(sigma)
    }

    fn clean_time(&self) -> Option<Time> {
        Some(time(0.0))
    }
}
