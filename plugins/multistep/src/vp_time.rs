//! The time of a vp process as a function of r = sigma/alpha, for models that were trained in another time.
//!
//! vp with the rate beta(tau) = b + d tau has `r² + 1 = exp(b tau + d tau²/2)`. Karras et al. 2022 (EDM), table 1 and
//! appendix C.1; b and d are fitted to two noise levels as in the code of that paper, so that b < 0 is possible.

/// r at tau = [`TAU_MIN`] and at tau = 1.
const LEVELS: (f64, f64) = (0.002, 80.0);
const TAU_MIN: f64 = 1e-3;

/// The rate's two numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VpTime {
    b: f64,
    d: f64,
}

impl VpTime {
    /// The process that has the noise levels of EDM, 0.002 at tau = 0.001 and 80 at tau = 1.
    pub(crate) fn of_edm() -> Self {
        let (first, last) = ((LEVELS.0 * LEVELS.0).ln_1p(), (LEVELS.1 * LEVELS.1).ln_1p());
        let d = 2.0 * (first / TAU_MIN - last) / (TAU_MIN - 1.0);
        Self { b: last - d / 2.0, d }
    }

    /// tau where sigma/alpha is r ≥ 0.
    pub(crate) fn of_ratio(&self, r: f64) -> f64 {
        ((self.b * self.b + 2.0 * self.d * (r * r).ln_1p()).sqrt() - self.b) / self.d
    }

    /// dr/dtau, with `a = alpha² = exp(−b tau − d tau²/2)`: `(b + d tau)/(2 √(a (1 − a)))`.
    pub(crate) fn speed(&self, tau: f64) -> f64 {
        let a = (-self.b * tau - self.d * tau * tau / 2.0).exp();
        (self.b + self.d * tau) / (2.0 * (a * (1.0 - a)).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::{TAU_MIN, VpTime};

    #[test]
    fn the_levels_are_where_they_were_put_and_the_speed_is_the_derivative() {
        let time = VpTime::of_edm();
        assert!((time.of_ratio(0.002) - TAU_MIN).abs() < 1e-14);
        assert!((time.of_ratio(80.0) - 1.0).abs() < 1e-14);
        for r in [0.01, 1.0, 30.0] {
            let slope = (time.of_ratio(r * (1.0 + 1e-5)) - time.of_ratio(r * (1.0 - 1e-5))) / (2e-5 * r);
            assert!((slope * time.speed(time.of_ratio(r)) - 1.0).abs() < 1e-7, "{slope}");
        }
    }
}
