//! `adaptive-heun`: Heun's method of order 2 with Euler's step as its estimate, on the probability flow.
//!
//! Equation: `k_1 = f(x_t, t)`, `k_2 = f(x_t + h k_1, s)`, `x_s = x_t + h (k_1 + k_2)/2`, estimate `h (k_2 − k_1)/2`; `in:
//! t`: f = velocity, h = s − t; `in: sigma`: the same for x/alpha, with f = eps and h the step in r = sigma/alpha; `in:
//! log-sigma`: with f = r eps and h the step in ln r.
//! Source: Heun 1900; Hairer, Nørsett and Wanner I, section II.4, for the control. torchdiffeq's adaptive_heun takes its
//! second slope, made at Euler's result, for the first of the next step: 1 evaluation, and not this method.
//! Kind: adaptive; ode with `control: off`, which is `heun`. Order: 2. Evaluations: 2 a try, and 1 for the first step.
//! Choose it to compare at tolerances above 1e-2; its estimate is of order 1, so that below that `bogacki-shampine` has
//! the same error at a fraction of the cost.
//! Steps, errors and variables as in `rk45`; so is the step to the marked end.

use ito_kit::tableaux::HEUN_EULER;
use ito_kit::{Failure, Host, Info, Kind, PAIR_PARAMS, PER_ROW_STEP, Pair, Plan, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct AdaptiveHeun(Pair);

impl Sampler for AdaptiveHeun {
    const INFO: Info = Info {
        id: c"adaptive-heun",
        name: c"Adaptive Heun 2(1)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Heun's method with Euler's as its estimate on the probability flow, with error control for each sample.",
        equation: c"k_1 = f(x_t, t); k_2 = f(x_t + h k_1, s); x_s = x_t + h (k_1 + k_2)/2, estimate h (k_2 - k_1)/2; t: f = velocity, h = s - t; sigma: for x/alpha, f = eps, h = r_s - r_t with r = sigma/alpha; log-sigma: f = r eps, h = ln(r_s/r_t)",
        source: c"Heun 1900; Hairer, Norsett and Wanner I, section II.4",
        choose: c"To compare at tolerances above 1e-2; below that bogacki-shampine has the same error at a fraction of the cost.",
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
    use super::AdaptiveHeun;
    use ito_kit::Sampler;
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(AdaptiveHeun::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1) under edm: eps = sigma x/(1 + sigma²). In sigma, from x = 1 at 2 to 1: k_1 = 2/5, at x = 1 − 2/5 = 3/5
    /// k_2 = 3/10, x_s = 1 − (2/5 + 3/10)/2 = 13/20.
    #[test]
    fn a_step_by_hand() {
        let params = &[("in", Given::Choice("sigma")), ("control", Given::Choice("off"))];
        let end = Run { times: &[2.0, 1.0], params, ..Run::new(&EDM, 1.0) }.of::<AdaptiveHeun>().expect("it runs");
        assert!((end.x - 13.0 / 20.0).abs() < 1e-12 && end.evaluations == 2, "{end:?}");
    }
}
