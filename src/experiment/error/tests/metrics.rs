//! Metrics: keys out of range, points that cannot be used.

use super::replaced;
use insta::assert_snapshot;

/// What is said about the metrics given as one line.
fn metrics(text: &str) -> String {
    replaced("samples: 100", &format!("samples: 100\nmetrics: {text}"))
}

#[test]
fn numbers_of_a_likelihood() {
    assert_snapshot!(metrics("[{ nll: { samples: 0 } }]"), @r"
    x.yaml:12:20: metrics[0].nll.samples: samples is out of range; allowed: at least 1
      12 | metrics: [{ nll: { samples: 0 } }]
         |                    ^^^^^^^
    ");
    assert_snapshot!(metrics("[{ nll: { rtol: 2 } }]"), @r"
    x.yaml:12:20: metrics[0].nll.rtol: rtol is out of range; allowed: from 1e-14 to 1e-2
      12 | metrics: [{ nll: { rtol: 2 } }]
         |                    ^^^^
    ");
    assert_snapshot!(metrics("[{ nll: { t_end: 1 } }]"), @r"
    x.yaml:12:20: metrics[0].nll.t_end: t_end = 1: on vp from 0 to below 1 is allowed
      12 | metrics: [{ nll: { t_end: 1 } }]
         |                    ^^^^^
    ");
    assert_snapshot!(metrics("[{ nll: { trace: { hutchinson: { probes: 0 } } } }]"), @r"
    x.yaml:12:43: metrics[0].nll.trace.hutchinson.probes: trace.hutchinson.probes is out of range; allowed: at least 1
      12 | metrics: [{ nll: { trace: { hutchinson: { probes: 0 } } } }]
         |                                           ^^^^^^
    ");
}

#[test]
fn samples_that_are_too_few_for_a_metric() {
    let alone = replaced("samples: 100", "samples: 1\nmetrics: [sliced-w2, { trajectory: {} }]");
    assert_snapshot!(alone, @r"
    x.yaml:12:11: metrics[0]: `sliced-w2` compares sets of 2 samples or more: raise `samples` or leave it out
      12 | metrics: [sliced-w2, { trajectory: {} }]
         |           ^^^^^^^^^
    ");
    for metric in ["mmd", "energy", "moments", "frechet"] {
        let said = replaced("samples: 100", &format!("samples: 1\nmetrics: [{metric}]"));
        assert!(said.contains(&format!("`{metric}` compares sets of 2 samples or more")), "{said}");
    }
    assert_snapshot!(metrics("[{ trajectory: { samples: 0 } }]"), @r"
    x.yaml:12:27: metrics[0].trajectory.samples: samples is out of range; allowed: at least 1
      12 | metrics: [{ trajectory: { samples: 0 } }]
         |                           ^^^^^^^
    ");
}

#[test]
fn points_of_a_likelihood() {
    assert_snapshot!(metrics("[{ nll: { points: x.npy } }]"), @r"
    x.yaml:12:28: metrics[0].nll.points: unknown points `x.npy`
      12 | metrics: [{ nll: { points: x.npy } }]
         |                            ^^^^^
      allowed: file
    ");
    assert_snapshot!(metrics("[{ nll: { points: { file: none.npy } } }]"), @r"
    x.yaml:12:30: metrics[0].nll.points.file: no such file: none.npy
      12 | metrics: [{ nll: { points: { file: none.npy } } }]
         |                              ^^^^
    ");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("x.npy");
    let said = |x: &ndarray::Array2<f64>| {
        crate::data::io::write_npy(&file, x).expect("written");
        let text = metrics(&format!("[{{ nll: {{ points: {{ file: {} }} }} }}]", file.display()));
        text.replace(&dir.path().display().to_string(), "DIR")
    };
    assert_snapshot!(said(&ndarray::array![[0.0, 1.0, 2.0]]), @r"
    x.yaml:12:30: metrics[0].nll.points.file: DIR/x.npy has the shape [1, 3], while the model has dim = 2, but must hold finite points [count, dim] as a numpy array of float64 or float32, one point a row
      12 | metrics: [{ nll: { points: { file: DIR/x.npy } } }]
         |                              ^^^^
    ");
    assert_snapshot!(said(&ndarray::array![[0.0, 1.0], [2.0, f64::INFINITY]]), @r"
    x.yaml:12:30: metrics[0].nll.points.file: DIR/x.npy holds inf in row 1, column 1 (both from 0), but must hold finite points [count, dim] as a numpy array of float64 or float32, one point a row
      12 | metrics: [{ nll: { points: { file: DIR/x.npy } } }]
         |                              ^^^^
    ");
}

#[test]
fn a_metric_given_twice() {
    assert_snapshot!(metrics("[mmd, { nll: {} }, { nll: { rtol: 1.0e-7 } }]"), @r"
    x.yaml:12:29: metrics[2]: `nll` is there twice, but has one set of columns: keep one of them
      12 | metrics: [mmd, { nll: {} }, { nll: { rtol: 1.0e-7 } }]
         |                             ^^
    ");
}

/// What is said about `dequantize` and `bound` of a network on digits.
fn on_digits(text: &str) -> String {
    use crate::experiment::testing::{RIGHT, report};
    let network = RIGHT.replace("gaussian: { mean: [0.0, 1.0], std: 0.5 }", "train: { steps: 1 }");
    report(&format!("{network}data: digits\nmetrics: {text}\n"))
}

#[test]
fn levels_of_a_likelihood() {
    assert_snapshot!(metrics("[{ nll: { dequantize: {} } }]"), @r"
    x.yaml:12:32: metrics[0].nll.dequantize: missing key `levels`
      12 | metrics: [{ nll: { dequantize: {} } }]
         |                                ^
    ");
    assert_snapshot!(metrics("[{ nll: { dequantize: { levels: 1 } } }]"), @r"
    x.yaml:12:34: metrics[0].nll.dequantize.levels: dequantize.levels is out of range; allowed: at least 2
      12 | metrics: [{ nll: { dequantize: { levels: 1 } } }]
         |                                  ^^^^^^
    ");
    assert_snapshot!(metrics("[{ nll: { dequantize: { levels: 256, draws: 0 } } }]"), @r"
    x.yaml:12:47: metrics[0].nll.dequantize.draws: dequantize.draws is out of range; allowed: at least 1
      12 | metrics: [{ nll: { dequantize: { levels: 256, draws: 0 } } }]
         |                                               ^^^^^
    ");
    assert_snapshot!(metrics("[{ nll: { dequantize: { levels: 256, low: 1.0, high: 0.0 } } }]"), @r"
    x.yaml:12:57: metrics[0].nll.dequantize.high: dequantize.high is out of range; allowed: finite and above `low`
      12 | metrics: [{ nll: { dequantize: { levels: 256, low: 1.0, high: 0.0 } } }]
         |                                                         ^^^^
    ");
    assert_snapshot!(metrics("[{ nll: { dequantize: { levels: 256 } } }]"), @r"
    x.yaml:12:20: metrics[0].nll.dequantize: samples of a closed form lie on no levels: give `points: { file }`, or `data` that do
      12 | metrics: [{ nll: { dequantize: { levels: 256 } } }]
         |                    ^^^^^^^^^^
    ");
    assert_snapshot!(on_digits("[{ nll: { dequantize: { levels: 16 } } }]"), @r"
    x.yaml:13:20: metrics[0].nll.dequantize: -0.375 in row 0, column 2 of the held-out data (both from 0) is none of the 16 levels from -1 to 1
      13 | metrics: [{ nll: { dequantize: { levels: 16 } } }]
         |                    ^^^^^^^^^^
    ");
}

#[test]
fn a_bound() {
    assert_snapshot!(metrics("[{ bound: { draws: 0 } }]"), @r"
    x.yaml:12:22: metrics[0].bound.draws: draws is out of range; allowed: at least 1
      12 | metrics: [{ bound: { draws: 0 } }]
         |                      ^^^^^
    ");
    assert_snapshot!(metrics("[{ bound: { samples: 0 } }]"), @r"
    x.yaml:12:22: metrics[0].bound.samples: samples is out of range; allowed: at least 1
      12 | metrics: [{ bound: { samples: 0 } }]
         |                      ^^^^^^^
    ");
    assert_snapshot!(metrics("[{ bound: { variance: learned } }]"), @r"
    x.yaml:12:32: metrics[0].bound.variance: unknown variance `learned`
      12 | metrics: [{ bound: { variance: learned } }]
         |                                ^^^^^^^
      allowed: fixed-small, fixed-large
    ");
    assert_snapshot!(metrics("[{ bound: { decoder: { discretised: { levels: 1 } } } }]"), @r"
    x.yaml:12:48: metrics[0].bound.decoder.discretised.levels: decoder.discretised.levels is out of range; allowed: at least 2
      12 | metrics: [{ bound: { decoder: { discretised: { levels: 1 } } } }]
         |                                                ^^^^^^
    ");
    assert_snapshot!(metrics("[{ bound: { decoder: { discretised: { levels: 256 } } } }]"), @r"
    x.yaml:12:33: metrics[0].bound.decoder.discretised: samples of a closed form lie on no levels: give `points: { file }`, or `data` that do
      12 | metrics: [{ bound: { decoder: { discretised: { levels: 256 } } } }]
         |                                 ^^^^^^^^^^^
    ");
    assert_snapshot!(on_digits("[{ bound: { decoder: { discretised: { levels: 256 } } } }]"), @r"
    x.yaml:13:33: metrics[0].bound.decoder.discretised: -0.375 in row 0, column 2 of the held-out data (both from 0) is none of the 256 levels from -1 to 1
      13 | metrics: [{ bound: { decoder: { discretised: { levels: 256 } } } }]
         |                                 ^^^^^^^^^^^
    ");
    assert_snapshot!(metrics("[{ bound: { points: { file: none.npy } } }]"), @r"
    x.yaml:12:32: metrics[0].bound.points.file: no such file: none.npy
      12 | metrics: [{ bound: { points: { file: none.npy } } }]
         |                                ^^^^
    ");
}
