//! `dop853`: Hairer's DOP853, order 8 in 12 stages with estimates of order 5 and 3, on the probability flow.
//!
//! Equation: `k_i = f(x_t + h sum_j a_ij k_j, t + c_i h)`, `x_s = x_t + h sum_i b_i k_i`; `in: t`: f = velocity, h =
//! s − t; `in: sigma`: the same for x/alpha, with f = eps and h the step in r = sigma/alpha; `in: log-sigma`: with f
//! = r eps and h the step in ln r.
//! Source: Hairer, Nørsett and Wanner I, section II.10, whose error |e_5|²/√(|e_5|² + |e_3|²/100) behaves as h⁸, where
//! the local error of the result behaves as h⁹; scipy's DOP853.
//! Kind: adaptive; ode with `control: off`. Order: 8. Evaluations: 12 a try, and 1 for the first step.
//! Choose it for tolerances of 1e-7 and smaller, and for references. Between 1e-3 and 1e-5 its few long steps make
//! the error erratic, mostly far below the tolerance.
//! Steps, errors and variables as in `rk45`; so is the step to the marked end.

use ito_kit::tableaux::{DOP853, DOP853_3};
use ito_kit::{Failure, Host, Info, Kind, PAIR_PARAMS, PER_ROW_STEP, Pair, Plan, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct Dop853(Pair);

impl Sampler for Dop853 {
    const INFO: Info = Info {
        id: c"dop853",
        name: c"DOP853 8(5,3)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Hairer's DOP853 of order 8(5,3) on the probability flow, with error control for each sample.",
        equation: c"k_i = f(x_t + h sum_j a_ij k_j, t + c_i h); x_s = x_t + h sum_i b_i k_i; t: f = velocity, h = s - t; sigma: for x/alpha, f = eps, h = r_s - r_t with r = sigma/alpha; log-sigma: f = r eps, h = ln(r_s/r_t)",
        source: c"Hairer, Norsett and Wanner I, section II.10",
        choose: c"For tolerances of 1e-7 and smaller, and for references.",
        kind: Kind::Adaptive,
        order: 8.0,
        evals_per_step: 12,
        flags: PER_ROW_STEP,
        params: PAIR_PARAMS,
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Pair::plan(values, plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self(Pair::new(values, &DOP853).with_second(&DOP853, (DOP853_3, 3))))
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
    use super::Dop853;
    use ito_kit::Sampler;
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Dop853::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1) under edm: eps = sigma x/(1 + sigma²). In sigma, from x = 1 at 2 to 1: with the coefficients of
    /// `dop853.f` in exact fractions x_s = 0.632455500394552.
    #[test]
    fn a_step_by_hand() {
        let run = Run {
            times: &[2.0, 1.0],
            params: &[("in", Given::Choice("sigma")), ("control", Given::Choice("off"))],
            ..Run::new(&EDM, 1.0)
        };
        let end = run.of::<Dop853>().expect("it runs");
        assert!((end.x - 0.632_455_500_394_552).abs() < 1e-12, "{}", end.x);
        assert_eq!(end.evaluations, 12);
    }
}
