//! `dpm-solver-2`: singlestep DPM-Solver of order 2, exponential in lambda with the prediction of eps.
//!
//! Equation, with h = lambda_s − lambda_t, s_1 where lambda = lambda_t + r_1 h, and eps_0 = eps(x_t, t), eps_1 = eps(u,
//! s_1): `u = alpha_s1/alpha_t x_t − sigma_s1 (e^{r_1 h} − 1) eps_0`,
//! `x_s = alpha_s/alpha_t x_t − sigma_s (e^h − 1) eps_0 − w (eps_1 − eps_0)`, where `type: dpmsolver` has
//! `w = sigma_s (e^h − 1)/(2 r_1)`, `taylor` `w = sigma_s ((e^h − 1)/h − 1)/r_1`.
//! Source: Lu et al. 2022 (DPM-Solver), algorithm 1 and, for other r_1, the general DPM-Solver-2. With its defaults it is
//! `dpm-2`.
//! Kind: ode. Order: 2. Evaluations a step: 2.
//! Choose it to reproduce: on eight modes with exact scores `dpmpp-2s` had the smaller error from 8 to 200 evaluations on
//! every grid tried (log-snr, Karras, uniform and quadratic in t), and `midpoint` in sigma at 8 to 100.
//! At the marked end alpha = 1, sigma = 0 also s_1 has sigma = 0: that step is the prediction of x0, one evaluation.

use crate::exponential::{Predict, Rule};
use crate::singlestep::{Formula, MIDDLE};
use ito_kit::{Info, Kind, NEEDS_ALPHA, ONE_STEP};

/// See the module.
#[derive(Debug)]
pub enum DpmSolver2 {}

impl Formula for DpmSolver2 {
    const INFO: Info = Info {
        id: c"dpm-solver-2",
        name: c"DPM-Solver-2",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Singlestep DPM-Solver of order 2, exponential in lambda with the prediction of eps.",
        equation: c"u = alpha_s1/alpha_t x_t - sigma_s1 (exp(r_1 h) - 1) eps_0; x_s = alpha_s/alpha_t x_t - sigma_s (exp(h) - 1) eps_0 - sigma_s w (eps_1 - eps_0); dpmsolver: w = (exp(h) - 1)/(2 r_1), taylor: w = ((exp(h) - 1)/h - 1)/r_1",
        source: c"Lu et al. 2022 (DPM-Solver), algorithm 1 and, for other r_1, the general DPM-Solver-2",
        choose: c"To reproduce; with its defaults it is dpm-2. With exact scores dpmpp-2s, of the same cost, had the smaller error from 8 to 200 evaluations on every grid tried, and midpoint in sigma a smaller one still.",
        kind: Kind::Ode,
        order: 2.0,
        evals_per_step: 2,
        flags: ONE_STEP | NEEDS_ALPHA,
        params: &[MIDDLE, Rule::PARAM],
        ..Info::DEFAULT
    };
    const PREDICT: Predict = Predict::Eps;
    const ORDER: usize = 2;
}

#[cfg(test)]
mod tests {
    use super::DpmSolver2;
    use crate::singlestep::Fixed;
    use crate::testing::{by_hand, ends_at_the_prediction_of_x0, solves_a_point_mass};
    use ito_kit::testing::{EDM, Given, Run};

    /// Data N(0, 1) under edm: eps = sigma x/(1 + sigma²). From x = 1 at 2 to 1/2, h = ln 4: eps_0 = 2/5,
    /// u = 1 − 1 (2 − 1) 2/5 = 3/5 at sigma = 1, eps_1 = 3/10, x_s = 1 − (4 − 1)/2 (2/5 − 1/10) = 0.55;
    /// `taylor`: 1 − (3/2) 2/5 + 2/2 (3/ln 4 − 1) (1/10).
    #[test]
    fn a_step_by_hand() {
        by_hand::<DpmSolver2>(Run { times: &[2.0, 0.5], ..Run::new(&EDM, 1.0) }, 0.55, 0.516_404_256_133_341_3);
    }

    #[test]
    fn data_at_one_point_is_solved_exactly() {
        solves_a_point_mass::<Fixed<DpmSolver2>>(&[("r_1", Given::F64(0.3))]);
        solves_a_point_mass::<Fixed<DpmSolver2>>(&[("type", Given::Choice("taylor"))]);
    }

    #[test]
    fn the_last_step_to_sigma_0_predicts_x0() {
        ends_at_the_prediction_of_x0::<Fixed<DpmSolver2>>();
    }
}
