//! `dpm-2m`: the multistep DPM-Solver of second order, which extrapolates eps linearly in lambda.
//!
//! Equation, with h = lambda_s − lambda_t, r_0 = (lambda_t − lambda_last)/h and D = (eps_t − eps_last)/r_0:
//! midpoint: `x_s = alpha_s/alpha_t x_t − sigma_s (e^h − 1) (eps_t + D/2)`;
//! heun (taylor): `x_s = alpha_s/alpha_t x_t − sigma_s ((e^h − 1) eps_t + ((e^h − 1)/h − 1) D)`; the first step takes
//! D = 0, which is DDIM.
//! Source: Lu et al. 2022 (DPM-Solver), equation 3.4; as a multistep method Lu et al. 2022 (DPM-Solver++), section 4.2,
//! and the authors' code, `multistep_dpm_solver_second_update`.
//! Kind: ode. Order: 2. Evaluations a step: 1.
//! Choose it without guidance, on a log-snr grid from 8 steps on: at 10 steps on eight Gaussians its median error is a
//! tenth of that of `dpmpp-2m`, which is the one for strong guidance.
//! Divides by alpha. Into the marked end alpha = 1, sigma = 0 heun has the limit
//! `x_s = (x_t − sigma_t (eps_t + (eps_t − eps_last)/(lambda_t − lambda_last)))/alpha_t`; midpoint has none, and the step is
//! the prediction of x0, as is every lowered last step.

use crate::multistep::Multistep;
use crate::scheme::{LOWER_ORDER_FINAL, Scheme, TYPE};
use ito_kit::{Failure, Host, Info, Kind, NEEDS_ALPHA, Plan, Prediction, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct Dpm2m(Multistep);

impl Dpm2m {
    fn scheme(values: &Values) -> Scheme {
        Scheme::multistep(Prediction::Eps, 2, values)
    }
}

impl Sampler for Dpm2m {
    const INFO: Info = Info {
        id: c"dpm-2m",
        name: c"DPM-Solver (2M)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Multistep DPM-Solver of order 2, in eps.",
        equation: c"midpoint: x_s = alpha_s/alpha_t x_t - sigma_s (exp(h) - 1) (eps_t + D/2); heun: x_s = alpha_s/alpha_t x_t - sigma_s ((exp(h) - 1) eps_t + ((exp(h) - 1)/h - 1) D); h = lambda_s - lambda_t, D = h (eps_t - eps_last)/(lambda_t - lambda_last)",
        source: c"Lu et al. 2022 (DPM-Solver), equation 3.4; Lu et al. 2022 (DPM-Solver++), section 4.2; their code, multistep_dpm_solver_second_update",
        choose: c"Without guidance, on a log-snr grid from 8 steps on; with strong guidance dpmpp-2m is stabler.",
        kind: Kind::Ode,
        order: 2.0,
        flags: NEEDS_ALPHA,
        params: &[TYPE, LOWER_ORDER_FINAL],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Dpm2m::scheme(values).plan(plan);
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
    use super::{Dpm2m, Sampler};
    use ito_kit::testing::{CIRCLE, Given, Run};

    /// Data N(0.5, 0.36) under alpha = cos t, sigma = sin t.
    const RUN: Run = Run { data: (0.5, 0.6), times: &[1.2, 0.9, 0.5, 0.3], ..Run::new(&CIRCLE, 1.1) };

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Dpm2m::INFO.faults(), Vec::<String>::new());
    }

    /// The equation in 40 digits, from eps = −sigma score and score = −(x − 0.5 alpha)/(0.36 alpha² + sigma²).
    #[test]
    fn three_uneven_steps_by_hand() {
        for (params, x) in [
            (&[("lower_order_final", Given::Choice("never"))] as &[_], 1.064_532_007_918_660_5),
            (
                &[("lower_order_final", Given::Choice("never")), ("type", Given::Choice("heun"))] as &[_],
                1.059_248_423_582_170_4,
            ),
        ] {
            let end = Run { params, ..RUN }.of::<Dpm2m>().expect("it runs");
            assert!((end.x - x).abs() < 1e-12, "{params:?}: {end:?}");
        }
    }

    /// DDIM, Song, Meng and Ermon 2021, equation 12 without noise.
    #[test]
    fn one_step_is_ddim() {
        let end = Run { times: &[1.2, 0.9], ..RUN }.of::<Dpm2m>().expect("it runs");
        let score = -(1.1 - 0.5 * 1.2f64.cos()) / (0.36 * 1.2f64.cos().powi(2) + 1.2f64.sin().powi(2));
        let (eps, x0) = (-1.2f64.sin() * score, (1.1 + 1.2f64.sin().powi(2) * score) / 1.2f64.cos());
        assert!((end.x - (0.9f64.cos() * x0 + 0.9f64.sin() * eps)).abs() < 1e-14, "{end:?}");
    }

    /// From the second step's state to sigma = 0 in 40 digits, by the limit in the module's text.
    #[test]
    fn heun_has_a_limit_at_the_clean_end() {
        let never = ("lower_order_final", Given::Choice("never"));
        let params = &[never, ("type", Given::Choice("heun"))];
        let run = Run { times: &[1.2, 0.9, 0.5, 0.0], clean: true, params, ..RUN };
        let end = run.of::<Dpm2m>().expect("it runs");
        assert!((end.x - 1.056_763_370_443_510_5).abs() < 1e-12, "{end:?}");
    }
}
