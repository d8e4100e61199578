use super::*;
use crate::experiment::record::Status;
use crate::plot::colormap::{color, ink_on};
use crate::plot::scene::{Scene, Shape, assert_texts_apart};
use crate::plot::testing::record;

const GRIDS: [&str; 3] = ["log-snr", "uniform", "karras"];

/// Three samplers, three grids, two budgets, three seeds; `best` is the best of all on karras.
fn sweep() -> Vec<Record> {
    let mut records = Vec::new();
    for (sampler, size) in [("worst", 3.0), ("best", 0.02), ("euler-maruyama", 0.1)] {
        for (g, grid) in GRIDS.iter().enumerate() {
            for nfe in [5, 10] {
                for seed in 0..3 {
                    let y = size * (3 - g) as f64 * (1.0 + 0.01 * seed as f64) / nfe as f64;
                    let mut r = record(sampler, nfe, seed, y);
                    r.cell = format!("{sampler}-{grid}-{nfe}-{seed}");
                    r.grid = format!(r#"{{"{grid}":{{"t_begin":1.0,"t_end":0.001}}}}"#);
                    r.nfe_asked = Some(nfe);
                    r.metrics.insert("sliced-w2_floor".into(), 1e-3);
                    records.push(r);
                }
            }
        }
    }
    records
}

fn heat(json: &str) -> Heat {
    serde_json::from_str(json).expect("a heat map")
}

fn drawn(json: &str, records: &[Record]) -> Drawing {
    draw(&heat(json), records).expect("drawn")
}

const AT_10: &str = r#"{"value":"sliced-w2","nfe":10}"#;

fn texts(scene: &Scene) -> Vec<&str> {
    scene.shapes.iter().filter_map(|s| if let Shape::Text(l) = s { Some(l.text.as_str()) } else { None }).collect()
}

#[test]
fn rows_stand_in_the_order_of_their_best_value_and_cells_hold_their_numbers() {
    let drawing = drawn(AT_10, &sweep());
    assert_texts_apart(&drawing.scene);
    let words = texts(&drawing.scene);
    // Means over the seeds are 1.01 times size · (3, 2, 1)/10.
    let expected = [
        "grid",
        "log-snr",
        "uniform",
        "karras",
        "best",
        "6.1e−3",
        "4.0e−3",
        "2.0e−3",
        "euler-maruyama",
        "0.030",
        "0.020",
        "0.010",
        "worst",
        "0.91",
        "0.61",
        "0.30",
    ];
    assert_eq!(words[..expected.len()], expected, "{words:?}");
    assert!(words.contains(&"not above three floors") && !words.contains(&"refused"), "{words:?}");
    insta::assert_snapshot!(drawing.caption, @r"
    sliced W₂ by sampler (rows) and grid (columns), at most 10 evaluations a sample.
    Seeds a cell: 3. Samples a cell: 1000. Numbers are means over seeds. Half the 95 % interval of the mean (Student t) is 2.5 % of it in the median, 2.5 % at most; it covers sampling, not training.
    Colour: logarithmic, dark is low, from 0.00202 to 0.909.
    Rows stand in the order of their lowest value.
    Floor: 0.001. 1 value with a triangle is not above three floors and not read as the sampler's.
    ");
}

#[test]
fn colours_run_with_the_logarithm_and_the_ink_follows_the_paper() {
    let scene = drawn(r#"{"value":"sliced-w2","nfe":5}"#, &sweep()).scene;
    let paper = |text: &str| {
        let place = scene.shapes.iter().position(|s| matches!(s, Shape::Text(l) if l.text == text)).expect(text);
        let Shape::Text(label) = &scene.shapes[place] else { panic!("a text") };
        let fills = scene.shapes[..place].iter().rev();
        let mut around =
            fills.filter_map(|s| if let Shape::Fill { path, color, .. } = s { Some((path, *color)) } else { None });
        // The triangle of the floor is smaller than its cell.
        let (_, color) = around.find(|(path, _)| path.len() == 4).expect("a cell");
        assert_eq!(label.color, ink_on(color), "{text}");
        color
    };
    // From 0.00404 to 1.818, factors of 3 and more apart.
    assert_eq!(paper("4.0e−3"), color(0.0));
    assert_eq!(paper("1.8"), color(1.0));
    let share = (0.0606_f64 / 0.00404).ln() / (1.818_f64 / 0.00404).ln();
    let (r, g, b) = paper("0.061");
    let (r_2, g_2, b_2) = color(share);
    for (a, b) in [(r, r_2), (g, g_2), (b, b_2)] {
        assert!(a.abs_diff(b) <= 1, "{:?}", color(share));
    }
}

#[test]
fn cells_without_a_number_are_white_and_said() {
    let mut records = sweep();
    for r in records.iter_mut().filter(|r| r.sampler == "worst" && r.nfe_asked == Some(10)) {
        match (r.grid.contains("uniform"), r.grid.contains("karras"), r.seed) {
            (true, _, 1) => r.status = Status::Nonfinite,
            (_, true, _) => (r.status, r.steps) = (Status::Refused, None),
            (false, false, 0) => r.status = Status::TimedOut,
            _ => {}
        }
    }
    records.retain(|r| !(r.sampler == "best" && r.grid.contains("log-snr")));
    for r in records.iter_mut().filter(|r| r.sampler == "best" && r.grid.contains("uniform")) {
        r.metrics.insert("sliced-w2".into(), -2e-4);
        r.metrics.remove("sliced-w2_floor");
    }
    let drawing = drawn(AT_10, &records);
    assert_texts_apart(&drawing.scene);
    let words = texts(&drawing.scene);
    for text in ["refused", "some seed not finite", "failed or stopped", "not measured", "white: mean not above 0"] {
        assert!(words.contains(&text), "{text} is not among {words:?}");
    }
    assert!(words.contains(&"−2.0e−4"));
    let (_, gaps) = drawing.caption.split_once("White cells").expect("gaps");
    insta::assert_snapshot!(gaps, @r"
    (no mean is formed of the seeds that ended well):
     best at log-snr: no cell
     best at uniform: −2·10⁻⁴ ± 0, for which the logarithmic scale has no colour
     worst at log-snr: 1 of 3 seeds timed-out
     worst at uniform: 1 of 3 seeds nonfinite
     worst at karras: 3 of 3 seeds refused
    ");
}

#[test]
fn budgets_and_settings_can_be_the_columns() {
    let one_grid: Vec<Record> = sweep().into_iter().filter(|r| r.grid.contains("karras")).collect();
    for columns in ["nfe", "steps"] {
        let drawing = drawn(&format!(r#"{{"value":"sliced-w2","columns":"{columns}"}}"#), &one_grid);
        let words = texts(&drawing.scene);
        assert_eq!(words[1..6], ["5", "10", "best", "4.0e−3", "2.0e−3"], "{words:?}");
    }
    let by_seed_less = drawn(r#"{"value":"sliced-w2","columns":"process.vp.beta_max","steps":5}"#, &one_grid);
    assert_eq!(texts(&by_seed_less.scene)[..2], ["process.vp.beta_max", "20.0"]);
}

#[test]
fn one_interval_is_the_same_on_every_grid_with_the_same_ends() {
    let mut records: Vec<Record> = sweep().into_iter().filter(|r| r.nfe_asked == Some(5)).collect();
    for r in records.iter_mut().filter(|r| r.sampler == "worst") {
        r.steps = Some(1);
    }
    let without = |end: &str| {
        let mut records = records.clone();
        records.retain(|r| r.sampler != "worst" || r.grid.contains("log-snr"));
        for r in records.iter_mut().filter(|r| r.grid.contains("karras")) {
            r.grid = r.grid.replace("0.001", end);
        }
        let rows = Rows::of(&heat(r#"{"value":"sliced-w2"}"#), &records).expect("rows");
        rows.rows.last().expect("the worst").cells.iter().map(Option::is_some).collect::<Vec<_>>()
    };
    assert_eq!(without("0.001"), [true, true, true]);
    assert_eq!(without("0.002"), [true, true, false]);
}

#[test]
fn long_lists_stand_in_blocks_side_by_side_and_labels_are_cut() {
    let mut records = Vec::new();
    for r in sweep() {
        for k in 0..20 {
            let mut copy = r.clone();
            copy.sampler = format!("{}-{k}", r.sampler);
            copy.cell = format!("{}-{k}", r.cell);
            copy.metrics.insert("sliced-w2".into(), r.metrics["sliced-w2"] * (1.0 + k as f64));
            records.push(copy);
        }
    }
    let page = drawn(r#"{"value":"sliced-w2","nfe":10,"width":"page"}"#, &records);
    assert_texts_apart(&page.scene);
    assert_eq!(texts(&page.scene).iter().filter(|t| **t == "karras").count(), 2);
    assert!(page.caption.contains("down the left block first"), "{}", page.caption);
    let column = drawn(AT_10, &records);
    assert_texts_apart(&column.scene);
    assert!(column.scene.height > 1.5 * page.scene.height);
    for r in &mut records {
        r.sampler = format!("a-sampler-with-a-name-longer-than-its-room-{}", r.sampler);
    }
    let cut = drawn(AT_10, &records);
    assert_texts_apart(&cut.scene);
    assert!(texts(&cut.scene).iter().any(|t| t.ends_with('…')));
}

#[test]
fn a_value_far_above_all_others_does_not_take_their_colours() {
    let mut records = sweep();
    for r in records.iter_mut().filter(|r| r.sampler == "worst" && r.grid.contains("log-snr")) {
        r.metrics.insert("sliced-w2".into(), 1e12);
    }
    let drawing = drawn(AT_10, &records);
    assert!(texts(&drawing.scene).contains(&"1.0e12"));
    assert!(drawing.caption.contains("higher values have the colour of the upper end"), "{}", drawing.caption);
    assert_texts_apart(&drawing.scene);
}

#[test]
fn a_sampler_without_the_metric_or_the_budget_is_named() {
    let mut records = sweep();
    for r in records.iter_mut().filter(|r| r.sampler == "worst") {
        r.metrics.clear();
    }
    for r in records.iter_mut().filter(|r| r.sampler == "euler-maruyama") {
        (r.nfe_asked, r.steps) = (None, None);
    }
    let caption = drawn(AT_10, &records).caption;
    assert!(caption.contains("Not drawn, without this metric: worst.\n"), "{caption}");
    assert!(caption.contains("Not drawn, has no cell of this budget: euler-maruyama.\n"), "{caption}");
}

#[test]
fn what_is_not_there_is_said() {
    let message = |json: &str| draw(&heat(json), &sweep()).expect_err("wrong").to_string();
    insta::assert_snapshot!(message(r#"{"value":"sliced-w3","nfe":10}"#), @r#"no record has a number in column "sliced-w3"; the metrics recorded are: sliced-w2, sliced-w2_floor"#);
    insta::assert_snapshot!(message(r#"{"value":"sliced-w2","nfe":7}"#), @"no cell was planned with 7 nfe; the cells have nfe: 5, 10");
    insta::assert_snapshot!(message(r#"{"value":"sliced-w2","steps":7}"#), @"no cell was planned with 7 steps; the cells have steps: 5, 10");
    insta::assert_snapshot!(message(r#"{"value":"sliced-w2"}"#), @"the cells have several budgets, nfe: 5, 10; name one of them by the key `nfe` of the figure");
    insta::assert_snapshot!(message(r#"{"value":"sliced-w2","nfe":5,"columns":"gird"}"#), @r#"the figure cannot be split by "gird"; the settings of the records are: device, dtype, final, grid, grid.karras.t_begin, grid.karras.t_end, grid.log-snr.t_begin, grid.log-snr.t_end, grid.uniform.t_begin, grid.uniform.t_end, init, model, noise, process, process.vp.beta_max, process.vp.beta_min, sampler, samples"#);
    insta::assert_snapshot!(message(r#"{"value":"sliced-w2","nfe":5,"samplers":["beast"]}"#), @r#"the figure asks for sampler "beast", but the records have: best, euler-maruyama, worst"#);
    assert!(matches!(draw(&heat(AT_10), &[]), Err(PlotError::NoRecords)));
    let mut many = Vec::new();
    for (i, r) in sweep().into_iter().filter(|r| r.grid.contains("karras")).enumerate() {
        let grid = format!(r#"{{"karras":{{"rho":{i}}}}}"#);
        many.push(Record { grid, cell: i.to_string(), ..r });
    }
    let error = draw(&heat(AT_10), &many).expect_err("no room").to_string();
    insta::assert_snapshot!(error, @"9 columns need 5.3 inches, but 3.3 are free; choose `width: page`, or fewer columns");
}
