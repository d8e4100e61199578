//! The last term of the bound: the probability or density of x_0 given x at the end of the chain.

use crate::process::Point;
use std::f64::consts::{FRAC_1_SQRT_2, TAU};

/// p(x_0 | x_t): a Gaussian about the predicted x_0 with the variance that x_0 ~ N(0, I) has given x_t,
/// `sigma²/(alpha² + sigma²)`; on a variance-preserving process DDPM's beta_1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decoder {
    /// Its density, in the units of x_0.
    Gaussian,
    /// Its mass in the cell of a level, Ho et al. 2020, eq. 13: cells are `width` wide about the levels; the
    /// lowest and the highest reach to infinity.
    Discretised {
        /// Distance of two levels: 2/255 for 8 bits in [−1, 1].
        width: f64,
        /// The lowest level.
        low: f64,
        /// The highest level.
        high: f64,
    },
}

impl Decoder {
    /// −ln p(x_0 | x_t) of one point, in nats, from pairs (x_0, predicted x_0).
    pub(super) fn nats(self, t: &Point, pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
        let std = t.sigma / libm::hypot(t.alpha, t.sigma);
        let nats = |(x, mean): (f64, f64)| match self {
            Self::Gaussian => 0.5 * ((x - mean) / std).powi(2) + libm::log(std) + 0.5 * libm::log(TAU),
            Self::Discretised { width, low, high } => {
                // Levels are read with some slack: they come from scaled whole numbers.
                let below = if x < low + 0.25 * width { f64::NEG_INFINITY } else { x - 0.5 * width };
                let above = if x > high - 0.25 * width { f64::INFINITY } else { x + 0.5 * width };
                -log_mass((below - mean) / std, (above - mean) / std)
            }
        };
        pairs.map(nats).sum()
    }
}

/// ln of the standard normal's mass in [a, b], a < b.
fn log_mass(a: f64, b: f64) -> f64 {
    // In the lower half, where the two values are small and their difference is exact.
    if a > 0.0 {
        return log_mass(-b, -a);
    }
    if b > 0.0 {
        return libm::log(0.5 * (libm::erf(b * FRAC_1_SQRT_2) - libm::erf(a * FRAC_1_SQRT_2)));
    }
    let (upper, lower) = (log_below(b), log_below(a));
    upper + libm::log(-libm::expm1(lower - upper))
}

/// ln Φ(x) for x ≤ 0.
fn log_below(x: f64) -> f64 {
    if x > -30.0 {
        return libm::log(0.5 * libm::erfc(-x * FRAC_1_SQRT_2));
    }
    if x == f64::NEG_INFINITY {
        return x;
    }
    // Abramowitz and Stegun, 26.2.12; the first term left out is 2e-10 at −30.
    let y = 1.0 / (x * x);
    -0.5 * x * x - libm::log(-x) - 0.5 * libm::log(TAU) + libm::log1p(-y * (1.0 - 3.0 * y * (1.0 - 5.0 * y)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masses_add_up_and_reach_far_into_the_tails() {
        for x in [-3.0, -0.5, 0.0, 0.2, 4.0] {
            let parts = log_mass(f64::NEG_INFINITY, x).exp() + log_mass(x, f64::INFINITY).exp();
            assert!((parts - 1.0).abs() < 1e-14, "{x}");
        }
        // Φ(−1) = 0.158655253931457, and the mass within one standard deviation.
        assert!((log_mass(f64::NEG_INFINITY, -1.0).exp() - 0.158_655_253_931_457).abs() < 1e-15);
        assert!((log_mass(-1.0, 1.0).exp() - 0.682_689_492_137_086).abs() < 1e-15);
        // Both sides of the switch, and a mirror image.
        assert!((log_below(-30.0 + 1e-9) - log_below(-30.0 - 1e-9)).abs() < 1e-6);
        assert_eq!(log_mass(50.0, 50.1), log_mass(-50.1, -50.0));
        // A narrow cell is density times width.
        let (x, width) = (-40.0_f64, 1e-6_f64);
        let density = -0.5 * x * x - 0.5 * TAU.ln() + width.ln();
        assert!((log_mass(x - 0.5 * width, x + 0.5 * width) - density).abs() < 1e-6);
        assert!(log_mass(-1e6, -1e6 + 1.0).is_finite());
    }

    #[test]
    fn levels_have_mass_one_together() {
        let t = Point { alpha: 0.8, sigma: 0.6, ..Point::clean(None) };
        let decoder = Decoder::Discretised { width: 0.25, low: -1.0, high: 1.0 };
        let mass: f64 = (0..=8).map(|n| (-decoder.nats(&t, [(f64::from(n) / 4.0 - 1.0, 0.3)].into_iter())).exp()).sum();
        assert!((mass - 1.0).abs() < 1e-14, "{mass}");
        // One level of small width: the density times the width.
        let narrow = Decoder::Discretised { width: 1e-4, low: -1.0, high: 1.0 };
        let pair = || [(0.5, 0.3)].into_iter();
        assert!((narrow.nats(&t, pair()) + 1e-4_f64.ln() - Decoder::Gaussian.nats(&t, pair())).abs() < 1e-8);
    }
}
