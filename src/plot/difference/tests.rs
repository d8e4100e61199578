//! Differences by hand, names, errors, and the figure itself.

use super::*;
use crate::plot::scene::{Shape, assert_texts_apart};
use crate::plot::testing::record;
use crate::plot::{FigureSpec, Source, draw as draw_files};

fn spec(json: &str) -> Difference {
    match serde_json::from_str(&format!(r#"{{"difference":{json}}}"#)).expect("a figure") {
        FigureSpec::Difference(spec) => spec,
        other => panic!("{other:?}"),
    }
}

const BY_NOISE: &str = r#"{"y":"sliced-w2","of":["heun","euler"],"by":"noise"}"#;

/// One cell a sampler, noise and seed at N = 10.
fn by_hand() -> Vec<Record> {
    let mut out = Vec::new();
    for (sampler, noise, values) in [
        ("euler", "paired", [0.2, 0.3, 0.3]),
        ("euler", "independent", [0.3, 0.2, 0.3]),
        ("heun", "paired", [0.3, 0.5, 0.4]),
        ("heun", "independent", [0.3, 0.5, 0.4]),
    ] {
        for (seed, y) in (0..).zip(values) {
            let mut r = record(sampler, 10, seed, y);
            r.cell = format!("{noise} {}", r.cell);
            r.noise = noise.into();
            out.push(r);
        }
    }
    out
}

fn changed(change: impl Fn(&mut Record)) -> Vec<Record> {
    let mut records = by_hand();
    records.iter_mut().for_each(change);
    records
}

fn legend(drawing: &Drawing) -> Vec<&str> {
    let texts = drawing.scene.shapes.iter().filter_map(|s| if let Shape::Text(l) = s { Some(&*l.text) } else { None });
    texts.filter(|t| t.contains('±') || t.ends_with(" = 0")).collect()
}

fn labels(json: &str, records: &[Record]) -> Vec<String> {
    pairs(&spec(json), records).expect("pairs").lines.into_iter().map(|line| line.label).collect()
}

fn error(json: &str, records: &[Record]) -> String {
    draw(&spec(json), records).expect_err("nothing to draw").to_string()
}

#[test]
fn differences_and_intervals_by_hand() {
    let records = by_hand();
    let joined = pairs(&spec(BY_NOISE), &records).expect("pairs").lines;
    let values: Vec<Estimate> = joined
        .iter()
        .map(|line| match cell(&line.places[0], "sliced-w2").outcome {
            Outcome::Value(e) => e,
            other => panic!("{other:?}"),
        })
        .collect();
    // paired: 0.3 − 0.2, 0.5 − 0.3, 0.4 − 0.3 = 0.1, 0.2, 0.1: mean 2/15, s² = 1/300, s/√3 = 1/30.
    // independent: 0.3 − 0.3, 0.5 − 0.2, 0.4 − 0.3 = 0, 0.3, 0.1: mean 2/15, s² = 7/300, s/√3 = √7/30.
    // t_{0.975, 2} = 4.302653 (printed table).
    for (found, standard_error) in values.iter().zip([1.0 / 30.0, 7.0_f64.sqrt() / 30.0]) {
        assert!((found.mean - 2.0 / 15.0).abs() < 1e-12 && found.n == 3);
        assert!((found.half.expect("three seeds") - 4.302_653 * standard_error).abs() < 1e-7);
    }
    // 4.302653/30 = 0.143, √7 times that = 0.379.
    let drawing = draw(&spec(BY_NOISE), &records).expect("drawn");
    assert_eq!(legend(&drawing), ["paired (±0.14)", "independent (±0.38)", "heun − euler = 0"]);
    assert_texts_apart(&drawing.scene);
    insta::assert_snapshot!(drawing.caption, @r"
    sliced W₂ of heun minus that of euler against grid intervals N (logarithmic axis), seed by seed at equal settings; below the zero line heun has the lower number.
    Seeds a point: 3. Samples a cell: 1000.
    Points are means over seeds; bands and bars are 95 % intervals of the mean (Student t). They cover sampling, not training.
    In the legend: half the width of the interval, its mean over the places where all lines have one (over the line's own, should there be none).
    Where no bar is seen, it is shorter than the marker.
    Lines stand side by side at each place, so that their bars do not hide each other.
    ");
}

#[test]
fn a_setting_that_varies_is_never_pooled_and_names_the_line() {
    let of = r#"{"y":"sliced-w2","of":["heun","euler"]}"#;
    assert_eq!(labels(of, &by_hand()), ["paired noise", "independent noise"]);
    assert_eq!(
        labels(of, &by_hand()[..3].iter().chain(&by_hand()[6..9]).cloned().collect::<Vec<_>>()),
        ["heun − euler"]
    );
    let dtypes = [by_hand(), changed(|r| (r.cell, r.dtype) = (format!("{} f32", r.cell), "f32".into()))].concat();
    assert_eq!(labels(BY_NOISE, &dtypes), ["paired, f64", "independent, f64", "paired, f32", "independent, f32"]);
    // A column that tells no lines apart by itself.
    let by_batch = r#"{"y":"sliced-w2","of":["heun","euler"],"by":"batch"}"#;
    let batches = changed(|r| r.batch = if r.noise == "paired" { 7 } else { 64 });
    assert_eq!(labels(by_batch, &batches), ["batch 7, paired noise", "batch 64, independent noise"]);
    let by_process = r#"{"y":"sliced-w2","of":["heun","euler"],"by":"process"}"#;
    assert_eq!(labels(by_process, &by_hand()[..9]), ["vp"]);
}

#[test]
fn the_same_evaluations_are_other_steps() {
    let cells = |(sampler, steps)| (0..2).map(move |seed| record(sampler, steps, seed, 0.1));
    let records: Vec<Record> = [("euler", 10), ("euler", 20), ("heun", 5)].into_iter().flat_map(cells).collect();
    let nfe = spec(r#"{"y":"sliced-w2","of":["heun","euler"],"x":"nfe"}"#);
    let lines = pairs(&nfe, &records).expect("pairs").lines;
    let (a, b) = lines[0].places[0].pairs[0];
    assert_eq!((lines[0].places.len(), a.steps, b.steps), (1, Some(5), Some(10)));
}

#[test]
fn parameters_name_a_sampler_or_tell_lines_apart() {
    let ddim = |eta: &str, seed| {
        let mut r = record("ddim", 10, seed, 0.1);
        (r.cell, r.params) = (format!("ddim {eta} {seed}"), format!(r#"{{"eta":{eta}}}"#));
        r
    };
    let mut records: Vec<Record> = (0..2).flat_map(|s| [ddim("0.0", s), ddim("1.0", s)]).collect();
    let two = r#"{"y":"sliced-w2","of":["ddim, eta = 0","ddim, eta = 1"]}"#;
    assert_eq!(labels(two, &records), ["ddim, eta = 0 − ddim, eta = 1"]);
    let as_in_legends = r#"{"y":"sliced-w2","of":["eta = 0","eta = 1"]}"#;
    assert_eq!(labels(as_in_legends, &records), labels(two, &records));
    records.extend((0..2).map(|s| record("heun", 10, s, 0.2)));
    let by_eta = r#"{"y":"sliced-w2","of":["ddim","heun"],"by":"params.eta"}"#;
    assert_eq!(labels(by_eta, &records), ["eta = 0", "eta = 1"]);
    insta::assert_snapshot!(error(r#"{"y":"sliced-w2","of":["ddim","heun"]}"#, &records), @r#"the figure asks for sampler "ddim", but the records have: ddim, eta = 0; ddim, eta = 1; heun"#);
}

#[test]
fn what_a_sampler_has_of_its_own_keeps_no_pair_apart_and_is_said() {
    let records = changed(|r| r.final_ = if r.sampler == "heun" { "state" } else { "mean" }.into());
    let caption = draw(&spec(BY_NOISE), &records).expect("drawn").caption;
    assert!(caption.contains("Each sampler has its own final: state for heun, mean for euler.\n"), "{caption}");
    // One noise only for one of them.
    let caption = draw(&spec(BY_NOISE), &by_hand()[..9]).expect("drawn").caption;
    assert!(caption.contains("Of 2 settings of euler, 1 have no partner and are not drawn.\n"), "{caption}");
}

#[test]
fn one_failed_seed_is_a_gap_and_one_missing_seed_is_left_out() {
    let mut records = by_hand();
    records[7].status = Status::TimedOut;
    records[7].metrics.clear();
    records.remove(0);
    let caption = draw(&spec(BY_NOISE), &records).expect("drawn").caption;
    assert!(caption.contains("  paired at 10: 1 of 2 seeds timed-out\n"), "{caption}");
    assert!(caption.contains("shorter than the marker.\n"), "{caption}");
    // One seed alone at one place of several.
    records.extend(["euler", "heun"].map(|sampler| record(sampler, 20, 0, 0.1)));
    let single = draw(&spec(BY_NOISE), &records).expect("drawn").caption;
    assert!(single.contains("shorter than the marker, or only one seed is there.\n"), "{single}");
    assert!(caption.contains("Left out: 1 cells whose seed the other sampler does not have"), "{caption}");
}

#[test]
fn half_widths_are_compared_over_the_places_that_all_lines_have() {
    let mut records = by_hand();
    // Another place with a wide interval, for paired noise alone.
    for sampler in ["euler", "heun"] {
        records.extend(
            (0..3).map(|seed| record(sampler, 1, seed, if sampler == "heun" { 9.0 * seed as f64 } else { 0.0 })),
        );
    }
    let drawing = draw(&spec(BY_NOISE), &records).expect("drawn");
    assert_eq!(legend(&drawing)[..2], ["paired (±0.14)", "independent (±0.38)"]);
}

#[test]
fn mistakes_are_said_in_one_sentence() {
    let of = |a: &str, b: &str| format!(r#"{{"y":"sliced-w2","of":["{a}","{b}"]}}"#);
    let records = by_hand();
    insta::assert_snapshot!(error(&of("heun", "eulre"), &records), @r#"the figure asks for sampler "eulre", but the records have: euler, heun"#);
    insta::assert_snapshot!(error(&of("heun", "heun"), &records), @r#"both names of the difference mean "heun", but `of` takes two different samplers"#);
    let by = |column: &str| BY_NOISE.replace("noise", column);
    insta::assert_snapshot!(error(&by("nose"), &records), @r#"the figure cannot be split by "nose"; the settings of the records are: batch, device, dtype, final, grid, grid.uniform.t_end, init, model, noise, process, process.vp.beta_max, process.vp.beta_min, samples"#);
    assert!(error(&by("seed"), &records).starts_with(r#"the figure cannot be split by "seed"; "#));
    insta::assert_snapshot!(error(&BY_NOISE.replace("sliced-w2", "mmd"), &records), @r#"no record has a number in column "mmd"; the metrics recorded are: sliced-w2, sliced-w2_floor"#);
    insta::assert_snapshot!(error(&of("heun", "euler"), &[]), @"there are no records to draw from; run the experiment first");

    let apart = changed(|r| r.steps = r.steps.map(|n| if r.sampler == "heun" { n } else { 2 * n }));
    insta::assert_snapshot!(error(BY_NOISE, &apart), @r#""heun" and "euler" have no two cells of the same steps, seed and settings; found steps 10 and 20"#);
    let apart = changed(|r| {
        r.seed += if r.sampler == "heun" { 10 } else { 0 };
        r.dtype = if r.sampler == "heun" { "f32" } else { "f64" }.into();
    });
    insta::assert_snapshot!(error(BY_NOISE, &apart), @r#""heun" and "euler" have no two cells of the same steps, seed and settings; found seed 10, 11, 12 and 0, 1, 2; dtype f32 and f64"#);

    let one: Vec<Record> = records.iter().filter(|r| r.seed == 1).cloned().collect();
    insta::assert_snapshot!(error(BY_NOISE, &one), @r#""heun" and "euler" have only seed 1 in common, but the interval of a difference needs two seeds"#);

    let three = serde_json::from_str::<Difference>(r#"{"y":"mmd","of":["a","b","c"]}"#).expect_err("two are allowed");
    assert!(three.to_string().contains("trailing") || three.to_string().contains("length"), "{three}");
}

/// Step counts 5 to 160, five seeds; errors that share most of their scatter where the noise is paired.
fn sweep() -> Vec<Record> {
    let scatter = |k: u64| (k as f64 * 12.9898).sin();
    let mut out = Vec::new();
    for (s, sampler) in [(0, "euler-maruyama"), (1, "srk-weak-2")] {
        for noise in ["paired", "independent"] {
            for steps in [5, 10, 20, 40, 80, 160] {
                for seed in 0..5 {
                    let shared = scatter(seed + 17 * steps);
                    let own = scatter(3 * seed + 7 * steps + 31 * s + 101);
                    let share = if noise == "paired" { 0.95 } else { 0.0 };
                    let error = (0.2 - 0.12 * s as f64) / steps as f64;
                    let y = 0.01 + error + 0.002 * (share * shared + (1.0 - share) * own);
                    let mut r = record(sampler, steps, seed, y);
                    (r.cell, r.noise) = (format!("{noise} {}", r.cell), noise.into());
                    if sampler == "srk-weak-2" && noise == "independent" && steps == 5 {
                        r.status = Status::Nonfinite;
                        r.metrics.clear();
                    }
                    out.push(r);
                }
            }
        }
    }
    out
}

#[test]
fn png_and_svg_are_drawn_and_the_same_twice() {
    let (records, folder) = (sweep(), tempfile::tempdir().expect("a folder"));
    let source = Source { records: &records, samples: &|_| Ok(None), reference: None, image: None, loss: &[] };
    let json =
        |width| format!(r#"{{"y":"sliced-w2","of":["srk-weak-2","euler-maruyama"],"by":"noise","width":"{width}"}}"#);
    for width in ["column", "page"] {
        assert_texts_apart(&draw(&spec(&json(width)), &records).expect("drawn").scene);
    }
    let figure = FigureSpec::Difference(spec(&json("column")));
    let files = |run: &str| -> Vec<Vec<u8>> {
        let files = draw_files(&figure, "difference", &source, &folder.path().join(run)).expect("drawn");
        let ends: Vec<_> = files.iter().map(|f| f.extension().and_then(|e| e.to_str())).collect();
        assert_eq!(ends, [Some("png"), Some("svg"), Some("txt"), Some("pdf")]);
        files.iter().map(|f| std::fs::read(f).expect("written")).collect()
    };
    let first = files("a");
    assert_eq!(first, files("b"));
    assert!(first[0].starts_with(b"\x89PNG") && first[1].starts_with(b"<svg"));
}

#[test]
fn bars_of_neighbours_have_places_of_their_own() {
    let lines = |count: usize| -> Vec<Series> {
        let cell = |x: f64| {
            let outcome = Outcome::Value(Estimate { mean: 0.0, half: Some(1.0), n: 3 });
            Cell { at: x.to_string(), order: x, x: Some(x), outcome, floor: None, seeds: 3, samples: 10 }
        };
        let cells: Vec<Cell> = [10.0, 20.0, 40.0].map(cell).to_vec();
        (0..count).map(|index| Series { label: index.to_string(), index, cells: cells.clone(), floor: None }).collect()
    };
    let shifts =
        |count: usize| curves(&lines(count), Width::Column).iter().map(|c| c.pen.spread.shift()).collect::<Vec<_>>();
    assert_eq!(shifts(1), [0.0]);
    assert_eq!(shifts(2), [-3.0, 3.0]);
    let six = shifts(6);
    assert!((six[0] + 4.0).abs() < 1e-12 && (six[5] - 4.0).abs() < 1e-12, "{six:?}");
    assert_eq!([0.00212, 0.000_961, 2.0, 3.4e-5].map(half_width), ["0.0021", "0.00096", "2", "3.4·10⁻⁵"]);
}
