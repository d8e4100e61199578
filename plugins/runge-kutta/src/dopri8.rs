//! `dopri8`: Prince and Dormand's pair of order 8(7) in 13 stages, on the probability flow.
//!
//! Equation: `k_i = f(x_t + h sum_j a_ij k_j, t + c_i h)`, `x_s = x_t + h sum_i b_i k_i`; `in: t`: f = velocity, h =
//! s − t; `in: sigma`: the same for x/alpha, with f = eps and h the step in r = sigma/alpha; `in: log-sigma`: with f
//! = r eps and h the step in ln r.
//! Source: Prince and Dormand 1981, High order embedded Runge-Kutta formulae, RK8(7)13M; torchdiffeq's dopri8,
//! diffrax's Dopri8.
//! Kind: adaptive; ode with `control: off`. Order: 8. Evaluations: 13 a try (the result is a 14th stage, whose slope
//! is the first of the next step), and 2 before the first, or 1 if `first_step` is given.
//! Choose it for tolerances of 1e-8 and smaller; `dop853` is its successor. Between 1e-3 and 1e-5 its few long steps
//! make the error erratic, mostly far below the tolerance.
//! Steps, errors and variables as in `rk45`; so is the step to the marked end.

use ito_kit::tableaux::DOPRI8;
use ito_kit::{Failure, Host, Info, Kind, PAIR_PARAMS, PER_ROW_STEP, Pair, Plan, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct Dopri8(Pair);

impl Sampler for Dopri8 {
    const INFO: Info = Info {
        id: c"dopri8",
        name: c"Prince-Dormand 8(7)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Prince and Dormand's Runge-Kutta pair of order 8(7) on the probability flow, with error control for each sample.",
        equation: c"k_i = f(x_t + h sum_j a_ij k_j, t + c_i h); x_s = x_t + h sum_i b_i k_i; t: f = velocity, h = s - t; sigma: for x/alpha, f = eps, h = r_s - r_t with r = sigma/alpha; log-sigma: f = r eps, h = ln(r_s/r_t)",
        source: c"Prince and Dormand 1981, High order embedded Runge-Kutta formulae, RK8(7)13M",
        choose: c"For tolerances of 1e-8 and smaller, beside dop853, its successor.",
        kind: Kind::Adaptive,
        order: 8.0,
        evals_per_step: 13,
        flags: PER_ROW_STEP,
        params: PAIR_PARAMS,
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Pair::plan(values, plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self(Pair::new(values, &DOPRI8)))
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
    use super::Dopri8;
    use ito_kit::Sampler;
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Dopri8::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1) under edm: eps = sigma x/(1 + sigma²). In sigma, from x = 1 at 2 to 1: with the paper's
    /// coefficients in exact fractions x_s = 0.6324555368825989.
    #[test]
    fn a_step_by_hand() {
        let run = Run {
            times: &[2.0, 1.0],
            params: &[("in", Given::Choice("sigma")), ("control", Given::Choice("off"))],
            ..Run::new(&EDM, 1.0)
        };
        let end = run.of::<Dopri8>().expect("it runs");
        assert!((end.x - 0.632_455_536_882_598_9).abs() < 1e-12, "{}", end.x);
        assert_eq!(end.evaluations, 13);
    }
}
