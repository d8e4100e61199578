//! A time as the exponential integrators in lambda see it.

use ito_kit::{Coef, Failure, Host, What};

/// How far the lambda of a time found by its lambda may lie from it, relative to max(|lambda|, 1): times are rounded,
/// and near alpha = 0 their lambda moves by more than its own last digits.
const ROUNDING: f64 = 1e-8;

/// A time with its alpha, sigma and lambda; all lists have one entry a row, or one for all.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) t: Vec<f64>,
    pub(crate) alpha: Vec<f64>,
    pub(crate) sigma: Vec<f64>,
    pub(crate) lambda: Vec<f64>,
}

impl Place {
    /// The place of these times.
    pub(crate) fn at(host: &Host, t: Vec<f64>) -> Result<Self, Failure> {
        let n = t.len();
        let mut alpha = vec![0.0; 3 * n];
        host.lookup(&[What::Alpha, What::Sigma, What::Lambda], Coef::Each(&t), &mut alpha)?;
        let lambda = alpha.split_off(2 * n);
        let sigma = alpha.split_off(n);
        Ok(Self { t, alpha, sigma, lambda })
    }

    /// The place with `lambda = lambda_t + r h`, h the distance from `self` to `end`; where the process ends before
    /// it, the place of its end.
    pub(crate) fn towards(&self, host: &Host, end: &Self, r: f64) -> Result<Self, Failure> {
        let lambda: Vec<f64> = self.lambda.iter().zip(&end.lambda).map(|(a, b)| a + r * (b - a)).collect();
        let mut t = vec![0.0; lambda.len()];
        host.times_of(What::Lambda, Coef::Each(&lambda), &mut t)?;
        let mut place = Self::at(host, t)?;
        for (own, asked) in place.lambda.iter_mut().zip(lambda) {
            // The lambda that was asked for, not that of the rounded time: differences of it are the nodes of a
            // polynomial. But a time cut to the domain has another lambda, and weights that belong to its own.
            if (*own - asked).abs() <= ROUNDING * asked.abs().max(1.0) {
                *own = asked;
            }
        }
        Ok(place)
    }
}
