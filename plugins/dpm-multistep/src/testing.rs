//! What the tests of the multistep formulas share.

use crate::multistep::{Formula, Multistep};
use ito_kit::Sampler;
use ito_kit::testing::{CIRCLE, Given, Run};

/// Three uneven steps on data N(0.5, 0.36) under alpha = cos t, sigma = sin t.
pub(crate) const RUN: Run = Run { data: (0.5, 0.6), times: &[1.2, 0.9, 0.5, 0.3], ..Run::new(&CIRCLE, 1.1) };
/// The same with noise.
pub(crate) const NOISY: Run = Run { draws: &[0.7, -0.4, 1.5], ..RUN };
pub(crate) const NEVER: (&str, Given) = ("lower_order_final", Given::Choice("never"));

/// The descriptor is sound, and each run with these parameters ends at its number.
pub(crate) fn by_hand<F: Formula>(run: Run, cases: &[(&[(&str, Given)], f64)]) {
    assert_eq!(Multistep::<F>::INFO.faults(), Vec::<String>::new());
    for (params, x) in cases {
        let end = Run { params, ..run }.of::<Multistep<F>>().expect("it runs");
        assert!((end.x - x).abs() < 1e-12, "{params:?}: {end:?}");
    }
}

/// DDIM, Song, Meng and Ermon 2021, equation 12 without noise: `x_s = alpha_s x0 + sigma_s eps`.
pub(crate) fn one_step_is_ddim<F: Formula>() {
    let end = Run { times: &[1.2, 0.9], ..RUN }.of::<Multistep<F>>().expect("it runs");
    let score = -(1.1 - 0.5 * 1.2f64.cos()) / (0.36 * 1.2f64.cos().powi(2) + 1.2f64.sin().powi(2));
    let (eps, x0) = (-1.2f64.sin() * score, (1.1 + 1.2f64.sin().powi(2) * score) / 1.2f64.cos());
    assert!((end.x - (0.9f64.cos() * x0 + 0.9f64.sin() * eps)).abs() < 1e-14, "{end:?}");
}

/// Data at one point: predictions are constant, all differences vanish, and x_s = 0.5 alpha_s + sigma_s eps.
pub(crate) fn solves_a_point_mass<F: Formula>() {
    let end = Run { data: (0.5, 0.0), ..RUN }.of::<Multistep<F>>().expect("it runs");
    let eps = (1.1 - 0.5 * 1.2f64.cos()) / 1.2f64.sin();
    assert!((end.x - (0.5 * 0.3f64.cos() + 0.3f64.sin() * eps)).abs() < 1e-14, "{end:?}");
}
