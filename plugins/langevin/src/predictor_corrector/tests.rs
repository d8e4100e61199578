use super::{PredictorCorrector, Sampler};
use ito_kit::testing::{CIRCLE, EDM, Given, Run};

#[test]
fn the_descriptor_is_sound() {
    assert_eq!(PredictorCorrector::INFO.faults(), Vec::<String>::new());
}

/// Data N(0, 1) under edm, snr ½, from 1 at t = 2 to s = 1; the predictor is Euler's step in sigma, x − x t/(1 + t²).
/// Corrector first: a = 2, so that x = 1 − 2/5 + 2 z = 1.6 with z = ½, and 1.6 (1 − 2/5) = 0.96.
/// Predictor first: 0.6, then a = ½ at s: 0.6 (1 − ½/2) + z = 0.95.
#[test]
fn both_orders_by_hand() {
    let snr = ("step.sigma", Given::F64(0.5));
    let run = Run { times: &[2.0, 1.0], draws: &[0.5], params: &[snr], ..Run::new(&EDM, 1.0) };
    let end = run.of::<PredictorCorrector>().unwrap();
    assert!((end.x - 0.96).abs() < 1e-12, "{}", end.x);
    assert_eq!((end.evaluations, end.depth), (2, 2));
    let params = &[snr, ("first", Given::Choice("predictor"))];
    let end = Run { params, ..run }.of::<PredictorCorrector>().unwrap();
    assert!((end.x - 0.95).abs() < 1e-12, "{}", end.x);
    // Without the last noise; and to the clean end the prediction of x0, here x/5.
    let end = Run { params, mean: true, draws: &[], ..run }.of::<PredictorCorrector>().unwrap();
    assert!((end.x - 0.45).abs() < 1e-12, "{}", end.x);
    let clean = Run { params, times: &[2.0, 0.0], clean: true, draws: &[], ..run };
    assert!((clean.of::<PredictorCorrector>().unwrap().x - 0.2).abs() < 1e-12);
}

/// score_sde's rule in a batch of one: a = 2 (snr |z|/|score|)² = 2 (0.1 · ½ · 5)² = 0.125, so that x =
/// 1 − 0.125/5 + ½ · ½ = 1.225, and 1.225 · 0.6 = 0.735.
#[test]
fn the_published_step_by_hand() {
    let params = &[("step.score-norm.snr", Given::F64(0.1))];
    let run = Run { times: &[2.0, 1.0], draws: &[0.5], params, ..Run::new(&EDM, 1.0) };
    let end = run.of::<PredictorCorrector>().unwrap();
    assert!((end.x - 0.735).abs() < 1e-12, "{}", end.x);
}

/// Without updates it is the predictor, bit for bit: alpha_s (x/alpha_t + (tan s − tan t) eps).
#[test]
fn without_updates_it_is_the_predictor() {
    let params = &[("corrector_steps", Given::I64(0))];
    let run = Run { times: &[1.2, 0.7], params, ..Run::new(&CIRCLE, 0.3) };
    let [alpha_t, sigma_t] = [1.2f64.cos(), 1.2f64.sin()];
    let [alpha_s, sigma_s] = [0.7f64.cos(), 0.7f64.sin()];
    let eps = sigma_t * 0.3 / (alpha_t * alpha_t + sigma_t * sigma_t);
    let x = alpha_s / alpha_t * 0.3 + alpha_s * (sigma_s / alpha_s - sigma_t / alpha_t) * eps;
    let end = run.of::<PredictorCorrector>().unwrap();
    assert!((end.x - x).abs() < 1e-15, "{} {x}", end.x);
    let first = &[params[0], ("first", Given::Choice("predictor"))];
    assert_eq!(Run { params: first, ..run }.of::<PredictorCorrector>().unwrap().x, end.x);
}
