//! `dpmpp-2m`: the multistep DPM-Solver++ of second order, which extrapolates the prediction of x0 linearly in lambda.
//!
//! Equation, with h = lambda_s − lambda_t, r_0 = (lambda_t − lambda_last)/h and D = (x0_t − x0_last)/r_0:
//! midpoint: `x_s = sigma_s/sigma_t x_t + alpha_s (1 − e^{−h}) (x0_t + D/2)`;
//! heun (taylor): `x_s = sigma_s/sigma_t x_t + alpha_s ((1 − e^{−h}) x0_t + (1 − (1 − e^{−h})/h) D)`; the first step takes
//! D = 0, which is DDIM.
//! Source: Lu et al. 2022 (DPM-Solver++), algorithm 2; heun: the authors' code, `multistep_dpm_solver_second_update`.
//! Kind: ode. Order: 2. Evaluations a step: 1.
//! Choose it with strong guidance, as its paper does; without, `dpm-2m` has the smaller error from 8 steps on and
//! `dpmpp-3m` from 20.
//! Divides by alpha. The step into the marked end alpha = 1, sigma = 0 is the prediction of x0: D has no limit there.

use crate::multistep::Multistep;
use crate::scheme::{LOWER_ORDER_FINAL, Scheme, TYPE};
use ito_kit::{Failure, Host, Info, Kind, NEEDS_ALPHA, Plan, Prediction, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct Dpmpp2m(Multistep);

impl Dpmpp2m {
    fn scheme(values: &Values) -> Scheme {
        Scheme::multistep(Prediction::X0, 2, values)
    }
}

impl Sampler for Dpmpp2m {
    const INFO: Info = Info {
        id: c"dpmpp-2m",
        name: c"DPM-Solver++ (2M)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Multistep DPM-Solver++ of order 2, in the prediction of x0.",
        equation: c"midpoint: x_s = sigma_s/sigma_t x_t + alpha_s (1 - exp(-h)) (x0_t + D/2); heun: x_s = sigma_s/sigma_t x_t + alpha_s ((1 - exp(-h)) x0_t + (1 - (1 - exp(-h))/h) D); h = lambda_s - lambda_t, D = h (x0_t - x0_last)/(lambda_t - lambda_last)",
        source: c"Lu et al. 2022 (DPM-Solver++), algorithm 2; heun: their code, multistep_dpm_solver_second_update",
        choose: c"With strong guidance; without, dpm-2m has the smaller error from 8 steps on and dpmpp-3m from 20.",
        kind: Kind::Ode,
        order: 2.0,
        flags: NEEDS_ALPHA,
        params: &[TYPE, LOWER_ORDER_FINAL],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Dpmpp2m::scheme(values).plan(plan);
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
    use super::{Dpmpp2m, Sampler};
    use ito_kit::testing::{CIRCLE, Given, Run};

    /// Data N(0.5, 0.36) under alpha = cos t, sigma = sin t.
    const RUN: Run = Run { data: (0.5, 0.6), times: &[1.2, 0.9, 0.5, 0.3], ..Run::new(&CIRCLE, 1.1) };
    const NEVER: (&str, Given) = ("lower_order_final", Given::Choice("never"));

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Dpmpp2m::INFO.faults(), Vec::<String>::new());
    }

    /// The equation in 40 digits, from x0 = (x + sigma² score)/alpha and score = −(x − 0.5 alpha)/(0.36 alpha² + sigma²).
    #[test]
    fn three_uneven_steps_by_hand() {
        for (params, x) in [
            (&[NEVER] as &[_], 1.069_727_351_521_969_4),
            (&[NEVER, ("type", Given::Choice("heun"))] as &[_], 1.076_222_516_685_368_2),
        ] {
            let end = Run { params, ..RUN }.of::<Dpmpp2m>().expect("it runs");
            assert!((end.x - x).abs() < 1e-12, "{params:?}: {end:?}");
        }
    }

    /// DDIM, Song, Meng and Ermon 2021, equation 12 without noise.
    #[test]
    fn one_step_is_ddim() {
        let end = Run { times: &[1.2, 0.9], ..RUN }.of::<Dpmpp2m>().expect("it runs");
        let score = -(1.1 - 0.5 * 1.2f64.cos()) / (0.36 * 1.2f64.cos().powi(2) + 1.2f64.sin().powi(2));
        let (eps, x0) = (-1.2f64.sin() * score, (1.1 + 1.2f64.sin().powi(2) * score) / 1.2f64.cos());
        assert!((end.x - (0.9f64.cos() * x0 + 0.9f64.sin() * eps)).abs() < 1e-14, "{end:?}");
    }

    /// Data at one point: x0 is constant, all differences vanish, and x_s = 0.5 alpha_s + sigma_s eps at every time.
    #[test]
    fn a_point_mass_is_solved_exactly() {
        let end = Run { data: (0.5, 0.0), ..RUN }.of::<Dpmpp2m>().expect("it runs");
        let eps = (1.1 - 0.5 * 1.2f64.cos()) / 1.2f64.sin();
        assert!((end.x - (0.5 * 0.3f64.cos() + 0.3f64.sin() * eps)).abs() < 1e-14, "{end:?}");
    }
}
