//! `r(t_i) = shift r(u_i)` in the noise level `r = sigma/alpha`, u uniform: more times at high noise for shift > 1.
//!
//! Esser et al. 2024, arXiv 2403.03206, the shift for resolution: on flow this is `t = shift u/(1 + (shift − 1) u)`.
//! u runs between the values that give t_begin and t_end, so that the ends stay, whatever the shift.

use super::GridError;
use crate::process::Process;
use crate::units::{Sigma, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// sigma/alpha is that of uniform times, times the shift.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShiftSpec {
    /// The factor of sigma/alpha, between 0.01 and 100; 1 is uniform.
    pub shift: f64,
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
/// [`GridError::Parameter`] when the shift is out of range.
pub(super) fn times(
    process: &dyn Process,
    shift: f64,
    t_begin: Time,
    t_end: Time,
) -> Result<impl Fn(f64) -> f64, GridError> {
    if !(0.01..=100.0).contains(&shift) {
        let allowed = "between 0.01 and 100".to_owned();
        return Err(GridError::Parameter { grid: "shift", parameter: "shift", found: shift, allowed });
    }
    let scaled = move |t: Time, by: f64| {
        let ratio = Sigma::new(by * process.at(t).ratio());
        ratio.map_or(f64::NAN, |ratio| process.time_from_ratio(ratio).get())
    };
    let (u_begin, u_end) = (scaled(t_begin, 1.0 / shift), scaled(t_end, 1.0 / shift));
    Ok(move |w: f64| Time::new(u_begin + w * (u_end - u_begin)).map_or(f64::NAN, |u| scaled(u, shift)))
}
