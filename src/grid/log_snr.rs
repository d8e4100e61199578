//! Uniform in `lambda = ln(alpha/sigma)`: Lu et al. 2022, DPM-Solver, arXiv 2206.00927, section 3.3.

use super::GridError;
use crate::process::Process;
use crate::units::{Lambda, Time};

/// The time at the fraction w of the way, `t_begin` at 0 and `t_end` at 1. alpha(t_begin) is not 0.
///
/// # Errors
/// [`GridError::NoNoise`] where sigma(t_end) = 0.
pub(super) fn times(process: &dyn Process, t_begin: Time, t_end: Time) -> Result<impl Fn(f64) -> f64, GridError> {
    let (lambda_begin, lambda_end) = (process.at(t_begin).lambda, process.at(t_end).lambda);
    if lambda_end == f64::INFINITY {
        return Err(GridError::NoNoise { what: "t_end", t: t_end.get() });
    }
    Ok(move |w: f64| {
        let lambda = lambda_begin + w * (lambda_end - lambda_begin);
        Lambda::new(lambda).map_or(f64::NAN, |lambda| process.time_from_lambda(lambda).get())
    })
}
