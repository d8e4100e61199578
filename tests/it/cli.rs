//! The commands answer as their help says.

use crate::support::{executable, plugin_files};
use std::path::Path;
use std::process::{Command, Output};

/// A file without mistakes.
pub const GOOD: &str = "experiment: good
process: vp
model: { gaussian: { mean: [0.0], std: 1.0 } }
sweep: { sampler: [euler, heun], steps: [2, 4] }
samples: 8
";

/// `ito` in a folder, with the collection in its plugin path unless `args` give another.
pub fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(executable());
    command.args(args).current_dir(dir).env_remove("ITO_PLUGIN_PATH");
    if !args.contains(&"--plugin-path") {
        for file in plugin_files() {
            command.arg("--plugin-path").arg(file);
        }
    }
    command
}

/// What it says.
pub fn ito(dir: &Path, args: &[&str]) -> Output {
    command(dir, args).output().expect("the binary runs")
}

#[test]
fn the_commands_answer() {
    let dir = tempfile::tempdir().unwrap();
    let list = ito(dir.path(), &["plugin", "list", "--json"]);
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    assert!(list.as_array().unwrap().len() >= 7);
    let show = ito(dir.path(), &["plugin", "show", "heun"]);
    assert!(String::from_utf8_lossy(&show.stdout).contains("Heun"), "{}", String::from_utf8_lossy(&show.stdout));
    assert_eq!(ito(dir.path(), &["plugin", "show", "hern"]).status.code(), Some(2));
    let schema = ito(dir.path(), &["schema"]);
    assert!(serde_json::from_slice::<serde_json::Value>(&schema.stdout).is_ok());
    let doctor = ito(dir.path(), &["doctor"]);
    assert_eq!(doctor.status.code(), Some(0), "{}", String::from_utf8_lossy(&doctor.stdout));
    assert!(String::from_utf8_lossy(&doctor.stdout).to_lowercase().contains("cuda"));
    std::fs::write(dir.path().join("x.yaml"), GOOD).unwrap();
    let check = ito(dir.path(), &["check", "x.yaml"]);
    assert_eq!(check.status.code(), Some(0), "{}", String::from_utf8_lossy(&check.stderr));
    let out = dir.path().join("x.npy");
    let sample =
        ito(dir.path(), &["sample", "x.yaml", "--sampler", "heun", "--steps", "5", "--count", "3", "--out", "x.npy"]);
    assert_eq!(sample.status.code(), Some(0), "{}", String::from_utf8_lossy(&sample.stderr));
    let x = ito::data::io::read_npy::<ndarray::Ix2>(&out).unwrap();
    assert_eq!(x.dim(), (3, 1));
    // N(0, 1) stays N(0, 1) under vp, so that the flow does not move a point.
    let ends = ["sample", "x.yaml", "--sampler", "heun", "--steps", "5", "--count", "3", "--exact", "--out", "e.npy"];
    let ends = ito(dir.path(), &ends);
    assert_eq!(ends.status.code(), Some(0), "{}", String::from_utf8_lossy(&ends.stderr));
    let ends = ito::data::io::read_npy::<ndarray::Ix2>(&dir.path().join("e.npy")).unwrap();
    assert!((&x - &ends).mapv(f64::abs).sum() < 0.1, "{x} {ends}");
}

#[test]
fn a_recorded_cell_can_be_run_again() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("x.yaml"), GOOD).unwrap();
    assert_eq!(ito(dir.path(), &["run", "x.yaml", "--out", "out"]).status.code(), Some(0));
    let records = ito::experiment::table::read(&dir.path().join("out/records.csv")).unwrap();
    assert_eq!(records.len(), 4);
    let again = ito(dir.path(), &["run", "--cell", &records[2].cell, "out"]);
    assert_eq!(again.status.code(), Some(0), "{}", String::from_utf8_lossy(&again.stderr));
    assert!(String::from_utf8_lossy(&again.stdout).contains("same"));
}
