//! What the tests of all samplers here share.

use crate::adaptive::{Adaptive, Pair};
use crate::singlestep::{Fixed, Formula};
use ito_kit::Sampler;
use ito_kit::testing::{CIRCLE, EDM, Given, Run};

/// For data at one point m both predictions are constant along the flow, and every step exact: from
/// `x_t = alpha_t m + sigma_t eps` to `alpha_s m + sigma_s eps`.
pub(crate) fn solves_a_point_mass<S: Sampler>(params: &[(&str, Given)]) {
    let (m, eps, times) = (0.7, -1.3, [1.4f64, 0.9, 0.05]);
    let on_flow = |t: f64| t.cos() * m + t.sin() * eps;
    let run = Run { data: (m, 0.0), times: &times, params, ..Run::new(&CIRCLE, on_flow(times[0])) };
    let end = run.of::<S>().unwrap();
    assert!((end.x - on_flow(times[2])).abs() < 1e-14, "{end:?}");
}

/// Data N(0, 1) under alpha = cos t, sigma = sin t: x0 = cos t x, and nothing else is evaluated.
pub(crate) fn ends_at_the_prediction_of_x0<S: Sampler>() {
    let run = Run { times: &[0.5, 0.0], clean: true, ..Run::new(&CIRCLE, 0.8) };
    let end = run.of::<S>().unwrap();
    assert!((end.x - 0.5f64.cos() * 0.8).abs() < 1e-15 && end.evaluations == 1, "{end:?}");
}

/// The descriptor is sound; the step ends at these numbers, and takes as many evaluations as its order.
pub(crate) fn by_hand<F: Formula>(run: Run, dpmsolver: f64, taylor: f64) {
    assert_eq!(Fixed::<F>::INFO.faults(), Vec::<String>::new());
    for (rule, x) in [("dpmsolver", dpmsolver), ("taylor", taylor)] {
        let end = Run { params: &[("type", Given::Choice(rule))], ..run }.of::<Fixed<F>>().unwrap();
        assert!((end.x - x).abs() < 1e-12 && end.evaluations == F::ORDER as u64, "{rule}: {end:?}");
    }
}

/// The descriptor is sound; with `control: off` a pair takes the steps of these formulas, in eps and in x0.
pub(crate) fn without_control_it_is<P: Pair, Eps: Formula, X0: Formula>() {
    assert_eq!(Adaptive::<P>::INFO.faults(), Vec::<String>::new());
    let (off, x0) = (("control", Given::Choice("off")), ("predict", Given::Choice("x0")));
    let run = Run { times: &[8.0, 2.0, 0.3], ..Run::new(&EDM, 1.0) };
    let path = |params: &[_]| Run { params, ..run }.of::<Adaptive<P>>().unwrap().path;
    assert_eq!(path(&[off]), run.of::<Fixed<Eps>>().unwrap().path);
    assert_eq!(path(&[off, x0]), run.of::<Fixed<X0>>().unwrap().path);
}
