//! Cosine schedule, `alpha = cos theta(t)/cos theta(0)`, `theta = (t + s)/(1 + s) pi/2`, `sigma = √(1 − alpha²)`.
//!
//! Nichol and Dhariwal 2021, arXiv 2102.09672, eq. 17 (their alpha-bar is alpha²), s = 0.008. With
//! `c = (pi/2)/(1 + s)` the complement of theta is `c (1 − t)`, so `alpha = sin(c (1 − t))/sin c`, and
//! `cos² theta(0) − cos² theta(t) = sin(c t) sin(c t + 2 c s)` gives sigma without cancellation.

use super::{Point, Process, ProcessError, clip, level, time};
use crate::units::{Lambda, Sigma, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::FRAC_PI_2;

/// The cosine schedule of Nichol and Dhariwal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CosineSpec {
    /// Offset s that keeps the rate above 0 at t = 0: above 0 and at most 1.
    pub s: f64,
}

impl Default for CosineSpec {
    fn default() -> Self {
        Self { s: 0.008 }
    }
}

/// The cosine schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cosine {
    /// `c = (pi/2)/(1 + s)`.
    c: f64,
    /// `theta(0) = c s`.
    theta_0: f64,
}

impl Cosine {
    /// The schedule with offset s.
    ///
    /// # Errors
    /// [`ProcessError::Parameter`] unless `1e-6 <= s <= 1`.
    pub fn new(s: f64) -> Result<Self, ProcessError> {
        ProcessError::check("cosine", "s", s, (1e-6..=1.0).contains(&s), || "between 1e-6 and 1".to_owned())?;
        let c = FRAC_PI_2 / (1.0 + s);
        Ok(Self { c, theta_0: c * s })
    }

    /// The time with this alpha and sigma, `alpha² + sigma² = 1`.
    ///
    /// theta alone would lose t = (theta − theta_0)/c near the clean end; there
    /// `sin(theta − theta_0) = sin² c sigma²/sin(theta + theta_0)` keeps every digit.
    fn time(&self, alpha: f64, sigma: f64) -> Time {
        let (sin_c, cos_c) = self.c.sin_cos();
        let theta = cos_c.hypot(sin_c * sigma).atan2(sin_c * alpha);
        let rough = theta - self.theta_0;
        let rise = if rough < 1.0 { ((sin_c * sigma).powi(2) / (theta + self.theta_0).sin()).asin() } else { rough };
        clip(self, rise / self.c)
    }
}

impl Default for Cosine {
    fn default() -> Self {
        Self::new(CosineSpec::default().s).expect("the default is in range")
    }
}

impl Process for Cosine {
    fn name(&self) -> &'static str {
        "cosine"
    }

    fn at(&self, t: Time) -> Point {
        let t = t.get();
        let sin_c = self.c.sin();
        let rise = self.c * t;
        let (sin_theta, cos_theta) = ((rise + self.theta_0).sin(), (self.c * (1.0 - t)).sin());
        let alpha = cos_theta / sin_c;
        let sigma = ((rise.sin() * (rise + 2.0 * self.theta_0).sin()).sqrt() / sin_c).min(1.0);
        let alpha_dot = -self.c * sin_theta / sin_c;
        let drift = -self.c * sin_theta / cos_theta;
        Point {
            t,
            alpha,
            sigma,
            alpha_dot,
            sigma_dot: -alpha * alpha_dot / sigma,
            lambda: alpha.ln() - sigma.ln(),
            drift,
            diffusion2: -2.0 * drift,
        }
    }

    fn domain(&self) -> (Time, Time) {
        (time(0.0), time(1.0))
    }

    fn ends(&self) -> (Time, Time) {
        (time(0.9946), time(1e-3))
    }

    fn prior_std(&self) -> Sigma {
        level(1.0)
    }

    fn time_from_lambda(&self, lambda: Lambda) -> Time {
        let snr = (2.0 * lambda.get()).exp();
        self.time((1.0 / (1.0 + 1.0 / snr)).sqrt(), (1.0 / (1.0 + snr)).sqrt())
    }

    fn time_from_ratio(&self, ratio: Sigma) -> Time {
        let snr = ratio.get().powi(-2);
        self.time((1.0 / (1.0 + 1.0 / snr)).sqrt(), (1.0 / (1.0 + snr)).sqrt())
    }

    fn time_from_sigma(&self, sigma: Sigma) -> Time {
        let sigma = sigma.get().min(1.0);
        self.time(((1.0 - sigma) * (1.0 + sigma)).sqrt(), sigma)
    }

    fn clean_time(&self) -> Option<Time> {
        Some(time(0.0))
    }
}
