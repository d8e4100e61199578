//! `dpmpp-2s`: singlestep DPM-Solver++ of order 2, exponential in lambda with the prediction of x0.
//!
//! Equation, with h = lambda_s − lambda_t, s_1 where lambda = lambda_t + r_1 h, and x0_0 = x0(x_t, t), x0_1 = x0(u,
//! s_1): `u = sigma_s1/sigma_t x_t + alpha_s1 (1 − e^{−r_1 h}) x0_0`,
//! `x_s = sigma_s/sigma_t x_t + alpha_s (1 − e^{−h}) x0_0 + w (x0_1 − x0_0)`, where `type: dpmsolver` has
//! `w = alpha_s (1 − e^{−h})/(2 r_1)`, `taylor` `w = alpha_s (1 − (1 − e^{−h})/h)/r_1`.
//! Source: Lu et al. 2022 (DPM-Solver++), DPM-Solver++(2S).
//! Kind: ode. Order: 2. Evaluations a step: 2.
//! Choose it where each step must stand on its own, at 10 evaluations or so; where steps may remember the last one, a
//! multistep method of order 2 costs half as much.
//! At the marked end alpha = 1, sigma = 0 also s_1 has sigma = 0: that step is the prediction of x0, one evaluation.

use crate::exponential::{Predict, Rule};
use crate::singlestep::{Formula, MIDDLE};
use ito_kit::{Info, Kind, NEEDS_ALPHA, ONE_STEP};

/// See the module.
#[derive(Debug)]
pub enum Dpmpp2s {}

impl Formula for Dpmpp2s {
    const INFO: Info = Info {
        id: c"dpmpp-2s",
        name: c"DPM-Solver++(2S)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Singlestep DPM-Solver++ of order 2, exponential in lambda with the prediction of x0.",
        equation: c"u = sigma_s1/sigma_t x_t + alpha_s1 (1 - exp(-r_1 h)) x0_0; x_s = sigma_s/sigma_t x_t + alpha_s (1 - exp(-h)) x0_0 + alpha_s w (x0_1 - x0_0); dpmsolver: w = (1 - exp(-h))/(2 r_1), taylor: w = (1 - (1 - exp(-h))/h)/r_1",
        source: c"Lu et al. 2022 (DPM-Solver++), DPM-Solver++(2S)",
        choose: c"Choose it where each step must stand on its own, at 10 evaluations or so; where steps may remember the last one, a multistep method of order 2 costs half as much.",
        kind: Kind::Ode,
        order: 2.0,
        evals_per_step: 2,
        flags: ONE_STEP | NEEDS_ALPHA,
        params: &[MIDDLE, Rule::PARAM],
        ..Info::DEFAULT
    };
    const PREDICT: Predict = Predict::X0;
    const ORDER: usize = 2;
}

#[cfg(test)]
mod tests {
    use super::Dpmpp2s;
    use crate::singlestep::Fixed;
    use crate::testing::{by_hand, ends_at_the_prediction_of_x0, solves_a_point_mass};
    use ito_kit::testing::{EDM, Given, Run};

    /// Data N(0, 1) under edm: x0 = x/(1 + sigma²). From x = 1 at 2 to 1/2, h = ln 4: x0_0 = 1/5,
    /// u = 1/2 + 1/2 · 1/5 = 3/5 at sigma = 1, x0_1 = 3/10, x_s = 1/4 + 3/4 (1/5 + 1/10) = 0.475;
    /// `taylor`: 1/4 + 3/4 · 1/5 + 2 (1 − (3/4)/ln 4) (1/10).
    #[test]
    fn a_step_by_hand() {
        by_hand::<Dpmpp2s>(Run { times: &[2.0, 0.5], ..Run::new(&EDM, 1.0) }, 0.475, 0.491_797_871_933_327_4);
    }

    #[test]
    fn data_at_one_point_is_solved_exactly() {
        solves_a_point_mass::<Fixed<Dpmpp2s>>(&[("r_1", Given::F64(0.3))]);
        solves_a_point_mass::<Fixed<Dpmpp2s>>(&[("type", Given::Choice("taylor"))]);
    }

    #[test]
    fn the_last_step_to_sigma_0_predicts_x0() {
        ends_at_the_prediction_of_x0::<Fixed<Dpmpp2s>>();
    }
}
