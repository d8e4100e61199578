//! The noise scale phi of the extended reverse SDE, and its integrals over a step in r = sigma/alpha.
//!
//! The exact solution from r_t to r_s is
//! `y_s = q y_t + int_{r_s}^{r_t} phi(r_s) phi'(r)/phi(r)² D dr + √(r_s² − q² r_t²) z`, `y = x/alpha`, `q = phi(r_s)/phi(r_t)`.
//! Source: Cui et al. 2023 (ER-SDE-Solver), the exact solution of its SDE; phi: its code, `customized_func`.

use ito_kit::{Param, gauss_legendre};

const NAMES: &[&core::ffi::CStr] = &[c"ode", c"sde", c"er-1", c"er-2", c"er-3", c"er-4", c"er-5"];
/// Rectangles of the published quadrature.
const RECTANGLES: usize = 100;
/// Points in each panel of the exact one; phi is smooth in ln r, and a panel is at most 1 long there.
const POINTS: usize = 14;

/// phi, and a rule to integrate with.
#[derive(Debug)]
pub(crate) struct NoiseScale {
    kind: usize,
    /// Nodes and weights in (−1, 1); none: rectangles.
    rule: Option<Vec<(f64, f64)>>,
}

/// What a step needs, in y = x/alpha.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    /// q, the factor of y_t.
    pub(crate) keep: f64,
    /// `√(r_s² − q² r_t²)`
    pub(crate) noise: f64,
    /// A_1
    pub(crate) slope: f64,
    /// A_2
    pub(crate) curvature: f64,
}

impl NoiseScale {
    pub(crate) const PARAM: Param = Param::choice(
        c"type",
        NAMES,
        6,
        c"the noise scale phi(r): none, that of the reverse SDE, or the paper's ER SDE 1 to 5",
    );

    pub(crate) fn new(kind: usize, rectangles: bool) -> Self {
        Self { kind, rule: (!rectangles).then(|| gauss_legendre(POINTS)) }
    }

    /// No noise at all.
    pub(crate) fn is_ode(&self) -> bool {
        self.kind == 0
    }

    /// phi(r)/r; the noise is none where it is the same at both ends.
    fn relative(&self, r: f64) -> f64 {
        match self.kind {
            0 => 1.0,
            1 => r,
            2 => (-1.0 / r).exp() + 10.0,
            3 => r.sqrt(),
            4 => r.powf(1.5),
            5 => (100.0 * r.powf(1.5)).ln_1p() / std::f64::consts::LN_10 / r.powf(0.1),
            _ => r.powf(0.3).exp() + 10.0,
        }
    }

    /// The step from r_t to r_s, both above 0.
    pub(crate) fn way(&self, r_t: f64, r_s: f64) -> Way {
        let grows = self.relative(r_s) / self.relative(r_t);
        let noise = r_s * (1.0 - grows * grows).max(0.0).sqrt();
        let phi_s = r_s * self.relative(r_s);
        // (phi(r_s)/phi(r) − 1) (1, r − r_t)
        let integrand = |r: f64| {
            let value = phi_s / (r * self.relative(r)) - 1.0;
            (value, value * (r - r_t))
        };
        let (mut slope, mut curvature) = (0.0, 0.0);
        if let Some(rule) = &self.rule {
            let length = (r_t / r_s).ln();
            let panels = length.ceil().max(1.0);
            for panel in 0..panels as usize {
                for (node, weight) in rule {
                    let r = r_s * (length * (panel as f64 + (1.0 + node) / 2.0) / panels).exp();
                    let (a, b) = integrand(r);
                    // dr = r d ln r
                    let w = weight / 2.0 * length / panels * r;
                    (slope, curvature) = (slope + w * a, curvature + w * b);
                }
            }
        } else {
            // The published rule is for 1/phi alone: what is left out here, the integrals of 1 and r − r_t, are exact.
            let width = (r_t - r_s) / RECTANGLES as f64;
            for k in 0..RECTANGLES {
                let r = r_s + k as f64 * width;
                let inverse = width * phi_s / (r * self.relative(r));
                (slope, curvature) = (slope + inverse, curvature + inverse * (r - r_t));
            }
            (slope, curvature) = (slope - (r_t - r_s), curvature + (r_t - r_s).powi(2) / 2.0);
        }
        Way { keep: r_s / r_t * grows, noise, slope, curvature }
    }
}

#[cfg(test)]
mod tests {
    use super::NoiseScale;

    /// phi = r: A_1 = r_s ln(r_t/r_s) − (r_t − r_s), A_2 = r_s (r_t − r_s) − r_s r_t ln(r_t/r_s) + (r_t − r_s)²/2.
    /// phi = r²: A_1 = r_s² (1/r_s − 1/r_t) − (r_t − r_s), A_2 = r_s² (ln(r_t/r_s) − r_t/r_s + 1) + (r_t − r_s)²/2, and the
    /// noise is that of x_s | x_t, x_0.
    #[test]
    fn integrals_in_closed_form() {
        for (r_t, r_s) in [(80.0_f64, 0.002), (3.0, 1.0), (1.0, 0.99)] {
            let (l, d) = ((r_t / r_s).ln(), r_t - r_s);
            let ode = NoiseScale::new(0, false).way(r_t, r_s);
            let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-13 * r_t * r_t, "{a} {b}");
            near(ode.slope, r_s * l - d);
            near(ode.curvature, r_s * d - r_s * r_t * l + d * d / 2.0);
            assert_eq!((ode.noise, ode.keep), (0.0, r_s / r_t));
            let sde = NoiseScale::new(1, false).way(r_t, r_s);
            near(sde.slope, r_s - r_s * r_s / r_t - d);
            near(sde.curvature, r_s * r_s * (l - r_t / r_s + 1.0) + d * d / 2.0);
            near(sde.noise.powi(2), r_s * r_s * (1.0 - (r_s / r_t).powi(2)));
        }
    }

    /// The published rectangles differ by half a width times the jump of the integrand, to first order.
    #[test]
    fn rectangles_have_a_first_order_error() {
        let (exact, crude) = (NoiseScale::new(1, false).way(2.0, 1.0), NoiseScale::new(1, true).way(2.0, 1.0));
        let expected = 0.005 * (1.0 - 0.25);
        assert!(
            (crude.slope - exact.slope - expected).abs() < 1e-4 * expected.abs() + 2e-5,
            "{}",
            crude.slope - exact.slope
        );
    }

    /// Every choice adds noise, and less than all of it; none are er-4 far out, where phi/r falls, and er-1 at r below
    /// 1/40, where phi/r = 10 + e^{−1/r} is 10 in double precision.
    #[test]
    fn phi_grows_faster_than_r() {
        for kind in 1..7 {
            for (r_t, r_s) in [(150.0, 50.0), (80.0, 0.002), (1.0, 0.9), (0.01, 0.002)] {
                let way = NoiseScale::new(kind, false).way(r_t, r_s);
                let none = kind == 2 && r_t == 0.01;
                assert_eq!(way.noise == 0.0, none, "{kind} {r_t} {r_s}: {way:?}");
                assert!(way.keep > 0.0 && way.noise >= 0.0 && way.noise < r_s, "{kind} {r_t} {r_s}: {way:?}");
            }
        }
        assert_eq!(NoiseScale::new(5, false).way(5000.0, 2000.0).noise, 0.0);
    }
}
