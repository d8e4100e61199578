//! Figures of any two columns, and of the training loss.

use super::*;

#[test]
fn theory_is_one_line_where_it_is_the_same_for_all() {
    let mut records = Vec::new();
    for sampler in ["ula", "mala"] {
        for t in [0.5, 1.0, 2.0] {
            for seed in 0..3 {
                let mut r = record(sampler, 100, seed, 0.0);
                r.cell = format!("{sampler}-{t}-{seed}");
                r.params = format!(r#"{{"level":0.1,"temperature":{t}}}"#);
                r.metrics = [("variance".to_owned(), t + 0.05 * wobble(seed)), ("variance_exact".to_owned(), t)].into();
                records.push(r);
            }
        }
    }
    let FigureSpec::Lines(lines) =
        spec(r#"{"lines":{"y":"variance","x":"params.temperature","reference":"variance_exact"}}"#)
    else {
        panic!("lines")
    };
    let drawing = lines::draw(&lines, &records).expect("drawn");
    assert_texts_apart(&drawing.scene);
    let words = texts(&drawing.scene);
    assert_eq!(words.iter().filter(|w| **w == "theory").count(), 1);
    assert!(words.contains(&"temperature") && words.contains(&"mala"));
}

#[test]
fn lines_have_their_floor_and_leave_out_samplers_without_a_place_on_the_axis() {
    let mut records = Vec::new();
    for (rtol, error) in [("0.01", 0.02), ("0.001", 0.001)] {
        let mut r = record("rk45", 1, 0, 0.3);
        (r.cell, r.steps, r.params) = (format!("rk45-{rtol}"), None, format!(r#"{{"rtol":{rtol}}}"#));
        r.metrics = [("trajectory".to_owned(), error), ("trajectory_floor".to_owned(), 1e-4)].into();
        records.push(r);
    }
    let mut fixed = records[0].clone();
    (fixed.cell, fixed.sampler, fixed.steps, fixed.params) = ("heun".into(), "heun".into(), Some(10), "{}".into());
    records.push(fixed);
    let FigureSpec::Lines(lines) =
        spec(r#"{"lines":{"y":"trajectory","x":"params.rtol","x_scale":"log","y_scale":"log"}}"#)
    else {
        panic!("lines")
    };
    let drawing = lines::draw(&lines, &records).expect("drawn");
    insta::assert_snapshot!(drawing.caption, @r"
    trajectory error (RMS) (logarithmic axis) against rtol (logarithmic axis).
    Seeds a point: 1. Samples a cell: 1000.
    One seed a point: there is no interval, and differences between lines may be chance.
    Floor (grey): difference between two tolerances of the reference x*: 10⁻⁴.
    Not drawn, has no rtol: heun, N = 10.
    ");
    assert!(texts(&drawing.scene).contains(&"floor of the reference"));
}

#[test]
fn the_loss_is_drawn_and_needs_a_training() {
    let step: Vec<u64> = (0..4000).collect();
    let loss: Vec<f64> = step.iter().map(|s| 1.0 / (1.0 + *s as f64 / 100.0) + 0.1 * wobble(*s).abs()).collect();
    let curve = loss::Curve { network: "", step: &step, loss: &loss, smoothed: &loss };
    let drawing = loss::draw(&loss::Loss { y_scale: axes::Scale::Log, ..loss::Loss::default() }, &[curve]);
    assert_texts_apart(&drawing.scene);
    insta::assert_snapshot!(drawing.caption, @"Training loss against training step; of 4000 steps one in 7 is drawn. Smoothed at the end: 0.02683.");
    let folder = tempfile::tempdir().expect("a folder");
    let error = draw(&spec(r#"{"loss":{}}"#), "loss", &source(&[]), folder.path()).expect_err("no training");
    insta::assert_snapshot!(error, @"there is no training curve: the model of this experiment was not trained here");
}

#[test]
fn each_network_has_a_curve_of_its_own() {
    let step: Vec<u64> = (1..=900).collect();
    let loss = |size: f64| -> Vec<f64> { step.iter().map(|s| size * (1.0 + wobble(*s).abs()) / *s as f64).collect() };
    let (first, second) = (loss(1.0), loss(3.0));
    let curve = |network, loss| loss::Curve { network, step: &step, loss, smoothed: loss };
    let curves = [curve("train seed 0", &first), curve("train seed 7", &second)];
    for width in [style::Width::Column, style::Width::Page] {
        let drawing = loss::draw(&loss::Loss { width, ..loss::Loss::default() }, &curves);
        assert_texts_apart(&drawing.scene);
        let words = texts(&drawing.scene);
        assert!(words.contains(&"train seed 0") && words.contains(&"train seed 7"), "{words:?}");
        assert!(drawing.caption.contains("\n  train seed 7: of 900 steps one in 2 is drawn. Smoothed at the end: "));
    }
}
