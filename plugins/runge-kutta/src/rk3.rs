//! `rk3`: Kutta's method of order 3: Simpson's rule, on the probability flow.
//!
//! Equation: `k_1 = f(x_t, t)`, `k_2 = f(x_t + h/2 k_1, middle)`, `k_3 = f(x_t − h k_1 + 2 h k_2, s)`,
//! `x_s = x_t + h/6 (k_1 + 4 k_2 + k_3)`; `in: t`: f = velocity, h = s − t; `in: sigma`: the same for x/alpha, with f
//! = eps and h the step in r = sigma/alpha; `in: log-sigma`: with f = r eps and h the step in ln r.
//! Source: Kutta 1901; Hairer, Nørsett and Wanner I, section II.1.
//! Kind: ode. Order: 3. Evaluations a step: 3, but 1 in a step to sigma = 0.
//! Choose it to compare with `heun3`, whose stages lie inside the step.
//! At the marked end alpha = 1, sigma = 0 its last slope does not exist: the step is Euler's in t where that end has
//! a time, else the prediction of x0.

use crate::fixed::{FLAGS, Fixed};
use ito_kit::tableaux::KUTTA_3;
use ito_kit::{Failure, Flow, Host, Info, Kind, Plan, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct Rk3(Fixed);

impl Sampler for Rk3 {
    const INFO: Info = Info {
        id: c"rk3",
        name: c"Kutta, order 3",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Kutta's method of order 3 on the probability flow.",
        equation: c"k_1 = f(x_t, t); k_2 = f(x_t + h/2 k_1, middle); k_3 = f(x_t - h k_1 + 2 h k_2, s); x_s = x_t + h/6 (k_1 + 4 k_2 + k_3); t: f = velocity, h = s - t; sigma: for x/alpha, f = eps, h = r_s - r_t with r = sigma/alpha; log-sigma: f = r eps, h = ln(r_s/r_t)",
        source: c"Kutta 1901; Hairer, Norsett and Wanner I, section II.1",
        choose: c"For comparison with heun3, whose stages lie inside the step and which is better in the step to sigma = 0.",
        kind: Kind::Ode,
        order: 3.0,
        evals_per_step: 3,
        flags: FLAGS,
        params: &[Flow::PARAM_OF_THREE],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Fixed::plan(values, plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self(Fixed::new(values, &KUTTA_3)))
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
    use super::Rk3;
    use ito_kit::Sampler;
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Rk3::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1) under edm: eps = sigma x/(1 + sigma²). In sigma, from x = 1 at 2 to 1: k_1 = 2/5, k_2 = 24/65 at
    /// 3/2, k_3 = 43/130 at 1, x_s = 493/780.
    #[test]
    fn a_step_by_hand() {
        let run = Run { times: &[2.0, 1.0], params: &[("in", Given::Choice("sigma"))], ..Run::new(&EDM, 1.0) };
        let end = run.of::<Rk3>().expect("it runs");
        assert!((end.x - 493.0 / 780.0).abs() < 1e-12, "{}", end.x);
        assert_eq!(end.evaluations, 3);
    }
}
