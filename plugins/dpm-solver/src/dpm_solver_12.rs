//! `dpm-solver-12`: DPM-Solver-2 whose steps in lambda follow from its difference to the solver of order 1 inside it;
//! each sample chooses its own.
//!
//! Equation: `x_s` that of `dpm-solver-2` (with `predict: x0` of `dpmpp-2s`), `x_low` of `euler` in sigma, from the
//! same predictions; error of a sample: RMS over its elements of
//! `(x_s − x_low)/max(atol, rtol max(|x_low|, |x_prev|))`, where x_prev is the x_low of the last accepted step;
//! accepted where it is at most 1; `h_next = theta h error^(−1/2)`, h the step in lambda.
//! Source: Lu et al. 2022 (DPM-Solver), DPM-Solver-12, and the official code; `control: pid` and its
//! parameters: k-diffusion, `sample_dpm_adaptive`.
//! Kind: adaptive; ode with `control: off`. Order: 2. Evaluations: 2 a try, or a step with `control: off`.
//! Choose it to compare with the paper; `dpm-solver-23` needs about half the evaluations at every tolerance tried.
//! The official code and k-diffusion have one step for the whole batch, see the parameter `over`.
//! At the marked end alpha = 1, sigma = 0 the last step is the prediction of x0, one evaluation.

use crate::adaptive::{PARAMS, Pair};
use ito_kit::{Info, Kind, NEEDS_ALPHA, PER_ROW_STEP};

/// See the module.
#[derive(Debug)]
pub enum DpmSolver12 {}

impl Pair for DpmSolver12 {
    const INFO: Info = Info {
        id: c"dpm-solver-12",
        name: c"DPM-Solver-12",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"DPM-Solver-2 with error control in lambda for each sample, by the solver of order 1 inside it.",
        equation: c"x_s as dpm-solver-2 (predict x0: dpmpp-2s), x_low as euler in sigma; error = RMS of (x_s - x_low)/max(atol, rtol max(|x_low|, |x_prev|)); h_next = theta h error^(-1/2) in lambda",
        source: c"Lu et al. 2022 (DPM-Solver), DPM-Solver-12, and the official code; control pid: k-diffusion, sample_dpm_adaptive",
        choose: c"To compare with the paper; dpm-solver-23 needs about half the evaluations at every tolerance tried.",
        kind: Kind::Adaptive,
        order: 2.0,
        evals_per_step: 2,
        flags: PER_ROW_STEP | NEEDS_ALPHA,
        params: &PARAMS,
        ..Info::DEFAULT
    };
    const ORDER: usize = 2;
}

#[cfg(test)]
mod tests {
    use super::DpmSolver12;
    use crate::testing::without_control_it_is;
    use crate::{Adaptive, DpmSolver2, Dpmpp2s};
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn without_control_it_is_the_solver_of_order_2() {
        without_control_it_is::<DpmSolver12, DpmSolver2, Dpmpp2s>();
    }

    /// edm, data N(0, 1), eps = sigma x/(1 + sigma²), from x = 1 at 4 to 1, h = ln 4: eps = 4/17, at sigma = 2 x = 1 − 8/17
    /// and eps = 18/85, x_s = 1 − 3 · 18/85 = 31/85; x_low = 1 − 3 · 4/17 = 25/85. With rtol = 1/10 the tolerance is
    /// max(0.0078, max(25/85, 1)/10): error 12/17, accepted, and h_next = 0.9 ln 4 √(17/12) from sigma = 1. With 1/20 it is
    /// 24/17: rejected, and h_next = 0.9 ln 4 √(17/24) from 4. The first step is 0.05 in lambda.
    #[test]
    fn a_try_by_hand() {
        for (rtol, accepted, error, from) in [(0.1, true, 12.0 / 17.0, 1.0), (0.05, false, 24.0 / 17.0, 4.0)] {
            let params = [("rtol", Given::F64(rtol))];
            let run = Run { times: &[4.0, 0.01], params: &params, ..Run::new(&EDM, 1.0) };
            let tried = run.tried::<Adaptive<DpmSolver12>>(1.0).unwrap();
            let next = from * (1.0 - 4.0f64.powf(-0.9 / f64::sqrt(error)));
            let found = [tried.first, tried.x, tried.error, tried.next];
            let hand = [4.0 * (1.0 - (-0.05f64).exp()), 31.0 / 85.0, error, next];
            assert!(found.iter().zip(hand).all(|(a, b)| (a - b).abs() < 1e-12), "{tried:?} {hand:?}");
            assert_eq!((tried.accepted, tried.evaluations), (accepted, 2));
        }
    }
}
