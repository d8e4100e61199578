//! `rk4`: the classical method of order 4, or the 3/8 rule, on the probability flow.
//!
//! Equation, `rule: classic`: `k_1 = f(x_t, t)`, `k_2 = f(x_t + h/2 k_1, middle)`, `k_3 = f(x_t + h/2 k_2, middle)`,
//! `k_4 = f(x_t + h k_3, s)`, `x_s = x_t + h/6 (k_1 + 2 k_2 + 2 k_3 + k_4)`; `three-eighths`: stages at 1/3, 2/3 and
//! s, `x_s = x_t + h/8 (k_1 + 3 k_2 + 3 k_3 + k_4)`; `in: t`: f = velocity, h = s − t; `in: sigma`: the same for
//! x/alpha, with f = eps and h the step in r = sigma/alpha; `in: log-sigma`: with f = r eps and h the step in ln r.
//! Source: Kutta 1901; Hairer, Nørsett and Wanner I, table II.1.2. What torchdiffeq calls rk4 is the 3/8 rule.
//! Kind: ode. Order: 4. Evaluations a step: 4, but 1 in a step to sigma = 0.
//! Choose it for small errors on a fixed grid, from about 100 evaluations on; with fewer `midpoint` or a multistep
//! method is better, and in log-sigma below 50 the steps are unstable.
//! At the marked end alpha = 1, sigma = 0 its last slope does not exist: the step is Euler's in t where that end has
//! a time, else the prediction of x0.

use crate::fixed::{FLAGS, Fixed};
use ito_kit::tableaux::{RK4, THREE_EIGHTHS};
use ito_kit::{Failure, Flow, Host, Info, Kind, Param, Plan, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct Rk4(Fixed);

impl Sampler for Rk4 {
    const INFO: Info = Info {
        id: c"rk4",
        name: c"Runge-Kutta 4",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"The classical Runge-Kutta method of order 4 on the probability flow.",
        equation: c"k_1 = f(x_t, t); k_2 = f(x_t + h/2 k_1, middle); k_3 = f(x_t + h/2 k_2, middle); k_4 = f(x_t + h k_3, s); x_s = x_t + h/6 (k_1 + 2 k_2 + 2 k_3 + k_4); three-eighths: stages at 1/3, 2/3, 1, weights 1, 3, 3, 1 over 8; t: f = velocity, h = s - t; sigma: for x/alpha, f = eps, h = r_s - r_t with r = sigma/alpha; log-sigma: f = r eps, h = ln(r_s/r_t)",
        source: c"Kutta 1901; Hairer, Norsett and Wanner I, table II.1.2",
        choose: c"For small errors on a fixed grid, from about 100 evaluations on; with fewer take midpoint or a multistep method.",
        kind: Kind::Ode,
        order: 4.0,
        evals_per_step: 4,
        flags: FLAGS,
        params: &[
            Flow::PARAM_OF_THREE,
            Param::choice(
                c"rule",
                &[c"classic", c"three-eighths"],
                0,
                c"the classical method, or the 3/8 rule, which torchdiffeq calls rk4",
            ),
        ],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Fixed::plan(values, plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let tableau = if values.choice("rule") == 0 { &RK4 } else { &THREE_EIGHTHS };
        Ok(Self(Fixed::new(values, tableau)))
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
    use super::Rk4;
    use ito_kit::Sampler;
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Rk4::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1) under edm: eps = sigma x/(1 + sigma²). In sigma, from x = 1 at 2 to 1: k_1 = 2/5, k_2 = 24/65 and
    /// k_3 = 318/845 at 3/2, k_4 = 527/1690 at 1, x_s = 2139/3380; the 3/8 rule in exact fractions:
    /// 0.6325735294117647.
    #[test]
    fn a_step_by_hand() {
        for (kind, x_s) in [("classic", 2139.0 / 3380.0), ("three-eighths", 0.632_573_529_411_764_7)] {
            let params = &[("in", Given::Choice("sigma")), ("rule", Given::Choice(kind))];
            let end = Run { times: &[2.0, 1.0], params, ..Run::new(&EDM, 1.0) }.of::<Rk4>().expect("it runs");
            assert!((end.x - x_s).abs() < 1e-12, "{kind}: {}", end.x);
            assert_eq!(end.evaluations, 4);
        }
    }
}
