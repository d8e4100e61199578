//! Arrays that a user gives in files, and what a machine has no room for.

use crate::support::run_yaml;
use ito::experiment::record::Status;
use ndarray::{Array3, array};

fn yaml(rest: &str) -> String {
    format!(
        "experiment: arrays\nprocess: edm\nmodel: {{ gaussian: {{ mean: [1.0, -0.5], std: 0.5 }} }}\nsamples: 2\n\
         dtype: f64\nkeep: samples\n{rest}"
    )
}

/// What torch and jax write is float32: it widens exactly.
#[test]
fn an_array_of_float32_is_the_same_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let (single, double) = (dir.path().join("single.npy"), dir.path().join("double.npy"));
    let x = array![[80.1_f32, -3.3], [0.1, 44.4]];
    ndarray_npy::write_npy(&single, &x).unwrap();
    ndarray_npy::write_npy(&double, &x.mapv(f64::from)).unwrap();
    let samples = |file: &std::path::Path| {
        let rest = format!("sweep: {{ sampler: euler, steps: 4 }}\ninit: {{ file: {} }}\n", file.display());
        run_yaml(&yaml(&rest), &[], 1).samples()
    };
    assert_eq!(samples(&single), samples(&double));
}

/// One file of draws for a sweep over samplers: those that draw nothing leave it alone, those that draw another number
/// than it holds fail and say so.
#[test]
fn a_noise_file_is_for_the_samplers_that_draw() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("z.npy");
    ndarray_npy::write_npy(&file, &Array3::from_elem((4, 2, 2), 0.5_f64)).unwrap();
    let rest = format!(
        "sweep: {{ sampler: [euler, euler-maruyama], steps: [4, 5] }}\nfinal: state\nnoise: {{ file: {} }}\n",
        file.display()
    );
    let done = run_yaml(&yaml(&rest), &[], 1);
    let records = done.records();
    let of: Vec<_> = records.iter().map(|r| (r.sampler.as_str(), r.steps, r.status)).collect();
    let expected = [
        ("euler", Some(4), Status::Ok),
        ("euler", Some(5), Status::Ok),
        ("euler-maruyama", Some(4), Status::Ok),
        ("euler-maruyama", Some(5), Status::Failed),
    ];
    assert_eq!(of, expected, "{:?}", done.errors);
}

/// An array without room would take the process and all that runs beside it down. These need more than any system can
/// address.
#[test]
fn samples_without_room_are_a_status_of_their_cell() {
    let yaml = yaml("sweep: { sampler: euler, steps: 4000 }\n").replace("keep: samples", "keep: trajectory");
    let done = run_yaml(&yaml, &["samples=4294967295"], 1);
    let expected =
        "no room for 4294967295 samples of 2 numbers at 4001 times; ask for fewer `samples`, or `keep: samples`";
    let of: Vec<_> = done.records().into_iter().map(|record| (record.status, record.error)).collect();
    assert_eq!(of, [(Status::OutOfMemory, Some(expected.to_owned()))]);
}
