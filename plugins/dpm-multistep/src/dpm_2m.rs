//! `dpm-2m`: the multistep DPM-Solver of second order, which extrapolates eps linearly in lambda.
//!
//! Equation, with h = lambda_s − lambda_t, r_0 = (lambda_t − lambda_last)/h and D = (eps_t − eps_last)/r_0:
//! midpoint: `x_s = alpha_s/alpha_t x_t − sigma_s (e^h − 1) (eps_t + D/2)`;
//! heun (taylor): `x_s = alpha_s/alpha_t x_t − sigma_s ((e^h − 1) eps_t + ((e^h − 1)/h − 1) D)`; the first step takes
//! D = 0, which is DDIM.
//! Source: Lu et al. 2022 (DPM-Solver), equation 3.4; as a multistep method the authors' code,
//! `multistep_dpm_solver_second_update`, and, in x0, Lu et al. 2022 (DPM-Solver++), algorithm 2.
//! Kind: ode. Order: 2. Evaluations a step: 1.
//! Choose it without guidance, on a log-snr grid from 8 steps on: at 10 steps on eight Gaussians its median error is a
//! tenth of that of `dpmpp-2m`, which is the one for strong guidance.
//! Divides by alpha. Into the marked end alpha = 1, sigma = 0 heun has the limit
//! `x_s = (x_t − sigma_t (eps_t + (eps_t − eps_last)/(lambda_t − lambda_last)))/alpha_t`; midpoint has none, and the step is
//! the prediction of x0, as is every lowered last step.

use crate::multistep::Formula;
use crate::scheme::{LOWER_ORDER_FINAL, Scheme, TYPE};
use ito_kit::{Info, Kind, NEEDS_ALPHA, Prediction, Values};

/// See the module.
#[derive(Debug)]
pub enum Dpm2m {}

impl Formula for Dpm2m {
    const INFO: Info = Info {
        id: c"dpm-2m",
        name: c"DPM-Solver (2M)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Multistep DPM-Solver of order 2, in eps.",
        equation: c"midpoint: x_s = alpha_s/alpha_t x_t - sigma_s (exp(h) - 1) (eps_t + D/2); heun: x_s = alpha_s/alpha_t x_t - sigma_s ((exp(h) - 1) eps_t + ((exp(h) - 1)/h - 1) D); h = lambda_s - lambda_t, D = h (eps_t - eps_last)/(lambda_t - lambda_last)",
        source: c"Lu et al. 2022 (DPM-Solver), equation 3.4; their code, multistep_dpm_solver_second_update",
        choose: c"Without guidance, on a log-snr grid from 8 steps on; with strong guidance dpmpp-2m is stabler.",
        kind: Kind::Ode,
        order: 2.0,
        flags: NEEDS_ALPHA,
        params: &[TYPE, LOWER_ORDER_FINAL],
        ..Info::DEFAULT
    };

    fn scheme(values: &Values) -> Scheme {
        Scheme::multistep(Prediction::Eps, 2, values)
    }
}

#[cfg(test)]
mod tests {
    use super::Dpm2m;
    use crate::multistep::Multistep;
    use crate::testing::{NEVER, RUN, by_hand, one_step_is_ddim};
    use ito_kit::testing::{Given, Run};

    /// The equation in 40 digits, from eps = −sigma score and score = −(x − 0.5 alpha)/(0.36 alpha² + sigma²).
    #[test]
    fn three_uneven_steps_by_hand() {
        by_hand::<Dpm2m>(
            RUN,
            &[
                (&[NEVER], 1.064_532_007_918_660_5),
                (&[NEVER, ("type", Given::Choice("heun"))], 1.059_248_423_582_170_4),
            ],
        );
    }

    #[test]
    fn the_first_step_is_ddim() {
        one_step_is_ddim::<Dpm2m>();
    }

    /// From the second step's state to sigma = 0 in 40 digits, by the limit in the module's text.
    #[test]
    fn heun_has_a_limit_at_the_clean_end() {
        let params = &[NEVER, ("type", Given::Choice("heun"))];
        let run = Run { times: &[1.2, 0.9, 0.5, 0.0], clean: true, params, ..RUN };
        let end = run.of::<Multistep<Dpm2m>>().expect("it runs");
        assert!((end.x - 1.056_763_370_443_510_5).abs() < 1e-12, "{end:?}");
    }
}
