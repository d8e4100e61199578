//! `unipc-v`: UniPC with varying coefficients, which is the exponential Adams-Bashforth-Moulton method in lambda.
//!
//! Equation, x0, with h, r_j and D_j as in `unipc` and the matrix `C_jk = r_j^{k−1}/k!`:
//! `x_s = sigma_s/sigma_t x_t + alpha_s (1 − e^{−h}) x0_t + alpha_s h sum_k phi_{k+1}(−h) sum_j (C^{−1})_kj D_j`; eps
//! likewise. The predictor of order p knows p − 1 values of the past (k, j < p), the corrector the one at s besides.
//! That is the polynomial through the known values, integrated exactly.
//! `form: exact` is this formula. `published` is the code of its authors: the corrector's sum stops at k = p − 1 for the
//! values of the past and takes for the one at s the single term `h phi_{p+1} (C^{−1})_{p−1,p}`.
//! Source: Zhao et al. 2023 (UniPC), varying coefficients; Hochbruck and Ostermann 2010, exponential multistep methods.
//! Kind: ode. Order: p + 1 with the corrector, p without; published: 1 from p = 2 on, with the corrector; at most 2
//! with `lower_order_final`. Evaluations a step: 1, and one more with `correct_last`.
//! Choose it where `unipc` is chosen: at order 3 they differ in the first and last steps only. `published` only to
//! compare.
//! At the marked end alpha = 1, sigma = 0 the step is its limit of order 1, the prediction of x0 made last.

use crate::shared::{CORRECT_LAST, CORRECTOR, Core, LOWER_ORDER_FINAL, ORDER, PREDICT, orders, plan};
use crate::weights::Rule;
use ito_kit::{Failure, Host, Info, Kind, NEEDS_ALPHA, Param, Plan, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct UniPcV(Core);

fn published(values: &Values) -> bool {
    values.choice("form") == 1
}

impl Sampler for UniPcV {
    const INFO: Info = Info {
        id: c"unipc-v",
        name: c"UniPC with varying coefficients",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"UniPC with varying coefficients: the exponential Adams-Bashforth-Moulton method in lambda.",
        equation: c"x_s = sigma_s/sigma_t x_t + alpha_s (1 - e^-h) x0_t + alpha_s h sum_k phi_(k+1)(-h) sum_j (C^-1)_kj D_j; C_jk = r_j^(k-1)/k!, D_j = (x0_j - x0_t)/r_j, r_j = (lambda_j - lambda_t)/h",
        source: c"Zhao et al. 2023 (UniPC), varying coefficients; Hochbruck and Ostermann 2010, exponential multistep methods",
        choose: c"Where unipc is chosen; at order 3 they differ in the first and last steps only. The published form only to compare.",
        kind: Kind::Ode,
        order: 4.0,
        flags: NEEDS_ALPHA,
        params: &[
            Param::choice(
                c"form",
                &[c"exact", c"published"],
                0,
                c"the corrector: the formula, or the authors' code, which leaves out rows of its sum",
            ),
            ORDER,
            PREDICT,
            CORRECTOR,
            LOWER_ORDER_FINAL,
            CORRECT_LAST,
        ],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, io: &mut Plan) -> Result<(), String> {
        plan(values, io)?;
        if published(values) && orders(values).corrector > 2 {
            io.order = 1.0;
        }
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self(Core::new(values, if published(values) { Rule::OneRow } else { Rule::Exact })))
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
