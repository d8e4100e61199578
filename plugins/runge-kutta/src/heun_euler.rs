//! `heun-euler`: Heun's method of order 2 with Euler's as its estimate, on the probability flow.
//!
//! Equation: `k_i = f(x_t + h sum_j a_ij k_j, t + c_i h)`, `x_s = x_t + h sum_i b_i k_i`; `in: t`: f = velocity, h =
//! s − t; `in: sigma`: the same for x/alpha, with f = eps and h the step in r = sigma/alpha; `in: log-sigma`: with f
//! = r eps and h the step in ln r.
//! Source: Heun 1900; Hairer, Nørsett and Wanner I, section II.4 (control). torchdiffeq's adaptive_heun takes the
//! second slope of a step, made at Euler's result, for the first of the next one: one evaluation a step less, and not
//! this method.
//! Kind: adaptive; ode with `control: off`, which is `heun`. Order: 2. Evaluations: 2 a try, and 1 for the first
//! step.
//! Choose it at rtol = 0.01 or more, or where two evaluations are all that a step may cost; below that
//! `bogacki-shampine` needs fewer.
//! Steps, errors and variables as in `rk45`; so is the step to the marked end.

use ito_kit::tableaux::HEUN_EULER;
use ito_kit::{Failure, Host, Info, Kind, PAIR_PARAMS, PER_ROW_STEP, Pair, Plan, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct HeunEuler(Pair);

impl Sampler for HeunEuler {
    const INFO: Info = Info {
        id: c"heun-euler",
        name: c"Heun-Euler 2(1)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Heun's method with Euler's as an error estimate, order 2(1), on the probability flow, with error control for each sample.",
        equation: c"k_i = f(x_t + h sum_j a_ij k_j, t + c_i h); x_s = x_t + h sum_i b_i k_i; t: f = velocity, h = s - t; sigma: for x/alpha, f = eps, h = r_s - r_t with r = sigma/alpha; log-sigma: f = r eps, h = ln(r_s/r_t)",
        source: c"Heun 1900; Hairer, Norsett and Wanner I, section II.4",
        choose: c"At rtol = 0.01 or more; below that bogacki-shampine needs fewer evaluations.",
        kind: Kind::Adaptive,
        order: 2.0,
        evals_per_step: 2,
        flags: PER_ROW_STEP,
        params: PAIR_PARAMS,
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Pair::plan(values, plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self(Pair::new(values, &HEUN_EULER)))
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
    use super::HeunEuler;
    use ito_kit::Sampler;
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(HeunEuler::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1) under edm: eps = sigma x/(1 + sigma²). In sigma, from x = 1 at 2 to 1: k_1 = 2/5, k_2 = 3/10, x_s
    /// = 0.65.
    #[test]
    fn a_step_by_hand() {
        let run = Run {
            times: &[2.0, 1.0],
            params: &[("in", Given::Choice("sigma")), ("control", Given::Choice("off"))],
            ..Run::new(&EDM, 1.0)
        };
        let end = run.of::<HeunEuler>().expect("it runs");
        assert!((end.x - 0.65).abs() < 1e-12, "{}", end.x);
        assert_eq!(end.evaluations, 2);
    }
}
