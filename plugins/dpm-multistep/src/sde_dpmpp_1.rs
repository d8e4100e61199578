//! `sde-dpmpp-1`: the exponential integrator of first order of the reverse SDE, in the prediction of x0.
//!
//! Equation, with h = lambda_s − lambda_t:
//! `x_s = sigma_s/sigma_t e^{−eta h} x_t + alpha_s (1 − e^{−(1 + eta) h}) x0_t + sigma_s √(1 − e^{−2 eta h}) z`, z the
//! normalised increment of the sample's path from t to s.
//! Source: Lu et al. 2022 (DPM-Solver++), SDE-DPM-Solver++1, which is eta = 1; eta as in k-diffusion.
//! Kind: sde; at eta = 0, where it asks for no noise, ode. Order: 1, weak 1. Evaluations a step: 1.
//! With eta = 1 it is DDIM with eta = 1, the posterior of x_s given x_t and x0: DDIM's eta² is (1 − e^{−2 eta h}) over
//! (1 − e^{−2h}) here, so that the two agree at 0 and 1 alone. The law of its limit is p_t for every eta.
//! Choose it to see what the second order of `dpmpp-2m-sde` gains; else that one.
//! Divides by alpha. The step into the marked end alpha = 1, sigma = 0 is the formula's limit, the prediction of x0.

use crate::multistep::Formula;
use crate::scheme::{ETA, S_NOISE, Scheme};
use ito_kit::{FINAL_MEAN, Info, Kind, NEEDS_ALPHA, ONE_STEP, Prediction, Values};

/// See the module.
#[derive(Debug)]
pub enum SdeDpmpp1 {}

impl Formula for SdeDpmpp1 {
    const INFO: Info = Info {
        id: c"sde-dpmpp-1",
        name: c"SDE-DPM-Solver++ (1)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"First-order exponential integrator of the reverse SDE, in the prediction of x0.",
        equation: c"x_s = sigma_s/sigma_t exp(-eta h) x_t + alpha_s (1 - exp(-(1 + eta) h)) x0_t + s_noise sigma_s sqrt(1 - exp(-2 eta h)) z; h = lambda_s - lambda_t",
        source: c"Lu et al. 2022 (DPM-Solver++), SDE-DPM-Solver++1 (eta = 1)",
        choose: c"To see what the second order of dpmpp-2m-sde gains; else that one.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 1.0,
        flags: ONE_STEP | NEEDS_ALPHA | FINAL_MEAN,
        params: &[ETA, S_NOISE],
        ..Info::DEFAULT
    };

    fn scheme(values: &Values) -> Scheme {
        Scheme::first(Prediction::X0).noisy(values)
    }
}

#[cfg(test)]
mod tests {
    use super::SdeDpmpp1;
    use crate::multistep::Multistep;
    use crate::testing::{NOISY, by_hand};
    use ito_kit::testing::{Given, Run};

    /// The equation in 40 digits, from x0 = (x + sigma² score)/alpha and score = −(x − 0.5 alpha)/(0.36 alpha² + sigma²).
    #[test]
    fn three_uneven_steps_by_hand() {
        by_hand::<SdeDpmpp1>(
            NOISY,
            &[(&[], 1.042_937_504_010_564_9), (&[("eta", Given::F64(0.5))], 1.121_240_594_989_829_2)],
        );
    }

    /// DDIM without noise is the first step of `dpmpp-2m`, in the same bits.
    #[test]
    fn without_noise_it_is_ddim() {
        let run = Run { times: &[1.2, 0.9], draws: &[], ..NOISY };
        let ours = Run { params: &[("eta", Given::F64(0.0))], ..run }.of::<Multistep<SdeDpmpp1>>().expect("it runs");
        assert_eq!(ours.x, run.of::<Multistep<crate::Dpmpp2m>>().expect("it runs").x);
    }

    /// At the marked end the noise is gone; `mean` leaves it out elsewhere.
    #[test]
    fn the_clean_end_takes_no_noise() {
        let run = Run { times: &[1.2, 0.9, 0.0], draws: &[0.7], clean: true, ..NOISY };
        let end = run.of::<Multistep<SdeDpmpp1>>().expect("it runs");
        let (x, alpha, sigma) = (end.path[1], 0.9f64.cos(), 0.9f64.sin());
        let x0 = (0.36 * alpha * x + 0.5 * sigma * sigma) / (0.36 * alpha * alpha + sigma * sigma);
        assert!((end.x - x0).abs() < 1e-14, "{end:?}");
    }
}
