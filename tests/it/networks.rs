//! The likelihood under a trained network, which has no closed form: its trace, its probes, its mass.

use crate::support::{Done, run_yaml};
use ito::data::io::read_tensor;
use ito::process::{Process, Vp};
use ito::score::net::{DeviceKind, Network};
use ito::score::{Prediction, Score};
use ito::units::Time;
use ndarray::{Array1, Array2};

/// Trains a small network on four wide Gaussians; the same bits each time.
fn run(nll: &str) -> Done {
    let yaml = format!(
        "experiment: network\ndata: {{ ring: {{ modes: 4, radius: 1, std: 0.4, samples: 1000 }} }}\nprocess: vp\n\
         model: {{ train: {{ net: {{ mlp: {{ width: 16, depth: 1 }} }}, steps: 300, batch: 64 }} }}\n\
         sweep: {{ sampler: euler, steps: 1 }}\nsamples: 1\nmetrics: [{{ nll: {nll} }}]\n"
    );
    let done = run_yaml(&yaml, &[], 1);
    assert_eq!(done.errors, Vec::<String>::new());
    done
}

/// An array beside the record, flat.
fn array(done: &Done, name: &str) -> Array1<f64> {
    let folder = done.dir.path().join("cells").join(&done.plan.cells[0].key);
    read_tensor(&folder.join("nll.safetensors"), name).unwrap().0.flatten().into_owned()
}

#[test]
fn hutchinson_agrees_with_the_exact_trace_of_a_network_and_that_with_differences() {
    let exact = run("{ samples: 48 }");
    let network = std::fs::read_dir(exact.dir.path().join("models")).unwrap().flatten().next().unwrap();
    let network = Network::load(&network.path().join("model.safetensors"), DeviceKind::Cpu).unwrap();
    // In single precision a step of 1e-2 leaves about 1e-4 of curvature and 1e-5 of rounding.
    let (at, h) = ([Vp::default().at(Time::new(0.3).unwrap())], 1e-2);
    for x in [[0.4, -0.7], [1.3, 0.2], [-0.9, -1.1]] {
        let mut trace = [0.0];
        network.divergence(Prediction::V, &at, &x, &mut trace).unwrap().unwrap();
        let slope = |i: usize| {
            let [up, down] = [h, -h].map(|by| {
                let (mut x, mut v) = (x, [0.0; 2]);
                x[i] += by;
                network.predict(Prediction::V, &at, &x, &mut v).unwrap();
                v[i]
            });
            (up - down) / (2.0 * h)
        };
        let differences = slope(0) + slope(1);
        assert!((trace[0] - differences).abs() < 2e-3 * (1.0 + differences.abs()), "{trace:?} {differences}");
    }
    for law in ["gaussian", "rademacher"] {
        let found = run(&format!("{{ samples: 48, trace: {{ hutchinson: {{ probes: 32, law: {law} }} }} }}"));
        assert_eq!(array(&found, "x"), array(&exact, "x"));
        let (log_p, error) = (array(&found, "log_p"), array(&found, "standard_error"));
        let off = &log_p - &array(&exact, "log_p");
        // Student's t on 31 degrees of freedom leaves half a percent outside.
        let beyond = off.iter().zip(&error).filter(|(off, e)| off.abs() > 3.0 * **e).count();
        assert!(beyond <= 2, "{law}: {beyond} of 48: {off} {error}");
        let of_mean = found.records().remove(0).metrics["nll_standard_error"];
        assert!(of_mean > 1e-4 && off.mean().unwrap().abs() < 3.0 * of_mean, "{law}: {off} ± {of_mean}");
    }
}

#[test]
fn the_density_of_a_network_has_mass_one() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("square.npy");
    // The trapezoidal rule, whose error falls exponentially for smooth densities.
    let (side, spacing) = (41, 0.25);
    let place = |i: usize| spacing * (i as f64 - 20.0);
    let x = Array2::from_shape_fn((side * side, 2), |(i, j)| place(if j == 0 { i / side } else { i % side }));
    ndarray_npy::write_npy(&file, &x.mapv(|v| v as f32)).unwrap();
    let found = run(&format!("{{ points: {{ file: '{}' }}, rtol: 1.0e-4 }}", file.display()));
    let log_p = array(&found, "log_p");
    assert_eq!(log_p.len(), side * side);
    let mass = spacing * spacing * log_p.mapv(f64::exp).sum();
    assert!((mass - 1.0).abs() < 0.01, "{mass}");
}
