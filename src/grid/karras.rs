//! The rho rule in the noise level `r = sigma/alpha`: `r_i = (r_b^{1/rho} + i/N (r_e^{1/rho} − r_b^{1/rho}))^rho`.
//!
//! Karras et al. 2022, arXiv 2206.00364, eq. 5, where alpha = 1.

use super::GridError;
use crate::process::Process;
use crate::units::{Sigma, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Uniform in (sigma/alpha)^{1/rho}.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KarrasSpec {
    /// The exponent rho, between 0.1 and 100; the larger, the more times lie near t_end.
    pub rho: f64,
    /// First time; without it that of the process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t_begin: Option<f64>,
    /// Last time that has noise; without it that of the process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t_end: Option<f64>,
    /// Whether the last interval goes to alpha = 1, sigma = 0 and the other N values run from t_begin to t_end.
    pub zero: bool,
}

impl Default for KarrasSpec {
    fn default() -> Self {
        Self { rho: 7.0, t_begin: None, t_end: None, zero: false }
    }
}

/// The time at the fraction w of the way, `t_begin` at 0 and `t_end` at 1. alpha(t_begin) is not 0.
///
/// # Errors
/// [`GridError::Parameter`] when rho is out of range.
pub(super) fn times(
    process: &dyn Process,
    rho: f64,
    t_begin: Time,
    t_end: Time,
) -> Result<impl Fn(f64) -> f64, GridError> {
    let rho = GridError::check_exponent("karras", "rho", rho)?;
    let root = |t: Time| process.at(t).ratio().powf(1.0 / rho);
    let (u_begin, u_end) = (root(t_begin), root(t_end));
    Ok(move |w: f64| {
        let ratio = (u_begin + w * (u_end - u_begin)).powf(rho);
        Sigma::new(ratio).map_or(f64::NAN, |ratio| process.time_from_ratio(ratio).get())
    })
}
