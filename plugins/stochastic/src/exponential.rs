//! The exponential form of the reverse SDE in lambda, in eps and in x0, and its integrals over a step.
//!
//! With u the distance in lambda from t, both forms are variation of constants,
//! `x_τ = carry x_t + scale int_0^u 2 e^{rate (u − v)} M dv + sigma_τ int_0^u √2 e^{kappa (u − v)/2} dW`:
//!
//! | M | carry | scale | rate | kappa |
//! |---|---|---|---|---|
//! | eps | alpha_τ/alpha_t | −sigma_τ | 1 | 2 |
//! | x0 | (sigma_τ/sigma_t) e^{−u} | alpha_τ | −2 | −2 |
//!
//! Source: Gonzalez et al. 2023 (SEEDS), in both forms; Hochbruck and Ostermann 2010.

use ito_kit::{Param, Point, Prediction, Values, phi};

/// What is held at a polynomial while the rest of a step is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    Eps,
    X0,
}

/// The way from t to a later point: factors of x_t, of M and of dM/dlambda.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leg {
    pub(crate) carry: f64,
    pub(crate) value: f64,
    pub(crate) slope: f64,
}

impl Held {
    pub(crate) const PARAM: Param = Param::choice(
        c"predict",
        &[c"eps", c"x0"],
        0,
        c"what is held in a step while the rest is exact: the noise or the data prediction",
    );

    pub(crate) fn read(values: &Values) -> Self {
        if values.choice("predict") == 0 { Self::Eps } else { Self::X0 }
    }

    pub(crate) fn prediction(self) -> Prediction {
        match self {
            Self::Eps => Prediction::Eps,
            Self::X0 => Prediction::X0,
        }
    }

    pub(crate) fn leg(self, t: &Point, to: &Point) -> Leg {
        let u = to.lambda - t.lambda;
        let (carry, scale, rate) = match self {
            Self::Eps => (to.alpha / t.alpha, -to.sigma, 1.0),
            Self::X0 => (to.sigma / t.sigma * (-u).exp(), to.alpha, -2.0),
        };
        Leg { carry, value: 2.0 * scale * u * phi(1, rate * u), slope: 2.0 * scale * u * u * phi(2, rate * u) }
    }

    /// The standard deviation at `to` of the noise between two points: the path's increment over that part, which a
    /// sampler takes in its place, has the right size there and agrees with it to first order.
    pub(crate) fn noise(self, (from, until): (&Point, &Point), to: &Point) -> f64 {
        let kappa = if self == Self::Eps { 2.0 } else { -2.0 };
        let part = 2.0 * (until.lambda - from.lambda);
        let grown = kappa * (to.lambda - until.lambda);
        to.sigma * (grown.exp() * part * phi(1, kappa / 2.0 * part)).max(0.0).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::Held;
    use ito_kit::Point;

    fn point(alpha: f64) -> Point {
        let sigma = (1.0 - alpha * alpha).sqrt();
        let (lambda, ratio) = ((alpha / sigma).ln(), sigma / alpha);
        Point { t: 0.0, alpha, sigma, lambda, ratio, drift: 0.0, diffusion2: 0.0 }
    }

    /// For data at one point x0, eps = (x − alpha x0)/sigma: in x0 the mean of a step is exact, and its noise with the
    /// rest gives back sigma_s², `carry² sigma_t² + noise² = sigma_s²`; the noises of parts add up to that of the whole.
    #[test]
    fn in_x0_a_point_mass_keeps_its_law() {
        let (t, m, s) = (point(0.2), point(0.5), point(0.9));
        let leg = Held::X0.leg(&t, &s);
        assert!((leg.carry * t.alpha + leg.value - s.alpha).abs() < 1e-15);
        let noise = Held::X0.noise((&t, &s), &s);
        assert!((leg.carry.powi(2) * t.sigma.powi(2) + noise * noise - s.sigma.powi(2)).abs() < 1e-15);
        for held in [Held::Eps, Held::X0] {
            let parts = held.noise((&t, &m), &s).powi(2) + held.noise((&m, &s), &s).powi(2);
            assert!((parts / held.noise((&t, &s), &s).powi(2) - 1.0).abs() < 1e-14);
        }
    }
}
