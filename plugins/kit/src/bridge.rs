//! x_s between x_t and x_0: the law that ancestral samplers draw from.

use crate::Point;

/// The share of sigma_s² that stays open when x_t and x_0 are known, `Var(x_s | x_t, x_0)/sigma_s² = 1 − e^{−2h}`, with
/// h = lambda_s − lambda_t ≥ 0; from 0 to 1.
///
/// For every Gaussian process `x_t = alpha_t x_0 + sigma_t eps`:
/// `x_s | x_t, x_0 ~ N(alpha_s x_0 + e^{−h} sigma_s eps, (1 − e^{−2h}) sigma_s² I)`.
/// At alpha_t = 0 and at sigma_s = 0, where h is infinite, it is 1.
/// Source: Ho, Jain and Abbeel 2020 (DDPM), equations 6 and 7; the algebra is the same for any alpha and sigma.
#[must_use]
pub fn open_share(at_t: &Point, at_s: &Point) -> f64 {
    -(2.0 * (at_t.lambda - at_s.lambda)).exp_m1()
}

#[cfg(test)]
mod tests {
    use super::open_share;
    use crate::Point;

    fn point(alpha: f64, sigma: f64) -> Point {
        let lambda = (alpha / sigma).ln();
        Point { t: 0.5, alpha, sigma, lambda, ratio: sigma / alpha, drift: -1.0, diffusion2: 1.0 }
    }

    /// The variance in its other form, `sigma_s²/sigma_t² (sigma_t² − (alpha_t/alpha_s)² sigma_s²)`, with
    /// (0.6, 0.8) and (0.96, 0.28): 0.28²/0.8² (0.8² − 0.175²) = 0.28² (1 − 0.21875²).
    #[test]
    fn it_is_the_posterior_variance() {
        let share = open_share(&point(0.6, 0.8), &point(0.96, 0.28));
        assert!((share - (1.0 - 0.218_75 * 0.218_75)).abs() < 1e-15, "{share}");
    }

    #[test]
    fn it_is_one_from_pure_noise_and_to_no_noise() {
        assert_eq!(open_share(&point(0.0, 1.0), &point(0.6, 0.8)), 1.0);
        assert_eq!(open_share(&point(0.6, 0.8), &point(1.0, 0.0)), 1.0);
    }
}
