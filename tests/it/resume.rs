//! Killed at any moment, a run goes on: the table is that of an undisturbed one.

use crate::support::{executable, plugin_folder, root};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A network, so that a training can be hit too, and closed cells of three kinds.
const YAML: &str = "
experiment: resume
data: { ring: { samples: 400, seed: 1 } }
process: vp
model: { train: { net: { mlp: { width: 32, depth: 1 } }, steps: 600, batch: 64, seed: 0 } }
sweep:
  sampler: [euler, euler-maruyama, { annealed-langevin: { steps_per_level: 2 } }]
  steps: [2, 5, 10]
  seed: [0, 1]
samples: 100
metrics: [sliced-w2, { trajectory: { samples: 4 } }]
";

fn ito(dir: &Path) -> Command {
    let mut command = Command::new(executable());
    command.arg("run").arg(dir.join("resume.yaml")).arg("--out").arg(dir.join("run"));
    command.arg("--plugin-path").arg(plugin_folder().join(format!(
        "{}ito_euler.{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_EXTENSION
    )));
    for name in ["stochastic", "langevin"] {
        let file = format!("{}ito_{name}.{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_EXTENSION);
        command.arg("--plugin-path").arg(plugin_folder().join(file));
    }
    command.arg("--quiet").current_dir(root()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// records.csv without the columns that are times.
fn table(dir: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(dir.join("run/records.csv")).unwrap();
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let keep: Vec<usize> =
        (0..header.len()).filter(|&i| !["wall_s", "model_s"].contains(&header[i].as_str())).collect();
    let mut rows = vec![keep.iter().map(|&i| header[i].clone()).collect()];
    rows.extend(reader.records().map(|row| {
        let row = row.unwrap();
        keep.iter().map(|&i| row[i].to_owned()).collect::<Vec<_>>()
    }));
    rows
}

#[test]
fn killed_and_resumed_gives_the_table_of_an_undisturbed_run() {
    let (calm, rough) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for dir in [&calm, &rough] {
        std::fs::write(dir.path().join("resume.yaml"), YAML).unwrap();
    }
    let done = ito(calm.path()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let mut kills = 0;
    for pause in [60, 130, 250, 400, 90, 180, 300, 500, 700, 1000] {
        let mut child = ito(rough.path()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            kills += 1;
        }
        child.wait().unwrap();
    }
    let done = ito(rough.path()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(kills >= 2, "the run is too short to be hit: {kills}");
    assert_eq!(table(calm.path()), table(rough.path()));
    let parts = std::fs::read_dir(rough.path().join("run/cells")).unwrap().flatten();
    let left: Vec<_> = parts.filter(|e| e.file_name().to_string_lossy().starts_with(".part")).collect();
    assert!(left.len() <= kills, "{left:?}");
}

#[test]
fn a_second_run_finds_every_cell_there() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("resume.yaml"), YAML).unwrap();
    assert!(ito(dir.path()).output().unwrap().status.success());
    let before = std::fs::read(dir.path().join("run/records.csv")).unwrap();
    assert!(ito(dir.path()).output().unwrap().status.success());
    // Byte for byte, times included: nothing was computed again.
    assert_eq!(before, std::fs::read(dir.path().join("run/records.csv")).unwrap());
}
