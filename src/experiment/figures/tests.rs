use super::*;
use crate::data::io::write_samples;
use crate::experiment::models::{self, Models};
use crate::experiment::testing::plan;
use crate::plot::testing::record;
use crate::score::GaussianSpec;
use std::fs;
use std::ops::ControlFlow;

/// A run directory that holds records.csv and nothing else: two cells of euler.
fn run_directory() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let records = [record("euler", 4, 0, 0.2), record("euler", 8, 0, 0.1)];
    let csv = table::to_csv(&records, &["sliced-w2".into(), "sliced-w2_floor".into()]).expect("two rows");
    fs::write(dir.path().join("records.csv"), csv).expect("written");
    dir
}

/// The folder of the first of the two cells.
fn cell(dir: &Path) -> PathBuf {
    let cell = dir.join("cells/euler-4-0");
    fs::create_dir_all(&cell).expect("a folder");
    cell
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).expect("a folder");
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// What is said about a figure that cannot be drawn from what is there; no file of it is left.
fn unreadable(plan: &Plan, dir: &Path) -> String {
    let Drawn { files, mut failed } = draw(plan, dir).expect("there are records");
    assert!(files.is_empty() && failed.len() == 1 && !dir.join("figures").exists(), "{files:?} {failed:?}");
    match RunError::from(failed.remove(0)) {
        RunError::Unreadable(text) => text.replace(&dir.display().to_string(), "RUN"),
        other => panic!("{other:?}"),
    }
}

const SAMPLES: &str = "figures=[{ samples: { steps: [4, 8] } }]";
const LOSS: &str = "figures=[{ loss: {} }]";
const TABLE: &str = "figures=[{ table: { y: sliced-w2 } }]";
const METRICS: &str = "metrics=[sliced-w2]";

/// The files, where every figure could be drawn.
fn drawn(plan: &Plan, dir: &Path) -> Vec<PathBuf> {
    let Drawn { files, failed } = draw(plan, dir).expect("there are records");
    assert!(failed.is_empty(), "{failed:?}");
    files
}

#[test]
fn a_figure_that_cannot_be_drawn_stops_no_other() {
    let dir = run_directory();
    let plan =
        plan(&[METRICS, "figures=[{ quality: { y: sliced-w2, samplers: [heun] } }, { table: { y: sliced-w2 } }]"]);
    let Drawn { files, mut failed } = draw(&plan, dir.path()).expect("there are records");
    assert_eq!((files.len(), failed.len()), (3, 1), "{failed:?}");
    let error = RunError::from(failed.remove(0)).to_string();
    insta::assert_snapshot!(error, @r#"figure `quality-sliced-w2-nfe_per_sample`: the figure asks for sampler "heun", but the records have: euler"#);
}

#[test]
fn a_mean_of_the_last_values() {
    assert_eq!(trailing_mean(&[2.0, 4.0, 6.0, 8.0], 2), [2.0, 3.0, 5.0, 7.0]);
}

#[test]
fn names_do_not_repeat() {
    let mut taken = HashSet::new();
    let names = ["a", "a", "b", "a"].map(|n| unique(n, &mut taken));
    assert_eq!(names, ["a", "a-2", "b", "a-3"]);
}

#[test]
fn drawing_makes_the_folder_of_its_files_and_no_other() {
    let dir = run_directory();
    let table = plan(&[METRICS, TABLE]);
    assert_eq!(drawn(&table, dir.path()).len(), 3);
    assert_eq!(names(dir.path()), ["figures.txt", "records.csv", "tables"]);
}

#[test]
fn figures_that_are_no_longer_named_go_and_files_of_others_stay() {
    let dir = run_directory();
    let both = plan(&[METRICS, "figures=[{ quality: { y: sliced-w2 } }, { table: { y: sliced-w2 } }]"]);
    assert_eq!(drawn(&both, dir.path()).len(), 7);
    fs::write(dir.path().join("figures/mine.png"), "mine").expect("written");
    // A list that was tampered with leads nowhere else.
    let list = dir.path().join("figures.txt");
    let text = fs::read_to_string(&list).expect("a list");
    assert_eq!(text.lines().count(), 7, "{text}");
    fs::write(&list, text + "records.csv\nfigures/../records.csv\n").expect("written");
    assert_eq!(drawn(&plan(&[METRICS, TABLE]), dir.path()).len(), 3);
    assert_eq!(names(&dir.path().join("figures")), ["mine.png"]);
    assert_eq!(names(&dir.path().join("tables")).len(), 3);
    // What cannot be drawn this time is kept as it was.
    let unknown = plan(&[METRICS, "figures=[{ table: { y: sliced-w2, samplers: [heun] } }]"]);
    assert_eq!(draw(&unknown, dir.path()).expect("there are records").failed.len(), 1);
    assert_eq!(names(&dir.path().join("tables")).len(), 3);
    assert!(drawn(&plan(&[]), dir.path()).is_empty());
    assert_eq!(names(dir.path()), ["figures", "figures.txt", "records.csv", "tables"]);
    assert!(names(&dir.path().join("tables")).is_empty());
}

#[test]
fn samples_that_were_not_kept_are_a_note_in_the_figure() {
    let dir = run_directory();
    let x = Array2::from_shape_fn((10, 2), |(i, j)| (i + j) as f64);
    write_samples(&cell(dir.path()).join("samples.safetensors"), x.view(), safetensors::Dtype::F64).expect("written");
    let files = drawn(&plan(&[SAMPLES]), dir.path());
    let svg = fs::read_to_string(&files[1]).expect("an SVG");
    assert!(svg.contains("not kept"), "{svg}");
}

#[test]
fn samples_that_cannot_be_read_stop_the_figure() {
    let dir = run_directory();
    fs::write(cell(dir.path()).join("samples.safetensors"), "hello").expect("written");
    insta::assert_snapshot!(unreadable(&plan(&[SAMPLES]), dir.path()), @"figure `samples`: RUN/cells/euler-4-0/samples.safetensors: not samples of ito (the file cannot be parsed (header too small), but must hold a safetensors file with that tensor as F32 or F64); remove this folder and run again");
}

#[test]
fn a_model_that_cannot_be_built_stops_the_figure_of_samples_and_no_other() {
    let dir = run_directory();
    let mut samples = plan(&[SAMPLES]);
    samples.spec.model = ModelSpec::Gaussian(GaussianSpec { mean: vec![0.0], std: None, covariance: None });
    insta::assert_snapshot!(unreadable(&samples, dir.path()), @"figure `samples`: RUN/spec.yaml: key `model`: give exactly one of std, covariance; found neither; put back what the run found there");
    samples.spec.figures = plan(&[METRICS, TABLE]).spec.figures;
    assert_eq!(drawn(&samples, dir.path()).len(), 3, "a table needs no model");
}

#[test]
fn a_training_curve_that_cannot_be_read_stops_the_figure() {
    let dir = run_directory();
    let loss = plan(&["model={ train: { steps: 10 } }", "data=digits", LOSS]);
    let untrained = RunError::from(draw(&loss, dir.path()).expect("there are records").failed.remove(0)).to_string();
    insta::assert_snapshot!(untrained, @"figure `loss`: there is no training curve: the model of this experiment was not trained here");
    let model = dir.path().join("models/mixture");
    fs::create_dir_all(&model).expect("a folder");
    fs::write(model.join("loss.csv"), "step,loss,grad_norm,rate\n1,x,0.5,0.1\n").expect("written");
    insta::assert_snapshot!(unreadable(&loss, dir.path()), @"figure `loss`: RUN/models/mixture/loss.csv: not a training curve (CSV deserialize error: record 1 (line: 2, byte: 25): field 1: invalid float literal); remove this folder and train again");
}

/// Without cells, as `ito plot` draws, the curves have the names that a run gives them.
#[test]
fn every_network_of_a_sweep_over_training_seeds_is_in_the_figure() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let net = "model={ train: { net: { mlp: { width: 4, depth: 1 } }, steps: 2, batch: 4 } }";
    let mut plan = plan(&[net, "data={ ring: { samples: 20 } }", "sweep.train_seed=[4, 9]", "sweep.steps=4", LOSS]);
    let models = Models::new(&plan, &dir.path().join("models"), &|_, _, _| ControlFlow::Continue(()));
    let mut records = Vec::new();
    for (i, cell) in plan.cells.iter().enumerate() {
        assert!(models.get(cell).is_ok(), "it is trained");
        records.push(Record { model: models::name(cell), ..record("euler", 4, i as u64, 0.1) });
    }
    let csv = table::to_csv(&records, &["sliced-w2".into(), "sliced-w2_floor".into()]).expect("rows");
    fs::write(dir.path().join("records.csv"), csv).expect("written");
    let mut both = |cells: bool| {
        if !cells {
            plan.cells.clear();
        }
        let files = drawn(&plan, dir.path());
        [1, 2].map(|i| fs::read_to_string(&files[i]).expect("an SVG and a caption"))
    };
    let [svg, caption] = both(true);
    assert!(svg.contains("train seed 4") && svg.contains("train seed 9"), "{svg}");
    assert_eq!(caption.matches("\n  train seed ").count(), 2, "{caption}");
    assert_eq!(both(false), [svg, caption]);
}
