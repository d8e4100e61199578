//! `bogacki-shampine`: Bogacki and Shampine's pair of order 3(2), on the probability flow.
//!
//! Equation: `k_i = f(x_t + h sum_j a_ij k_j, t + c_i h)`, `x_s = x_t + h sum_i b_i k_i`; `in: t`: f = velocity, h =
//! s − t; `in: sigma`: the same for x/alpha, with f = eps and h the step in r = sigma/alpha; `in: log-sigma`: with f
//! = r eps and h the step in ln r.
//! Source: Bogacki and Shampine 1989, A 3(2) pair of Runge-Kutta formulas; scipy's RK23, torchdiffeq's bosh3,
//! diffrax's Bosh3.
//! Kind: adaptive; ode with `control: off`. Order: 3. Evaluations: 3 a try (first same as last), and 2 before the
//! first, or 1 if `first_step` is given.
//! Choose it for tolerances of 1e-2 to 1e-3; below that `rk45` or `tsit5` need fewer evaluations.
//! Steps, errors and variables as in `rk45`; so is the step to the marked end.

use ito_kit::tableaux::BOGACKI_SHAMPINE;
use ito_kit::{Failure, Host, Info, Kind, PAIR_PARAMS, PER_ROW_STEP, Pair, Plan, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct BogackiShampine(Pair);

impl Sampler for BogackiShampine {
    const INFO: Info = Info {
        id: c"bogacki-shampine",
        name: c"Bogacki-Shampine 3(2)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Bogacki and Shampine's Runge-Kutta pair of order 3(2) on the probability flow, with error control for each sample.",
        equation: c"k_i = f(x_t + h sum_j a_ij k_j, t + c_i h); x_s = x_t + h sum_i b_i k_i; t: f = velocity, h = s - t; sigma: for x/alpha, f = eps, h = r_s - r_t with r = sigma/alpha; log-sigma: f = r eps, h = ln(r_s/r_t)",
        source: c"Bogacki and Shampine 1989, A 3(2) pair of Runge-Kutta formulas",
        choose: c"For tolerances of 1e-2 to 1e-3; below that rk45 or tsit5 need fewer evaluations.",
        kind: Kind::Adaptive,
        order: 3.0,
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
        Ok(Self(Pair::new(values, &BOGACKI_SHAMPINE)))
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
    use super::BogackiShampine;
    use ito_kit::Sampler;
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(BogackiShampine::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1) under edm: eps = sigma x/(1 + sigma²). In sigma, from x = 1 at 2 to 1: in exact fractions x_s =
    /// 0.6312695434646655.
    #[test]
    fn a_step_by_hand() {
        let run = Run {
            times: &[2.0, 1.0],
            params: &[("in", Given::Choice("sigma")), ("control", Given::Choice("off"))],
            ..Run::new(&EDM, 1.0)
        };
        let end = run.of::<BogackiShampine>().expect("it runs");
        assert!((end.x - 0.631_269_543_464_665_5).abs() < 1e-12, "{}", end.x);
        assert_eq!(end.evaluations, 3);
    }
}
