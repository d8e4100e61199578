//! What a person meets: each class of mistake has one clear error with its place, and nothing is started.

use crate::support::{plugin_files, root};
use std::path::Path;
use std::process::{Command, Output};

const GOOD: &str = "experiment: good
process: vp
model: { gaussian: { mean: [0.0], std: 1.0 } }
sweep: { sampler: [euler, heun], steps: [2, 4] }
samples: 8
";

fn ito(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ito"));
    command.args(args).current_dir(dir).env_remove("ITO_PLUGIN_PATH");
    if !args.contains(&"--plugin-path") {
        for file in plugin_files() {
            command.arg("--plugin-path").arg(file);
        }
    }
    command.output().expect("the binary runs")
}

/// Exit code and what stderr says of `yaml`, paths of the machine cut away.
fn complaint(yaml: &str, args: &[&str]) -> (i32, String) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("x.yaml"), yaml).unwrap();
    let mut all = vec!["run", "x.yaml", "--out", "out"];
    all.extend(args);
    let output = ito(dir.path(), &all);
    assert!(!dir.path().join("out").exists(), "something was started");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let cut = text.replace(&format!("{}/", dir.path().display()), "").replace(env!("CARGO_MANIFEST_DIR"), "<ito>");
    (output.status.code().unwrap_or(-1), cut)
}

/// One edit of the good file.
fn edited(from: &str, to: &str) -> (i32, String) {
    assert!(GOOD.contains(from));
    complaint(&GOOD.replace(from, to), &[])
}

#[track_caller]
fn says(found: (i32, String), code: i32, parts: &[&str]) {
    let (status, text) = found;
    assert_eq!(status, code, "{text}");
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
}

#[test]
fn mistakes_in_the_file_have_line_and_column() {
    says(edited("samples: 8", "sampels: 8"), 2, &["x.yaml:5:1", "sampels", "did you mean", "samples"]);
    says(edited("samples: 8", "samples: 8\nsamples: 9"), 2, &["x.yaml:6:1", "duplicate key `samples`", "line 5"]);
    says(edited("samples: 8", "samples: many"), 2, &["x.yaml:5:10", "many"]);
    says(edited("samples: 8", "samples: 0"), 2, &["x.yaml:5:10", "0"]);
    says(edited("euler, heun", "eulr, heun"), 2, &["x.yaml:4:", "eulr", "did you mean `euler`"]);
    says(edited("euler, heun", "{ heun: { inn: t } }"), 2, &["x.yaml:4:", "inn", "did you mean `in`"]);
    says(edited("euler, heun", "{ heun: { in: x } }"), 2, &["x.yaml:4:", "allowed: t, sigma"]);
    says(edited("process: vp", "process: { vp: { beta_max: -1 } }"), 2, &["x.yaml:2:", "beta_max"]);
    says(edited("samples: 8", "samples: 8\ninit: { file: nowhere.npy }"), 2, &["x.yaml:6:", "nowhere.npy"]);
    says(complaint("", &[]), 2, &["x.yaml", "empty"]);
}

#[test]
fn mistakes_on_the_command_line_name_the_flag() {
    says(complaint(GOOD, &["--set", "sampels=4"]), 2, &["--set", "sampels"]);
    says(complaint(GOOD, &["--set", "samples=no"]), 2, &["--set", "samples"]);
    let dir = tempfile::tempdir().unwrap();
    says((ito(dir.path(), &["run", "nowhere.yaml"]).status.code().unwrap(), String::new()), 2, &[]);
}

#[test]
fn files_that_are_no_plugins_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("libtext.so");
    std::fs::write(&file, "this is a text").unwrap();
    let path = file.display().to_string();
    says(complaint(GOOD, &["--plugin-path", &path]), 3, &["libtext.so", "not a shared library"]);
    let folder = dir.path().display().to_string();
    says(complaint(GOOD, &["--plugin-path", &folder]), 3, &["libtext.so", "not a shared library"]);
    says(complaint(GOOD, &["--plugin-path", "nowhere"]), 3, &["nowhere", "no such file"]);
}

#[test]
fn a_plugin_of_another_header_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let include = dir.path().join("ito_plugin.h");
    let hash = ito_abi::HEADER_HASH;
    std::fs::write(&include, ito_abi::HEADER.replacen(hash, &"1".repeat(64), 1)).unwrap();
    let library = dir.path().join("libother.so");
    let source = root().join("plugins/euler-c/src/euler.c");
    let built = Command::new("cc")
        .args(["-std=c99", "-shared", "-fPIC", "-I"])
        .arg(dir.path())
        .arg(source)
        .arg("-o")
        .arg(&library)
        .output()
        .expect("a C compiler is there: euler-c was built with it");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let path = library.display().to_string();
    says(complaint(GOOD, &["--plugin-path", &path]), 3, &["another ito_plugin.h", &"1".repeat(64), hash]);
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
    assert_eq!(ito::data::io::read_npy::<ndarray::Ix2>(&out).unwrap().dim(), (3, 1));
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
