//! `org.ito.test.ab2`: exponential Adams-Bashforth of two steps on the prediction of x0, DPM-Solver++(2M).
//!
//! Equation, with h = lambda_s − lambda_t and r = h_last/h:
//! `x_s = sigma_s/sigma_t x_t − alpha_s (e^{−h} − 1) ((1 + 1/(2r)) x0_t − 1/(2r) x0_last)`; the first step takes x0_t.
//! Source: Lu et al. 2022 (DPM-Solver++), algorithm 2.
//! Kind: ode. Order: 2. Evaluations a step: 1.
//! Choose it in tests of the driver: it keeps a tensor from step to step.

use ito_kit::{Failure, Host, Info, Kind, NEEDS_ALPHA, Prediction, Problem, Sampler, Step, Tensor, Values};

/// See the module.
#[derive(Debug)]
pub struct Ab2 {
    x0: Tensor,
    x0_last: Tensor,
    h_last: Option<f64>,
}

/// Factors of x_t, x0_t and x0_last.
fn weights(alpha_s: f64, sigma_s_over_t: f64, h: f64, h_last: Option<f64>) -> (f64, f64, f64) {
    let gain = -alpha_s * (-h).exp_m1();
    let back = h_last.map_or(0.0, |h_last| h / (2.0 * h_last));
    (sigma_s_over_t, gain * (1.0 + back), -gain * back)
}

impl Sampler for Ab2 {
    const INFO: Info = Info {
        id: c"org.ito.test.ab2",
        summary: c"DPM-Solver++(2M), for tests of the driver.",
        equation: c"x_s = sigma_s/sigma_t x_t - alpha_s (exp(-h) - 1) ((1 + 1/(2r)) x0_t - 1/(2r) x0_last)",
        source: c"Lu et al. 2022 (DPM-Solver++), algorithm 2",
        choose: c"In tests only.",
        kind: Kind::Ode,
        order: 2.0,
        flags: NEEDS_ALPHA,
        ..Info::DEFAULT
    };

    fn create(_: &Values) -> Result<Self, Failure> {
        Ok(Self { x0: Tensor::NONE, x0_last: Tensor::NONE, h_last: None })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        *self = Self { x0: host.make(c"x0")?, x0_last: host.make(c"x0_last")?, h_last: None };
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let t = step.t()?;
        if step.clean() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let (at_t, at_s) = (host.point(t)?, host.point(step.s()?)?);
        let h = at_s.lambda - at_t.lambda;
        host.eval(step.x, t, Prediction::X0, self.x0)?;
        let (of_x, of_x0, of_last) = weights(at_s.alpha, at_s.sigma / at_t.sigma, h, self.h_last);
        let terms = [(of_x.into(), step.x), (of_x0.into(), self.x0), (of_last.into(), self.x0_last)];
        host.combine(step.out, &terms)?;
        std::mem::swap(&mut self.x0, &mut self.x0_last);
        self.h_last = Some(h);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::weights;

    /// For data at one point the prediction x0 is constant, and the step exact.
    #[test]
    fn a_point_mass_is_solved_exactly() {
        let (x0, eps) = (0.7, -1.3);
        let (alpha_t, sigma_t, alpha_s, sigma_s) = (0.6f64, 0.8f64, 0.96f64, 0.28f64);
        let h = (alpha_s / sigma_s).ln() - (alpha_t / sigma_t).ln();
        for h_last in [None, Some(0.3)] {
            let (of_x, of_x0, of_last) = weights(alpha_s, sigma_s / sigma_t, h, h_last);
            let x_s = of_x * (alpha_t * x0 + sigma_t * eps) + (of_x0 + of_last) * x0;
            assert!((x_s - (alpha_s * x0 + sigma_s * eps)).abs() < 1e-15);
        }
    }
}
