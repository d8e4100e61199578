//! `dpm-2m-sde`: two-step exponential integrator of the reverse SDE, in eps.
//!
//! Equation, with h = lambda_s − lambda_t, r_0 = (lambda_t − lambda_last)/h and D = (eps_t − eps_last)/r_0:
//! midpoint: `x_s = alpha_s/alpha_t x_t − (1 + eta) sigma_s (e^h − 1) (eps_t + D/2) + sigma_s √(eta (e^{2h} − 1)) z`;
//! heun: `(e^h − 1) eps_t + ((e^h − 1)/h − 1) D` in the place of `(e^h − 1) (eps_t + D/2)`; the first step takes D = 0;
//! z the normalised increment of the sample's path from t to s.
//! Source: Lu et al. 2022 (DPM-Solver++), SDE-DPM-Solver-2M, which is eta = 1 (diffusers' `sde-dpmsolver`); other eta by the
//! variation of constants of the same SDE as in `dpmpp-2m-sde`.
//! Kind: sde; at eta = 0, where it asks for no noise, ode of order 2, the same as `dpm-2m`. Order: 1, weak 2. Evaluations
//! a step: 1. The law of its limit is p_t for every eta.
//! Choose it from 20 evaluations on: on eight Gaussians the variance within modes is right to 3 % there, where
//! `dpmpp-2m-sde` is 5 to 28 % too wide; below 15 evaluations, and with strong guidance, it is unstable.
//! Divides by alpha. The step into the marked end alpha = 1, sigma = 0 is the prediction of x0: the formula's limit is
//! finite, but has noise left, and without it overshoots.

use crate::multistep::Formula;
use crate::scheme::{ETA, LOWER_ORDER_NEVER, S_NOISE, Scheme, TYPE_TWO};
use ito_kit::{FINAL_MEAN, Info, Kind, NEEDS_ALPHA, Prediction, Values};

/// See the module.
#[derive(Debug)]
pub enum Dpm2mSde {}

impl Formula for Dpm2mSde {
    const INFO: Info = Info {
        id: c"dpm-2m-sde",
        name: c"SDE-DPM-Solver (2M)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Two-step exponential integrator of the reverse SDE, in eps.",
        equation: c"midpoint: x_s = alpha_s/alpha_t x_t - (1 + eta) sigma_s (exp(h) - 1) (eps_t + D/2) + s_noise sigma_s sqrt(eta (exp(2h) - 1)) z; heun: (exp(h) - 1) eps_t + ((exp(h) - 1)/h - 1) D for (exp(h) - 1) (eps_t + D/2); h = lambda_s - lambda_t, D = h (eps_t - eps_last)/(lambda_t - lambda_last)",
        source: c"Lu et al. 2022 (DPM-Solver++), SDE-DPM-Solver-2M (eta = 1)",
        choose: c"From 20 evaluations on, where its law is closer than that of dpmpp-2m-sde; unstable below 15, and with strong guidance.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 2.0,
        flags: NEEDS_ALPHA | FINAL_MEAN,
        params: &[TYPE_TWO, ETA, S_NOISE, LOWER_ORDER_NEVER],
        ..Info::DEFAULT
    };

    fn scheme(values: &Values) -> Scheme {
        Scheme::multistep(Prediction::Eps, 2, values).noisy(values)
    }
}

#[cfg(test)]
mod tests {
    use super::Dpm2mSde;
    use crate::multistep::Multistep;
    use crate::testing::{NEVER, NOISY, by_hand};
    use ito_kit::testing::{Given, Run};

    /// The equation in 40 digits, from eps = −sigma score and score = −(x − 0.5 alpha)/(0.36 alpha² + sigma²).
    #[test]
    fn three_uneven_steps_by_hand() {
        by_hand::<Dpm2mSde>(
            NOISY,
            &[
                (&[], 1.088_805_634_831_977_3),
                (&[("eta", Given::F64(0.5)), ("type", Given::Choice("heun"))], 1.119_316_728_097_378_8),
            ],
        );
    }

    #[test]
    fn without_noise_it_is_dpm_2m_bit_for_bit() {
        let quiet = &[("eta", Given::F64(0.0))];
        let ours = Run { params: quiet, draws: &[], ..NOISY }.of::<Multistep<Dpm2mSde>>().expect("it runs");
        let flow = Run { params: &[NEVER], draws: &[], ..NOISY }.of::<Multistep<crate::Dpm2m>>().expect("it runs");
        assert_eq!(ours.path, flow.path);
    }
}
