//! Killed at any moment, a run goes on: the table is that of an undisturbed one.

use crate::support::{executable, plugin_folder, root};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A network, whose training has eight checkpoints, and cells of three kinds.
const YAML: &str = "
experiment: resume
data: { ring: { samples: 400, seed: 1 } }
process: vp
model: { train: { net: { mlp: { width: 32, depth: 1 } }, steps: 2000, batch: 64, seed: 0 } }
sweep:
  sampler: [euler, euler-maruyama, { annealed-langevin: { steps_per_level: 2 } }]
  steps: [2, 5, 10]
  seed: [0, 1]
samples: 100
metrics: [sliced-w2, { trajectory: { samples: 4 } }]
";

/// Three samplers, three step counts, two seeds.
const CELLS: usize = 18;

/// How many folders below `dir` hold a file of this name.
fn count(dir: &Path, file: &str) -> usize {
    std::fs::read_dir(dir).map_or(0, |entries| entries.flatten().filter(|e| e.path().join(file).exists()).count())
}

fn any(dir: &Path, file: &str) -> bool {
    count(dir, file) > 0
}

/// Runs until something is there, and kills the run in that moment.
fn killed_when(dir: &Path, there: impl Fn() -> bool) {
    let mut child = ito(dir).spawn().unwrap();
    let begun = Instant::now();
    while !there() {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it could be killed");
        assert!(begun.elapsed() < Duration::from_secs(120), "nothing came");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

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
    let run = rough.path().join("run");
    let model = || any(&run.join("models"), "model.safetensors");
    let cells = || count(&run.join("cells"), "record.json");
    // In the training: the first checkpoint is there, and no model.
    killed_when(rough.path(), || any(&run.join("models"), "training.safetensors"));
    assert!(!model() && cells() == 0, "the training ended before it could be killed");
    // At once after it went on, before the next checkpoint.
    killed_when(rough.path(), || true);
    assert!(!model() && cells() == 0);
    // Among the cells: after the first, after some more.
    for there in [1, 5] {
        killed_when(rough.path(), || cells() >= there);
        assert!(model() && (there..CELLS).contains(&cells()), "{} cells when killed", cells());
    }
    let done = ito(rough.path()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(table(calm.path()), table(rough.path()));
    let parts = std::fs::read_dir(rough.path().join("run/cells")).unwrap().flatten();
    let left: Vec<_> = parts.filter(|e| e.file_name().to_string_lossy().starts_with(".part")).collect();
    assert!(left.len() <= 2, "one for each kill among the cells: {left:?}");
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
