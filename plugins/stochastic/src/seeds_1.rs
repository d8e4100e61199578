//! `seeds-1`: the reverse SDE in lambda with the prediction held over a step and all else exact.
//!
//! Equation, with h = lambda_s − lambda_t and z the normalised increment of the sample's path from t to s:
//! `predict: eps`: `x_s = (alpha_s/alpha_t) x_t − 2 sigma_s (e^h − 1) eps(x_t, t) + sigma_s √(e^{2h} − 1) z`;
//! `predict: x0`: `x_s = (sigma_s/sigma_t) e^{−h} x_t + alpha_s (1 − e^{−2h}) x0(x_t, t) + sigma_s √(1 − e^{−2h}) z`.
//! Source: Gonzalez et al. 2023 (SEEDS), SEEDS-1; Lu et al. 2022 (DPM-Solver++) for both, where they are
//! SDE-DPM-Solver-1 and SDE-DPM-Solver++1. In x0 a step draws from the Gaussian x_s | x_t, x_0, as ancestral
//! sampling does.
//! Kind: sde. Order: strong 1, weak 1. Evaluations a step: 1.
//! Choose it as the cheapest exponential step of the SDE: in x0 it is exact for data at one point, on broad data its
//! noise is better in eps.
//! Divides by alpha. At the marked end alpha = 1, sigma = 0, where h is infinite, it is the prediction of x0.

use crate::exponential::Held;
use ito_kit::{FINAL_MEAN, Failure, Host, Info, Kind, NEEDS_ALPHA, Noise, ONE_STEP, Prediction};
use ito_kit::{Problem, Sampler, Step, Tensor, Values};

/// See the module.
#[derive(Debug)]
pub struct Seeds1 {
    held: Held,
    m: Tensor,
}

impl Sampler for Seeds1 {
    const INFO: Info = Info {
        id: c"seeds-1",
        name: c"SEEDS-1",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"The reverse SDE in lambda with the prediction held over a step and all else exact.",
        equation: c"eps: x_s = alpha_s/alpha_t x_t - 2 sigma_s (e^h - 1) eps + sigma_s sqrt(e^2h - 1) z; x0: x_s = sigma_s/sigma_t e^-h x_t + alpha_s (1 - e^-2h) x0 + sigma_s sqrt(1 - e^-2h) z; h = lambda_s - lambda_t",
        source: c"Gonzalez et al. 2023 (SEEDS), SEEDS-1; Lu et al. 2022 (DPM-Solver++), SDE-DPM-Solver-1 and SDE-DPM-Solver++1",
        choose: c"The cheapest exponential step of the SDE: x0 is exact for data at one point, eps better on broad data.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 1.0,
        evals_per_step: 1,
        flags: ONE_STEP | NEEDS_ALPHA | FINAL_MEAN,
        params: &[Held::PARAM],
        ..Info::DEFAULT
    };

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self { held: Held::read(values), m: Tensor::NONE })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.m = host.make(c"m")?;
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let t = step.t()?;
        if step.clean() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let (at_t, at_s) = (host.point(t)?, host.point(step.s()?)?);
        let leg = self.held.leg(&at_t, &at_s);
        host.eval(step.x, t, self.held.prediction(), self.m)?;
        let terms = [(leg.carry.into(), step.x), (leg.value.into(), self.m)];
        if step.mean() {
            return host.combine(step.out, &terms);
        }
        let scale = self.held.noise((&at_t, &at_s), &at_s).into();
        host.combine_noise(step.out, &terms, Noise::Path { t: t.into(), s: at_s.t.into(), scale })
    }
}

#[cfg(test)]
mod tests {
    use super::{Sampler, Seeds1};
    use ito_kit::testing::{CIRCLE, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Seeds1::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1) on the circle, x = 1, z = 1/2: eps = sigma_t = 4/5, x0 = alpha_t = 3/5. From (3/5, 4/5) to
    /// (4/5, 3/5): e^h = (4/3)/(3/4) = 16/9. eps: 4/3 − 2 · 3/5 · 7/9 · 4/5 + 3/5 · 1/2 · √(175/81) = 44/75 + √7/6.
    /// x0: 3/4 · 9/16 + 4/5 · 175/256 · 3/5 + 3/5 · 1/2 · √175/16 = 3/4 + 3√7/32.
    #[test]
    fn a_step_by_hand() {
        let times = [0.6_f64.acos(), 0.8_f64.acos()];
        let run = Run { times: &times, draws: &[0.5], ..Run::new(&CIRCLE, 1.0) };
        let eps = run.of::<Seeds1>().expect("it runs").x;
        assert!((eps - (44.0 / 75.0 + 7.0_f64.sqrt() / 6.0)).abs() < 1e-12, "{eps}");
        let x0 = Run { params: &[("predict", Given::Choice("x0"))], ..run }.of::<Seeds1>().expect("it runs").x;
        assert!((x0 - (0.75 + 3.0 * 7.0_f64.sqrt() / 32.0)).abs() < 1e-12, "{x0}");
    }
}
