//! `adams-bashforth`: Adams and Bashforth's method on the probability flow, with weights for any spacing.
//!
//! Equation, `in: t`: `x_s = x_t + sum_j w_j velocity_j`, `w_j = int_t^s L_j(u) du`; `in: sigma`, with r = sigma/alpha:
//! `x_s = alpha_s (x_t/alpha_t + sum_j w_j eps_j)`, `w_j = int_{r_t}^{r_s} L_j(r) dr`, which is `lms`.
//! Source: Hairer, Nørsett and Wanner, Solving Ordinary Differential Equations I, section III.5 (equal steps: III.1.5).
//! Kind: ode. Order: that of the parameter, of which 6 is claimed at most. Evaluations a step: 1; `start: rk4` has 3 more in
//! each of the first k − 1 steps of order k: Kutta's 3/8 rule. `start: ramp` begins with Euler and adds one prediction a step; `start: rk4-ramp`
//! has two steps of the rule and then three predictions and one more a step, as torchdiffeq's `explicit_adams`.
//! Choose it in t where alpha starts at 0 and on flows that are nearly straight; in sigma see `lms`. Orders beyond 4 are
//! unstable at useful step sizes: they are there to reproduce torchdiffeq, whose default is 11.
//! At the marked end alpha = 1, sigma = 0: in t the formula where that end has a time, else the prediction of x0; in
//! sigma the formula, with r_s = 0. A step of the start becomes a multistep one there.

use crate::ends::Ends;
use crate::past::{Past, order};
use ito_kit::tableaux::THREE_EIGHTHS;
use ito_kit::{
    Explicit, Failure, Flow, Host, Info, Kind, Param, Plan, Prediction, Problem, Sampler, Step, Tensor, Values, adams,
};

/// No more is claimed than `ito orders` shows; with more predictions the errors are below rounding before they settle.
const MEASURED: usize = 6;

/// See the module.
#[derive(Debug)]
pub struct AdamsBashforth {
    flow: Flow,
    /// First steps by the 3/8 rule.
    first: u64,
    stages: Explicit,
    x_i: Tensor,
    past: Past,
}

impl AdamsBashforth {
    /// A step of the 3/8 rule; its first slope is there.
    fn runge_kutta(&mut self, host: &Host, step: &Step, k_1: Tensor) -> Result<(), Failure> {
        self.stages.k[0] = k_1;
        let span = self.flow.span(host, vec![step.t()?], vec![step.s()?])?;
        self.stages.middle_slopes(host, (step.x, self.x_i), &span)?;
        self.stages.result(host, step.x, step.out, &span.node(host, 1.0)?)
    }
}

fn first(values: &Values) -> u64 {
    let most = [0, u64::MAX, 2][values.choice("start")];
    most.min(order(values) as u64 - 1)
}

impl Sampler for AdamsBashforth {
    const INFO: Info = Info {
        id: c"adams-bashforth",
        name: c"Adams-Bashforth",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Adams-Bashforth of order 2 to 11 on the probability flow, in t or in sigma, with weights for any spacing.",
        equation: c"t: x_s = x_t + sum_j w_j velocity_j; sigma: x_s = alpha_s (x_t/alpha_t + sum_j w_j eps_j); w_j the integral over the step of the polynomial that is 1 at j and 0 at the others",
        source: c"Hairer, Norsett and Wanner I, section III.5",
        choose: c"In t where alpha starts at 0 or the flow is nearly straight. In sigma it is lms. At few steps deis-tab, or on a log-snr grid exponential-adams with predict: eps.",
        kind: Kind::Ode,
        order: 2.0,
        evals_per_step: 0,
        params: &[
            Flow::PARAM,
            Param::i64(c"order", 2, c"predictions in use, this step's among them; beyond 4 unstable at useful step sizes")
                .range(2.0, 11.0),
            Param::choice(
                c"start",
                &[c"ramp", c"rk4", c"rk4-ramp"],
                0,
                c"first steps: rising order, Kutta's 3/8 rule, or two steps of the rule and then rising order, as torchdiffeq",
            ),
        ],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Flow::read(values).plan(plan);
        plan.order = order(values).min(MEASURED) as f64;
        plan.evaluations = plan.steps + 3 * first(values).min(plan.steps);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let flow = Flow::read(values);
        let past = Past::new(order(values), flow.slope());
        Ok(Self { flow, first: first(values), stages: Explicit::new(&THREE_EIGHTHS, flow), x_i: Tensor::NONE, past })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.x_i = host.make(c"x_i")?;
        self.stages.begin(host)?;
        self.past.begin(host)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let (t, s) = (step.t()?, step.s()?);
        if step.clean() && self.flow == Flow::T && s.is_nan() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let (at, h, factors) = match self.flow {
            Flow::T => (t, s - t, (1.0, 1.0)),
            // The parameter offers no other variable.
            Flow::Sigma | Flow::LogSigma => {
                let ends = Ends::of(host, step)?;
                (ends.r_t, ends.h(), ends.factors())
            }
        };
        let k_1 = self.past.evaluate(host, step, at)?;
        if step.index < self.first && !step.clean() {
            return self.runge_kutta(host, step, k_1);
        }
        self.past.advance(host, step, factors, &adams(0.0, h, &self.past.nodes()))
    }
}

#[cfg(test)]
mod tests {
    use super::{AdamsBashforth, Sampler, THREE_EIGHTHS};
    use crate::Lms;
    use ito_kit::testing::{CIRCLE, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(AdamsBashforth::INFO.faults(), Vec::<String>::new());
        assert!(THREE_EIGHTHS.order_defect(THREE_EIGHTHS.b, 4) < 1e-15);
    }

    /// Data N(0.7, 0.25) on the circle, where the velocity is v: integrals in t by quadrature:
    /// tests/golden.py works them in 40 digits.
    #[test]
    fn four_steps_by_hand() {
        let run = Run { data: (0.7, 0.5), times: &[1.4, 1.1, 0.7, 0.4, 0.3], ..Run::new(&CIRCLE, 1.3) };
        let three = ("order", Given::I64(3));
        let four = [("order", Given::I64(4))];
        let clean = Run { times: &[1.4, 1.1, 0.7, 0.4, 0.0], clean: true, params: &four, ..run };
        for (run, by_hand, evaluations) in [
            (Run { params: &[three], ..run }, 1.349_741_871_247_36, 4),
            (Run { params: &four, ..run }, 1.350_563_130_302_05, 4),
            (Run { params: &[three, ("start", Given::Choice("rk4"))], ..run }, 1.325_748_429_011_42, 10),
            (Run { params: &[four[0], ("start", Given::Choice("rk4-ramp"))], ..run }, 1.326_636_695_562_97, 10),
            (clean, 1.302_101_023_009_00, 4),
        ] {
            let end = run.of::<AdamsBashforth>().expect("it runs");
            assert!((end.x - by_hand).abs() < 1e-12, "{} {by_hand}", end.x);
            assert_eq!(end.evaluations, evaluations);
        }
    }

    #[test]
    fn in_sigma_it_is_lms() {
        let params = [("order", Given::I64(4)), ("in", Given::Choice("sigma"))];
        let run = Run { data: (0.7, 0.5), times: &[1.4, 1.1, 0.7, 0.4, 0.3], ..Run::new(&CIRCLE, 1.3) };
        let in_sigma = Run { params: &params, ..run }.of::<AdamsBashforth>().unwrap().path;
        assert_eq!(in_sigma, run.of::<Lms>().unwrap().path);
    }
}
