//! `fehlberg2`: Fehlberg's pair of order 1 and 2, carried on with order 2, on the probability flow.
//!
//! Equation: `k_i = f(x_t + h sum_j a_ij k_j, t + c_i h)`, `x_s = x_t + h sum_i b_i k_i`; `in: t`: f = velocity, h =
//! s − t; `in: sigma`: the same for x/alpha, with f = eps and h the step in r = sigma/alpha; `in: log-sigma`: with f
//! = r eps and h the step in ln r.
//! Source: Fehlberg 1969, RK1(2). Its estimate is h (k_3 − k_1)/512, so small that the same tolerance gives far
//! larger errors than elsewhere: at rtol = 1e-5 70 times those of `bogacki-shampine`. torchdiffeq's fehlberg2 takes
//! its third slope, made at the result of order 1, for the first of the next step: 2 evaluations, and not this
//! method.
//! Kind: adaptive; ode with `control: off`. Order: 2. Evaluations: 3 a try, and 1 for the first step.
//! Choose it to compare only: its tolerance says little about the error. On Gaussian data in sigma its fixed steps
//! are of more than order 2, as those of `midpoint`.
//! Steps, errors and variables as in `rk45`; so is the step to the marked end.

use ito_kit::tableaux::FEHLBERG_2;
use ito_kit::{Failure, Host, Info, Kind, PAIR_PARAMS, PER_ROW_STEP, Pair, Plan, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct Fehlberg2(Pair);

impl Sampler for Fehlberg2 {
    const INFO: Info = Info {
        id: c"fehlberg2",
        name: c"Fehlberg 2(1)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Fehlberg's pair of order 2(1) on the probability flow, with error control for each sample.",
        equation: c"k_i = f(x_t + h sum_j a_ij k_j, t + c_i h); x_s = x_t + h sum_i b_i k_i; t: f = velocity, h = s - t; sigma: for x/alpha, f = eps, h = r_s - r_t with r = sigma/alpha; log-sigma: f = r eps, h = ln(r_s/r_t)",
        source: c"Fehlberg 1969, RK1(2)",
        choose: c"To compare only: its estimate is so small that the tolerance says little about the error.",
        kind: Kind::Adaptive,
        order: 2.0,
        evals_per_step: 3,
        flags: PER_ROW_STEP,
        params: PAIR_PARAMS,
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Pair::plan(values, plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self(Pair::new(values, &FEHLBERG_2)))
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
    use super::Fehlberg2;
    use ito_kit::Sampler;
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Fehlberg2::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1) under edm: eps = sigma x/(1 + sigma²). In sigma, from x = 1 at 2 to 1: in exact fractions x_s =
    /// 0.6308144202599159.
    #[test]
    fn a_step_by_hand() {
        let run = Run {
            times: &[2.0, 1.0],
            params: &[("in", Given::Choice("sigma")), ("control", Given::Choice("off"))],
            ..Run::new(&EDM, 1.0)
        };
        let end = run.of::<Fehlberg2>().expect("it runs");
        assert!((end.x - 0.630_814_420_259_915_9).abs() < 1e-12, "{}", end.x);
        assert_eq!(end.evaluations, 3);
    }
}
