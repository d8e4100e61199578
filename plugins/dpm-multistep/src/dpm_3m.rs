//! `dpm-3m`: the multistep DPM-Solver of third order, which extrapolates eps by a parabola in lambda.
//!
//! Equation, with h = lambda_s − lambda_t, h_0 and h_1 the last two steps in lambda, r_j = h_j/h,
//! D_10 = (eps_t − eps_1)/r_0, D_11 = (eps_1 − eps_2)/r_1, D_1 = D_10 + r_0/(r_0 + r_1) (D_10 − D_11) and
//! D_2 = c/(r_0 + r_1) (D_10 − D_11): `x_s = alpha_s/alpha_t x_t − sigma_s (phi_1 eps_t + phi_2 D_1 + phi_3 D_2)`,
//! phi_1 = e^h − 1, phi_2 = phi_1/h − 1, phi_3 = phi_2/h − 1/2; c = 1 published, c = 2 exact. The first two steps are
//! those of `dpm-2m`.
//! Source: the code of Lu et al. 2022 (DPM-Solver++), `multistep_dpm_solver_third_update`.
//! Kind: ode. Order: 2 as published, because h² times the second derivative is 2/(r_0 + r_1) (D_10 − D_11) (Newton's
//! divided differences); 3 exact, but 2 with `lower_order_final: always`. Evaluations a step: 1.
//! Choose it exact from 10 steps on on a log-snr grid, from 15 on one quadratic in t, at 40 to 80 on one uniform in t; on
//! a Karras grid published has the smaller error up to about 50 (eight modes, exact scores).
//! Divides by alpha. Into the marked end alpha = 1, sigma = 0 its limit is `(x_t − sigma_t (eps_t + e' + c/2 e''))/alpha_t`, e'
//! and e'' the derivatives of the parabola in lambda; a lowered last step is the prediction of x0.

use crate::multistep::Formula;
use crate::scheme::{FORM, LOWER_ORDER_FINAL, Scheme, TYPE_TWO};
use ito_kit::{Info, Kind, NEEDS_ALPHA, Prediction, Values};

/// See the module.
#[derive(Debug)]
pub enum Dpm3m {}

impl Formula for Dpm3m {
    const INFO: Info = Info {
        id: c"dpm-3m",
        name: c"DPM-Solver (3M)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Multistep DPM-Solver of three predictions, in eps: order 2 as published, 3 exact.",
        equation: c"x_s = alpha_s/alpha_t x_t - sigma_s (phi_1 eps_t + phi_2 D_1 + phi_3 D_2); phi_1 = exp(h) - 1, phi_2 = phi_1/h - 1, phi_3 = phi_2/h - 1/2, D_10 = (eps_t - eps_1)/r_0, D_11 = (eps_1 - eps_2)/r_1, D_1 = D_10 + r_0/(r_0 + r_1) (D_10 - D_11), D_2 = c/(r_0 + r_1) (D_10 - D_11); published c = 1, exact c = 2",
        source: c"the code of Lu et al. 2022 (DPM-Solver++), multistep_dpm_solver_third_update",
        choose: c"Exact from 10 steps on on a log-snr grid, from 15 on one quadratic in t; on karras published has the smaller error up to about 50, uniform in t below 40.",
        kind: Kind::Ode,
        order: 2.0,
        flags: NEEDS_ALPHA,
        params: &[TYPE_TWO, FORM, LOWER_ORDER_FINAL],
        ..Info::DEFAULT
    };

    fn scheme(values: &Values) -> Scheme {
        Scheme::multistep(Prediction::Eps, 3, values)
    }
}

#[cfg(test)]
mod tests {
    use super::Dpm3m;
    use crate::multistep::Multistep;
    use crate::testing::{NEVER, RUN, by_hand};
    use ito_kit::testing::{Given, Run};

    /// The equation in 40 digits, from eps = −sigma score and score = −(x − 0.5 alpha)/(0.36 alpha² + sigma²).
    #[test]
    fn three_uneven_steps_by_hand() {
        by_hand::<Dpm3m>(
            RUN,
            &[
                (&[NEVER], 1.068_726_571_634_166_2),
                (&[NEVER, ("form", Given::Choice("exact"))], 1.069_769_287_649_276_3),
            ],
        );
    }

    /// The last of fewer than 10 steps takes one prediction, the last but one two.
    #[test]
    fn the_last_steps_are_lowered() {
        let lowered = RUN.of::<Multistep<Dpm3m>>().expect("it runs");
        let full = Run { params: &[NEVER], ..RUN }.of::<Multistep<Dpm3m>>().expect("it runs");
        assert_eq!(lowered.path[..3], full.path[..3]);
        let run = Run { x: full.path[2], times: &[0.5, 0.3], ..RUN };
        assert_eq!(run.of::<Multistep<Dpm3m>>().expect("it runs").x, lowered.x);
    }
}
