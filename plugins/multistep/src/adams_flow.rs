//! `adams-flow`: Adams and Bashforth's method on the straight path that every process becomes when its state is scaled.
//!
//! Equation, with q = alpha + sigma and u = sigma/q: x/q is on the path from x0 to eps, `x/q = (1 − u) x0 + u eps`, and
//! `d(x/q)/du = eps − x0`, so that `x_s/q_s = x_t/q_t + sum_j w_j (eps − x0)_j`, `w_j = int_{u_t}^{u_s} L_j(u) du`; the
//! slope is `((sigma − alpha) x + q v)/(alpha² + sigma²)`, which divides by nothing that is 0 at either end.
//! Source: azula (`vABSampler`); Liu, Gong and Liu 2023 (rectified flow) for the path.
//! Kind: ode. Order: that of the parameter. Evaluations a step: 1.
//! Choose it where alpha starts at 0, or as the neutral variable between eps (`lms`) and x0; on the process flow it is
//! `adams-bashforth` in t.
//! At the marked end alpha = 1, sigma = 0 the formula holds, with u_s = 0.

use crate::ends::{rates, rates_at_end};
use crate::past::{ORDER, Past, order};
use ito_kit::{Failure, Host, Info, Kind, Param, Plan, Prediction, Problem, Sampler, Step, Values, adams};

/// See the module.
#[derive(Debug)]
pub struct AdamsFlow {
    past: Past,
}

impl Sampler for AdamsFlow {
    const INFO: Info = Info {
        id: c"adams-flow",
        name: c"Adams on the straight path",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Adams-Bashforth in u = sigma/(alpha + sigma) on eps - x0: any process as a rectified flow.",
        equation: c"x_s/q_s = x_t/q_t + sum_j w_j (eps - x0)_j; w_j = int_{u_t}^{u_s} L_j(u) du; q = alpha + sigma, u = sigma/q",
        source: c"azula, vABSampler; Liu, Gong and Liu 2023 (rectified flow)",
        choose: c"Where alpha starts at 0, and at few steps; on the process flow it is adams-bashforth in t.",
        kind: Kind::Ode,
        order: 2.0,
        params: &[Param { default: ito_kit::DefaultValue::I64(Some(2)), ..ORDER }],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        plan.order = order(values) as f64;
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self { past: Past::new(order(values), Prediction::V) })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.past.begin(host)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let ([alpha_t, sigma_t], [alpha_s, sigma_s]) = (rates(host, step.t()?)?, rates_at_end(host, step)?);
        let (q_t, q_s) = (alpha_t + sigma_t, alpha_s + sigma_s);
        let (u_t, u_s) = (sigma_t / q_t, sigma_s / q_s);
        let k = self.past.evaluate(host, step, u_t)?;
        let rho2 = alpha_t * alpha_t + sigma_t * sigma_t;
        host.combine(k, &[(((sigma_t - alpha_t) / rho2).into(), step.x), ((q_t / rho2).into(), k)])?;
        self.past.advance(host, step, (q_s / q_t, q_s), &adams(0.0, u_s - u_t, &self.past.nodes()))
    }
}

#[cfg(test)]
mod tests {
    use super::{AdamsFlow, Sampler};
    use crate::AdamsBashforth;
    use ito_kit::testing::{CIRCLE, EDM, FLOW, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(AdamsFlow::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0.7, 0.25), order 3: eps − x0 from the score, integrals in u by quadrature:
    /// tests/golden.py works them in 40 digits.
    #[test]
    fn four_steps_by_hand() {
        let three = [("order", Given::I64(3))];
        let circle =
            Run { data: (0.7, 0.5), times: &[1.4, 1.1, 0.7, 0.4, 0.3], params: &three, ..Run::new(&CIRCLE, 1.3) };
        let edm = Run { process: &EDM, times: &[4.0, 2.5, 1.0, 0.4, 0.3], ..circle };
        let clean = Run { times: &[1.4, 1.1, 0.7, 0.4, f64::NAN], clean: true, ..circle };
        for (run, by_hand) in
            [(circle, 1.315_353_849_615_44), (edm, 0.784_420_021_454_17), (clean, 1.294_463_488_514_92)]
        {
            let x = run.of::<AdamsFlow>().expect("it runs").x;
            assert!((x - by_hand).abs() < 1e-12, "{x} {by_hand}");
        }
    }

    /// On the process flow u is t, from alpha = 0 on.
    #[test]
    fn on_flow_it_is_adams_in_t() {
        let run = Run { data: (0.7, 0.5), times: &[1.0, 0.6, 0.3, 0.1], ..Run::new(&FLOW, 1.3) };
        assert!((run.of::<AdamsFlow>().unwrap().x - run.of::<AdamsBashforth>().unwrap().x).abs() < 1e-14);
    }
}
