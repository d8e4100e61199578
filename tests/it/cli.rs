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

/// The exact states at every time of a grid: those of a sampler of high order and many steps, for a sampler of the flow,
/// and of fine steps on the same Brownian paths, for one of an SDE; in both cases from the sampler's own starts.
#[test]
fn exact_states_stand_at_every_time_of_the_grid() {
    let dir = tempfile::tempdir().unwrap();
    let mixture = "model: { mixture: { weights: [1, 2], means: [[-1.0], [1.5]], std: 0.4 } }";
    let text = GOOD.replace("model: { gaussian: { mean: [0.0], std: 1.0 } }", mixture);
    std::fs::write(dir.path().join("x.yaml"), text + "keep: trajectory\n").unwrap();
    let read = |name: &str, tensor: &str| ito::data::io::read_tensor(&dir.path().join(name), tensor).unwrap().0;
    for (sampler, set, least, most) in [
        ("rk4", "final=state", 0.0, 1e-3),
        ("rk4", "grid={ uniform: { zero: true } }", 0.0, 1e-3),
        ("euler-maruyama", "final=state", 1e-3, 0.5),
    ] {
        let common = ["sample", "x.yaml", "--sampler", sampler, "--steps", "200", "--count", "3", "--set", set];
        let exact = ito(dir.path(), &[&common[..], &["--exact", "--out", "e.safetensors"]].concat());
        assert_eq!(exact.status.code(), Some(0), "{}", String::from_utf8_lossy(&exact.stderr));
        let (x, t, path) = (read("e.safetensors", "x"), read("e.safetensors", "t"), read("e.safetensors", "path"));
        assert_eq!((x.shape(), t.shape(), path.shape()), (&[3, 1][..], &[201][..], &[201, 3, 1][..]));
        let out = tempfile::tempdir().unwrap();
        let sweep = format!("sweep={{ sampler: {sampler}, steps: 200, seed: 0 }}");
        let at = out.path().to_str().unwrap();
        let run = ito(dir.path(), &["run", "x.yaml", "--out", at, "--set", &sweep, "--set", set]);
        assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
        let cell = &ito::experiment::table::read(&out.path().join("records.csv")).unwrap()[0].cell;
        let file = out.path().join("cells").join(cell).join("samples.safetensors");
        let tensor = |name: &str| ito::data::io::read_tensor(&file, name).unwrap().0;
        let bits = |t: &ndarray::ArrayD<f64>| t.iter().map(|t| t.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&t), bits(&tensor("t")));
        // A sample depends on its number alone: the first three of eight are these.
        let own = tensor("path").into_dimensionality::<ndarray::Ix3>().unwrap();
        let path = path.into_dimensionality::<ndarray::Ix3>().unwrap();
        let own = own.slice(ndarray::s![.., ..3, ..]);
        assert_eq!(own.slice(ndarray::s![0, .., ..]), path.slice(ndarray::s![0, .., ..]));
        let error = (&own - &path).iter().fold(0.0_f64, |most, e| most.max(e.abs()));
        assert!(least <= error && error < most, "{sampler}, {set}: {error}");
    }
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
