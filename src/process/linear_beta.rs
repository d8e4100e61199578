//! The linear rate `beta(t) = beta_min + (beta_max − beta_min) t` of vp and sub-vp (Song et al. 2021, arXiv
//! 2011.13456, eqs. 32-33), with its integral `B(t)` from 0 to t; `alpha = exp(−B/2)`.

use super::ProcessError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Above this rate exp(−B) leaves the range of f64 for some t in [0, 1].
const BETA_LIMIT: f64 = 700.0;

/// The linear rate of vp and sub-vp.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LinearBetaSpec {
    /// Rate beta at t = 0: above 0.
    pub beta_min: f64,
    /// Rate beta at t = 1: at least beta_min and at most 700.
    pub beta_max: f64,
}

impl Default for LinearBetaSpec {
    fn default() -> Self {
        Self { beta_min: 0.1, beta_max: 20.0 }
    }
}

/// A checked linear rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LinearBeta {
    beta_min: f64,
    slope: f64,
}

impl LinearBeta {
    pub(super) fn new(process: &'static str, beta_min: f64, beta_max: f64) -> Result<Self, ProcessError> {
        ProcessError::check(process, "beta_min", beta_min, 0.0 < beta_min && beta_min <= BETA_LIMIT, || {
            format!("above 0 and at most {BETA_LIMIT}")
        })?;
        ProcessError::check(process, "beta_max", beta_max, beta_min <= beta_max && beta_max <= BETA_LIMIT, || {
            format!("at least beta_min ({beta_min}) and at most {BETA_LIMIT}")
        })?;
        Ok(Self { beta_min, slope: beta_max - beta_min })
    }

    /// beta(t).
    pub(super) fn rate(&self, t: f64) -> f64 {
        self.beta_min + self.slope * t
    }

    /// B(t).
    pub(super) fn integral(&self, t: f64) -> f64 {
        t * (self.beta_min + 0.5 * self.slope * t)
    }

    /// The t in [0, 1] with this B, clipped: the root of the quadratic in the form without cancellation.
    pub(super) fn time(&self, integral: f64) -> f64 {
        let b = integral.min(self.integral(1.0));
        (2.0 * b / (self.beta_min + (self.beta_min * self.beta_min + 2.0 * self.slope * b).sqrt())).clamp(0.0, 1.0)
    }
}
