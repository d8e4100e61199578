//! Langevin samplers on N(0, I): the variance that theory gives, in any dimension.
//!
//! With score −x one update is x ← (1 − a) x + sqrt(2 a τ) z, so the variance goes v ← (1 − a)² v + 2 a τ, exactly.

use crate::support::{Errors, planned, run_yaml};
use ito::experiment::run::{Options, run};
use std::sync::atomic::AtomicBool;

const SAMPLES: usize = 4000;

fn experiment(dim: usize, sampler: &str, steps: usize) -> String {
    let zeros = vec!["0.0"; dim].join(", ");
    format!(
        "experiment: langevin\nprocess: ve\nmodel: {{ gaussian: {{ mean: [{zeros}], std: 1.0 }} }}\n\
         grid: {{ uniform: {{ t_begin: 0.6, t_end: 0.3 }} }}\nfinal: state\n\
         sweep: {{ sampler: {sampler}, steps: {steps}, seed: 3 }}\nsamples: {SAMPLES}\n"
    )
}

/// The variance of all numbers, and its standard error if they are normal.
fn variance(yaml: &str) -> (f64, f64) {
    let done = run_yaml(yaml, &[], 1);
    assert_eq!(done.errors, Vec::<String>::new());
    let x = &done.samples()[0];
    let n = x.len() as f64;
    let v = x.iter().map(|x| x * x).sum::<f64>() / n;
    (v, v * (2.0 / n).sqrt())
}

/// ve: sigma(t) = 0.01 · 5000^t, and p_t = N(0, 1 + sigma²).
fn sigma(t: f64) -> f64 {
    0.01 * 5000_f64.powf(t)
}

/// One update at noise level sigma.
fn update(v: f64, snr: f64, sigma: f64, tau: f64) -> f64 {
    let a = 2.0 * (snr * sigma).powi(2);
    let contraction = 1.0 - a / (1.0 + sigma * sigma);
    contraction * contraction * v + 2.0 * a * tau
}

#[test]
fn sgld_has_the_variance_of_its_recursion() {
    let (level, snr, tau, steps) = (0.5, 0.4, 1.5, 40);
    let mut theory = sigma(0.6).powi(2);
    for _ in 0..steps {
        theory = update(theory, snr, sigma(level), tau);
    }
    for dim in [1, 2, 8, 64] {
        let sampler = format!("{{ sgld: {{ level: {level}, step: {{ sigma: {snr} }}, temperature: {tau} }} }}");
        let (found, error) = variance(&experiment(dim, &sampler, steps));
        assert!((found - theory).abs() < 4.0 * error, "{dim}: {found} against {theory} ± {error}");
    }
}

#[test]
fn annealed_langevin_has_the_variance_of_its_recursion() {
    let (snr, steps) = (0.3, 20);
    let mut theory = sigma(0.6).powi(2);
    for i in 1..=steps {
        let t = 0.6 + (0.3 - 0.6) * f64::from(i) / f64::from(steps);
        for _ in 0..3 {
            theory = update(theory, snr, sigma(t), 1.0);
        }
    }
    for dim in [1, 2, 8, 64] {
        let sampler = format!("{{ annealed-langevin: {{ step: {{ sigma: {snr} }}, steps_per_level: 3 }} }}");
        let (found, error) = variance(&experiment(dim, &sampler, steps as usize));
        assert!((found - theory).abs() < 4.0 * error, "{dim}: {found} against {theory} ± {error}");
    }
}

/// p^(1/τ) has exact samples in one and two dimensions and for τ above 0; elsewhere the columns stay empty, and nothing
/// is missing.
#[test]
fn a_temperature_without_reference_leaves_its_columns_empty() {
    for (dim, tau, there) in [(1, 2.0, true), (2, 0.5, true), (3, 2.0, false), (2, 0.0, false), (3, 1.0, true)] {
        let sampler = format!("{{ sgld: {{ level: 0.5, step: {{ sigma: 0.4 }}, temperature: {tau} }} }}");
        let yaml = experiment(dim, &sampler, 2).replace(&format!("samples: {SAMPLES}"), "samples: 200");
        let done = run_yaml(&yaml, &["metrics=[sliced-w2]"], 1);
        assert_eq!(done.errors, Vec::<String>::new());
        assert_eq!(done.records()[0].metrics.contains_key("sliced-w2"), there, "{dim} dimensions, temperature {tau}");
        let options = Options { out: done.dir.path().to_owned(), ..Options::default() };
        let again = run(&done.plan, &options, &AtomicBool::new(false), &Errors::default()).unwrap();
        assert_eq!(again.ran, 0, "{dim} dimensions, temperature {tau}");
    }
}

/// A ladder has no p^(1/τ) to compare with: its distance from p at the end is a number without a floor, and `check` says so.
#[test]
fn a_temperature_on_a_ladder_claims_no_target() {
    for (tau, claimed) in [(1.0, true), (0.5, false)] {
        let sampler = format!("{{ annealed-langevin: {{ temperature: {tau} }} }}");
        let yaml = experiment(2, &sampler, 2).replace(&format!("samples: {SAMPLES}"), "samples: 200");
        let done = run_yaml(&yaml, &["metrics=[sliced-w2]"], 1);
        assert_eq!(done.errors, Vec::<String>::new());
        let record = done.records().remove(0);
        assert!(record.metrics.contains_key("sliced-w2"));
        assert_eq!(record.metrics.contains_key("sliced-w2_floor"), claimed, "temperature {tau}");
        let said = "no target is claimed for `annealed-langevin` at temperature 0.5";
        assert_eq!(done.plan.notes.iter().any(|note| note.starts_with(said)), !claimed, "{:?}", done.plan.notes);
    }
}

/// A predictor whose steps are those of the grid is planned on it: `ddim` with eta above 1 refuses one that is too coarse
/// at `check`, as it does alone.
#[test]
fn a_predictor_refuses_a_coarse_grid_before_it_runs() {
    for sampler in ["{ ddim: { eta: 1.5 } }", "{ predictor-corrector: { predictor: { ddim: { eta: 1.5 } } } }"] {
        for (steps, refused) in [(2, true), (1000, false)] {
            let yaml = experiment(1, sampler, steps).replace("process: ve", "process: vp");
            let cell = planned(&yaml, &[]).cells.remove(0);
            assert_eq!(cell.refused.is_some(), refused, "{sampler}, {steps} steps: {:?}", cell.refused);
            assert!(cell.refused.is_none_or(|why| why.contains("asks for more than the variance")), "{sampler}");
        }
    }
}
