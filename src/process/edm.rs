//! The process of EDM, `dx = √(2t) dw`: `alpha = 1`, `sigma = t`.
//!
//! Karras et al. 2022, arXiv 2206.00364, eqs. 1-4 and table 1 (last column).

use super::{Point, Process, ProcessError, clip, level, time};
use crate::units::{Lambda, Sigma, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Default noise level at the end of sampling (EDM, table 1).
const SIGMA_MIN: f64 = 0.002;

/// The process of EDM: alpha = 1, sigma = t. Its default t_end is 0.002.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EdmSpec {
    /// Default t_begin and the standard deviation of the prior: above 0.002. Times up to twice as large exist.
    pub sigma_max: f64,
}

impl Default for EdmSpec {
    fn default() -> Self {
        Self { sigma_max: 80.0 }
    }
}

/// The process with alpha = 1 and sigma = t.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edm {
    sigma_max: f64,
}

impl Edm {
    /// The process whose sampling starts at `t = sigma_max` unless the grid says otherwise.
    ///
    /// # Errors
    /// [`ProcessError::Parameter`] unless `0.002 < sigma_max <= 1e100`.
    pub fn new(sigma_max: f64) -> Result<Self, ProcessError> {
        ProcessError::check("edm", "sigma_max", sigma_max, SIGMA_MIN < sigma_max && sigma_max <= 1e100, || {
            format!("above {SIGMA_MIN} and at most 1e100")
        })?;
        Ok(Self { sigma_max })
    }
}

impl Default for Edm {
    fn default() -> Self {
        Self::new(EdmSpec::default().sigma_max).expect("the default is in range")
    }
}

impl Process for Edm {
    fn name(&self) -> &'static str {
        "edm"
    }

    fn at(&self, t: Time) -> Point {
        let t = t.get();
        Point {
            t,
            alpha: 1.0,
            sigma: t,
            alpha_dot: 0.0,
            sigma_dot: 1.0,
            lambda: -t.ln(),
            drift: 0.0,
            diffusion2: 2.0 * t,
        }
    }

    fn domain(&self) -> (Time, Time) {
        (time(0.0), time(2.0 * self.sigma_max))
    }

    fn ends(&self) -> (Time, Time) {
        (time(self.sigma_max), time(SIGMA_MIN))
    }

    fn prior_std(&self) -> Sigma {
        level(self.sigma_max)
    }

    fn time_from_lambda(&self, lambda: Lambda) -> Time {
        clip(self, (-lambda.get()).exp())
    }

    fn time_from_ratio(&self, ratio: Sigma) -> Time {
        clip(self, ratio.get())
    }

    fn time_from_sigma(&self, sigma: Sigma) -> Time {
        clip(self, sigma.get())
    }

    fn clean_time(&self) -> Option<Time> {
        Some(time(0.0))
    }
}
