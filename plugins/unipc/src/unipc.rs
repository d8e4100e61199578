//! `unipc`: predictor and corrector of one form with a free factor B(h), one evaluation a step.
//!
//! Equation, x0, with h = lambda_s − lambda_t, r_j = (lambda_j − lambda_t)/h and `D_j = (x0_j − x0_t)/r_j`:
//! `x_s = sigma_s/sigma_t x_t + alpha_s (1 − e^{−h}) x0_t + alpha_s B(h) sum_j a_j D_j`,
//! `sum_j a_j r_j^{k−1} = h k! phi_{k+1}(−h)/B(h)`; eps: `x_s = alpha_s/alpha_t x_t − sigma_s (e^h − 1) eps_t −
//! sigma_s B(h) sum_j a_j D_j`, with phi(h). The predictor of order p knows p − 1 values of the past, the corrector the one
//! at s besides (r = 1). A single a is 1/2.
//! bh1: B(h) = h; bh2: B(h) = 1 − e^{−h} in x0, e^h − 1 in eps. Where the a are solved for, B cancels: the types differ
//! in predictors of order 2 and correctors of order 1 alone, the first and last steps among them.
//! Source: Zhao et al. 2023 (UniPC), section 3, UniC-p and UniP-p; a = 1/2 as in the authors' code.
//! Kind: ode. Order: p + 1 with the corrector, p without; at most 2 with `lower_order_final`.
//! Evaluations a step: 1, and one more with `correct_last`.
//! Choose order 3 from 30 evaluations on, order 2 with bh2 below (eight modes, exact scores: 3.8e-3 for 8.4e-3 at 20), on
//! a grid uniform in lambda; where the last step is long in lambda, as uniform in t, with `lower_order_final`.
//! At the marked end alpha = 1, sigma = 0 the step is its limit of order 1, the prediction of x0 made last.

use crate::shared::{CORRECT_LAST, CORRECTOR, Core, LOWER_ORDER_FINAL, ORDER, PREDICT, plan};
use crate::weights::{Half, Rule};
use ito_kit::{Failure, Host, Info, Kind, NEEDS_ALPHA, Param, Plan, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct UniPc(Core);

impl Sampler for UniPc {
    const INFO: Info = Info {
        id: c"unipc",
        name: c"UniPC",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Unified predictor-corrector in lambda with a factor B(h), one evaluation a step.",
        equation: c"x0: x_s = sigma_s/sigma_t x_t + alpha_s (1 - e^-h) x0_t + alpha_s B(h) sum_j a_j D_j; eps: x_s = alpha_s/alpha_t x_t - sigma_s (e^h - 1) eps_t - sigma_s B(h) sum_j a_j D_j; D_j = (m_j - m_t)/r_j, r_j = (lambda_j - lambda_t)/h, sum_j a_j r_j^(k-1) = h k! phi_(k+1)/B(h), a single a = 1/2",
        source: c"Zhao et al. 2023 (UniPC), section 3, UniC-p and UniP-p",
        choose: c"Order 3 from 30 evaluations on, order 2 with bh2 below, on a grid uniform in lambda; uniform in t with lower_order_final. Without the corrector it is a multistep method of one order less.",
        kind: Kind::Ode,
        order: 4.0,
        flags: NEEDS_ALPHA,
        params: &[
            Param::choice(c"type", &[c"bh1", c"bh2"], 0, c"B(h): h, or the integral of the exponential over the step"),
            ORDER,
            PREDICT,
            CORRECTOR,
            LOWER_ORDER_FINAL,
            CORRECT_LAST,
        ],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, io: &mut Plan) -> Result<(), String> {
        plan(values, io)
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let half = if values.choice("type") == 0 { Half::Bh1 } else { Half::Bh2 };
        Ok(Self(Core::new(values, Rule::Halved(half))))
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.0.pec.begin(host, problem.times.len() - 1)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        self.0.step(host, step)
    }
}

#[cfg(test)]
mod tests;
