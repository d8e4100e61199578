//! `exponential-adams`: exponential Adams-Bashforth methods, for each prediction in its own variable.
//!
//! Equation, with w_j the integral of the polynomial that is 1 at the place of prediction j and 0 at the others, against
//! the kernel named:
//! - `predict: eps`: `x_s = alpha_s/alpha_t x_t − sigma_s sum_j w_j eps_j`, kernel `e^{lambda_s − lambda}`, in lambda;
//! - `predict: x0`: `x_s = sigma_s/sigma_t x_t + alpha_s sum_j w_j x0_j`, kernel `e^{lambda − lambda_s}`, in lambda;
//! - `predict: v`: `x_s/rho_s = x_t/rho_t + sum_j w_j v_j/rho_j`, kernel 1, in the angle phi = atan(sigma/alpha): with
//!   rho² = alpha² + sigma² the flow is `d(x/rho)/dphi = v/rho`, so that rho is the whole linear part.
//!
//! Source: Hochbruck and Ostermann 2010, exponential multistep methods; eps: Lu et al. 2022 (DPM-Solver), equation 3.4,
//! the log-rho form of DEIS in diffusers, zEAB in azula; x0: Lu et al. 2022 (DPM-Solver++), multistep solvers, xEAB in
//! azula.
//! Kind: ode. Order: that of the parameter, at most 2 with `lower_order_final`. Evaluations a step: 1.
//! Choose x0 for guided or concentrated data, eps for accuracy; x0 and eps solve data at one point exactly, v does not,
//! but is the only one that starts at alpha = 0.
//! At the marked end alpha = 1, sigma = 0: v as it is. For x0 and eps the step is infinitely long in lambda, where only
//! a constant can be extrapolated: the prediction of x0, which is order 1.

use crate::ends::{rates, rates_at_end};
use crate::past::{ORDER, Past, order};
use ito_kit::{Failure, Host, Info, Kind, NEEDS_ALPHA, Param, Plan, Prediction, Problem, Sampler, Step, Values, adams};

/// See the module.
#[derive(Debug)]
pub struct ExponentialAdams {
    predict: Prediction,
    lower_order_final: bool,
    steps: usize,
    past: Past,
}

/// A step: the place of t and the length in the variable, the rate of the kernel, and the factors of x_t and the sum.
struct Leg {
    at: f64,
    h: f64,
    rate: f64,
    factors: (f64, f64),
}

fn prediction(values: &Values) -> Prediction {
    [Prediction::Eps, Prediction::X0, Prediction::V][values.choice("predict")]
}

impl ExponentialAdams {
    fn leg(&self, host: &Host, step: &Step) -> Result<Leg, Failure> {
        if self.predict == Prediction::V {
            let ([alpha_t, sigma_t], [alpha_s, sigma_s]) = (rates(host, step.t()?)?, rates_at_end(host, step)?);
            let (at, rho_s) = (sigma_t.atan2(alpha_t), alpha_s.hypot(sigma_s));
            let factors = (rho_s / alpha_t.hypot(sigma_t), rho_s);
            return Ok(Leg { at, h: sigma_s.atan2(alpha_s) - at, rate: 0.0, factors });
        }
        let (a, b) = (host.point(step.t()?)?, host.point(step.s()?)?);
        let (rate, factors) = if self.predict == Prediction::Eps {
            (1.0, (b.alpha / a.alpha, -b.sigma))
        } else {
            (-1.0, (b.sigma / a.sigma, b.alpha))
        };
        Ok(Leg { at: a.lambda, h: b.lambda - a.lambda, rate, factors })
    }
}

impl Sampler for ExponentialAdams {
    const INFO: Info = Info {
        id: c"exponential-adams",
        name: c"Exponential Adams",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Exponential Adams-Bashforth of order 1 to 6 with exact weights for any spacing, in eps, x0 or v.",
        equation: c"eps: x_s = alpha_s/alpha_t x_t - sigma_s sum_j w_j eps_j; x0: x_s = sigma_s/sigma_t x_t + alpha_s sum_j w_j x0_j (polynomials in lambda); v: x_s/rho_s = x_t/rho_t + sum_j w_j v_j/rho_j, rho^2 = alpha^2 + sigma^2 (in the angle atan(sigma/alpha))",
        source: c"Hochbruck and Ostermann 2010, exponential multistep methods; Lu et al. 2022 (DPM-Solver), equation 3.4; Lu et al. 2022 (DPM-Solver++), multistep solvers",
        choose: c"x0 for guided or concentrated data, eps for accuracy, v where alpha starts at 0. It has the orders that the published multistep DPM-Solvers of order 3 lack.",
        kind: Kind::Ode,
        order: 3.0,
        params: &[
            Param { default: ito_kit::DefaultValue::I64(Some(3)), max: 6.0, ..ORDER },
            Param::choice(c"predict", &[c"eps", c"x0", c"v"], 1, c"the prediction that is extrapolated"),
            Param::bool(c"lower_order_final", false, c"order k at most in the k-th step from the end"),
        ],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        let most = if values.bool("lower_order_final") { 2 } else { usize::MAX };
        plan.order = order(values).min(most) as f64;
        if prediction(values) != Prediction::V {
            plan.flags |= NEEDS_ALPHA;
        }
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let (predict, lower_order_final) = (prediction(values), values.bool("lower_order_final"));
        Ok(Self { predict, lower_order_final, steps: 0, past: Past::new(order(values), predict) })
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.steps = problem.times.len() - 1;
        self.past.begin(host)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        if step.clean() && self.predict != Prediction::V {
            return host.eval(step.x, step.t()?, Prediction::X0, step.out);
        }
        let Leg { at, h, rate, factors } = self.leg(host, step)?;
        let k = self.past.evaluate(host, step, at)?;
        if self.predict == Prediction::V {
            let rho_t = factors.1 / factors.0;
            host.combine(k, &[((1.0 / rho_t).into(), k)])?;
        }
        let mut nodes = self.past.nodes();
        if self.lower_order_final {
            nodes.truncate(self.steps.saturating_sub(step.index as usize).max(1));
        }
        self.past.advance(host, step, factors, &adams(rate, h, &nodes))
    }
}

#[cfg(test)]
mod tests {
    use super::{ExponentialAdams, Sampler};
    use ito_kit::testing::{CIRCLE, EDM, Given, Process, Run};

    const TIMES: &[f64] = &[1.4, 1.1, 0.7, 0.4, 0.3];
    const EIGHT: &[f64] = &[1.4, 1.25, 1.1, 0.9, 0.7, 0.55, 0.4, 0.3, 0.2];

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(ExponentialAdams::INFO.faults(), Vec::<String>::new());
    }

    fn end(process: &'static Process, times: &[f64], std: f64, params: &[(&str, Given)]) -> f64 {
        let clean = times[times.len() - 1] == 0.0;
        let run = Run { data: (0.7, std), times, clean, params, ..Run::new(process, 1.3) };
        run.of::<ExponentialAdams>().expect("it runs").x
    }

    /// Data N(0.7, 0.25): the integrals of Lagrange polynomials against the kernels by quadrature:
    /// tests/golden.py works them in 40 digits.
    #[test]
    fn four_steps_by_hand() {
        let edm = [4.0, 2.5, 1.0, 0.4, 0.3];
        for (predict, order, on_circle, on_edm) in [
            ("eps", 3, 1.309_054_375_488_91, 0.783_495_359_084_14),
            ("eps", 4, 1.309_517_096_504_62, 0.783_580_000_585_33),
            ("x0", 3, 1.323_589_910_625_49, 0.786_427_187_892_28),
            ("x0", 4, 1.323_053_659_675_74, 0.786_346_848_932_07),
            ("v", 3, 1.349_741_871_247_36, 0.787_184_269_946_82),
        ] {
            let params = [("predict", Given::Choice(predict)), ("order", Given::I64(order))];
            assert!((end(&CIRCLE, TIMES, 0.5, &params) - on_circle).abs() < 1e-12, "{predict} {order}");
            assert!((end(&EDM, &edm, 0.5, &params) - on_edm).abs() < 1e-12, "{predict} {order}");
        }
        let v = end(&CIRCLE, &[1.4, 1.1, 0.7, 0.4, 0.0], 0.5, &[("predict", Given::Choice("v"))]);
        assert!((v - 1.276_131_742_605_11).abs() < 1e-12, "{v}");
    }

    /// The same data, by the same script: eight steps of order 6.
    #[test]
    fn order_6_by_hand() {
        for (predict, by_hand) in
            [("eps", 1.313_060_623_543_118), ("x0", 1.313_962_759_775_098), ("v", 1.323_033_255_132_131)]
        {
            let params = [("predict", Given::Choice(predict)), ("order", Given::I64(6))];
            let x = end(&CIRCLE, EIGHT, 0.5, &params);
            assert!((x - by_hand).abs() < 1e-12, "{predict}: {x}");
        }
    }

    /// In x0 and eps data at one point are solved exactly by every order, at the marked end too: constants are integrated
    /// without error.
    #[test]
    fn a_point_mass_is_solved_exactly() {
        let eps = (1.3 - 0.7 * 1.4f64.cos()) / 1.4f64.sin();
        let exact = 0.7 * 0.2f64.cos() + eps * 0.2f64.sin();
        for (predict, order) in ["x0", "eps"].into_iter().flat_map(|predict| (1..=6).map(move |order| (predict, order)))
        {
            let params = [("predict", Given::Choice(predict)), ("order", Given::I64(order))];
            let far = (end(&CIRCLE, EIGHT, 0.0, &params) - exact).abs();
            assert!(far < 1e-12, "{predict} {order}: {far:e}");
            let clean = [&EIGHT[..8], &[0.0]].concat();
            assert!((end(&CIRCLE, &clean, 0.0, &params) - 0.7).abs() < 1e-12, "{predict} {order}");
        }
    }

    /// Every order begins with one of order 1: DDIM in x0 and in eps, in v the turn by the angle between the two times.
    /// Data N(0.7, 0.25) at t = 1.4 on the circle.
    #[test]
    fn the_first_step_of_every_order_is_ddim() {
        let (sin, cos) = 1.4f64.sin_cos();
        let (sin_s, cos_s) = 1.1f64.sin_cos();
        let score = -(1.3 - 0.7 * cos) / (0.25 * cos * cos + sin * sin);
        let (eps, x0) = (-sin * score, (1.3 + sin * sin * score) / cos);
        for order in 1..=6 {
            let step = |predict| {
                let params = [("predict", Given::Choice(predict)), ("order", Given::I64(order))];
                end(&CIRCLE, &TIMES[..2], 0.5, &params)
            };
            let (ddim, turned) = (cos_s * x0 + sin_s * eps, 1.3 + (1.1 - 1.4) * (cos * eps - sin * x0));
            for (predict, by_hand) in [("eps", ddim), ("x0", ddim), ("v", turned)] {
                assert!((step(predict) - by_hand).abs() < 1e-13, "{predict} {order}");
            }
        }
    }

    /// With `lower_order_final` the last step has order 1, the one before it order 2.
    #[test]
    fn the_last_steps_can_be_of_lower_order() {
        let eps = ("predict", Given::Choice("eps"));
        let params = [eps, ("lower_order_final", Given::Bool(true))];
        let run = Run { data: (0.7, 0.5), times: &TIMES[..4], params: &params, ..Run::new(&CIRCLE, 1.3) };
        let lower = run.of::<ExponentialAdams>().unwrap().path;
        let full = Run { params: &[eps], ..run }.of::<ExponentialAdams>().unwrap().path;
        assert_eq!(lower[..3], full[..3]);
        let first = Run { times: &TIMES[2..4], x: full[2], params: &[eps], ..run }.of::<ExponentialAdams>().unwrap().x;
        assert_eq!(lower[3], first);
        assert!(lower[3] != full[3]);
    }
}
