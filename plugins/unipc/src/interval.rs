//! One interval of the flow or of the reverse SDE in lambda, solved exactly but for the prediction under the integral:
//! `x_s = carry x_t + gain int_0^h e^{rate (h − u)} m(u) du + noise z`, u the distance from t in lambda and h the whole.
//!
//! | prediction m | carry | gain | rate | noise |
//! |---|---|---|---|---|
//! | x0 | sigma_s/sigma_t e^{−tau² h} | (1 + tau²) alpha_s | −(1 + tau²) | sigma_s √(1 − e^{−2 tau² h}) |
//! | eps | alpha_s/alpha_t | −(1 + tau²) sigma_s | 1 | tau sigma_s √(e^{2h} − 1) |
//!
//! Source: Xue et al. 2023 (SA-Solver), equations 15 and 18; with tau = 0 Lu et al. 2022, equation 3.4 (DPM-Solver, eps)
//! and the same in x0 (DPM-Solver++).

use ito_kit::{Point, Prediction};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interval {
    /// lambda at t and at s
    pub(crate) lambda: (f64, f64),
    pub(crate) h: f64,
    pub(crate) carry: f64,
    pub(crate) gain: f64,
    pub(crate) rate: f64,
    pub(crate) noise: f64,
}

impl Interval {
    /// From t to s in this prediction, x0 or eps, with noise of strength tau.
    pub(crate) fn of(prediction: Prediction, t: &Point, s: &Point, tau: f64) -> Self {
        if prediction == Prediction::X0 { Self::x0(t, s, tau) } else { Self::eps(t, s, tau) }
    }

    /// From t to s in the prediction of x0, with noise of strength tau.
    pub(crate) fn x0(t: &Point, s: &Point, tau: f64) -> Self {
        let (h, tau2) = (s.lambda - t.lambda, tau * tau);
        Self {
            lambda: (t.lambda, s.lambda),
            h,
            carry: s.sigma / t.sigma * (-tau2 * h).exp(),
            gain: (1.0 + tau2) * s.alpha,
            rate: -(1.0 + tau2),
            noise: s.sigma * (-(-2.0 * tau2 * h).exp_m1()).sqrt(),
        }
    }

    /// From t to s in the prediction of eps, with noise of strength tau.
    pub(crate) fn eps(t: &Point, s: &Point, tau: f64) -> Self {
        let h = s.lambda - t.lambda;
        Self {
            lambda: (t.lambda, s.lambda),
            h,
            carry: s.alpha / t.alpha,
            gain: -(1.0 + tau * tau) * s.sigma,
            rate: 1.0,
            noise: tau * s.sigma * (2.0 * h).exp_m1().sqrt(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Interval;
    use ito_kit::Point;

    fn point(alpha: f64, sigma: f64) -> Point {
        let lambda = (alpha / sigma).ln();
        Point { t: 0.0, alpha, sigma, lambda, ratio: sigma / alpha, drift: 0.0, diffusion2: 0.0 }
    }

    /// For data at one point x0 the law of x_s is N(alpha_s x0, sigma_s²) whatever tau: the mean of a state with noise
    /// eps is carried, its variance keeps `(carry sigma_t)²` and gets `noise²`.
    #[test]
    fn the_law_of_a_point_mass_is_kept_for_every_tau() {
        let (t, s) = (point(0.6, 0.8), point(0.96, 0.28));
        for tau in [0.0, 0.4, 1.0, 1.7] {
            let i = Interval::x0(&t, &s, tau);
            let integral = -(i.rate * i.h).exp_m1() / -i.rate;
            assert!((i.carry * t.alpha + i.gain * integral - s.alpha).abs() < 1e-15);
            assert!(((i.carry * t.sigma).powi(2) + i.noise * i.noise - s.sigma * s.sigma).abs() < 1e-15);
        }
    }

    /// Without noise both predictions carry a point mass to `alpha_s x0 + sigma_s eps`.
    #[test]
    fn without_noise_both_are_exact_for_a_point_mass() {
        let (t, s, x0, noise) = (point(0.6, 0.8), point(0.96, 0.28), 0.7, -1.3);
        let exact = s.alpha * x0 + s.sigma * noise;
        for (i, m) in [(Interval::x0(&t, &s, 0.0), x0), (Interval::eps(&t, &s, 0.0), noise)] {
            let x = i.carry * (t.alpha * x0 + t.sigma * noise) + i.gain * m * (i.rate * i.h).exp_m1() / i.rate;
            assert!((x - exact).abs() < 1e-15);
        }
    }

    /// With noise eps of a point mass changes over a step. Of `x_t = alpha_t x0 + sigma_t e` remains
    /// `sigma_s (1 + tau² − tau² e^h) e`; with the new noise the variance over sigma_s² is 1 + tau² (1 + tau²) h² to the second order.
    #[test]
    fn in_eps_the_law_of_a_point_mass_is_kept_to_second_order() {
        for tau in [0.4, 1.0, 1.7] {
            let excess = |h: f64| {
                let (t, s) = (point(1.0, h.exp()), point(1.0, 1.0));
                let i = Interval::eps(&t, &s, tau);
                let left = i.carry * t.sigma + i.gain * h.exp_m1();
                (left * left + i.noise * i.noise - 1.0) / (h * h)
            };
            let (tau2, h) = (tau * tau, 1e-4);
            assert!((excess(h) - tau2 * (1.0 + tau2)).abs() < 20.0 * h, "{tau}: {}", excess(h));
        }
    }
}
