//! Conversions between the forms of a prediction.
//!
//! With `x = alpha x0 + sigma eps` every form is linear in (x0, eps):
//!
//! ```text
//! score = −eps/sigma    v = alpha eps − sigma x0    velocity = alpha' x0 + sigma' eps
//! ```
//!
//! so any form is `a x + b f` of the state x and any other form f. The inverses divide by alpha (x0 from eps
//! or score), by sigma (eps from x0; score), by alpha² + sigma² (from v) and by alpha sigma' − sigma alpha'
//! (from the velocity). Source of v: Salimans and Ho, "Progressive distillation", 2022, appendix D.

use super::{Prediction, ScoreError};
use crate::process::Point;

/// `want = x · on_x + have · on_prediction`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conversion {
    /// Coefficient of the state.
    pub on_x: f64,
    /// Coefficient of the prediction at hand.
    pub on_prediction: f64,
}

impl Conversion {
    /// The coefficients that turn `have` into `want` at one point.
    ///
    /// # Errors
    /// [`ScoreError::NoConversion`] where they are not finite.
    pub fn new(have: Prediction, want: Prediction, at: &Point) -> Result<Self, ScoreError> {
        if have == want {
            return Ok(Self { on_x: 0.0, on_prediction: 1.0 });
        }
        let (on_x0, on_eps) = want_from_x0_and_eps(want, at);
        // A part that is not needed must not fail.
        let x0 = if on_x0 == 0.0 { (0.0, 0.0) } else { x0_from(have, at) };
        let eps = if on_eps == 0.0 { (0.0, 0.0) } else { eps_from(have, at) };
        let on_x = on_x0 * x0.0 + on_eps * eps.0;
        let on_prediction = on_x0 * x0.1 + on_eps * eps.1;
        if on_x.is_finite() && on_prediction.is_finite() {
            Ok(Self { on_x, on_prediction })
        } else {
            Err(no_conversion(want, at))
        }
    }
}

/// `values := want` from `values = have`, both [n, dim] like `x`, at one point for all rows or one a row.
///
/// # Errors
/// [`ScoreError::NoConversion`]; `values` is then partly converted.
pub fn convert(
    have: Prediction,
    want: Prediction,
    at: &[Point],
    x: &[f64],
    values: &mut [f64],
) -> Result<(), ScoreError> {
    if have == want || at.is_empty() {
        return Ok(());
    }
    let rows = x.len() / at.len();
    if rows == 0 {
        return Ok(());
    }
    for ((point, x), values) in at.iter().zip(x.chunks_exact(rows)).zip(values.chunks_exact_mut(rows)) {
        let Conversion { on_x, on_prediction } = Conversion::new(have, want, point)?;
        for (value, x) in values.iter_mut().zip(x) {
            *value = on_x * x + on_prediction * *value;
        }
    }
    Ok(())
}

pub(super) fn no_conversion(want: Prediction, at: &Point) -> ScoreError {
    ScoreError::NoConversion { want, t: at.t, alpha: at.alpha, sigma: at.sigma }
}

/// Coefficients on x0 and eps.
fn want_from_x0_and_eps(want: Prediction, at: &Point) -> (f64, f64) {
    match want {
        Prediction::Score => (0.0, -1.0 / at.sigma),
        Prediction::Eps => (0.0, 1.0),
        Prediction::X0 => (1.0, 0.0),
        Prediction::V => (-at.sigma, at.alpha),
        Prediction::Velocity => (at.alpha_dot, at.sigma_dot),
    }
}

/// x0 as coefficients on x and on `have`.
fn x0_from(have: Prediction, at: &Point) -> (f64, f64) {
    let (alpha, sigma) = (at.alpha, at.sigma);
    match have {
        Prediction::Score => (1.0 / alpha, sigma * sigma / alpha),
        Prediction::Eps => (1.0 / alpha, -sigma / alpha),
        Prediction::X0 => (0.0, 1.0),
        Prediction::V => (alpha / norm2(at), -sigma / norm2(at)),
        Prediction::Velocity => (at.sigma_dot / determinant(at), -sigma / determinant(at)),
    }
}

/// eps as coefficients on x and on `have`.
fn eps_from(have: Prediction, at: &Point) -> (f64, f64) {
    let (alpha, sigma) = (at.alpha, at.sigma);
    match have {
        Prediction::Score => (0.0, -sigma),
        Prediction::Eps => (0.0, 1.0),
        Prediction::X0 => (1.0 / sigma, -alpha / sigma),
        Prediction::V => (sigma / norm2(at), alpha / norm2(at)),
        Prediction::Velocity => (-at.alpha_dot / determinant(at), alpha / determinant(at)),
    }
}

fn norm2(at: &Point) -> f64 {
    at.alpha * at.alpha + at.sigma * at.sigma
}

fn determinant(at: &Point) -> f64 {
    at.alpha * at.sigma_dot - at.sigma * at.alpha_dot
}

#[cfg(test)]
mod tests {
    use super::*;
    use Prediction::{Eps, Score, V, Velocity, X0};
    use proptest::prelude::*;

    const FORMS: [Prediction; 5] = [Score, Eps, X0, V, Velocity];

    fn point(alpha: f64, sigma: f64, alpha_dot: f64, sigma_dot: f64) -> Point {
        Point { t: 0.5, alpha, sigma, alpha_dot, sigma_dot, lambda: 0.0, drift: 0.0, diffusion2: 0.0 }
    }

    proptest! {
        #[test]
        fn every_form_is_made_from_every_other(
            x0 in -3.0_f64..3.0, eps in -3.0_f64..3.0, ratio in -12.0_f64..12.0, alpha_dot in -2.0_f64..-0.01,
        ) {
            // sigma/alpha over ten decades, alpha² + sigma² = 1
            let angle = ratio.exp().atan();
            let (alpha, sigma) = (angle.cos(), angle.sin());
            let at = point(alpha, sigma, alpha_dot * sigma, -alpha_dot * alpha);
            let x = alpha * x0 + sigma * eps;
            let truth = |form| match form {
                Score => -eps / sigma,
                Eps => eps,
                X0 => x0,
                V => alpha * eps - sigma * x0,
                Velocity => at.alpha_dot * x0 + at.sigma_dot * eps,
            };
            for have in FORMS {
                for want in FORMS {
                    let mut value = [truth(have)];
                    convert(have, want, &[at], &[x], &mut value).expect("finite");
                    let size = 1.0_f64.max(truth(want).abs()).max(if want == Score { 1.0 / sigma } else { 0.0 });
                    let bound = 1e-12 * 1.0_f64.max(alpha / sigma).max(sigma / alpha) * size;
                    prop_assert!((value[0] - truth(want)).abs() <= bound, "{have:?} to {want:?}: {value:?}");
                    let there = value;
                    convert(want, have, &[at], &[x], &mut value).expect("finite");
                    let bound = 1e-12 * 1.0_f64.max(alpha / sigma).max(sigma / alpha) * there[0].abs().max(truth(have).abs()).max(1.0);
                    prop_assert!((value[0] - truth(have)).abs() <= bound, "{have:?} to {want:?} and back: {value:?}");
                }
            }
        }
    }

    #[test]
    fn what_does_not_exist_is_an_error() {
        let clean = point(1.0, 0.0, -1.0, 1.0);
        let noise = point(0.0, 1.0, -1.0, 1.0);
        let exists = |have, want, at: &Point| Conversion::new(have, want, at).is_ok();
        assert!(exists(Eps, X0, &clean) && !exists(Eps, Score, &clean) && !exists(X0, Eps, &clean));
        assert!(!exists(Eps, X0, &noise) && exists(X0, Eps, &noise) && exists(Eps, Score, &noise));
        assert!(!exists(X0, V, &clean) && exists(V, X0, &noise) && exists(V, Eps, &clean));
        assert!(!exists(Eps, Velocity, &noise) && exists(X0, Velocity, &noise) && exists(Score, Eps, &noise));
        assert!(!exists(Eps, Velocity, &Point::clean(None)), "a clean end without derivatives");
        let error = convert(Eps, X0, &[noise], &[1.0], &mut [0.0]);
        assert_eq!(error, Err(ScoreError::NoConversion { want: X0, t: 0.5, alpha: 0.0, sigma: 1.0 }));
    }
}
