//! Metrics: keys out of range, points that cannot be used.

use super::replaced;
use insta::assert_snapshot;

/// What is said about the metrics given as one line, with a folder in place of `DIR`.
fn metrics(text: &str) -> String {
    replaced("samples: 100", &format!("samples: 100\nmetrics: {text}"))
}

#[test]
fn numbers_of_a_likelihood() {
    assert_snapshot!(metrics("[{ nll: { samples: 0 } }]"), @"");
    assert_snapshot!(metrics("[{ nll: { rtol: 2 } }]"), @"");
    assert_snapshot!(metrics("[{ nll: { trace: { hutchinson: { probes: 0 } } } }]"), @"");
}

#[test]
fn points_of_a_likelihood() {
    assert_snapshot!(metrics("[{ nll: { points: x.npy } }]"), @"");
    assert_snapshot!(metrics("[{ nll: { points: { file: none.npy } } }]"), @"");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("x.npy");
    let said = |x: &ndarray::Array2<f64>| {
        crate::data::io::write_npy(&file, x).expect("written");
        let text = metrics(&format!("[{{ nll: {{ points: {{ file: {} }} }} }}]", file.display()));
        let text = text.replace(&dir.path().display().to_string(), "DIR");
        // The line of carets is as long as the folder's name.
        text.lines().filter(|line| !line.trim().starts_with("| ^")).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(said(&ndarray::array![[0.0, 1.0, 2.0]]), @"");
    assert_snapshot!(said(&ndarray::array![[0.0, 1.0], [2.0, f64::INFINITY]]), @"");
}

#[test]
fn a_metric_given_twice() {
    assert_snapshot!(metrics("[mmd, { nll: {} }, { nll: { rtol: 1.0e-7 } }]"), @"");
}

/// What is said about `dequantize` and `bound` of a network on digits.
fn on_digits(text: &str) -> String {
    use crate::experiment::testing::{RIGHT, report};
    let network = RIGHT.replace("gaussian: { mean: [0.0, 1.0], std: 0.5 }", "train: { steps: 1 }");
    report(&format!("{network}data: digits\nmetrics: {text}\n"))
}

#[test]
fn levels_of_a_likelihood() {
    assert_snapshot!(metrics("[{ nll: { dequantize: {} } }]"), @"");
    assert_snapshot!(metrics("[{ nll: { dequantize: { levels: 1 } } }]"), @"");
    assert_snapshot!(metrics("[{ nll: { dequantize: { levels: 256, draws: 0 } } }]"), @"");
    assert_snapshot!(metrics("[{ nll: { dequantize: { levels: 256, low: 1.0, high: 0.0 } } }]"), @"");
    assert_snapshot!(metrics("[{ nll: { dequantize: { levels: 256 } } }]"), @"");
    assert_snapshot!(on_digits("[{ nll: { dequantize: { levels: 16 } } }]"), @"");
}

#[test]
fn a_bound() {
    assert_snapshot!(metrics("[{ bound: { draws: 0 } }]"), @"");
    assert_snapshot!(metrics("[{ bound: { samples: 0 } }]"), @"");
    assert_snapshot!(metrics("[{ bound: { variance: learned } }]"), @"");
    assert_snapshot!(metrics("[{ bound: { decoder: { discretised: { levels: 1 } } } }]"), @"");
    assert_snapshot!(metrics("[{ bound: { decoder: { discretised: { levels: 256 } } } }]"), @"");
    assert_snapshot!(on_digits("[{ bound: { decoder: { discretised: { levels: 256 } } } }]"), @"");
    assert_snapshot!(metrics("[{ bound: { points: { file: none.npy } } }]"), @"");
}
