//! Diffusion processes `x_t = alpha_t x_0 + sigma_t eps`, the marginals of
//! `dx = f(t) x dt + g(t) dw` with `f = alpha'/alpha` and `g² = (sigma²)' − 2 f sigma²`.

mod angle;
mod brownian;
mod cosine;
mod ddpm;
mod edm;
mod flow;
mod linear_beta;
mod log_quadratic;
mod preserving;
mod spec;
mod sub_vp;
#[cfg(test)]
mod tests;
mod ve;
mod vp;

pub use angle::{Angle, AngleSpec};
pub use brownian::{Brownian, BrownianSpec};
pub use cosine::{Cosine, CosineSpec};
pub use ddpm::{BetasSpec, CosineBetasSpec, Ddpm, DdpmSpec, LinearBetasSpec};
pub use edm::{Edm, EdmSpec};
pub use flow::{Flow, FlowSpec};
pub use linear_beta::LinearBetaSpec;
pub use log_quadratic::{LogQuadratic, LogQuadraticSpec};
pub use spec::{ProcessError, ProcessSpec};
pub use sub_vp::SubVp;
pub use ve::{Ve, VeSpec};
pub use vp::Vp;

use crate::units::{Lambda, Sigma, Time};
use std::fmt;

/// All that a process says at one time.
///
/// At the ends some numbers are infinite: `lambda` where sigma = 0 or alpha = 0, `drift` and `diffusion2`
/// where alpha = 0. They are stored as such; whoever needs a finite number checks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The time t.
    pub t: f64,
    /// alpha(t).
    pub alpha: f64,
    /// sigma(t).
    pub sigma: f64,
    /// d alpha/dt.
    pub alpha_dot: f64,
    /// d sigma/dt.
    pub sigma_dot: f64,
    /// `lambda = ln(alpha/sigma)`.
    pub lambda: f64,
    /// `f = alpha'/alpha`.
    pub drift: f64,
    /// `g² = (sigma²)' − 2 f sigma²`, computed without cancellation.
    pub diffusion2: f64,
}

impl Point {
    /// The marked clean end: alpha = 1, sigma = 0. `t` is the process's time for it, or NaN.
    #[must_use]
    pub fn clean(t: Option<Time>) -> Self {
        Self {
            t: t.map_or(f64::NAN, Time::get),
            alpha: 1.0,
            sigma: 0.0,
            alpha_dot: f64::NAN,
            sigma_dot: f64::NAN,
            lambda: f64::INFINITY,
            drift: f64::NAN,
            diffusion2: f64::NAN,
        }
    }

    /// sigma/alpha, the noise level of x/alpha.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.sigma / self.alpha
    }
}

/// A diffusion process. Times lie in [`domain`](Process::domain); nobody asks outside it.
pub trait Process: Send + Sync + fmt::Debug {
    /// The YAML name.
    fn name(&self) -> &'static str;
    /// The marginal and its derivatives at t.
    fn at(&self, t: Time) -> Point;
    /// Smallest and largest time at which [`at`](Process::at) is defined.
    fn domain(&self) -> (Time, Time);
    /// Default `t_begin` and `t_end` of sampling, `t_begin > t_end`.
    fn ends(&self) -> (Time, Time);
    /// Standard deviation of the prior N(0, std² I) that stands for p at the default `t_begin`.
    fn prior_std(&self) -> Sigma;
    /// The time with this lambda, clipped to the domain.
    fn time_from_lambda(&self, lambda: Lambda) -> Time;
    /// The time with this sigma/alpha, clipped to the domain.
    fn time_from_ratio(&self, ratio: Sigma) -> Time;
    /// The time with this sigma, clipped to the domain.
    fn time_from_sigma(&self, sigma: Sigma) -> Time;
    /// The time of the clean end alpha = 1, sigma = 0, where the process has one.
    fn clean_time(&self) -> Option<Time>;
}

/// A time that a process has computed from checked parameters.
fn time(t: f64) -> Time {
    Time::new(t).expect("times computed from checked parameters are finite")
}

/// The time t, or the nearer end of the process's domain; for inverses, which may be infinite.
fn clip(process: &dyn Process, t: f64) -> Time {
    let (lo, hi) = process.domain();
    time(t.clamp(lo.get(), hi.get()))
}

/// A noise level out of checked parameters.
fn level(sigma: f64) -> Sigma {
    Sigma::new(sigma).expect("checked parameters are not negative")
}
