//! A run shared out, interrupted, or tried again ends with the table of an undisturbed one.

use crate::cli::{command, ito};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Some seconds of cells, no network.
const YAML: &str = "experiment: running
process: vp
model: { gaussian: { mean: [0.0, 1.0], std: 1.0 } }
sweep: { sampler: [euler, euler-maruyama], steps: [3, 1000], seed: [0, 1, 2] }
samples: 600
metrics: [sliced-w2]
";

/// A folder with the experiment.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("x.yaml"), YAML).unwrap();
    dir
}

const RUN: [&str; 5] = ["run", "x.yaml", "--out", "out", "--json"];

fn run(dir: &Path, args: &[&str]) -> Output {
    ito(dir, &[&RUN, args].concat())
}

/// One number of the summary.
fn summary(output: &Output, key: &str) -> u64 {
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    json[key].as_u64().unwrap_or_else(|| panic!("{json}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Cell and samples of each row.
fn rows(dir: &Path) -> Vec<(String, Option<String>)> {
    let records = ito::experiment::table::read(&dir.join("out/records.csv")).unwrap();
    records.into_iter().map(|record| (record.cell, record.samples_sha256)).collect()
}

#[test]
fn shards_share_an_experiment() {
    let (whole, parts) = (folder(), folder());
    assert_eq!(run(whole.path(), &[]).status.code(), Some(0));
    let first = run(parts.path(), &["--shard", "1/3"]);
    assert_eq!((summary(&first, "total"), summary(&first, "ran")), (4, 4), "every third of twelve cells");
    assert_eq!(rows(parts.path()).len(), 4);
    for (shard, there) in [("2/3", 4), ("3/3", 4)] {
        assert_eq!(summary(&run(parts.path(), &["--shard", shard]), "ran"), there);
    }
    assert_eq!(summary(&run(parts.path(), &[]), "ran"), 0);
    assert_eq!(rows(whole.path()), rows(parts.path()));
}

/// Two runners on one directory: no cell is drawn twice.
#[test]
fn two_runs_on_one_directory_share_the_work() {
    let dir = folder();
    let start = || command(dir.path(), &RUN).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let both = [start(), start()].map(|child| child.wait_with_output().unwrap());
    let ran: Vec<u64> = both.iter().map(|output| summary(output, "ran")).collect();
    assert_eq!(ran.iter().sum::<u64>(), 12, "{ran:?}");
    assert_eq!(rows(dir.path()).len(), 12);
}

#[test]
fn an_interrupted_run_keeps_what_is_finished() {
    let (calm, rough) = (folder(), folder());
    assert_eq!(run(calm.path(), &[]).status.code(), Some(0));
    let child = command(rough.path(), &RUN).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Once the first cell is there, the signal comes in the middle of the others.
    let begun = Instant::now();
    let there = || std::fs::read_dir(rough.path().join("out/cells")).is_ok_and(has_record);
    while !there() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(2));
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(sent.success(), "the run ended before it could be interrupted");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("what was finished is kept; the same command goes on from there"), "{said}");
    let kept = rows(rough.path());
    assert!(!kept.is_empty() && kept.len() < 12, "{} rows", kept.len());
    let rest = run(rough.path(), &[]);
    assert_eq!(summary(&rest, "there"), kept.len() as u64);
    assert_eq!(rows(calm.path()), rows(rough.path()));
}

fn has_record(cells: std::fs::ReadDir) -> bool {
    cells.flatten().any(|cell| cell.path().join("record.json").exists())
}

/// Cells that failed stay as they are until `--retry`; what is no part of the key may be changed for it.
#[test]
fn failed_cells_are_tried_again_when_asked() {
    let dir = folder();
    let yaml =
        YAML.replace("sampler: [euler, euler-maruyama], steps: [3, 1000]", "sampler: [{ rk45: { rtol: 1e-6 } }]");
    std::fs::write(dir.path().join("x.yaml"), yaml + "limits: { tries: 3 }\n").unwrap();
    let failed = run(dir.path(), &[]);
    assert_eq!((failed.status.code(), summary(&failed, "ran")), (Some(1), 3));
    let record = &ito::experiment::table::read(&dir.path().join("out/records.csv")).unwrap()[0];
    let error = record.error.as_deref().unwrap_or_default();
    assert!(error.contains("limit of tries") && error.contains("raise limits.tries"), "{error}");
    let quiet = ito(dir.path(), &["run", "x.yaml", "--out", "out", "--quiet"]);
    let said = String::from_utf8_lossy(&quiet.stderr).into_owned();
    assert!(said.starts_with("error: 3 cells did not end well; the first, cell "), "{said}");
    assert_eq!((quiet.status.code(), quiet.stdout.len()), (Some(1), 0));
    let again = run(dir.path(), &["--set", "limits.tries=1000"]);
    assert_eq!((again.status.code(), summary(&again, "ran")), (Some(1), 0), "nothing without --retry");
    let seed = &["--set", "limits.tries=1000", "--retry", "--only", "status=failed,seed=0"];
    let one = run(dir.path(), seed);
    assert_eq!((one.status.code(), summary(&one, "total"), summary(&one, "ran")), (Some(0), 1, 1));
    assert_eq!(summary(&run(dir.path(), seed), "total"), 0, "it has not failed any more");
    let again = run(dir.path(), &["--set", "limits.tries=1000", "--retry", "--only", "status=failed"]);
    assert_eq!((again.status.code(), summary(&again, "ran")), (Some(0), 2));
    let again = run(dir.path(), &["--retry"]);
    assert_eq!((again.status.code(), summary(&again, "ran")), (Some(0), 0), "ok is final");
}

/// Without kept samples a cell is drawn again for a metric asked for later: what it has is given up for no failure.
#[test]
fn a_cell_without_kept_samples_loses_nothing_to_a_later_metric() {
    let dir = folder();
    let small = ["--set", "keep=none", "--set", "sweep.steps=[3]", "--set", "samples=50"];
    let run = |more: &[&str]| run(dir.path(), &[&small, more].concat());
    let records = || ito::experiment::table::read(&dir.path().join("out/records.csv")).unwrap();
    assert_eq!(run(&[]).status.code(), Some(0));
    let before = records();
    let late = run(&["--set", "metrics=[sliced-w2, mmd]", "--set", "limits.timeout=1e-9"]);
    assert_eq!((late.status.code(), summary(&late, "incomplete"), summary(&late, "ran")), (Some(1), 6, 0));
    assert!(String::from_utf8_lossy(&late.stderr).contains("stays as it was"));
    assert_eq!(records(), before);
    let more = run(&["--set", "metrics=[mmd]"]);
    assert_eq!((more.status.code(), summary(&more, "ran")), (Some(0), 6));
    let both = run(&["--set", "metrics=[sliced-w2, mmd]"]);
    assert_eq!(summary(&both, "ran"), 0, "the earlier metric is still there");
    for (now, before) in records().iter().zip(&before) {
        assert_eq!(now.metrics["sliced-w2"], before.metrics["sliced-w2"]);
        assert!(now.metrics["mmd"].is_finite());
    }
}

/// What is kept may grow from run to run: the cells are drawn again and come out the same.
#[test]
fn cells_that_kept_less_are_drawn_again() {
    let dir = folder();
    let yaml = YAML.replace("euler-maruyama]", "{ rk45: { rtol: 1e-3 } }]").replace("steps: [3, 1000]", "steps: 3");
    std::fs::write(dir.path().join("x.yaml"), yaml.replace("samples: 600", "samples: 20")).unwrap();
    let ran = |keep: &str| summary(&run(dir.path(), &["--set", &format!("keep={keep}")]), "ran");
    let file = |cell: &str| dir.path().join("out/cells").join(cell).join("samples.safetensors");
    let tensors = |cell: &str| ito::data::io::tensor_names(&file(cell)).unwrap();
    assert_eq!(ran("none"), 6);
    let before = ito::experiment::table::read(&dir.path().join("out/records.csv")).unwrap();
    assert!(before.iter().all(|record| !file(&record.cell).exists()));
    assert_eq!((ran("samples"), ran("samples"), ran("none")), (6, 0, 0));
    assert!(before.iter().all(|record| tensors(&record.cell) == ["x"]));
    assert_eq!((ran("trajectory"), ran("trajectory"), ran("samples")), (6, 0, 0));
    assert!(before.iter().all(|record| tensors(&record.cell) == ["path", "t", "x"]));
    let after = ito::experiment::table::read(&dir.path().join("out/records.csv")).unwrap();
    assert_eq!(after, before, "a cell that is drawn again keeps its record");
}

/// A byte of a kept file that changed is found before anything is measured on it.
#[test]
fn samples_that_changed_on_disk_are_drawn_anew() {
    let dir = folder();
    let small = ["--set", "sweep.steps=[3]", "--set", "sweep.seed=0", "--set", "samples=50"];
    let run = |more: &[&str]| run(dir.path(), &[&small, more].concat());
    run(&[]);
    let (cell, _) = &rows(dir.path())[0];
    let file = dir.path().join("out/cells").join(cell).join("samples.safetensors");
    let good = std::fs::read(&file).unwrap();
    let mut bad = good.clone();
    *bad.iter_mut().rev().nth(1).unwrap() ^= 0x41;
    std::fs::write(&file, bad).unwrap();
    let again = ito(dir.path(), &["run", "--cell", cell, "out"]);
    let said = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(again.status.code() == Some(1) && said.contains("the file kept of them holds others"), "{said}");
    let late = run(&["--set", "metrics=[sliced-w2, energy]"]);
    let note = format!("the samples kept of cell {cell} are not those recorded: drawn anew");
    assert!(String::from_utf8_lossy(&late.stderr).contains(&note));
    assert_eq!((late.status.code(), std::fs::read(&file).unwrap() == good), (Some(0), true));
}

#[test]
fn a_cell_in_which_a_run_died_is_named_and_comes_last() {
    let dir = folder();
    let small = ["--set", "sweep.steps=[3]", "--set", "samples=50", "--jobs", "1"];
    let plan = ito(dir.path(), &["check", "x.yaml", "--json", "--set", "sweep.steps=[3]", "--set", "samples=50"]);
    let json: serde_json::Value = serde_json::from_slice(&plan.stdout).unwrap();
    let first = json["cells"][0]["cell"].as_str().unwrap().to_owned();
    let left = dir.path().join("out/cells/.running");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("worker"), format!("{first} euler of libito_euler.so\nthe rest of a longer line\n"))
        .unwrap();
    std::fs::write(left.join("between-two-cells"), "\n").unwrap();
    let run = || ito(dir.path(), &[&["run", "x.yaml", "--out", "out"], &small[..]].concat());
    // A run of other cells leaves the note to one that has this cell.
    let other = ito(dir.path(), &[&["run", "x.yaml", "--out", "out", "--shard", "2/2"], &small[..]].concat());
    assert!(!String::from_utf8_lossy(&other.stderr).contains("a run ended inside"));
    assert_eq!(std::fs::read_dir(&left).unwrap().count(), 1);
    let said = String::from_utf8_lossy(&run().stderr).into_owned();
    assert!(said.contains(&format!("a run ended inside cell {first}, euler of libito_euler.so")), "{said}");
    let last = said.lines().rfind(|line| line.starts_with("[6/6]")).unwrap_or_default();
    assert!(last.contains(&first[..8]), "{said}");
    assert_eq!(std::fs::read_dir(&left).unwrap().count(), 0);
    assert!(!String::from_utf8_lossy(&run().stderr).contains("a run ended inside"));
}

#[test]
fn rows_of_another_experiment_do_not_leave_in_silence() {
    let dir = folder();
    let said = |set: &str| {
        let output = ito(dir.path(), &["run", "x.yaml", "--out", "out", "--set", "sweep.steps=[3]", "--set", set]);
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(!said("samples=50").contains("leave the table"));
    let other = said("samples=40");
    assert!(other.contains("6 of the 6 rows of out/records.csv are no cells of this experiment"), "{other}");
}

/// The words of a figure's `only` serve `--only`, too; a word that nothing has is a mistake.
#[test]
fn a_filter_takes_settings_and_knows_its_values() {
    let dir = folder();
    let run = |only: &str| run(dir.path(), &["--only", only, "--set", "sweep.grid=[log-snr, { power: { p: 2 } }]"]);
    assert_eq!(summary(&run("grid=log-snr,steps=3.0"), "total"), 6);
    assert_eq!(summary(&run("grid.power.p=2,steps=3,sampler=euler"), "total"), 3);
    let wrong = run("sampler=ueler");
    assert_eq!(wrong.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&wrong.stderr).trim(),
        "error: `--only sampler=ueler`: no cell of this experiment has it; allowed: euler, euler-maruyama"
    );
}

/// With one interval two grids are the same cell, which is a point of both lines and answers to both names.
#[test]
fn a_cell_of_two_grids_belongs_to_both() {
    let dir = folder();
    let sets = ["sweep.grid=[uniform, log-snr]", "sweep.steps=[1, 2]", "sweep.sampler=[euler]", "sweep.seed=[0]"];
    let sets: Vec<&str> =
        sets.iter().chain(&["figures=[{ table: { y: sliced-w2 } }]"]).flat_map(|s| ["--set", *s]).collect();
    assert_eq!(summary(&run(dir.path(), &[&sets[..], &["--only", "grid=log-snr"]].concat()), "total"), 2);
    assert_eq!(summary(&run(dir.path(), &sets), "there"), 2);
    let table = std::fs::read_to_string(dir.path().join("out/tables/table-sliced-w2.csv")).unwrap();
    let cells: Vec<Vec<&str>> = table.lines().skip(1).take(2).map(|line| line.split(',').collect()).collect();
    assert!(cells[0][0].contains("uniform") && cells[1][0].contains("log-snr"), "{table}");
    assert!(!cells[0][1].is_empty() && cells[0][1] == cells[1][1] && cells[0][5] != cells[1][5], "{table}");
}

/// Without progress a failure of the run is said in one line; of another run's it is not.
#[test]
fn what_is_said_quietly_is_of_this_run() {
    let dir = folder();
    let sets = ["--set", "sweep.sampler=[euler, rk45]", "--set", "sweep.steps=[2]", "--set", "limits={ tries: 2 }"];
    let quiet = |args: &[&str]| {
        let output = ito(dir.path(), &[&["-q", "run", "x.yaml", "--out", "out"], &sets[..], args].concat());
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = quiet(&[]);
    assert!(code == Some(1) && said.starts_with("error: 3 cells did not end well"), "{said}");
    assert_eq!(quiet(&["--only", "sampler=euler"]), (Some(0), String::new()));
}

#[test]
fn a_file_is_no_run_directory() {
    let dir = folder();
    std::fs::write(dir.path().join("taken"), "").unwrap();
    for (out, whose) in [("taken", "it"), ("taken/below", "taken")] {
        let output = ito(dir.path(), &["run", "x.yaml", "--out", out]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let expected = format!(
            "error: {out}: cannot be a run directory, {whose} is a file; name a folder (one that is not there is made)"
        );
        assert_eq!((output.status.code(), said.trim()), (Some(3), expected.as_str()));
    }
}
