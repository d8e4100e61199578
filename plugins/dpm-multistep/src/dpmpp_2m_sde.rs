//! `dpmpp-2m-sde`: two-step exponential integrator of the reverse SDE, in the prediction of x0.
//!
//! Equation, with h = lambda_s − lambda_t, k = 1 + eta, r_0 = (lambda_t − lambda_last)/h and D = (x0_t − x0_last)/r_0:
//! midpoint: `x_s = sigma_s/sigma_t e^{−eta h} x_t + alpha_s (1 − e^{−k h}) (x0_t + D/2) + sigma_s √(1 − e^{−2 eta h}) z`;
//! heun: `(1 − e^{−k h}) x0_t + (1 − (1 − e^{−k h})/(k h)) D` in the place of `(1 − e^{−k h}) (x0_t + D/2)`; the first step
//! takes D = 0; z the normalised increment of the sample's path from t to s.
//! Source: Lu et al. 2022 (DPM-Solver++), SDE-DPM-Solver++(2M), which is eta = 1; eta and s_noise as k-diffusion's
//! `sample_dpmpp_2m_sde`.
//! Kind: sde; at eta = 0, where it asks for no noise, ode of order 2, the same as `dpmpp-2m`. Order: 1, weak 2.
//! Evaluations a step: 1. The law of its limit is p_t for every eta.
//! Choose it over samplers of weak order 1 from 20 evaluations on; below that a solver of the flow is better.
//! Divides by alpha. The step into the marked end alpha = 1, sigma = 0 is the prediction of x0: D has no limit there.

use crate::multistep::Multistep;
use crate::scheme::{ETA, LOWER_ORDER_NEVER, S_NOISE, Scheme, TYPE_TWO};
use ito_kit::{FINAL_MEAN, Failure, Host, Info, Kind, NEEDS_ALPHA, Plan, Prediction, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct Dpmpp2mSde(Multistep);

impl Dpmpp2mSde {
    fn scheme(values: &Values) -> Scheme {
        Scheme::multistep(Prediction::X0, 2, values).noisy(values)
    }
}

impl Sampler for Dpmpp2mSde {
    const INFO: Info = Info {
        id: c"dpmpp-2m-sde",
        name: c"SDE-DPM-Solver++ (2M)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Two-step exponential integrator of the reverse SDE, in the prediction of x0.",
        equation: c"midpoint: x_s = sigma_s/sigma_t exp(-eta h) x_t + alpha_s (1 - exp(-k h)) (x0_t + D/2) + s_noise sigma_s sqrt(1 - exp(-2 eta h)) z; heun: (1 - exp(-k h)) x0_t + (1 - (1 - exp(-k h))/(k h)) D for (1 - exp(-k h)) (x0_t + D/2); h = lambda_s - lambda_t, k = 1 + eta, D = h (x0_t - x0_last)/(lambda_t - lambda_last)",
        source: c"Lu et al. 2022 (DPM-Solver++), SDE-DPM-Solver++(2M) (eta = 1); k-diffusion, sample_dpmpp_2m_sde",
        choose: c"Over samplers of weak order 1 from 20 evaluations on; below that a solver of the flow is better.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 2.0,
        flags: NEEDS_ALPHA | FINAL_MEAN,
        params: &[TYPE_TWO, ETA, S_NOISE, LOWER_ORDER_NEVER],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Dpmpp2mSde::scheme(values).plan(plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self(Multistep::new(Self::scheme(values))))
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.0.begin(host, problem)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        self.0.step(host, step)
    }
}

#[cfg(test)]
mod tests {
    use super::{Dpmpp2mSde, Sampler};
    use ito_kit::testing::{CIRCLE, Given, Run};

    /// Data N(0.5, 0.36) under alpha = cos t, sigma = sin t.
    const RUN: Run =
        Run { data: (0.5, 0.6), times: &[1.2, 0.9, 0.5, 0.3], draws: &[0.7, -0.4, 1.5], ..Run::new(&CIRCLE, 1.1) };

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Dpmpp2mSde::INFO.faults(), Vec::<String>::new());
    }

    /// The equation in 40 digits, from x0 = (x + sigma² score)/alpha and score = −(x − 0.5 alpha)/(0.36 alpha² + sigma²).
    #[test]
    fn three_uneven_steps_by_hand() {
        for (params, x) in [
            (&[] as &[_], 1.072_014_341_411_195_6),
            (&[("eta", Given::F64(0.5)), ("type", Given::Choice("heun"))] as &[_], 1.184_010_394_270_634),
        ] {
            let end = Run { params, ..RUN }.of::<Dpmpp2mSde>().expect("it runs");
            assert!((end.x - x).abs() < 1e-12, "{params:?}: {end:?}");
        }
    }

    #[test]
    fn without_noise_it_is_dpmpp_2m_bit_for_bit() {
        let quiet = &[("eta", Given::F64(0.0))];
        let ours = Run { params: quiet, draws: &[], ..RUN }.of::<Dpmpp2mSde>().expect("it runs");
        let params = &[("lower_order_final", Given::Choice("never"))];
        let flow = Run { params, draws: &[], ..RUN }.of::<crate::Dpmpp2m>().expect("it runs");
        assert_eq!(ours.path, flow.path);
    }
}
