//! Angle schedule, `alpha = cos a(t)`, `sigma = sin a(t)`, a linear in t between the arc cosines of two signal
//! rates.
//!
//! Béres, "Denoising Diffusion Implicit Models", Keras examples 2022, `diffusion_schedule`; rates 0.95 and 0.02.
//! `f = −a' tan a`, `g² = 2 a' tan a`.

use super::{Point, Process, ProcessError, clip, level, time};
use crate::units::{Lambda, Sigma, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The angle schedule: alpha = cos a, sigma = sin a, a linear in t.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AngleSpec {
    /// Signal rate alpha at t = 1: above 0.
    pub min_rate: f64,
    /// Signal rate alpha at t = 0: above min_rate and below 1.
    pub max_rate: f64,
}

impl Default for AngleSpec {
    fn default() -> Self {
        Self { min_rate: 0.02, max_rate: 0.95 }
    }
}

/// The angle schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Angle {
    /// a at t = 0 and t = 1.
    a: [f64; 2],
    /// The complements of a at t = 0 and t = 1, from the rates, so that alpha near 0 keeps its digits.
    complement: [f64; 2],
}

impl Angle {
    /// The schedule whose alpha falls from max_rate at t = 0 to min_rate at t = 1.
    ///
    /// # Errors
    /// [`ProcessError::Parameter`] unless `1e-100 <= min_rate < max_rate < 1`.
    pub fn new(min_rate: f64, max_rate: f64) -> Result<Self, ProcessError> {
        ProcessError::check("angle", "min_rate", min_rate, (1e-100..1.0).contains(&min_rate), || {
            "at least 1e-100 and below 1".to_owned()
        })?;
        ProcessError::check("angle", "max_rate", max_rate, min_rate < max_rate && max_rate < 1.0, || {
            format!("above min_rate ({min_rate}) and below 1")
        })?;
        Ok(Self { a: [max_rate.acos(), min_rate.acos()], complement: [max_rate.asin(), min_rate.asin()] })
    }

    fn time_from_angle(&self, a: f64) -> Time {
        clip(self, (a - self.a[0]) / (self.a[1] - self.a[0]))
    }
}

impl Default for Angle {
    fn default() -> Self {
        let AngleSpec { min_rate, max_rate } = AngleSpec::default();
        Self::new(min_rate, max_rate).expect("the defaults are in range")
    }
}

impl Process for Angle {
    fn name(&self) -> &'static str {
        "angle"
    }

    fn at(&self, t: Time) -> Point {
        let t = t.get();
        let between = |[at_0, at_1]: [f64; 2]| (1.0 - t) * at_0 + t * at_1;
        let alpha = between(self.complement).sin();
        let sigma = between(self.a).sin();
        let a_dot = self.a[1] - self.a[0];
        let drift = -a_dot * sigma / alpha;
        Point {
            t,
            alpha,
            sigma,
            alpha_dot: -a_dot * sigma,
            sigma_dot: a_dot * alpha,
            lambda: alpha.ln() - sigma.ln(),
            drift,
            diffusion2: -2.0 * drift,
        }
    }

    fn domain(&self) -> (Time, Time) {
        (time(0.0), time(1.0))
    }

    fn ends(&self) -> (Time, Time) {
        (time(1.0), time(0.0))
    }

    fn prior_std(&self) -> Sigma {
        level(1.0)
    }

    fn time_from_lambda(&self, lambda: Lambda) -> Time {
        self.time_from_angle((-lambda.get()).exp().atan())
    }

    fn time_from_ratio(&self, ratio: Sigma) -> Time {
        self.time_from_angle(ratio.get().atan())
    }

    fn time_from_sigma(&self, sigma: Sigma) -> Time {
        self.time_from_angle(sigma.get().min(1.0).asin())
    }

    fn clean_time(&self) -> Option<Time> {
        None
    }
}
