//! `dpm-solver-3`: singlestep DPM-Solver of order 3, exponential in lambda with the prediction of eps.
//!
//! Equation, with h = lambda_s − lambda_t, s_i where lambda = lambda_t + r_i h, eps_0 = eps(x_t, t), eps_i = eps(u_i,
//! s_i): `u_1 = alpha_s1/alpha_t x_t − sigma_s1 (e^{r_1 h} − 1) eps_0`,
//! `u_2 = alpha_s2/alpha_t x_t − sigma_s2 (e^{r_2 h} − 1) eps_0 − sigma_s2 r_2/r_1 ((e^{r_2 h} − 1)/(r_2 h) − 1)
//! (eps_1 − eps_0)`, `x_s = alpha_s/alpha_t x_t − sigma_s (e^h − 1) eps_0 − sigma_s/r_2 ((e^h − 1)/h − 1) (eps_2 −
//! eps_0)` for `type: dpmsolver`; for `taylor` the integral over the step of the parabola through eps_0, eps_1 and
//! eps_2.
//! Source: Lu et al. 2022 (DPM-Solver), DPM-Solver-3.
//! Kind: ode. Order: 3 with r_2 = 2/3 (else 2, see `singlestep`). Evaluations a step: 3.
//! Choose it from about 50 evaluations on, on a grid quadratic in t from 40. At fewer it overshoots: take `dpmpp-3s` or a
//! multistep method (24 evaluations on log-snr, eight modes, exact scores: 3.3e-2, for 7.0e-3 and, `dpm-3m`, 3.0e-3);
//! `dpm-fast` is hardly better. On log-snr `dpmpp-3s` stays ahead up to about 100.
//! At the marked end alpha = 1, sigma = 0 also s_i has sigma = 0: that step is the prediction of x0, one evaluation.

use crate::exponential::{Predict, Rule};
use crate::singlestep::{Formula, SHARES};
use ito_kit::{Info, Kind, NEEDS_ALPHA, ONE_STEP};

/// See the module.
#[derive(Debug)]
pub enum DpmSolver3 {}

impl Formula for DpmSolver3 {
    const INFO: Info = Info {
        id: c"dpm-solver-3",
        name: c"DPM-Solver-3",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Singlestep DPM-Solver of order 3, exponential in lambda with the prediction of eps.",
        equation: c"u_1 = alpha_s1/alpha_t x_t - sigma_s1 (exp(r_1 h) - 1) eps_0; u_2 = alpha_s2/alpha_t x_t - sigma_s2 (exp(r_2 h) - 1) eps_0 - sigma_s2 r_2/r_1 ((exp(r_2 h) - 1)/(r_2 h) - 1) (eps_1 - eps_0); dpmsolver: x_s = alpha_s/alpha_t x_t - sigma_s (exp(h) - 1) eps_0 - sigma_s/r_2 ((exp(h) - 1)/h - 1) (eps_2 - eps_0); taylor: the parabola through eps_0, eps_1, eps_2, integrated",
        source: c"Lu et al. 2022 (DPM-Solver), DPM-Solver-3",
        choose: c"From about 50 evaluations on; at fewer it overshoots: take dpmpp-3s, which on log-snr stays ahead up to about 100, or a multistep method (24 evaluations on log-snr: 3.3e-2, for 7.0e-3 and, dpm-3m, 3.0e-3). dpm-fast is hardly better.",
        kind: Kind::Ode,
        order: 3.0,
        evals_per_step: 3,
        flags: ONE_STEP | NEEDS_ALPHA,
        params: &[SHARES[0], SHARES[1], Rule::PARAM],
        ..Info::DEFAULT
    };
    const PREDICT: Predict = Predict::Eps;
    const ORDER: usize = 3;
}

#[cfg(test)]
mod tests {
    use super::DpmSolver3;
    use crate::singlestep::Fixed;
    use crate::testing::{by_hand, ends_at_the_prediction_of_x0, solves_a_point_mass};
    use ito_kit::testing::{EDM, Given, Run};

    /// Data N(0, 1) under edm: eps = sigma x/(1 + sigma²). From x = 1 at 8 to 1, h = ln 8, stages at 4 and 2:
    /// eps_0 = 8/65, u_1 = 1 − 4 eps_0 = 33/65, eps_1 = 132/1105, u_2 = 1 − 6 eps_0 − 4 (3/ln 4 − 1) (eps_1 − eps_0),
    /// eps_2 = 2/5 u_2, x_s = 1 − 7 eps_0 − 3/2 (7/ln 8 − 1) (eps_2 − eps_0); `taylor`, with D_1 = 6 (eps_1 − eps_0) −
    /// 3/2 (eps_2 − eps_0), D_2 = 9 (eps_2 − eps_0) − 18 (eps_1 − eps_0) and p = 7/ln 8 − 1:
    /// x_s = 1 − 7 eps_0 − p D_1 − (p/ln 8 − 1/2) D_2.
    #[test]
    fn a_step_by_hand() {
        by_hand::<DpmSolver3>(
            Run { times: &[8.0, 1.0], ..Run::new(&EDM, 1.0) },
            0.180_059_371_640_178_66,
            0.173_978_699_656_113_72,
        );
    }

    #[test]
    fn data_at_one_point_is_solved_exactly() {
        solves_a_point_mass::<Fixed<DpmSolver3>>(&[("r_1", Given::F64(0.2)), ("r_2", Given::F64(0.9))]);
        solves_a_point_mass::<Fixed<DpmSolver3>>(&[("type", Given::Choice("taylor"))]);
    }

    #[test]
    fn the_last_step_to_sigma_0_predicts_x0() {
        ends_at_the_prediction_of_x0::<Fixed<DpmSolver3>>();
    }
}
