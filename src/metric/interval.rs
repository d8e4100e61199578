//! Mean and confidence interval over seeds.

use serde::{Deserialize, Serialize};
use std::f64::consts::FRAC_PI_2;

/// A mean with the half width of its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Number of values.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Half the width of the 95 % confidence interval of the mean, Student's t on count − 1 degrees of
    /// freedom; `None` for a single value, which says nothing about its own spread.
    pub half_width: Option<f64>,
}

impl Summary {
    /// Lower and upper end of the interval.
    #[must_use]
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.half_width.map(|h| (self.mean - h, self.mean + h))
    }
}

/// The mean of values, one a seed, with its interval; `None` where there is no value.
#[must_use]
pub fn summary(values: &[f64]) -> Option<Summary> {
    let count = values.len();
    if count == 0 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count as f64;
    let half_width = (count > 1).then(|| {
        let freedom = count - 1;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / freedom as f64;
        student_quantile(0.975, freedom) * (variance / count as f64).sqrt()
    });
    Some(Summary { count, mean, half_width })
}

/// Quantile of Student's t with a whole number of degrees of freedom ≥ 1, for p in [½, 1).
///
/// Bisection on the finite sums of M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions,
/// 26.7.3 and 26.7.4, in the angle θ = atan(t/√ν), where the distribution is bounded and monotone.
#[must_use]
pub fn student_quantile(p: f64, freedom: usize) -> f64 {
    let (mut low, mut high) = (0.0, FRAC_PI_2);
    let two_sided = 2.0 * p - 1.0;
    // 60 halvings of π/2 reach the last bit.
    for _ in 0..60 {
        let theta = f64::midpoint(low, high);
        if central_probability(theta, freedom) < two_sided { low = theta } else { high = theta }
    }
    (freedom as f64).sqrt() * f64::midpoint(low, high).tan()
}

/// A(t | ν) = P(|T| < t) for t = √ν tan θ.
fn central_probability(theta: f64, freedom: usize) -> f64 {
    let (sin, cos) = theta.sin_cos();
    // The sum 1 + a cos² + a b cos⁴ + … with a = 1/2, b = 3/4, … (even ν) or 2/3, 4/5, … (odd ν).
    let odd = freedom % 2;
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..(freedom - odd) / 2 {
        let k = k as f64;
        let top = if odd == 1 { 2.0 * k } else { 2.0 * k - 1.0 };
        term *= top / (top + 1.0) * cos * cos;
        sum += term;
    }
    match (odd, freedom) {
        (0, _) => sin * sum,
        (_, 1) => theta / FRAC_PI_2,
        _ => (theta + sin * cos * sum) / FRAC_PI_2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // Abramowitz and Stegun, table 26.10 (two-sided 95 % and 99 %).
        for (freedom, at_95, at_99) in [
            (1, 12.706, 63.657),
            (2, 4.303, 9.925),
            (3, 3.182, 5.841),
            (4, 2.776, 4.604),
            (5, 2.571, 4.032),
            (9, 2.262, 3.250),
            (10, 2.228, 3.169),
            (30, 2.042, 2.750),
            (120, 1.980, 2.617),
        ] {
            assert!((student_quantile(0.975, freedom) - at_95).abs() < 5.1e-4, "{freedom}");
            assert!((student_quantile(0.995, freedom) - at_99).abs() < 5.1e-4, "{freedom}");
        }
        // Closed forms: ν = 1 is Cauchy, ν = 2 has t = (2p − 1)/√(2 p (1 − p)); ν → ∞ is normal.
        assert!((student_quantile(0.75, 1) - 1.0).abs() < 1e-14);
        assert!((student_quantile(0.9, 2) - 0.8 / 0.18_f64.sqrt()).abs() < 1e-14);
        assert!((student_quantile(0.975, 1_000_000) - 1.959_966).abs() < 1e-5);
    }

    #[test]
    fn intervals_by_hand() {
        // Mean 2, variance 1, standard error 1/√3, quantile 4.302653 on two degrees of freedom.
        let found = summary(&[1.0, 2.0, 3.0]).expect("three values");
        assert_eq!((found.count, found.mean), (3, 2.0));
        let half = found.half_width.expect("three values have a spread");
        assert!((half - 4.302_652_73 / 3.0_f64.sqrt()).abs() < 1e-8);
        assert_eq!(found.interval(), Some((2.0 - half, 2.0 + half)));
        assert_eq!(summary(&[7.0]), Some(Summary { count: 1, mean: 7.0, half_width: None }));
        assert_eq!(summary(&[]), None);
    }

    #[test]
    fn intervals_cover_the_mean_as_often_as_they_say() {
        use crate::noise::{Key, Stream, normals};
        let covered = (0..2000)
            .filter(|&sample| {
                let mut z = [0.0; 5];
                normals(Key { seed: 1, sample }, Stream::named("test"), 0, &mut z);
                let (low, high) = summary(&z).and_then(|s| s.interval()).expect("five values");
                low < 0.0 && 0.0 < high
            })
            .count();
        // 1900 ± 4 √(2000 · 0.95 · 0.05).
        assert!((1861..=1939).contains(&covered), "{covered}");
    }
}
