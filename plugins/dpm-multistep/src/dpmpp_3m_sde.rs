//! `dpmpp-3m-sde`: three-step exponential integrator of the reverse SDE, in the prediction of x0.
//!
//! Equation, with h = lambda_s − lambda_t, k = 1 + eta and D_1, D_2 as in `dpmpp-3m` (c = 1 published, c = 2 exact):
//! `x_s = sigma_s/sigma_t e^{−eta h} x_t + alpha_s (phi_1 x0_t + phi_2 D_1 + phi_3 D_2) + sigma_s √(1 − e^{−2 eta h}) z`,
//! phi_1 = 1 − e^{−k h}, phi_2 = 1 − phi_1/(k h), phi_3 = 1/2 − phi_2/(k h); the first two steps are those of
//! `dpmpp-2m-sde`, by default of type heun; z the normalised increment of the sample's path from t to s.
//! Source: k-diffusion, `sample_dpmpp_3m_sde`.
//! Kind: sde; at eta = 0, where it asks for no noise, ode of order 2 as published and 3 exact. Order: 1, weak 2: the noise
//! of a step reaches its own prediction one step late, whatever the polynomial. Evaluations a step: 1. The law of its
//! limit is p_t for every eta.
//! Choose it from 30 evaluations on; at 10 to 20 its extrapolated noise costs more than it gains over `dpmpp-2m-sde`, and
//! the exact form more than the published one.
//! Divides by alpha. The step into the marked end alpha = 1, sigma = 0 is the prediction of x0: D_1 has no limit there.

use crate::multistep::Formula;
use crate::scheme::{ETA, FORM, LOWER_ORDER_NEVER, S_NOISE, Scheme, TYPE_HEUN};
use ito_kit::{FINAL_MEAN, Info, Kind, NEEDS_ALPHA, Prediction, Values};

/// See the module.
#[derive(Debug)]
pub enum Dpmpp3mSde {}

impl Formula for Dpmpp3mSde {
    const INFO: Info = Info {
        id: c"dpmpp-3m-sde",
        name: c"SDE-DPM-Solver++ (3M)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Three-step exponential integrator of the reverse SDE, in the prediction of x0.",
        equation: c"x_s = sigma_s/sigma_t exp(-eta h) x_t + alpha_s (phi_1 x0_t + phi_2 D_1 + phi_3 D_2) + s_noise sigma_s sqrt(1 - exp(-2 eta h)) z; h = lambda_s - lambda_t, k = 1 + eta, phi_1 = 1 - exp(-k h), phi_2 = 1 - phi_1/(k h), phi_3 = 1/2 - phi_2/(k h), D_10 = (x0_t - x0_1)/r_0, D_11 = (x0_1 - x0_2)/r_1, D_1 = D_10 + r_0/(r_0 + r_1) (D_10 - D_11), D_2 = c/(r_0 + r_1) (D_10 - D_11); published c = 1, exact c = 2",
        source: c"k-diffusion, sample_dpmpp_3m_sde",
        choose: c"From 30 evaluations on; at fewer its extrapolated noise costs more than it gains over dpmpp-2m-sde.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 2.0,
        flags: NEEDS_ALPHA | FINAL_MEAN,
        params: &[TYPE_HEUN, FORM, ETA, S_NOISE, LOWER_ORDER_NEVER],
        ..Info::DEFAULT
    };

    fn scheme(values: &Values) -> Scheme {
        Scheme::multistep(Prediction::X0, 3, values).noisy(values)
    }
}

#[cfg(test)]
mod tests {
    use super::Dpmpp3mSde;
    use crate::multistep::Multistep;
    use crate::testing::{NEVER, NOISY, by_hand};
    use ito_kit::testing::{Given, Run};

    /// The equation in 40 digits, from x0 = (x + sigma² score)/alpha and score = −(x − 0.5 alpha)/(0.36 alpha² + sigma²).
    #[test]
    fn three_uneven_steps_by_hand() {
        by_hand::<Dpmpp3mSde>(
            NOISY,
            &[(&[], 1.043_575_304_527_022_6), (&[("form", Given::Choice("exact"))], 1.035_658_008_869_749_7)],
        );
    }

    #[test]
    fn without_noise_it_is_dpmpp_3m_bit_for_bit() {
        let quiet = &[("eta", Given::F64(0.0))];
        let ours = Run { params: quiet, draws: &[], ..NOISY }.of::<Multistep<Dpmpp3mSde>>().expect("it runs");
        let params = &[NEVER, ("type", Given::Choice("heun"))];
        let flow = Run { params, draws: &[], ..NOISY }.of::<Multistep<crate::Dpmpp3m>>().expect("it runs");
        assert_eq!(ours.path, flow.path);
    }
}
