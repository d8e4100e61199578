//! `heun3`: Heun's method of order 3, on the probability flow.
//!
//! Equation: `k_1 = f(x_t, t)`, `k_2 = f(x_t + h/3 k_1, 1/3 of the step)`,
//! `k_3 = f(x_t + 2/3 h k_2, 2/3 of the step)`, `x_s = x_t + h/4 (k_1 + 3 k_3)`; `in: t`: f = velocity, h = s − t;
//! `in: sigma`: the same for x/alpha, with f = eps and h the step in r = sigma/alpha; `in: log-sigma`: with f = r eps
//! and h the step in ln r.
//! Source: Heun 1900; Hairer, Nørsett and Wanner I, table II.1.1; torchdiffeq has it as heun3.
//! Kind: ode. Order: 3. Evaluations a step: 3.
//! Choose it in sigma from about 40 evaluations on; with fewer `midpoint` or a multistep method is better. In
//! log-sigma, where a step is not exact for data at one point, it needs 50 evaluations to be of use.
//! At the marked end alpha = 1, sigma = 0: the formula in sigma, and in t where that end has a time; in log-sigma,
//! where h is infinite, and elsewhere the prediction of x0. `last: euler`: Euler's step in all.

use crate::fixed::{FLAGS, Fixed, INNER_PARAMS};
use ito_kit::tableaux::HEUN_3;
use ito_kit::{Failure, Host, Info, Kind, Plan, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct Heun3(Fixed);

impl Sampler for Heun3 {
    const INFO: Info = Info {
        id: c"heun3",
        name: c"Heun, order 3",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Heun's method of order 3 on the probability flow.",
        equation: c"k_1 = f(x_t, t); k_2 = f(x_t + h/3 k_1, 1/3 of the step); k_3 = f(x_t + 2/3 h k_2, 2/3 of the step); x_s = x_t + h/4 (k_1 + 3 k_3); t: f = velocity, h = s - t; sigma: for x/alpha, f = eps, h = r_s - r_t with r = sigma/alpha; log-sigma: f = r eps, h = ln(r_s/r_t)",
        source: c"Heun 1900; Hairer, Norsett and Wanner I, table II.1.1",
        choose: c"In sigma from about 40 evaluations on; with fewer take midpoint or a multistep method. In log-sigma it needs 50 evaluations to be of use.",
        kind: Kind::Ode,
        order: 3.0,
        evals_per_step: 3,
        flags: FLAGS,
        params: INNER_PARAMS,
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Fixed::plan(values, plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self(Fixed::inner(values, &HEUN_3)))
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.0.begin(host)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        self.0.step(host, step)
    }
}

#[cfg(test)]
mod tests {
    use super::Heun3;
    use ito_kit::Sampler;
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Heun3::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1) under edm: eps = sigma x/(1 + sigma²). In sigma, from x = 1 at 2 to 1: k_1 = 2/5, k_2 = 13/34 at
    /// 5/3, k_3 = 152/425 at 4/3, x_s = 537/850.
    #[test]
    fn a_step_by_hand() {
        let run = Run { times: &[2.0, 1.0], params: &[("in", Given::Choice("sigma"))], ..Run::new(&EDM, 1.0) };
        let end = run.of::<Heun3>().expect("it runs");
        assert!((end.x - 537.0 / 850.0).abs() < 1e-12, "{}", end.x);
        assert_eq!(end.evaluations, 3);
    }
}
