//! `reab`: Rosenbrock-type exponential Adams-Bashforth in lambda, on v.
//!
//! Equation, with rho² = alpha² + sigma²: `x_s = rho_s/rho_t x_t + rho_s sum_j w_j v_j/rho_j`,
//! `w_j = −int_{lambda_t}^{lambda_s} L_j(lambda)/(2 cosh lambda) dlambda`. It is the flow `d(x/rho)/dphi = v/rho` in the
//! angle phi = atan(sigma/alpha), `dphi = −dlambda/(2 cosh lambda)`, with polynomials in lambda; azula writes v/rho as f.
//! Source: azula (`REABSampler`), after Hochbruck, Ostermann and Schweitzer 2009.
//! Kind: ode. Order: that of the parameter; 1 for `form: published`, azula's code, in which the last rho_s is
//! √(alpha_s² + sigma_t²): each step then adds a part of first order too much. `quadrature: trapezoid` is azula's too,
//! 256 intervals a step; here the integral is exact to rounding. Evaluations a step: 1.
//! Choose `exponential-adams`, with `predict: v` for the same flow in the angle; this one to reproduce.
//! At the marked end alpha = 1, sigma = 0, infinitely far away in lambda, the prediction of x0 takes its place.

use crate::ends::rates;
use crate::past::{ORDER, Past, order};
use crate::quadrature::{self, Rule};
use ito_kit::{Failure, Host, Info, Kind, NEEDS_ALPHA, Param, Plan, Prediction, Problem, Sampler, Step, Values, What};

/// Length of a panel in lambda: 1/cosh has its poles at ± i pi/2.
const PANEL: f64 = 2.0;
/// Intervals of azula's quadrature.
const TRAPEZOIDS: usize = 256;

/// See the module.
#[derive(Debug)]
pub struct Reab {
    published: bool,
    trapezoid: bool,
    rule: Rule,
    past: Past,
}

impl Reab {
    /// The weights of the step from a to b in lambda.
    fn weights(&self, a: f64, b: f64) -> Vec<f64> {
        let points = if self.trapezoid {
            let share = |i: usize| if i == 0 || i == TRAPEZOIDS { 0.5 } else { 1.0 };
            let at = |i: usize| a + (b - a) * i as f64 / TRAPEZOIDS as f64;
            (0..=TRAPEZOIDS).map(|i| (at(i), share(i) * (b - a) / TRAPEZOIDS as f64)).collect()
        } else {
            self.rule.panels(a, b, PANEL)
        };
        let kernel = |(lambda, g): (f64, f64)| (lambda - a, -g / (2.0 * lambda.cosh()));
        quadrature::weights(&self.past.nodes(), points.into_iter().map(kernel))
    }
}

impl Sampler for Reab {
    const INFO: Info = Info {
        id: c"reab",
        name: c"REAB",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Rosenbrock-type exponential Adams-Bashforth on v with polynomials in lambda; exact, or as published in azula.",
        equation: c"x_s = rho_s/rho_t x_t + rho_s sum_j w_j v_j/rho_j; w_j = -int L_j(lambda)/(2 cosh lambda) dlambda; rho^2 = alpha^2 + sigma^2",
        source: c"azula, REABSampler; Hochbruck, Ostermann and Schweitzer 2009",
        choose: c"To reproduce. The published form has order 1; exponential-adams with predict: v solves the same flow in the angle, where no integral is needed.",
        kind: Kind::Ode,
        order: 2.0,
        flags: NEEDS_ALPHA,
        params: &[
            Param { default: ito_kit::DefaultValue::I64(Some(2)), ..ORDER },
            Param::choice(c"form", &[c"published", c"exact"], 1, c"sigma_t for sigma_s in the last factor, or not"),
            Param::choice(c"quadrature", &[c"exact", c"trapezoid"], 0, c"integrals to rounding, or azula's 256 intervals"),
        ],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        plan.order = if values.choice("form") == 0 { 1.0 } else { order(values) as f64 };
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let (published, trapezoid) = (values.choice("form") == 0, values.choice("quadrature") == 1);
        Ok(Self { published, trapezoid, rule: Rule::new(), past: Past::new(order(values), Prediction::V) })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.past.begin(host)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let t = step.t()?;
        if step.clean() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let ([alpha_t, sigma_t], [alpha_s, sigma_s]) = (rates(host, t)?, rates(host, step.s()?)?);
        let (rho_t, rho_s) = (alpha_t.hypot(sigma_t), alpha_s.hypot(sigma_s));
        let mut lambda = [0.0; 2];
        host.lookup(&[What::Lambda], [t, step.s()?].as_slice().into(), &mut lambda)?;
        let k = self.past.evaluate(host, step, lambda[0])?;
        host.combine(k, &[((1.0 / rho_t).into(), k)])?;
        let gain = if self.published { alpha_s.hypot(sigma_t) } else { rho_s };
        self.past.advance(host, step, (rho_s / rho_t, gain), &self.weights(lambda[0], lambda[1]))
    }
}

#[cfg(test)]
mod tests {
    use super::{Reab, Sampler};
    use ito_kit::testing::{CIRCLE, EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Reab::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0.7, 0.25), order 3: the integrals against 1/(2 cosh lambda) by quadrature:
    /// tests/golden.py works them in 40 digits.
    #[test]
    fn four_steps_by_hand() {
        let three = ("order", Given::I64(3));
        let exact = [three];
        let published = [three, ("form", Given::Choice("published"))];
        let circle = Run { data: (0.7, 0.5), times: &[1.4, 1.1, 0.7, 0.4, 0.3], ..Run::new(&CIRCLE, 1.3) };
        let edm = Run { process: &EDM, times: &[4.0, 2.5, 1.0, 0.4, 0.3], ..circle };
        for (run, by_hand) in [
            (Run { params: &exact, ..circle }, 1.357_308_058_535_68),
            (Run { params: &exact, ..edm }, 0.786_441_915_704_04),
            (Run { params: &published, ..circle }, 1.355_099_081_586_33),
            (Run { params: &published, ..edm }, 0.918_825_922_152_94),
        ] {
            let x = run.of::<Reab>().expect("it runs").x;
            assert!((x - by_hand).abs() < 1e-12, "{x} {by_hand}");
        }
    }

    /// One step of any length: the weight is the angle between the two times.
    #[test]
    fn one_step_turns_by_the_whole_angle() {
        let times = [1.57, 1e-6];
        let run = Run { data: (0.7, 0.5), times: &times, ..Run::new(&CIRCLE, 1.3) };
        let score = -(1.3 - 1.57f64.cos() * 0.7) / (0.25 * 1.57f64.cos().powi(2) + 1.57f64.sin().powi(2));
        let (eps, x0) = (-1.57f64.sin() * score, 0.7 - 1.57f64.cos() * 0.25 * score);
        let v = 1.57f64.cos() * eps - 1.57f64.sin() * x0;
        let x = run.of::<Reab>().expect("it runs").x;
        assert!((x - (1.3 - (1.57 - 1e-6) * v)).abs() < 1e-12, "{x}");
        let rough =
            Run { params: &[("quadrature", Given::Choice("trapezoid"))], ..run }.of::<Reab>().expect("it runs").x;
        assert!(rough != x && (rough - x).abs() < 1e-3, "{rough} {x}");
    }
}
