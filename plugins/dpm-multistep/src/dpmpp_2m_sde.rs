//! `dpmpp-2m-sde`: two-step exponential integrator of the reverse SDE, in the prediction of x0.
//!
//! Equation, with h = lambda_s − lambda_t, k = 1 + eta, r_0 = (lambda_t − lambda_last)/h and D = (x0_t − x0_last)/r_0:
//! midpoint: `x_s = sigma_s/sigma_t e^{−eta h} x_t + alpha_s (1 − e^{−k h}) (x0_t + D/2) + sigma_s √(1 − e^{−2 eta h}) z`;
//! heun: `(1 − e^{−k h}) x0_t + (1 − (1 − e^{−k h})/(k h)) D` in the place of `(1 − e^{−k h}) (x0_t + D/2)`; the first step
//! takes D = 0; z the normalised increment of the sample's path from t to s.
//! Source: Lu et al. 2022 (DPM-Solver++), SDE-DPM-Solver++(2M), which is eta = 1; eta and s_noise as k-diffusion's
//! `sample_dpmpp_2m_sde`.
//! Kind: sde; at eta = 0, where it asks for no noise, ode of order 2, the same as `dpmpp-2m`. Order: 1, weak 2.
//! Evaluations a step: 1. The law of its limit is p_t for every eta.
//! Choose it over samplers of weak order 1 from 20 evaluations on; below that a solver of the flow is better.
//! Divides by alpha. The step into the marked end alpha = 1, sigma = 0 is the prediction of x0: D has no limit there.

use crate::multistep::Formula;
use crate::scheme::{ETA, LOWER_ORDER_NEVER, S_NOISE, Scheme, TYPE_TWO};
use ito_kit::{FINAL_MEAN, Info, Kind, NEEDS_ALPHA, Prediction, Values};

/// See the module.
#[derive(Debug)]
pub enum Dpmpp2mSde {}

impl Formula for Dpmpp2mSde {
    const INFO: Info = Info {
        id: c"dpmpp-2m-sde",
        name: c"SDE-DPM-Solver++ (2M)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Two-step exponential integrator of the reverse SDE, in the prediction of x0.",
        equation: c"midpoint: x_s = sigma_s/sigma_t exp(-eta h) x_t + alpha_s (1 - exp(-k h)) (x0_t + D/2) + s_noise sigma_s sqrt(1 - exp(-2 eta h)) z; heun: (1 - exp(-k h)) x0_t + (1 - (1 - exp(-k h))/(k h)) D for (1 - exp(-k h)) (x0_t + D/2); h = lambda_s - lambda_t, k = 1 + eta, D = h (x0_t - x0_last)/(lambda_t - lambda_last)",
        source: c"Lu et al. 2022 (DPM-Solver++), SDE-DPM-Solver++(2M) (eta = 1); k-diffusion, sample_dpmpp_2m_sde",
        choose: c"Over samplers of weak order 1 from 20 evaluations on; below that a solver of the flow is better.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 2.0,
        flags: NEEDS_ALPHA | FINAL_MEAN,
        params: &[TYPE_TWO, ETA, S_NOISE, LOWER_ORDER_NEVER],
        ..Info::DEFAULT
    };

    fn scheme(values: &Values) -> Scheme {
        Scheme::multistep(Prediction::X0, 2, values).noisy(values)
    }
}

#[cfg(test)]
mod tests {
    use super::Dpmpp2mSde;
    use crate::multistep::Multistep;
    use crate::testing::{NEVER, NOISY, by_hand};
    use ito_kit::testing::{Given, Run};

    /// The equation in 40 digits, from x0 = (x + sigma² score)/alpha and score = −(x − 0.5 alpha)/(0.36 alpha² + sigma²).
    #[test]
    fn three_uneven_steps_by_hand() {
        by_hand::<Dpmpp2mSde>(
            NOISY,
            &[
                (&[], 1.072_014_341_411_195_6),
                (&[("eta", Given::F64(0.5)), ("type", Given::Choice("heun"))], 1.184_010_394_270_634),
            ],
        );
    }

    #[test]
    fn without_noise_it_is_dpmpp_2m_bit_for_bit() {
        let quiet = &[("eta", Given::F64(0.0))];
        let ours = Run { params: quiet, draws: &[], ..NOISY }.of::<Multistep<Dpmpp2mSde>>().expect("it runs");
        let flow = Run { params: &[NEVER], draws: &[], ..NOISY }.of::<Multistep<crate::Dpmpp2m>>().expect("it runs");
        assert_eq!(ours.path, flow.path);
    }
}
