//! `ln alpha` falls as t²: `alpha = alpha_min^{t²}`, `sigma = √(1 − alpha² + sigma_min²)`.
//!
//! The default schedule of the azula package (its `VPSchedule`): a linear rate beta that is 0 at t = 0, as in Song et
//! al. 2021, arXiv 2011.13456, eq. 32 with beta_min = 0, and a noise floor sigma_min.

use super::{Point, Process, ProcessError, clip, level, time};
use crate::units::{Lambda, Sigma, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `ln alpha` falls as t², with a noise floor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogQuadraticSpec {
    /// alpha at t = 1: at least 1e-100 and below 1.
    pub alpha_min: f64,
    /// Noise level at t = 0: at least 1e-100 and at most 0.5.
    pub sigma_min: f64,
}

impl Default for LogQuadraticSpec {
    fn default() -> Self {
        Self { alpha_min: 1e-3, sigma_min: 1e-3 }
    }
}

/// The process with `alpha = alpha_min^{t²}`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogQuadratic {
    /// ln alpha_min.
    log_min: f64,
    /// sigma_min².
    floor2: f64,
}

impl LogQuadratic {
    /// The process whose alpha falls to alpha_min, above a noise level sigma_min.
    ///
    /// # Errors
    /// [`ProcessError::Parameter`] unless `1e-100 <= alpha_min < 1` and `1e-100 <= sigma_min <= 0.5`.
    pub fn new(alpha_min: f64, sigma_min: f64) -> Result<Self, ProcessError> {
        let check = |parameter, found, inside, allowed: &str| {
            ProcessError::check("log-quadratic", parameter, found, inside, || allowed.to_owned())
        };
        check("alpha_min", alpha_min, (1e-100..1.0).contains(&alpha_min), "at least 1e-100 and below 1")?;
        check("sigma_min", sigma_min, (1e-100..=0.5).contains(&sigma_min), "at least 1e-100 and at most 0.5")?;
        Ok(Self { log_min: alpha_min.ln(), floor2: sigma_min * sigma_min })
    }

    /// The time where `ln(1/alpha²)` has this value, clipped.
    fn time_from_twice_log(&self, twice_log: f64) -> Time {
        clip(self, (twice_log.max(0.0) / (-2.0 * self.log_min)).sqrt())
    }
}

impl Default for LogQuadratic {
    fn default() -> Self {
        let LogQuadraticSpec { alpha_min, sigma_min } = LogQuadraticSpec::default();
        Self::new(alpha_min, sigma_min).expect("the defaults are in range")
    }
}

impl Process for LogQuadratic {
    fn name(&self) -> &'static str {
        "log-quadratic"
    }

    fn at(&self, t: Time) -> Point {
        let t = t.get();
        let (log_alpha, drift) = (self.log_min * t * t, 2.0 * self.log_min * t);
        let alpha = log_alpha.exp();
        let sigma = (self.floor2 - (2.0 * log_alpha).exp_m1()).sqrt();
        Point {
            t,
            alpha,
            sigma,
            alpha_dot: drift * alpha,
            sigma_dot: -drift * alpha * alpha / sigma,
            lambda: log_alpha - sigma.ln(),
            drift,
            // (sigma²)' − 2 f sigma² = −2 f (alpha² + sigma²)
            diffusion2: -2.0 * drift * (1.0 + self.floor2),
        }
    }

    fn domain(&self) -> (Time, Time) {
        (time(0.0), time(1.0))
    }

    fn ends(&self) -> (Time, Time) {
        (time(1.0), time(1e-3))
    }

    fn prior_std(&self) -> Sigma {
        level((1.0 + self.floor2).sqrt())
    }

    /// `1/alpha² = (1 + (sigma/alpha)²)/(1 + sigma_min²)`.
    fn time_from_lambda(&self, lambda: Lambda) -> Time {
        let x = -2.0 * lambda.get();
        self.time_from_twice_log(x.max(0.0) + (-x.abs()).exp().ln_1p() - self.floor2.ln_1p())
    }

    /// `1/alpha² − 1 = ((sigma/alpha)² − sigma_min²)/(1 + sigma_min²)`, without cancellation near sigma_min.
    fn time_from_ratio(&self, ratio: Sigma) -> Time {
        let (r, floor) = (ratio.get(), self.floor2.sqrt());
        if r > 1e100 {
            return self.time_from_twice_log(2.0 * r.ln());
        }
        self.time_from_twice_log(((r - floor) * (r + floor) / (1.0 + self.floor2)).max(0.0).ln_1p())
    }

    fn time_from_sigma(&self, sigma: Sigma) -> Time {
        let (sigma, floor) = (sigma.get(), self.floor2.sqrt());
        self.time_from_twice_log(-(-((sigma - floor) * (sigma + floor)).clamp(0.0, 1.0)).ln_1p())
    }

    fn clean_time(&self) -> Option<Time> {
        None
    }
}
