//! `dpmpp-3s`: singlestep DPM-Solver++ of order 3, exponential in lambda with the prediction of x0.
//!
//! Equation, with h = lambda_s − lambda_t, s_i where lambda = lambda_t + r_i h, x0_0 = x0(x_t, t), x0_i = x0(u_i, s_i):
//! `u_1 = sigma_s1/sigma_t x_t + alpha_s1 (1 − e^{−r_1 h}) x0_0`,
//! `u_2 = sigma_s2/sigma_t x_t + alpha_s2 (1 − e^{−r_2 h}) x0_0 + alpha_s2 r_2/r_1 (1 − (1 − e^{−r_2 h})/(r_2 h))
//! (x0_1 − x0_0)`, `x_s = sigma_s/sigma_t x_t + alpha_s (1 − e^{−h}) x0_0 + alpha_s/r_2 (1 − (1 − e^{−h})/h) (x0_2 −
//! x0_0)` for `type: dpmsolver`; for `taylor` the integral over the step of the parabola through x0_0, x0_1 and x0_2.
//! Source: the official code of DPM-Solver++ (Lu et al. 2022), singlestep of order 3: DPM-Solver-3 with x0 in place of
//! eps.
//! Kind: ode. Order: 3 with r_2 = 2/3 (else 2, see `singlestep`). Evaluations a step: 3.
//! Choose it where each step must stand on its own, at 20 evaluations and more; where steps may remember the last ones,
//! a multistep method of order 3 costs a third.
//! At the marked end alpha = 1, sigma = 0 also s_i has sigma = 0: that step is the prediction of x0, one evaluation.

use crate::exponential::{Predict, Rule};
use crate::singlestep::{Formula, SHARES};
use ito_kit::{Info, Kind, NEEDS_ALPHA, ONE_STEP};

/// See the module.
#[derive(Debug)]
pub enum Dpmpp3s {}

impl Formula for Dpmpp3s {
    const INFO: Info = Info {
        id: c"dpmpp-3s",
        name: c"DPM-Solver++(3S)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Singlestep DPM-Solver++ of order 3, exponential in lambda with the prediction of x0.",
        equation: c"u_1 = sigma_s1/sigma_t x_t + alpha_s1 (1 - exp(-r_1 h)) x0_0; u_2 = sigma_s2/sigma_t x_t + alpha_s2 (1 - exp(-r_2 h)) x0_0 + alpha_s2 r_2/r_1 (1 - (1 - exp(-r_2 h))/(r_2 h)) (x0_1 - x0_0); dpmsolver: x_s = sigma_s/sigma_t x_t + alpha_s (1 - exp(-h)) x0_0 + alpha_s/r_2 (1 - (1 - exp(-h))/h) (x0_2 - x0_0); taylor: the parabola through x0_0, x0_1, x0_2, integrated",
        source: c"the official code of DPM-Solver++ (Lu et al. 2022), singlestep of order 3: DPM-Solver-3 with x0 in place of eps",
        choose: c"Choose it where each step must stand on its own, at 20 evaluations and more; where steps may remember the last ones, a multistep method of order 3 costs a third.",
        kind: Kind::Ode,
        order: 3.0,
        evals_per_step: 3,
        flags: ONE_STEP | NEEDS_ALPHA,
        params: &[SHARES[0], SHARES[1], Rule::PARAM],
        ..Info::DEFAULT
    };
    const PREDICT: Predict = Predict::X0;
    const ORDER: usize = 3;
}

#[cfg(test)]
mod tests {
    use super::Dpmpp3s;
    use crate::singlestep::Fixed;
    use crate::testing::{by_hand, ends_at_the_prediction_of_x0, solves_a_point_mass};
    use ito_kit::testing::{EDM, Given, Run};

    /// Data N(0, 1) under edm: x0 = x/(1 + sigma²). From x = 1 at 8 to 1, h = ln 8, stages at 4 and 2: x0_0 = 1/65,
    /// u_1 = 1/2 + 1/2 x0_0 = 33/65, x0_1 = 33/1105, u_2 = 1/4 + 3/4 x0_0 + 2 (1 − (3/4)/ln 4) (x0_1 − x0_0),
    /// x0_2 = u_2/5, x_s = 1/8 + 7/8 x0_0 + 3/2 (1 − (7/8)/ln 8) (x0_2 − x0_0); `taylor`, with D_1 = 6 (x0_1 − x0_0) −
    /// 3/2 (x0_2 − x0_0), D_2 = 9 (x0_2 − x0_0) − 18 (x0_1 − x0_0) and p = 1 − (7/8)/ln 8:
    /// x_s = 1/8 + 7/8 x0_0 + p D_1 − (p/ln 8 − 1/2) D_2.
    #[test]
    fn a_step_by_hand() {
        by_hand::<Dpmpp3s>(
            Run { times: &[8.0, 1.0], ..Run::new(&EDM, 1.0) },
            0.172_850_753_564_252_06,
            0.175_564_416_729_464_63,
        );
    }

    #[test]
    fn data_at_one_point_is_solved_exactly() {
        solves_a_point_mass::<Fixed<Dpmpp3s>>(&[("r_1", Given::F64(0.2)), ("r_2", Given::F64(0.9))]);
        solves_a_point_mass::<Fixed<Dpmpp3s>>(&[("type", Given::Choice("taylor"))]);
    }

    #[test]
    fn the_last_step_to_sigma_0_predicts_x0() {
        ends_at_the_prediction_of_x0::<Fixed<Dpmpp3s>>();
    }
}
