//! `dpm-solver-23`: DPM-Solver-3 whose steps in lambda follow from its difference to the solver of order 2 inside it;
//! each sample chooses its own.
//!
//! Equation: `x_s` that of `dpm-solver-3` (with `predict: x0` of `dpmpp-3s`), `x_low` of `dpm-solver-2` with r_1 = 1/3,
//! from the same predictions; error of a sample: RMS over its elements of
//! `(x_s − x_low)/max(atol, rtol max(|x_low|, |x_prev|))`, where x_prev is the x_low of the last accepted step;
//! accepted where it is at most 1; `h_next = theta h error^(−1/3)`, h the step in lambda.
//! Source: Lu et al. 2022 (DPM-Solver), DPM-Solver-23, and the official code; `control: pid` and its
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
        source: c"Lu et al. 2022 (DPM-Solver), DPM-Solver-23, and the official code; control pid: k-diffusion, sample_dpm_adaptive",
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
    use crate::{Adaptive, DpmSolver3, Dpmpp3s};
    use ito_kit::testing::{EDM, Run};

    #[test]
    fn without_control_it_is_the_solver_of_order_3() {
        without_control_it_is::<DpmSolver23, DpmSolver3, Dpmpp3s>();
    }

    /// edm, data N(0, 1), eps = sigma x/(1 + sigma²), from x = 1 at 8 to 1, with L = ln 2 and stages at 4 and 2:
    /// e_0 = 8/65, x = 1 − 4 e_0 = 33/65, e_1 = 4/17 · 33/65; the line through both, to 2: its slope has the weight
    /// (e^{2L} − 1 − 2L)/L, x = 1 − 2 (3 e_0 + (3 − 2L)/L (e_1 − e_0)), e_2 = 2/5 x; x_s by the line through e_0 and e_2,
    /// 1 − (7 e_0 + (7 − 3L)/(2L) (e_2 − e_0)); x_low with the weight 7 · 3L/(2L), 1 − (7 e_0 + 21/2 (e_1 − e_0)). Tolerance
    /// 1/20; h_next = 0.9 · 3L error^{−1/3} from sigma = 1.
    #[test]
    fn a_try_by_hand() {
        let tried = Run { times: &[8.0, 1e-3], ..Run::new(&EDM, 1.0) }.tried::<Adaptive<DpmSolver23>>(1.0).unwrap();
        let (l, e_0, e_1) = (2.0f64.ln(), 8.0 / 65.0, 132.0 / 1105.0);
        let e_2 = 0.4 * (1.0 - 2.0 * (3.0 * e_0 + (3.0 - 2.0 * l) / l * (e_1 - e_0)));
        let x = 1.0 - (7.0 * e_0 + (7.0 - 3.0 * l) / (2.0 * l) * (e_2 - e_0));
        let error = 20.0 * (x - (1.0 - (7.0 * e_0 + 10.5 * (e_1 - e_0))));
        let hand = [x, error, 1.0 - (-0.9 * 3.0 * l * error.powf(-1.0 / 3.0)).exp()];
        let found = [tried.x, tried.error, tried.next];
        assert!(found.iter().zip(hand).all(|(a, b)| (a - b).abs() < 1e-12), "{tried:?} {hand:?}");
        assert_eq!((tried.accepted, tried.evaluations), (true, 3));
    }
}
