//! Variance-preserving marginals, `alpha² + sigma² = 1`, from `ln alpha`: vp and ddpm.
//!
//! There `(sigma²)' = −2 alpha alpha'`, so that `g² = −2 alpha alpha' − 2 f (1 − alpha²) = −2 f`.

use super::Point;
use crate::units::{Lambda, Sigma};

/// The point with this `ln alpha <= 0` and this `f = d ln alpha/dt`.
pub(super) fn point(t: f64, log_alpha: f64, drift: f64) -> Point {
    let alpha = log_alpha.exp();
    let sigma = (-(2.0 * log_alpha).exp_m1()).sqrt();
    Point {
        t,
        alpha,
        sigma,
        alpha_dot: drift * alpha,
        sigma_dot: -drift * alpha * alpha / sigma,
        lambda: log_alpha - sigma.ln(),
        drift,
        diffusion2: -2.0 * drift,
    }
}

/// `−2 ln alpha = ln(1 + exp(−2 lambda))`, without overflow.
pub(super) fn twice_log_from_lambda(lambda: Lambda) -> f64 {
    let x = -2.0 * lambda.get();
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// `−2 ln alpha = −ln(1 − sigma²)`; infinite from sigma = 1 on.
pub(super) fn twice_log_from_sigma(sigma: Sigma) -> f64 {
    let sigma = sigma.get().min(1.0);
    -(-sigma * sigma).ln_1p()
}

/// `lambda = −ln(sigma/alpha)`.
pub(super) fn lambda_from_ratio(ratio: Sigma) -> Lambda {
    Lambda::new(-ratio.get().ln()).expect("the logarithm of a number >= 0 is not NaN")
}
