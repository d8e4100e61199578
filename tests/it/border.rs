//! Plugins that misbehave, and samplers inside samplers.

use crate::support::{Done, run_yaml};
use ndarray::array;

fn yaml(samplers: &str, steps: u32) -> String {
    format!(
        "experiment: border\nprocess: vp\nmodel: {{ gaussian: {{ mean: [0.5, 0.0], std: 0.7 }} }}\n\
         sweep: {{ sampler: [{samplers}], steps: {steps}, seed: 0 }}\nsamples: 20\nfinal: state\n"
    )
}

fn one(sampler: &str) -> (String, String) {
    let done = run_yaml(&yaml(sampler, 4), &[], 1);
    let record = done.records().remove(0);
    (record.status.word().to_owned(), record.error.unwrap_or_default())
}

#[test]
fn a_panic_stops_inside_the_plugin() {
    for at in ["create", "begin", "step", "end"] {
        let (status, error) = one(&format!("{{ org.ito.test.panic: {{ at: {at} }} }}"));
        assert_eq!(status, "failed");
        assert!(error.contains("the plugin panicked"), "{at}: {error}");
    }
}

#[test]
fn an_error_arrives_with_its_text() {
    for at in ["create", "begin", "step", "end"] {
        let (status, error) = one(&format!("{{ org.ito.test.error: {{ at: {at} }} }}"));
        assert_eq!(status, "failed", "{at}");
        assert!(!error.is_empty(), "{at}");
    }
}

#[test]
fn a_stale_handle_and_a_clean_evaluation_are_found_out() {
    let (status, error) = one("org.ito.test.freed");
    assert_eq!(status, "failed");
    assert!(error.contains("stale"), "{error}");
    let (status, error) = one("org.ito.test.eval-clean");
    assert_eq!(status, "failed");
    assert!(error.contains("sigma = 0"), "{error}");
}

#[test]
fn a_sampler_that_ignores_failures_gives_no_sample() {
    let (status, _) = one("org.ito.test.deaf");
    assert_eq!(status, "failed");
}

#[test]
fn a_nan_is_a_result_with_its_step_and_sample() {
    let (status, error) = one("{ org.ito.test.not-finite: { at: 2 } }");
    assert_eq!(status, "nonfinite");
    assert!(error.contains("not finite after step"), "{error}");
}

/// Equal cost is what `sweep: nfe` compares at.
#[test]
fn a_sampler_that_costs_more_than_it_declares_is_found_out() {
    let yaml = yaml("org.ito.test.miscount", 4);
    let done = run_yaml(&yaml, &[], 1);
    let said = "`org.ito.test.miscount` made 8 evaluations a sample where its plugin libito_testkit.so declares 4";
    assert!(done.errors.len() == 1 && done.errors[0].starts_with(said), "{:?}", done.errors);
    assert_eq!(done.records()[0].nfe, Some(8));
    let record = run_yaml(&yaml.replace("steps: 4", "nfe: 4"), &[], 1).records().remove(0);
    assert_eq!(record.status.word(), "failed");
    assert!(record.error.is_some_and(|error| error.starts_with(said)));
}

#[test]
fn a_wrapper_drives_samplers_of_other_libraries() {
    let doubled: Done = run_yaml(&yaml("euler, euler-c", 8), &[], 1);
    let halves = "{ org.ito.test.halves: { sampler: euler } }, { org.ito.test.halves: { sampler: euler-c } }";
    let wrapped = run_yaml(&yaml(halves, 4), &[], 1);
    assert_eq!(wrapped.errors, Vec::<String>::new());
    for (a, b) in doubled.samples().iter().zip(wrapped.samples()) {
        // A midpoint and the entry of the doubled grid may differ by one rounding.
        assert!((a - &b).iter().all(|d| d.abs() < 1e-13), "{}", a - &b);
    }
    assert_eq!(wrapped.records()[0].nfe, Some(8));
}

#[test]
fn an_inner_sampler_of_an_sde_sees_the_same_path() {
    let plain = run_yaml(&yaml("euler-maruyama", 8), &[], 1);
    let wrapped = run_yaml(&yaml("{ org.ito.test.halves: { sampler: euler-maruyama } }", 4), &[], 1);
    assert_eq!(wrapped.errors, Vec::<String>::new());
    // One rounding of a time moves the path by the root of it.
    let difference = &plain.samples()[0] - &wrapped.samples()[0];
    assert!(difference.iter().all(|d| d.abs() < 1e-6), "{difference}");
}

/// The plugin in C has the numbers of `euler`.
#[test]
fn the_plugin_in_c_is_euler_bit_for_bit() {
    for (process, grid) in
        [("vp", "uniform"), ("edm", "karras"), ("flow", "uniform"), ("edm", "{ karras: { zero: true } }")]
    {
        let both = |flow| format!("{{ euler: {{ in: {flow} }} }}, {{ euler-c: {{ in: {flow} }} }}");
        let yaml = yaml(&format!("{}, {}", both("t"), both("sigma")), 10);
        let done = run_yaml(&yaml, &[&format!("process={process}"), &format!("grid={grid}"), "dtype=f64"], 1);
        assert_eq!(done.errors, Vec::<String>::new());
        let (samples, records) = (done.samples(), done.records());
        for i in [0, 2] {
            let place = format!("{process}, {grid}, {}", records[i].params);
            assert_eq!((records[i].sampler.as_str(), records[i + 1].sampler.as_str()), ("euler", "euler-c"));
            assert_eq!(samples[i], samples[i + 1], "{place}");
            assert_eq!(records[i].nfe, records[i + 1].nfe, "{place}");
        }
        // On edm both are DDIM, each rounded in its own way; so they are on flow, where that in sigma begins later.
        let apart = (&samples[0] - &samples[2]).iter().fold(0.0, |most, d| d.abs().max(most));
        assert_eq!(apart > 1e-12, process != "edm", "{process}, {grid}: {apart}");
    }
}

/// flow, data N(0, 1): velocity = (2t − 1) x/(1 − 2t + 2t²), eps = t x/(1 − 2t + 2t²). In t from x = 1 at 7/8 to 1/2:
/// velocity = 3/4 · 32/25 = 24/25, x_s = 1 − 3/8 · 24/25 = 16/25. In sigma from x = 1 at 3/4 to 1/2: r from 3 to 1, eps =
/// 3/4 · 8/5 = 6/5, x_s = 1/2 (4 − 2 · 6/5) = 4/5. In t to the marked end 0 from x = 1 at 3/4: velocity = 1/2 · 8/5 = 4/5,
/// x_s = 1 − 3/4 · 4/5 = 2/5; in sigma the prediction of x0, (x − t eps)/(1 − t) = 4 (1 − 9/10) = 2/5.
#[test]
fn a_step_of_the_plugin_in_c_by_hand() {
    let dir = tempfile::tempdir().unwrap();
    let x = dir.path().join("x.npy");
    ito::data::io::write_npy(&x, &array![[1.0]]).unwrap();
    for (flow, grid, hand) in [
        ("t", "{ times: [0.875, 0.5] }", 0.64),
        ("sigma", "{ times: [0.75, 0.5] }", 0.8),
        ("t", "{ times: { list: [0.75], zero: true } }", 0.4),
        ("sigma", "{ times: { list: [0.75], zero: true } }", 0.4),
    ] {
        let yaml = format!(
            "experiment: hand\nprocess: flow\nmodel: {{ gaussian: {{ mean: [0.0], std: 1.0 }} }}\ngrid: {grid}\n\
             init: {{ file: {} }}\nsweep: {{ sampler: {{ euler-c: {{ in: {flow} }} }} }}\nsamples: 1\ndtype: f64\n\
             final: state\n",
            x.display()
        );
        let done = run_yaml(&yaml, &[], 1);
        assert_eq!(done.errors, Vec::<String>::new());
        let end = done.samples()[0][(0, 0)];
        assert!((end - hand).abs() < 1e-14, "{flow}, {grid}: {end}");
        assert_eq!(done.records()[0].nfe, Some(1));
    }
}
