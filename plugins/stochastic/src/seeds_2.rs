//! `seeds-2`: the exponential midpoint rule in lambda on the reverse SDE.
//!
//! Equation, with h = lambda_s − lambda_t, m the time at lambda_t + h/2, M eps or x0, and from each point to a later one
//! the exact factors of `predict: eps` (x0 in brackets) at the distance u in lambda: `C = alpha_τ/alpha_t`
//! (`sigma_τ/sigma_t e^{−u}`), `P = −2 sigma_τ (e^u − 1)` (`alpha_τ (1 − e^{−2u})`):
//! `x_m = C_m x_t + P_m M(x_t, t) + S_m z_1`, `x_s = C_s x_t + P_s M(x_m, m) + S_1 z_1 + S_2 z_2`,
//! z_1 and z_2 the normalised increments of the sample's path from t to m and from m to s, S their exact standard
//! deviations: eps: `S_m = sigma_m √(e^h − 1)`, `S_1 = sigma_s √(e^{2h} − e^h)`, `S_2 = sigma_s √(e^h − 1)`; x0 the same
//! with −h and the signs under the roots turned.
//! Source: Gonzalez et al. 2023 (SEEDS), SEEDS-2, with c_2 = 1/2; the paper's pair of normals is that of one
//! path for this c_2 alone.
//! Kind: sde. Order: strong 1, weak 2: the mean of x_m, its variance and its covariance
//! with the step's noise are right to first order, which is all that weak order 2 asks of a midpoint with additive noise.
//! Evaluations a step: 2.
//! Choose it, in x0, over `seeds-1` from some twenty evaluations on; in eps its stages amplify noise by e^h, and it needs
//! a hundred evaluations or more.
//! Divides by alpha. At the marked end alpha = 1, sigma = 0, where h is infinite, it is the prediction of x0.

use crate::exponential::Held;
use ito_kit::{FINAL_MEAN, Failure, Host, Info, Kind, NEEDS_ALPHA, Noise, ONE_STEP, Prediction};
use ito_kit::{Problem, Sampler, Step, Tensor, Values, What};

/// See the module.
#[derive(Debug)]
pub struct Seeds2 {
    held: Held,
    m: Tensor,
    x_m: Tensor,
    z_1: Tensor,
}

impl Sampler for Seeds2 {
    const INFO: Info = Info {
        id: c"seeds-2",
        name: c"SEEDS-2",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"The exponential midpoint rule in lambda on the reverse SDE.",
        equation: c"x_m = C_m x_t + P_m M(x_t, t) + S_m z_1; x_s = C_s x_t + P_s M(x_m, m) + S_1 z_1 + S_2 z_2; eps: C = alpha/alpha_t, P = -2 sigma (e^u - 1); x0: C = sigma/sigma_t e^-u, P = alpha (1 - e^-2u); u = lambda - lambda_t, m in the middle of the step in lambda",
        source: c"Gonzalez et al. 2023 (SEEDS), SEEDS-2",
        choose: c"In x0, over seeds-1 from some twenty evaluations on; in eps only with a hundred or more.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 2.0,
        evals_per_step: 2,
        flags: ONE_STEP | NEEDS_ALPHA | FINAL_MEAN,
        params: &[Held::PARAM],
        ..Info::DEFAULT
    };

    fn create(values: &Values) -> Result<Self, Failure> {
        let none = Tensor::NONE;
        Ok(Self { held: Held::read(values), m: none, x_m: none, z_1: none })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.m = host.make(c"m")?;
        self.x_m = host.make(c"x_m")?;
        self.z_1 = host.make(c"z_1")?;
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let t = step.t()?;
        if step.clean() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let (at_t, at_s) = (host.point(t)?, host.point(step.s()?)?);
        let at_m = host.point(host.time_of(What::Lambda, (at_t.lambda + at_s.lambda) / 2.0)?)?;
        // The mean of a last step is the whole step without noise.
        let one = if step.mean() { 0.0 } else { 1.0 };
        let path = |from: f64, to: f64, scale: f64| Noise::Path { t: from.into(), s: to.into(), scale: scale.into() };
        let noise = |from, until, to| self.held.noise((from, until), to);
        host.combine_noise(self.z_1, &[], path(t, at_m.t, one))?;

        let half = self.held.leg(&at_t, &at_m);
        host.eval(step.x, t, self.held.prediction(), self.m)?;
        let terms =
            [(half.carry.into(), step.x), (half.value.into(), self.m), (noise(&at_t, &at_m, &at_m).into(), self.z_1)];
        host.combine(self.x_m, &terms)?;

        let whole = self.held.leg(&at_t, &at_s);
        host.eval(self.x_m, at_m.t, self.held.prediction(), self.m)?;
        let terms =
            [(whole.carry.into(), step.x), (whole.value.into(), self.m), (noise(&at_t, &at_m, &at_s).into(), self.z_1)];
        host.combine_noise(step.out, &terms, path(at_m.t, at_s.t, one * noise(&at_m, &at_s, &at_s)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Sampler, Seeds2};
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Seeds2::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1) under edm from sigma = 4 to 1, so that e^h = 4 and sigma_m = 2; x = 1, z_1 = 1/2, z_2 = −1.
    /// eps = sigma x/(1 + sigma²): `x_m = 1 − 4 (2 − 1) 4/17 + 2 √3/2`, `x_s = 1 − 2 (4 − 1) 2 x_m/5 + √12/2 − √3`.
    /// x0 = x/(1 + sigma²): `x_m = 1/2 · 1/2 + 3/4 · 1/17 + 2 √3/4`, `x_s = 1/16 + 15/16 · x_m/5 + √(1/4 − 1/16)/2 −
    /// √(3/4)`.
    #[test]
    fn a_step_by_hand() {
        let root = 3.0_f64.sqrt();
        let run = Run { times: &[4.0, 1.0], draws: &[0.5, -1.0], ..Run::new(&EDM, 1.0) };
        let eps = run.of::<Seeds2>().expect("it runs").x;
        assert!((eps - (1.0 - 2.4 * (1.0 / 17.0 + root))).abs() < 1e-12, "{eps}");
        let x0 = Run { params: &[("predict", Given::Choice("x0"))], ..run }.of::<Seeds2>().expect("it runs").x;
        let x_m = 0.25 + 3.0 / 68.0 + root / 2.0;
        assert!((x0 - (0.0625 + 0.1875 * x_m - 0.375 * root)).abs() < 1e-12, "{x0}");
    }
}
