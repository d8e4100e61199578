//! From the network's output F to any prediction, and back to its regression target.
//!
//! With `D² = sigma_data²` and `c = 1/√(alpha² D² + sigma²)` the network sees `c x_t` (variance 1) and F is
//! trained towards `F* = c (sigma x_0/D − alpha D eps)` (variance 1, uncorrelated with `c x_t`), so that
//!
//! `x_0 = alpha D² c² x_t + sigma D c F`, `eps = sigma c² x_t − alpha D c F`.
//!
//! At F = 0 this is the best linear prediction for isotropic data. For alpha = 1 it is Karras et al. 2022,
//! table 1 (c_skip, c_out, c_in); for a variance-preserving process and D = 1, F is −v (Salimans and Ho 2022).
//! Nothing divides by alpha, so a process that ends in pure noise needs no exception.

use super::super::{Prediction, ScoreError};
use crate::process::Point;
use serde::{Deserialize, Serialize};

/// The scale of the data, which fixes all coefficients.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Preconditioner {
    /// Root mean square of the training data about zero. In f32, whose shortest decimal text in a
    /// checkpoint reads back exactly.
    pub sigma_data: f32,
}

impl Preconditioner {
    /// `c = 1/√(alpha² sigma_data² + sigma²)`, the scale of the network's input.
    #[must_use]
    pub fn input_scale(&self, at: &Point) -> f64 {
        1.0 / libm::hypot(at.alpha * f64::from(self.sigma_data), at.sigma)
    }

    /// `(a, b)` of `prediction = a x_t + b F`.
    ///
    /// # Errors
    /// [`ScoreError::NoConversion`] at sigma = 0 for all but x0, and where a derivative of the process is
    /// not finite for the velocity.
    pub fn coefficients(&self, want: Prediction, at: &Point) -> Result<(f64, f64), ScoreError> {
        let Point { alpha, sigma, alpha_dot, sigma_dot, .. } = *at;
        let d = f64::from(self.sigma_data);
        let c = self.input_scale(at);
        let (a, b) = match want {
            Prediction::X0 => (alpha * d * d * c * c, sigma * d * c),
            Prediction::Eps => (sigma * c * c, -alpha * d * c),
            Prediction::Score => (-c * c, alpha * d * c / sigma),
            Prediction::V => (alpha * sigma * (1.0 - d * d) * c * c, -(alpha * alpha + sigma * sigma) * d * c),
            Prediction::Velocity => (
                (alpha_dot * alpha * d * d + sigma_dot * sigma) * c * c,
                (alpha_dot * sigma - sigma_dot * alpha) * d * c,
            ),
        };
        if (sigma > 0.0 || want == Prediction::X0) && a.is_finite() && b.is_finite() {
            Ok((a, b))
        } else {
            Err(ScoreError::NoConversion { want, t: at.t, alpha, sigma })
        }
    }

    /// `F* = c (sigma x_0/D − alpha D eps)`, what F is regressed on.
    #[must_use]
    pub fn regression_target(&self, at: &Point, x_0: f64, eps: f64) -> f64 {
        let d = f64::from(self.sigma_data);
        self.input_scale(at) * (at.sigma * x_0 / d - at.alpha * d * eps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::net::tests::{flow, vp};
    use proptest::prelude::*;

    const ALL: [Prediction; 5] =
        [Prediction::Score, Prediction::Eps, Prediction::X0, Prediction::V, Prediction::Velocity];

    /// The definitions at the head of `score`.
    fn definition(want: Prediction, at: &Point, x_0: f64, eps: f64) -> f64 {
        match want {
            Prediction::Score => -eps / at.sigma,
            Prediction::Eps => eps,
            Prediction::X0 => x_0,
            Prediction::V => at.alpha * eps - at.sigma * x_0,
            Prediction::Velocity => at.alpha_dot * x_0 + at.sigma_dot * eps,
        }
    }

    proptest! {
        #[test]
        fn a_network_that_hits_its_target_predicts_the_definition(
            t in 1e-3..1.0f64, d in 0.1..3.0f32, x_0 in -3.0..3.0f64, eps in -3.0..3.0f64, is_flow: bool
        ) {
            let at = if is_flow { flow(t) } else { vp(t) };
            let net = Preconditioner { sigma_data: d };
            let f = net.regression_target(&at, x_0, eps);
            let x_t = at.alpha * x_0 + at.sigma * eps;
            for want in ALL {
                let (a, b) = net.coefficients(want, &at).expect("0 < t < 1");
                let exact = definition(want, &at, x_0, eps);
                // Both terms can be large where they cancel: the tolerance is relative to them.
                let scale = (a * x_t).abs() + (b * f).abs() + 1e-3;
                prop_assert!((a * x_t + b * f - exact).abs() < 1e-12 * scale, "{want:?} at t = {t}");
            }
        }
    }

    #[test]
    fn pure_noise_has_all_predictions_and_the_clean_end_only_x0() {
        let net = Preconditioner { sigma_data: 0.5 };
        let noise = flow(1.0);
        assert_eq!(noise.alpha, 0.0);
        for want in ALL {
            assert!(net.coefficients(want, &noise).is_ok(), "{want:?}");
            let clean = net.coefficients(want, &Point::clean(None));
            assert_eq!(clean.is_ok(), want == Prediction::X0, "{want:?}");
        }
        assert_eq!(net.coefficients(Prediction::X0, &Point::clean(None)), Ok((1.0, 0.0)));
    }
}
