//! Mean and 95 % confidence interval of a few replicates (Student t).

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// A mean over seeds with the half width of its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Mean over the replicates.
    pub mean: f64,
    /// `t_{0.975, n−1} s/√n`; `None` for one replicate, which says nothing about its spread.
    pub half: Option<f64>,
    /// Number of replicates n.
    pub n: usize,
}

impl Estimate {
    /// Mean and interval of the replicates; `None` where there are none.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let n = values.len();
        if n == 0 {
            return None;
        }
        // A power of two, so that no digit changes: the squares of huge metrics would overflow.
        let unit = if values.iter().any(|v| v.abs() > 1e150) { 2f64.powi(600) } else { 1.0 };
        let mean = values.iter().map(|v| v / unit).sum::<f64>() / n as f64;
        let half = (n > 1).then(|| {
            let variance = values.iter().map(|v| (v / unit - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
            t_975(n - 1) * (variance / n as f64).sqrt() * unit
        });
        Some(Self { mean: mean * unit, half, n })
    }

    /// Whether two estimates agree but for rounding.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
        self.n == other.n && close(self.low(), other.low()) && close(self.high(), other.high())
    }

    /// Lower end of the interval; the mean itself for one replicate.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.mean - self.half.unwrap_or(0.0)
    }

    /// Upper end of the interval; the mean itself for one replicate.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.mean + self.half.unwrap_or(0.0)
    }
}

/// The 0.975 quantile of Student's t with a whole number of degrees of freedom, by bisection on the finite
/// sums of Abramowitz and Stegun (1964), 26.7.3 and 26.7.4, for `P(|T| < √ν tan θ)`.
fn t_975(degrees: usize) -> f64 {
    let inside = |theta: f64| {
        let (sin, cos) = theta.sin_cos();
        let odd = degrees % 2 == 1;
        let (mut term, mut sum) = if odd { (cos, 0.0) } else { (1.0, 1.0) };
        if odd && degrees > 1 {
            sum = cos;
        }
        for k in (if odd { 3 } else { 2 }..degrees).step_by(2) {
            let k = k as f64;
            term *= cos * cos * (k - 1.0) / k;
            sum += term;
        }
        if odd { FRAC_2_PI * (theta + sin * sum) } else { sin * sum }
    };
    let (mut low, mut high) = (0.0, FRAC_PI_2);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        *(if inside(middle) < 0.95 { &mut low } else { &mut high }) = middle;
    }
    (degrees as f64).sqrt() * low.tan()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Printed tables of Student's t (two-sided 5 %), four to five digits.
    #[test]
    fn quantiles_agree_with_the_printed_table() {
        for (degrees, t) in [(1, 12.706_2), (2, 4.302_65), (3, 3.182_45), (4, 2.776_45), (9, 2.262_16), (100, 1.983_97)]
        {
            assert!((t_975(degrees) / t - 1.0).abs() < 1e-5, "{degrees}: {}", t_975(degrees));
        }
    }

    #[test]
    fn interval_of_two_values_is_known_by_hand() {
        let e = Estimate::of(&[1.0, 3.0]).expect("two values");
        assert_eq!((e.mean, e.n), (2.0, 2));
        // s = √2, s/√n = 1.
        assert!((e.half.expect("two values") - 12.706_204_736).abs() < 1e-6);
        assert_eq!(Estimate::of(&[7.0]), Some(Estimate { mean: 7.0, half: None, n: 1 }));
        assert_eq!(Estimate::of(&[]), None);
    }

    #[test]
    fn huge_numbers_have_a_finite_interval() {
        let e = Estimate::of(&[1e300, 3e300]).expect("two values");
        assert!((e.mean / 2e300 - 1.0).abs() < 1e-15);
        assert!((e.half.expect("two values") / 12.706_204_736e300 - 1.0).abs() < 1e-6);
    }
}
