//! `t_i = (t_b^{1/p} + i/N (t_e^{1/p} − t_b^{1/p}))^p`: p = 1 is uniform, p = 2 quadratic.
//!
//! Song et al. 2021, DDIM, arXiv 2010.02502, appendix D.2 (linear and quadratic).

use super::GridError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Uniform in t^{1/p}.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PowerSpec {
    /// The exponent p, between 0.1 and 100; the larger, the more times lie near t_end.
    pub p: f64,
    /// First time; without it that of the process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t_begin: Option<f64>,
    /// Last time that has noise; without it that of the process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t_end: Option<f64>,
    /// Whether the last interval goes to alpha = 1, sigma = 0 and the other N values run from t_begin to t_end.
    #[serde(default)]
    pub zero: bool,
}

/// The time at the fraction w of the way, `t_begin` at 0 and `t_end` at 1.
///
/// # Errors
/// [`GridError::Parameter`] when p is out of range.
pub(super) fn times(p: f64, t_begin: f64, t_end: f64) -> Result<impl Fn(f64) -> f64, GridError> {
    let p = GridError::check_exponent("power", "p", p)?;
    let (u_begin, u_end) = (t_begin.powf(1.0 / p), t_end.powf(1.0 / p));
    Ok(move |w: f64| (u_begin + w * (u_end - u_begin)).powf(p))
}
