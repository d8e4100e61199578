//! `dpmpp-3m`: the multistep DPM-Solver++ of third order, which extrapolates x0 by a parabola in lambda.
//!
//! Equation, with h = lambda_s − lambda_t, h_0 and h_1 the last two steps in lambda, r_j = h_j/h,
//! D_10 = (x0_t − x0_1)/r_0, D_11 = (x0_1 − x0_2)/r_1, D_1 = D_10 + r_0/(r_0 + r_1) (D_10 − D_11) and
//! D_2 = c/(r_0 + r_1) (D_10 − D_11): `x_s = sigma_s/sigma_t x_t + alpha_s (phi_1 x0_t + phi_2 D_1 + phi_3 D_2)`,
//! phi_1 = 1 − e^{−h}, phi_2 = 1 − phi_1/h, phi_3 = 1/2 − phi_2/h; c = 1 published, c = 2 exact. The first two steps are
//! those of `dpmpp-2m`.
//! Source: the code of Lu et al. 2022 (DPM-Solver++), `multistep_dpm_solver_third_update`.
//! Kind: ode. Order: 2 as published, because h² times the second derivative is 2/(r_0 + r_1) (D_10 − D_11) (Newton's
//! divided differences); 3 exact, but 2 with `lower_order_final: always`. Evaluations a step: 1.
//! Choose it published from 5 to about 80 steps on a log-snr grid, exact at more: on eight Gaussians its median error is
//! about half of that of the exact form, or less, from 10 to 50, and nine tenths at 5 and 8.
//! Divides by alpha. The step into the marked end alpha = 1, sigma = 0 is the prediction of x0: D_1 has no limit there.

use crate::multistep::Formula;
use crate::scheme::{FORM, LOWER_ORDER_FINAL, Scheme, TYPE_TWO};
use ito_kit::{Info, Kind, NEEDS_ALPHA, Prediction, Values};

/// See the module.
#[derive(Debug)]
pub enum Dpmpp3m {}

impl Formula for Dpmpp3m {
    const INFO: Info = Info {
        id: c"dpmpp-3m",
        name: c"DPM-Solver++ (3M)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Multistep DPM-Solver++ of three predictions, in x0: order 2 as published, 3 exact.",
        equation: c"x_s = sigma_s/sigma_t x_t + alpha_s (phi_1 x0_t + phi_2 D_1 + phi_3 D_2); phi_1 = 1 - exp(-h), phi_2 = 1 - phi_1/h, phi_3 = 1/2 - phi_2/h, D_10 = (x0_t - x0_1)/r_0, D_11 = (x0_1 - x0_2)/r_1, D_1 = D_10 + r_0/(r_0 + r_1) (D_10 - D_11), D_2 = c/(r_0 + r_1) (D_10 - D_11); published c = 1, exact c = 2",
        source: c"the code of Lu et al. 2022 (DPM-Solver++), multistep_dpm_solver_third_update",
        choose: c"Published from 5 to about 80 steps, where its smaller second difference is stabler (on log-snr about half the error from 10 to 50); exact at more.",
        kind: Kind::Ode,
        order: 2.0,
        flags: NEEDS_ALPHA,
        params: &[TYPE_TWO, FORM, LOWER_ORDER_FINAL],
        ..Info::DEFAULT
    };

    fn scheme(values: &Values) -> Scheme {
        Scheme::multistep(Prediction::X0, 3, values)
    }
}

#[cfg(test)]
mod tests {
    use super::Dpmpp3m;
    use crate::testing::{NEVER, RUN, by_hand, solves_a_point_mass};
    use ito_kit::testing::Given;

    /// The equation in 40 digits, from x0 = (x + sigma² score)/alpha and score = −(x − 0.5 alpha)/(0.36 alpha² + sigma²).
    #[test]
    fn three_uneven_steps_by_hand() {
        by_hand::<Dpmpp3m>(
            RUN,
            &[
                (&[NEVER], 1.075_331_567_267_139_5),
                (&[NEVER, ("form", Given::Choice("exact"))], 1.075_989_401_125_035_7),
            ],
        );
    }

    #[test]
    fn a_point_mass_is_solved_exactly() {
        solves_a_point_mass::<Dpmpp3m>();
    }
}
