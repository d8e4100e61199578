//! `dpm-solver-23`: DPM-Solver-3 whose steps in lambda follow from its difference to the solver of order 2 inside it;
//! each sample chooses its own.
//!
//! Equation: `x_s` that of `dpm-solver-3` (with `predict: x0` of `dpmpp-3s`), `x_low` of `dpm-solver-2` with r_1 = 1/3,
//! from the same predictions; error of a sample: RMS over its elements of
//! `(x_s − x_low)/max(atol, rtol max(|x_low|, |x_prev|))`, where x_prev is the x_low of the last accepted step;
//! accepted where it is at most 1; `h_next = theta h error^(−1/3)`, h the step in lambda.
//! Source: Lu et al. 2022 (DPM-Solver), algorithm 7 (appendix C), and the official code; `control: pid` and its
//! parameters: k-diffusion, `sample_dpm_adaptive`.
//! Kind: adaptive; ode with `control: off`. Order: 3. Evaluations: 3 a try, or a step with `control: off`.
//! Choose it to compare with the paper; on closed forms in two dimensions `rk45` reaches the same error with fewer
//! evaluations. In few dimensions its two solvers can agree by accident, and a step far too long is accepted: then take
//! `control: pid`, or `predict: x0`.
//! The official code and k-diffusion have one step for the whole batch, see the parameter `over`.
//! At the marked end alpha = 1, sigma = 0 the last step is the prediction of x0, one evaluation.

use crate::adaptive::{PARAMS, Pair};
use ito_kit::{Info, Kind, NEEDS_ALPHA, PER_ROW_STEP};

/// See the module.
#[derive(Debug)]
pub enum DpmSolver23 {}

impl Pair for DpmSolver23 {
    const INFO: Info = Info {
        id: c"dpm-solver-23",
        name: c"DPM-Solver-23",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"DPM-Solver-3 with error control in lambda for each sample, by the solver of order 2 inside it.",
        equation: c"x_s as dpm-solver-3 (predict x0: dpmpp-3s), x_low as dpm-solver-2 with r_1 = 1/3; error = RMS of (x_s - x_low)/max(atol, rtol max(|x_low|, |x_prev|)); h_next = theta h error^(-1/3) in lambda",
        source: c"Lu et al. 2022 (DPM-Solver), algorithm 7, and the official code; control pid: k-diffusion, sample_dpm_adaptive",
        choose: c"To compare with the paper; on closed forms in two dimensions rk45 reaches the same error with fewer evaluations. In few dimensions its two solvers can agree by accident, and a step far too long is accepted: then take control pid, or predict x0.",
        kind: Kind::Adaptive,
        order: 3.0,
        evals_per_step: 3,
        flags: PER_ROW_STEP | NEEDS_ALPHA,
        params: &PARAMS,
        ..Info::DEFAULT
    };
    const ORDER: usize = 3;
}

#[cfg(test)]
mod tests {
    use super::DpmSolver23;
    use crate::testing::without_control_it_is;
    use crate::{DpmSolver3, Dpmpp3s};

    #[test]
    fn without_control_it_is_the_solver_of_order_3() {
        without_control_it_is::<DpmSolver23, DpmSolver3, Dpmpp3s>();
    }
}
