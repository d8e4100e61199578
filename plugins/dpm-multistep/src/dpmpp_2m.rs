//! `dpmpp-2m`: the multistep DPM-Solver++ of second order, which extrapolates the prediction of x0 linearly in lambda.
//!
//! Equation, with h = lambda_s − lambda_t, r_0 = (lambda_t − lambda_last)/h and D = (x0_t − x0_last)/r_0:
//! midpoint: `x_s = sigma_s/sigma_t x_t + alpha_s (1 − e^{−h}) (x0_t + D/2)`;
//! heun (taylor): `x_s = sigma_s/sigma_t x_t + alpha_s ((1 − e^{−h}) x0_t + (1 − (1 − e^{−h})/h) D)`; the first step takes
//! D = 0, which is DDIM.
//! Source: Lu et al. 2022 (DPM-Solver++), algorithm 2; heun: the authors' code, `multistep_dpm_solver_second_update`.
//! Kind: ode. Order: 2. Evaluations a step: 1.
//! Choose it with strong guidance, as its paper does; without, `dpm-2m` has the smaller error from 8 steps on (log-snr,
//! Karras and uniform grids; on one quadratic in t this one at 8 to 12 and from 40), and `dpmpp-3m` from 20 to 30.
//! Divides by alpha. The step into the marked end alpha = 1, sigma = 0 is the prediction of x0: D has no limit there.

use crate::multistep::Formula;
use crate::scheme::{LOWER_ORDER_FINAL, Scheme, TYPE};
use ito_kit::{Info, Kind, NEEDS_ALPHA, Prediction, Values};

/// See the module.
#[derive(Debug)]
pub enum Dpmpp2m {}

impl Formula for Dpmpp2m {
    const INFO: Info = Info {
        id: c"dpmpp-2m",
        name: c"DPM-Solver++ (2M)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Multistep DPM-Solver++ of order 2, in the prediction of x0.",
        equation: c"midpoint: x_s = sigma_s/sigma_t x_t + alpha_s (1 - exp(-h)) (x0_t + D/2); heun: x_s = sigma_s/sigma_t x_t + alpha_s ((1 - exp(-h)) x0_t + (1 - (1 - exp(-h))/h) D); h = lambda_s - lambda_t, D = h (x0_t - x0_last)/(lambda_t - lambda_last)",
        source: c"Lu et al. 2022 (DPM-Solver++), algorithm 2; heun: their code, multistep_dpm_solver_second_update",
        choose: c"With strong guidance; without, dpm-2m has the smaller error from 8 steps on (on a grid quadratic in t only from 15 to 30), and dpmpp-3m from 20 to 30.",
        kind: Kind::Ode,
        order: 2.0,
        flags: NEEDS_ALPHA,
        params: &[TYPE, LOWER_ORDER_FINAL],
        ..Info::DEFAULT
    };

    fn scheme(values: &Values) -> Scheme {
        Scheme::multistep(Prediction::X0, 2, values)
    }
}

#[cfg(test)]
mod tests {
    use super::Dpmpp2m;
    use crate::testing::{NEVER, RUN, by_hand, one_step_is_ddim, solves_a_point_mass};
    use ito_kit::testing::Given;

    /// The equation in 40 digits, from x0 = (x + sigma² score)/alpha and score = −(x − 0.5 alpha)/(0.36 alpha² + sigma²).
    #[test]
    fn three_uneven_steps_by_hand() {
        by_hand::<Dpmpp2m>(
            RUN,
            &[
                (&[NEVER], 1.069_727_351_521_969_4),
                (&[NEVER, ("type", Given::Choice("heun"))], 1.076_222_516_685_368_2),
            ],
        );
    }

    #[test]
    fn the_first_step_is_ddim() {
        one_step_is_ddim::<Dpmpp2m>();
    }

    #[test]
    fn a_point_mass_is_solved_exactly() {
        solves_a_point_mass::<Dpmpp2m>();
    }
}
