//! The time as a network sees it: sinusoids of the clipped log-SNR.

use crate::process::Point;
use serde::{Deserialize, Serialize};

/// `phi(t) = [sin(w_j u), cos(w_j u)]_j` of `u = lambda/limit`, lambda clipped to ±limit, with frequencies
/// `w_j` in geometric progression from `lowest` to `highest` (Vaswani et al. 2017, section 3.5, with
/// another range).
///
/// lambda, not t: it is spread alike over the times of every process (EDM's `c_noise = ln(sigma)/4`, Karras
/// et al. 2022, table 1, is −lambda/4 there), and a network does not depend on how a process counts time.
/// Beyond ±10 the data or the noise is below 5e-5 of the other, and the prediction no longer changes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Embedding {
    /// Largest |lambda| that is told apart.
    pub limit: f64,
    /// w_1: the slowest sinusoid has the period 2 pi limit/w_1 in lambda.
    pub lowest: f64,
    /// w_J.
    pub highest: f64,
    /// J: each frequency gives two features.
    pub frequencies: usize,
}

impl Default for Embedding {
    fn default() -> Self {
        Self { limit: 10.0, lowest: 1.0, highest: 64.0, frequencies: 16 }
    }
}

impl Embedding {
    /// Numbers a time: `2 frequencies`.
    #[must_use]
    pub const fn features(&self) -> usize {
        2 * self.frequencies
    }

    /// Features of each point, [points, features] row-major, computed in f64 and rounded once.
    #[must_use]
    pub fn of(&self, at: &[Point]) -> Vec<f32> {
        let ratio = libm::log(self.highest / self.lowest) / (self.frequencies.max(2) - 1) as f64;
        let w: Vec<f64> = (0..self.frequencies).map(|j| self.lowest * libm::exp(ratio * j as f64)).collect();
        let mut out = Vec::with_capacity(at.len() * self.features());
        for point in at {
            let u = point.lambda.clamp(-self.limit, self.limit) / self.limit;
            for w_j in &w {
                let (sin, cos) = libm::sincos(w_j * u);
                out.extend([sin as f32, cos as f32]);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_bounded_and_the_ends_are_finite() {
        let embedding = Embedding::default();
        let noise = Point { lambda: f64::NEG_INFINITY, ..Point::clean(None) };
        let features = embedding.of(&[Point::clean(None), noise]);
        assert_eq!(features.len(), 2 * embedding.features());
        assert!(features.iter().all(|f| f.abs() <= 1.0));
        // First and last frequency at u = 1: w_1 = 1 and w_J = 64.
        assert_eq!(features[0], 1f64.sin() as f32);
        assert!((f64::from(features[embedding.features() - 2]) - 64f64.sin()).abs() < 1e-6);
        // sin is odd, cos even.
        assert_eq!(features[0], -features[embedding.features()]);
        assert_eq!(features[1], features[embedding.features() + 1]);
    }
}
