//! Whole figures from synthetic records: texts, marks, captions, and the same bytes twice.

mod columns;
mod crowds;
mod marks;
mod parts;

use super::scene::{Scene, Shape, assert_texts_apart};
use super::testing::record;
use super::*;
use crate::experiment::record::Status;
use ndarray::Array2;

/// A generator of numbers without a seed of time: the tests need variety, not chance.
fn wobble(k: u64) -> f64 {
    (k as f64 * 12.9898).sin()
}

/// Four samplers, eight step counts, five seeds; one cell not finite, one failed, two means below zero.
pub(super) fn sweep() -> Vec<Record> {
    let mut records = Vec::new();
    for (s, (sampler, order)) in [("euler", 1), ("heun", 2), ("dpmpp-2m", 2), ("euler-maruyama", 1)].iter().enumerate()
    {
        for steps in [1, 2, 5, 10, 20, 50, 100, 200] {
            for seed in 0..5 {
                let h = 1.0 / steps as f64;
                let noise = wobble(seed + 7 * steps + 31 * s as u64);
                let mut r = record(sampler, steps, seed, h.powi(*order) + 0.004 * noise + 0.001);
                r.metrics.insert("trajectory".into(), (s + 1) as f64 * h.powi(*order) * (1.0 + 0.1 * noise));
                r.metrics.insert("trajectory_median".into(), 0.5 * (s + 1) as f64 * h.powi(*order));
                r.metrics.insert("trajectory_floor".into(), 3e-5);
                r.metrics.insert("sliced-w2_floor".into(), 0.003 + 0.0004 * wobble(seed));
                if *sampler == "heun" && steps == 1 {
                    r.status = Status::Nonfinite;
                    r.metrics.clear();
                }
                if *sampler == "dpmpp-2m" && steps == 20 && seed == 3 {
                    r.status = Status::TimedOut;
                    r.metrics.clear();
                }
                records.push(r);
            }
        }
    }
    records
}

fn source(records: &[Record]) -> Source<'_> {
    Source { records, samples: &|_| Ok(None), reference: None, image: None, loss: &[] }
}

fn spec(json: &str) -> FigureSpec {
    serde_json::from_str(json).expect("a figure")
}

fn texts(scene: &Scene) -> Vec<&str> {
    scene.shapes.iter().filter_map(|s| if let Shape::Text(l) = s { Some(l.text.as_str()) } else { None }).collect()
}

#[test]
fn yaml_names_are_one_key_maps_and_unknown_keys_are_refused() {
    assert_eq!(
        spec(r#"{"quality":{"y":"mmd","x":"nfe"}}"#),
        FigureSpec::Quality(quality::Quality {
            y: "mmd".into(),
            x: quality::Cost::Nfe,
            samplers: Vec::new(),
            only: only::Only::new(),
            width: style::Width::Column
        })
    );
    assert_eq!(spec(r#"{"error":{}}"#), FigureSpec::Error(error::Error::default()));
    let wrong = serde_json::from_str::<FigureSpec>(r#"{"quality":{"y":"mmd","colour":1}}"#).expect_err("unknown key");
    assert!(wrong.to_string().contains("unknown field `colour`"), "{wrong}");
}

#[test]
fn no_text_touches_another_or_leaves_the_page() {
    let records = sweep();
    for width in [style::Width::Column, style::Width::Page] {
        for x in [quality::Cost::Steps, quality::Cost::Nfe, quality::Cost::Time] {
            let spec =
                quality::Quality { y: "sliced-w2".into(), x, samplers: Vec::new(), only: only::Only::new(), width };
            assert_texts_apart(&quality::draw(&spec, &records).expect("drawn").scene);
        }
        let spec = error::Error { width, ..error::Error::default() };
        assert_texts_apart(&error::draw(&spec, &records).expect("drawn").scene);
    }
}

#[test]
fn the_same_records_give_the_same_bytes() {
    let (records, folder) = (sweep(), tempfile::tempdir().expect("a folder"));
    for (name, json) in
        [("q", r#"{"quality":{"y":"sliced-w2"}}"#), ("e", r#"{"error":{}}"#), ("t", r#"{"table":{"y":"sliced-w2"}}"#)]
    {
        let read = |run: &str| -> Vec<Vec<u8>> {
            let files = draw(&spec(json), name, &source(&records), &folder.path().join(run)).expect("drawn");
            assert_eq!(files.len(), if name == "t" { 3 } else { 4 });
            files.iter().map(|f| fs::read(f).expect("written")).collect()
        };
        assert_eq!(read("a"), read("b"));
    }
    assert!(folder.path().join("a/figures/q.svg").is_file() && folder.path().join("a/tables/t.tex").is_file());
}

#[test]
fn gaps_and_negative_means_are_marked_and_named() {
    let mut records = sweep();
    for r in records.iter_mut().filter(|r| r.sampler == "euler" && r.steps == Some(200)) {
        r.metrics.insert("sliced-w2".into(), -0.002);
    }
    let spec = quality::Quality {
        y: "sliced-w2".into(),
        x: quality::Cost::Nfe,
        samplers: Vec::new(),
        only: only::Only::new(),
        width: style::Width::Column,
    };
    let drawing = quality::draw(&spec, &records).expect("drawn");
    let words = texts(&drawing.scene);
    for text in ["euler-maruyama", "floor: two true sets", "nonfinite, timed-out", "mean not above 0"] {
        assert!(words.contains(&text), "{text} is not among {words:?}");
    }
    insta::assert_snapshot!(drawing.caption, @r"
    sliced W₂ against network evaluations per sample (NFE), both axes logarithmic; one line a sampler.
    Seeds a point: 5. Samples a cell: 1000.
    Points are means over seeds; bands and bars are 95 % intervals of the mean (Student t). They cover sampling, not training.
    Floor (grey): the same metric between two fresh exact (or held-out) sets of the same sizes: 0.003249 ± 2.07·10⁻⁴.
    Gaps (crosses at the upper edge, at the evaluations asked for where none were counted; no mean is formed of the seeds that ended well):
      heun at 1: 5 of 5 seeds nonfinite
      dpmpp-2m at 20: 1 of 5 seeds timed-out
    Means not above zero (arrows at the lower edge; unbiased estimates can be negative):
      euler at 200: −0.002 ± 0
      heun at 50: −0.00168 ± 0.001331
      heun at 200: −4.09·10⁻⁴ ± 0.002727
      dpmpp-2m at 50: −5.53·10⁻⁴ ± 0.002469
      dpmpp-2m at 200: −0.00178 ± 0.001734
    ");
    let svg = canvas::svg(&drawing.scene).expect("drawn");
    for text in ["network evaluations per sample (NFE)", "sliced W₂", "10⁻²", "width=\"3.4000in\""] {
        assert!(svg.contains(text), "{text} is not in the SVG");
    }
}

#[test]
fn a_gap_breaks_the_line_and_a_low_point_is_hollow() {
    let records = sweep();
    let lines = series::series(&records, &series::Question { y: "trajectory", x: "steps", samplers: &[] });
    let line = &lines.expect("there are records")[2];
    let curve = quality::curve(line, |mean, floor| floor.is_some_and(|f| mean < 3.0 * f));
    // dpmpp-2m: a gap at 20, and 3/200² below 9e-5 at 200 alone.
    assert_eq!(curve.gaps, [chart::Gap { order: 20.0, x: Some(20.0), why: "timed-out" }]);
    assert_eq!(
        curve.marks.iter().map(|m| m.hollow).collect::<Vec<_>>(),
        [false, false, false, false, false, false, true]
    );
    let axis = |low, high| axes::Axis { scale: axes::Scale::Log, low, high, from: 0.0, to: 100.0 };
    let frame = chart::Frame { x: axis(0.5, 400.0), y: axis(1e-6, 10.0), top: 0.0, bottom: 100.0 };
    assert_eq!(trace::runs(&curve, &frame).iter().map(Vec::len).collect::<Vec<_>>(), [4, 2]);
}

#[test]
fn samples_become_panels_and_missing_ones_say_why() {
    let records = sweep();
    let reference = Array2::from_shape_fn((200, 2), |(i, j)| wobble((2 * i + j) as u64));
    let kept = |r: &Record| Ok((r.sampler != "euler").then(|| reference.clone() * 1.5));
    let source = Source { samples: &kept, reference: Some(reference.view()), ..source(&records) };
    let spec = samples::Samples {
        only: only::Only::new(),
        steps: vec![1, 10],
        pictures: 4,
        points: 100,
        samplers: vec!["heun".into(), "euler".into()],
        width: style::Width::Column,
    };
    let drawing = samples::draw(&spec, &source).expect("drawn");
    assert_texts_apart(&drawing.scene);
    let words = texts(&drawing.scene);
    for text in ["heun", "N = 10", "data", "nonfinite", "not kept"] {
        assert!(words.contains(&text), "{text} is not among {words:?}");
    }
    let image = Image { channels: 1, height: 3, width: 1, low: -1.0, high: 1.0 };
    let error = samples::draw(&spec, &Source { image: Some(image), ..source }).expect_err("2 is not 3");
    insta::assert_snapshot!(error, @"samples of dimension 2 cannot be drawn: channels (1 or 3) x height x width must give the dimension");
}

#[test]
fn metrics_that_are_huge_or_not_finite_are_drawn_as_far_as_an_axis_has_a_place() {
    let mut records = sweep();
    for r in records.iter_mut().filter(|r| r.status == Status::Ok) {
        let value = match (r.sampler.as_str(), r.steps) {
            ("euler", Some(1)) => f64::INFINITY,
            ("euler", Some(2)) => f64::NAN,
            ("euler", Some(5)) => f64::NEG_INFINITY,
            ("heun", Some(5)) => 1e300 * (1.0 + r.seed as f64),
            ("heun", Some(10)) => 1.7e308,
            _ => continue,
        };
        for name in ["sliced-w2", "sliced-w2_floor", "trajectory", "trajectory_floor"] {
            r.metrics.insert(name.into(), value);
        }
    }
    let drawn = |json: &str| match spec(json) {
        FigureSpec::Quality(spec) => quality::draw(&spec, &records),
        FigureSpec::Error(spec) => error::draw(&spec, &records),
        FigureSpec::Difference(spec) => difference::draw(&spec, &records),
        FigureSpec::Lines(spec) => lines::draw(&spec, &records),
        other => panic!("{other:?}"),
    };
    for json in [
        r#"{"quality":{"y":"sliced-w2"}}"#,
        r#"{"error":{}}"#,
        r#"{"difference":{"y":"sliced-w2","of":["euler","heun"]}}"#,
        r#"{"lines":{"y":"sliced-w2","x":"steps"}}"#,
        r#"{"lines":{"y":"sliced-w2","x":"trajectory","y_scale":"log"}}"#,
    ] {
        let drawing = drawn(json).expect("drawn");
        let words = texts(&drawing.scene);
        // Against itself a metric that is not finite has no place for its cross either: the caption alone says so.
        let marked = words.iter().any(|word| word.contains("nonfinite"));
        let said = drawing.caption.contains("5 of 5 seeds nonfinite; not on the axis");
        assert!(if json.contains("trajectory") { said } else { marked }, "{json}: {words:?}, {}", drawing.caption);
        let svg = canvas::svg(&drawing.scene).expect("an SVG");
        assert!(!svg.contains("NaN") && !svg.contains("inf\""), "{json}");
        canvas::png(&drawing.scene).expect("a PNG");
    }
    let caption = drawn(r#"{"quality":{"y":"sliced-w2"}}"#).expect("drawn").caption;
    assert!(
        caption.contains("  euler at 1: 5 of 5 seeds nonfinite\n  euler at 2: 5 of 5 seeds nonfinite"),
        "{caption}"
    );
    let FigureSpec::Table(spec) = spec(r#"{"table":{"y":"sliced-w2"}}"#) else { panic!("a table") };
    let table = table::Cells::of(&spec, &records).expect("a table").markdown();
    assert!(table.contains("nonfinite (5 of 5)"), "{table}");
}

#[test]
fn figures_of_one_cell_of_failures_alone_and_of_an_adaptive_sampler_are_drawn() {
    let one = [record("euler", 10, 0, 0.3)];
    let mut failed = sweep();
    for r in &mut failed {
        (r.status, r.nfe_per_sample) = (Status::Failed, None);
        r.metrics.clear();
    }
    let mut adaptive: Vec<Record> = (1..5).map(|k| record("rk45", 10 * k, 0, 1.0 / k as f64)).collect();
    for (r, rtol) in adaptive.iter_mut().zip(["1e-2", "1e-3", "1e-4", "1e-5"]) {
        (r.steps, r.params) = (None, format!(r#"{{"rtol":{rtol}}}"#));
    }
    let figure = |records: &[Record], x| {
        let spec = quality::Quality {
            y: "sliced-w2".into(),
            x,
            samplers: Vec::new(),
            only: only::Only::new(),
            width: style::Width::Column,
        };
        let drawing = quality::draw(&spec, records).expect("drawn");
        assert_texts_apart(&drawing.scene);
        drawing
    };
    assert!(figure(&one, quality::Cost::Nfe).caption.contains("One seed a point"));
    assert!(texts(&figure(&failed, quality::Cost::Steps).scene).contains(&"failed"));
    let caption = figure(&adaptive, quality::Cost::Nfe).caption;
    assert!(caption.contains("Seeds a point: 1."), "{caption}");
    let error = quality::draw(
        &quality::Quality {
            y: "sliced-w2".into(),
            x: quality::Cost::Nfe,
            samplers: Vec::new(),
            only: only::Only::new(),
            width: style::Width::Page,
        },
        &failed,
    );
    assert!(matches!(error, Err(PlotError::NoColumn { column, .. }) if column == "nfe_per_sample"));
}
