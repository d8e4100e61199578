//! `ln r_i = ln r_e + (1 − i/N)^rho (ln r_b − ln r_e)` in the noise level `r = sigma/alpha`: rho = 1 is uniform in lambda.
//!
//! The polyexponential schedule of Crowson's k-diffusion.

use super::GridError;
use crate::process::Process;
use crate::units::{Lambda, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A power of the fraction of the way in lambda.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PolyexponentialSpec {
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

impl Default for PolyexponentialSpec {
    fn default() -> Self {
        Self { rho: 1.0, t_begin: None, t_end: None, zero: false }
    }
}

/// The time at the fraction w of the way, `t_begin` at 0 and `t_end` at 1. alpha(t_begin) is not 0.
///
/// # Errors
/// [`GridError::Parameter`] when rho is out of range; [`GridError::NoNoise`] where sigma(t_end) = 0.
pub(super) fn times(
    process: &dyn Process,
    rho: f64,
    t_begin: Time,
    t_end: Time,
) -> Result<impl Fn(f64) -> f64, GridError> {
    let rho = GridError::check_exponent("polyexponential", "rho", rho)?;
    let (lambda_begin, lambda_end) = (process.at(t_begin).lambda, process.at(t_end).lambda);
    if lambda_end == f64::INFINITY {
        return Err(GridError::NoNoise { what: "t_end", t: t_end.get() });
    }
    Ok(move |w: f64| {
        let lambda = lambda_end + (1.0 - w).powf(rho) * (lambda_begin - lambda_end);
        Lambda::new(lambda).map_or(f64::NAN, |lambda| process.time_from_lambda(lambda).get())
    })
}
