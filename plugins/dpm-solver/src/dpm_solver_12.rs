//! `dpm-solver-12`: DPM-Solver-2 whose steps in lambda follow from its difference to the solver of order 1 inside it;
//! each sample chooses its own.
//!
//! Equation: `x_s` that of `dpm-solver-2` (with `predict: x0` of `dpmpp-2s`), `x_low` of `euler` in sigma, from the
//! same predictions; error of a sample: RMS over its elements of
//! `(x_s − x_low)/max(atol, rtol max(|x_low|, |x_prev|))`, where x_prev is the x_low of the last accepted step;
//! accepted where it is at most 1; `h_next = theta h error^(−1/2)`, h the step in lambda.
//! Source: Lu et al. 2022 (DPM-Solver), appendix C (DPM-Solver-12) and the official code; `control: pid` and its
//! parameters: k-diffusion, `sample_dpm_adaptive`.
//! Kind: adaptive; ode with `control: off`. Order: 2. Evaluations: 2 a try, or a step with `control: off`.
//! Choose it to compare with the paper; `dpm-solver-23` needs about half the evaluations at every tolerance tried.
//! The official code and k-diffusion have one step for the whole batch, see the parameter `over`.
//! At the marked end alpha = 1, sigma = 0 the last step is the prediction of x0, one evaluation.

use crate::adaptive::{Adaptive, PARAMS};
use ito_kit::{Failure, Host, Info, Kind, NEEDS_ALPHA, PER_ROW_STEP, Plan, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct DpmSolver12(Adaptive);

impl Sampler for DpmSolver12 {
    const INFO: Info = Info {
        id: c"dpm-solver-12",
        name: c"DPM-Solver-12",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"DPM-Solver-2 with error control in lambda for each sample, by the solver of order 1 inside it.",
        equation: c"x_s as dpm-solver-2 (predict x0: dpmpp-2s), x_low as euler in sigma; error = RMS of (x_s - x_low)/max(atol, rtol max(|x_low|, |x_prev|)); h_next = theta h error^(-1/2) in lambda",
        source: c"Lu et al. 2022 (DPM-Solver), appendix C, and the official code; control pid: k-diffusion, sample_dpm_adaptive",
        choose: c"To compare with the paper; dpm-solver-23 needs about half the evaluations at every tolerance tried.",
        kind: Kind::Adaptive,
        order: 2.0,
        evals_per_step: 2,
        flags: PER_ROW_STEP | NEEDS_ALPHA,
        params: &PARAMS,
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Adaptive::plan(values, plan, 2);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self(Adaptive::new(values, 2)))
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
    use super::{DpmSolver12, Sampler};
    use crate::{DpmSolver2, Dpmpp2s};
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(DpmSolver12::INFO.faults(), Vec::<String>::new());
    }

    #[test]
    fn without_control_it_is_the_solver_of_order_2() {
        let (off, x0) = (("control", Given::Choice("off")), ("predict", Given::Choice("x0")));
        let run = Run { times: &[8.0, 2.0, 0.3], ..Run::new(&EDM, 1.0) };
        let path = |params: &[_]| Run { params, ..run }.of::<DpmSolver12>().unwrap().path;
        assert_eq!(path(&[off]), run.of::<DpmSolver2>().unwrap().path);
        assert_eq!(path(&[off, x0]), run.of::<Dpmpp2s>().unwrap().path);
    }
}
