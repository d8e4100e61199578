//! The process as written in an experiment, and what can be wrong with it.

use super::{
    Angle, AngleSpec, Brownian, BrownianSpec, Cosine, CosineSpec, DdpmSpec, Edm, EdmSpec, Flow, FlowSpec,
    LinearBetaSpec, LogQuadratic, LogQuadraticSpec, Process, SubVp, Ve, VeSpec, Vp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The diffusion process, `x_t = alpha_t x_0 + sigma_t eps`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProcessSpec {
    /// Variance-preserving SDE with a linear rate beta: alpha = exp(−½ ∫beta), sigma = √(1 − alpha²).
    Vp(LinearBetaSpec),
    /// Sub-VP SDE with a linear rate beta: alpha as vp, sigma = 1 − alpha².
    SubVp(LinearBetaSpec),
    /// Variance-exploding SDE: alpha = 1, sigma = sigma_min (sigma_max/sigma_min)^t.
    Ve(VeSpec),
    /// The process of EDM: alpha = 1, sigma = t.
    Edm(EdmSpec),
    /// Brownian motion: alpha = 1, sigma = √t.
    Brownian(BrownianSpec),
    /// Rectified flow: alpha = 1 − t, sigma = t.
    Flow(FlowSpec),
    /// The cosine schedule of Nichol and Dhariwal, sigma = √(1 − alpha²).
    Cosine(CosineSpec),
    /// alpha = cos a, sigma = sin a, with a linear in t.
    Angle(AngleSpec),
    /// A table of K betas: ln alpha piecewise linear in t with knots at (k+1)/K, sigma = √(1 − alpha²).
    Ddpm(DdpmSpec),
    /// alpha = alpha_min^(t²), sigma = √(1 − alpha² + sigma_min²).
    LogQuadratic(LogQuadraticSpec),
}

impl ProcessSpec {
    /// The process itself.
    ///
    /// # Errors
    /// [`ProcessError`] when a parameter is out of range.
    pub fn build(&self) -> Result<Arc<dyn Process>, ProcessError> {
        Ok(match self {
            Self::Vp(s) => Arc::new(Vp::new(s.beta_min, s.beta_max)?),
            Self::SubVp(s) => Arc::new(SubVp::new(s.beta_min, s.beta_max)?),
            Self::Ve(s) => Arc::new(Ve::new(s.sigma_min, s.sigma_max)?),
            Self::Edm(s) => Arc::new(Edm::new(s.sigma_max)?),
            Self::Brownian(s) => Arc::new(Brownian::new(s.sigma_max)?),
            Self::LogQuadratic(s) => Arc::new(LogQuadratic::new(s.alpha_min, s.sigma_min)?),
            Self::Flow(FlowSpec {}) => Arc::new(Flow),
            Self::Cosine(s) => Arc::new(Cosine::new(s.s)?),
            Self::Angle(s) => Arc::new(Angle::new(s.min_rate, s.max_rate)?),
            Self::Ddpm(s) => Arc::new(s.betas.build()?),
        })
    }
}

/// Why a process cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ProcessError {
    /// A parameter is out of range.
    #[error("{parameter} of {process} is {found}, but must be {allowed}")]
    Parameter {
        /// YAML name of the process.
        process: &'static str,
        /// YAML key of the parameter.
        parameter: &'static str,
        /// The value found.
        found: f64,
        /// The range in words.
        allowed: String,
    },
    /// A table of betas is too short to have an interval.
    #[error("{key} of ddpm has {found} entries, but must have at least 2")]
    TooFewBetas {
        /// YAML key of the betas.
        key: &'static str,
        /// How many there are.
        found: usize,
    },
    /// A beta is out of range, or the product of all up to it is.
    #[error(
        "{key}[{index}] of ddpm is {found}, but must be at least 1e-12 and below 1, and all up to it must leave alpha \
         above 1e-150"
    )]
    Beta {
        /// YAML key of the betas.
        key: &'static str,
        /// Its place, from 0.
        index: usize,
        /// The value found.
        found: f64,
    },
}

impl ProcessError {
    /// [`ProcessError::Parameter`] unless `inside`.
    pub(super) fn check(
        process: &'static str,
        parameter: &'static str,
        found: f64,
        inside: bool,
        allowed: impl FnOnce() -> String,
    ) -> Result<(), Self> {
        if inside { Ok(()) } else { Err(Self::Parameter { process, parameter, found, allowed: allowed() }) }
    }
}
