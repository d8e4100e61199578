use super::*;
use crate::data::io::write_tensors;
use ndarray::array;

/// What is said about the samples of cell `a` when its file holds `bytes`.
fn said(write: impl FnOnce(&Path)) -> String {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(dir.path()).expect("a run directory");
    fs::create_dir(store.cell("a")).expect("a cell");
    write(&store.cell("a").join("samples.safetensors"));
    let error = store.samples("a").expect_err("no samples");
    error.to_string().replace(&dir.path().display().to_string(), "RUN")
}

#[test]
fn samples_that_cannot_be_read_are_not_samples_that_were_not_kept() {
    let text = said(|path| fs::write(path, "hello").expect("written"));
    insta::assert_snapshot!(text, @"RUN/cells/a/samples.safetensors: not samples of ito (the file cannot be parsed (header too small), but must hold a safetensors file with that tensor as F32 or F64); remove this folder and run again");
    let flat = array![1.0, 2.0].into_dyn();
    let tensor = |name| io::Tensor { name, values: flat.view(), dtype: safetensors::Dtype::F64 };
    insta::assert_snapshot!(said(|path| write_tensors(path, &[tensor("y")]).expect("written")), @"RUN/cells/a/samples.safetensors: not samples of ito (the file has no tensor `x` (it has: y), but must hold a safetensors file with that tensor as F32 or F64); remove this folder and run again");
    insta::assert_snapshot!(said(|path| write_tensors(path, &[tensor("x")]).expect("written")), @"RUN/cells/a/samples.safetensors: not samples of ito (the array has the shape [2], but must have two axes, [count, D]); remove this folder and run again");
    let text = said(|path| fs::create_dir(path).expect("a folder in place of the file"));
    assert!(text.starts_with("RUN/cells/a/samples.safetensors: cannot be read: "), "{text}");
    let dir = tempfile::tempdir().expect("a temporary folder");
    assert_eq!(Store::reading(dir.path()).samples("a").expect("nothing there"), None);
}

/// The folder of a cell with a record of this text.
fn folder(path: &Path, record: &str) {
    fs::create_dir(path).expect("a folder");
    fs::write(path.join("record.json"), record).expect("written");
}

/// What the record of cell `a` holds once a runner has the claim, where one died with these folders there.
fn settled(cell: Option<&str>, aside: &str) -> String {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(dir.path()).expect("a run directory");
    cell.iter().for_each(|text| folder(&store.cell("a"), text));
    folder(&store.aside("a"), aside);
    Store::open(dir.path()).expect("the next runner");
    assert!(!store.aside("a").exists(), "nothing stays aside");
    fs::read_to_string(store.cell("a").join("record.json")).expect("a cell")
}

#[test]
fn a_cell_whose_runner_died_while_it_was_replaced_is_there_whole() {
    assert_eq!(settled(None, "old"), "old");
    assert_eq!(settled(Some("new"), "old"), "new");
}

#[test]
fn what_another_runner_replaces_is_left_to_it() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(dir.path()).expect("a run directory");
    let claim = store.claim("a").expect("a lock").expect("nobody else has it");
    folder(&store.aside("a"), "old");
    Store::open(dir.path()).expect("another runner");
    assert!(store.aside("a").exists() && !store.cell("a").exists());
    drop(claim);
    Store::open(dir.path()).expect("a later one");
    assert!(!store.aside("a").exists() && store.cell("a").exists());
}

#[test]
fn reading_makes_nothing() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::reading(dir.path());
    assert!(store.record("a").expect("nothing there").is_none());
    assert!(store.samples("a").expect("nothing there").is_none());
    assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 0);
}

/// The umask belongs to the whole process, so that the mode of a file made in the usual way says what it leaves.
#[cfg(unix)]
#[test]
fn files_follow_the_umask() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(dir.path()).expect("a run directory");
    fs::write(dir.path().join("usual"), "").expect("written");
    let mode = |name: &str| fs::metadata(dir.path().join(name)).expect("a file").permissions().mode() & 0o777;
    store.write("spec.yaml", b"a: 1\n").expect("written");
    assert_eq!(mode("spec.yaml"), mode("usual"));
    let hash = store.environment(&Environment::here("cpu")).expect("written");
    assert_eq!(mode(&format!("environment/{hash}.json")), mode("usual"));
}
