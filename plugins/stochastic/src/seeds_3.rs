//! `seeds-3`: an exponential Runge-Kutta method of three stages in lambda on the reverse SDE.
//!
//! Equation, with h = lambda_s − lambda_t, points a at lambda_t + h/3 and b at lambda_t + 2h/3, M eps or x0, and from t to
//! a later point at the distance u in lambda the factors C and P of `seeds-2` and Q, that of the slope of M:
//! `Q = −2 sigma (e^u − 1 − u)` in eps, `alpha (u − (1 − e^{−2u})/2)` in x0:
//! `x_a = C_a x_t + P_a M_t + S_a1 z_1`, `x_b = C_b x_t + P_b M_t + Q_b (M_a − M_t)/(h/3) + S_b1 z_1 + S_b2 z_2`,
//! `x_s = C_s x_t + P_s M_t + Q_s (M_b − M_t)/(2h/3) + S_1 z_1 + S_2 z_2 + S_3 z_3`,
//! z_i the normalised increments of the sample's path over the three parts, S their exact standard deviations.
//! Source: Gonzalez et al. 2023 (SEEDS), SEEDS-3, with r_1 = 1/3 and r_2 = 2/3; the paper's three normals are
//! those of one path for these r alone. The authors' code is not consistent: in eps stage 3 has the std of t in its noise
//! and the last step pairs A_t1 with z_1 and A_t2 with z_2, in x0 the other way round; in x0 phi_23 is of c_2 instead of
//! c_3, and not halved. Here is the consistent formula.
//! Kind: sde. Order: strong 1, weak 2: without noise the method is of order 3, but the stages give the noise of a linear
//! problem with rate a the variance `1 + h a + 17/24 (h a)²` in place of `1 + h a + 2/3 (h a)²`. Evaluations a step: 3.
//! Choose it in x0, where its law is often much nearer than that of `seeds-2` at the same number of evaluations; in eps its
//! stages amplify noise by e^h, and it needs a hundred evaluations or more.
//! Divides by alpha. At the marked end alpha = 1, sigma = 0, where h is infinite, it is the prediction of x0.

use crate::exponential::Held;
use ito_kit::{FINAL_MEAN, Failure, Host, Info, Kind, NEEDS_ALPHA, Noise, ONE_STEP, Prediction};
use ito_kit::{Problem, Sampler, Step, Tensor, Values, What};

/// See the module.
#[derive(Debug)]
pub struct Seeds3 {
    held: Held,
    m: Tensor,
    m_stage: Tensor,
    x_stage: Tensor,
    z_1: Tensor,
    z_2: Tensor,
}

impl Sampler for Seeds3 {
    const INFO: Info = Info {
        id: c"seeds-3",
        name: c"SEEDS-3",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"An exponential Runge-Kutta method of three stages in lambda on the reverse SDE.",
        equation: c"x_a = C_a x_t + P_a M_t + S z; x_b = C_b x_t + P_b M_t + Q_b (M_a - M_t)/(h/3) + S z; x_s = C_s x_t + P_s M_t + Q_s (M_b - M_t)/(2h/3) + S z; C, P as seeds-2; eps: Q = -2 sigma (e^u - 1 - u); x0: Q = alpha (u - (1 - e^-2u)/2); a, b at thirds of the step in lambda",
        source: c"Gonzalez et al. 2023 (SEEDS), SEEDS-3",
        choose: c"In x0, from some thirty evaluations on: no higher order than seeds-2, but often a much smaller error; in eps only with a hundred or more.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 2.0,
        evals_per_step: 3,
        flags: ONE_STEP | NEEDS_ALPHA | FINAL_MEAN,
        params: &[Held::PARAM],
        ..Info::DEFAULT
    };

    fn create(values: &Values) -> Result<Self, Failure> {
        let none = Tensor::NONE;
        Ok(Self { held: Held::read(values), m: none, m_stage: none, x_stage: none, z_1: none, z_2: none })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.m = host.make(c"m")?;
        self.m_stage = host.make(c"m_stage")?;
        self.x_stage = host.make(c"x_stage")?;
        self.z_1 = host.make(c"z_1")?;
        self.z_2 = host.make(c"z_2")?;
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let t = step.t()?;
        if step.clean() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let (at_t, at_s) = (host.point(t)?, host.point(step.s()?)?);
        let third = (at_s.lambda - at_t.lambda) / 3.0;
        let between = |k: f64| host.point(host.time_of(What::Lambda, at_t.lambda + k * third)?);
        let (at_a, at_b) = (between(1.0)?, between(2.0)?);
        // The mean of a last step is the whole step without noise.
        let one = if step.mean() { 0.0 } else { 1.0 };
        let path = |from: f64, to: f64, scale: f64| Noise::Path { t: from.into(), s: to.into(), scale: scale.into() };
        let noise = |from, until, to| self.held.noise((from, until), to);
        let (prediction, leg) = (self.held.prediction(), |to| self.held.leg(&at_t, to));
        host.combine_noise(self.z_1, &[], path(t, at_a.t, one))?;
        host.combine_noise(self.z_2, &[], path(at_a.t, at_b.t, one))?;

        host.eval(step.x, t, prediction, self.m)?;
        let to_a = leg(&at_a);
        let terms =
            [(to_a.carry.into(), step.x), (to_a.value.into(), self.m), (noise(&at_t, &at_a, &at_a).into(), self.z_1)];
        host.combine(self.x_stage, &terms)?;
        host.eval(self.x_stage, at_a.t, prediction, self.m_stage)?;

        let to_b = leg(&at_b);
        let slope = to_b.slope / third;
        host.combine(
            self.x_stage,
            &[
                (to_b.carry.into(), step.x),
                ((to_b.value - slope).into(), self.m),
                (slope.into(), self.m_stage),
                (noise(&at_t, &at_a, &at_b).into(), self.z_1),
                (noise(&at_a, &at_b, &at_b).into(), self.z_2),
            ],
        )?;
        host.eval(self.x_stage, at_b.t, prediction, self.m_stage)?;

        let to_s = leg(&at_s);
        let slope = to_s.slope / (2.0 * third);
        host.combine_noise(
            step.out,
            &[
                (to_s.carry.into(), step.x),
                ((to_s.value - slope).into(), self.m),
                (slope.into(), self.m_stage),
                (noise(&at_t, &at_a, &at_s).into(), self.z_1),
                (noise(&at_a, &at_b, &at_s).into(), self.z_2),
            ],
            path(at_b.t, at_s.t, one * noise(&at_b, &at_s, &at_s)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Sampler, Seeds3};
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Seeds3::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1) under edm from sigma = 8 to 1, so that e^h = 8 and the thirds lie at 4 and 2; x = 1, z = 1/2, −1, 1/4.
    /// With l = ln 2 and eps(x, sigma) = sigma x/(1 + sigma²), the paper's algorithm reads
    /// `x_a = 1 − 8 eps(1, 8) + 4 √3 z_1`, `x_b = 1 − 12 eps(1, 8) − 4 (3 − 2l)/l (eps_a − eps(1, 8)) + 2 (√12 z_1 + √3 z_2)`,
    /// `x_s = 1 − 14 eps(1, 8) − (7 − 3l)/l (eps_b − eps(1, 8)) + √48 z_1 + √12 z_2 + √3 z_3`; x0 likewise. The decimals
    /// are its values in 30 digits.
    #[test]
    fn a_step_by_hand() {
        let run = Run { times: &[8.0, 1.0], draws: &[0.5, -1.0, 0.25], ..Run::new(&EDM, 1.0) };
        let eps = run.of::<Seeds3>().expect("it runs").x;
        assert!((eps - 20.332_193_209_832_34).abs() < 1e-12, "{eps}");
        let x0 = Run { params: &[("predict", Given::Choice("x0"))], ..run }.of::<Seeds3>().expect("it runs").x;
        assert!((x0 + 0.344_069_684_255_955_7).abs() < 1e-12, "{x0}");
    }
}
