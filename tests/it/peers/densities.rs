//! Log-likelihoods of points that are given, against those that other programs found for the same points.

use super::{TOLERANCE, npz, problem};
use crate::support::run_yaml;
use ito::data::io::{read_tensor, write_npy};
use ndarray::{Array1, Ix1, Ix2};
use serde_json::{Value as Json, json};
use std::path::Path;

/// The name of a run in likelihood.npz.
fn stored_as(key: &str) -> String {
    match key.strip_prefix("f64_onehot_trace_") {
        Some(tolerance) => format!("scoresde_f64_onehot_{tolerance}"),
        None => key.to_owned(),
    }
}

/// The run of an entry on the points of all problems: `nll` with the standard prior, as the peers have it. The prior
/// mismatch, a column of its own, leads from there to the exact prior. By their names in `tests/peers.yaml`, the largest
/// differences of ln p between the two programs, and of each from the exact ln p.
pub fn densities(folder: &Path, key: &str, entry: &Json) -> [(f64, &'static str); 3] {
    let (mut apart, mut peer_error, mut own_error) = (0.0, 0.0, 0.0);
    for name in ["gauss1d", "gauss2d", "ring8"] {
        let read = |what: &str| npz(folder, "likelihood.npz", &format!("{name}/{what}"));
        let numbers = |what: &str| read(what).into_dimensionality::<Ix1>().expect("a number a point");
        let dir = tempfile::tempdir().unwrap();
        let points = dir.path().join("x.npy");
        write_npy(&points, &read("x").into_dimensionality::<Ix2>().expect("two axes")).unwrap();
        let mut keys = entry["run"].as_object().expect("keys of an experiment").clone();
        let sampler = keys.remove("sampler").expect("a sampler");
        keys["metrics"][0]["nll"]["points"] = json!({ "file": points });
        let mut file = json!({
            "experiment": "peer", "model": problem(folder, name), "samples": 1, "dtype": "f64",
            "sweep": { "sampler": [sampler], "steps": [1] },
        });
        file.as_object_mut().expect("a map").extend(keys);
        let done = run_yaml(&serde_json::to_string_pretty(&file).unwrap(), &[], 1);
        assert_eq!(done.errors, Vec::<String>::new(), "{key}, {name}");
        let cell = done.dir.path().join("cells").join(&done.plan.cells[0].key).join("nll.safetensors");
        let found = |what: &str| read_tensor(&cell, what).unwrap().0.into_dimensionality::<Ix1>().unwrap();
        let far = |a: &Array1<f64>, b: &Array1<f64>| {
            assert!(a.len() == 64 && a.len() == b.len());
            a.iter().zip(b).fold(0.0, |far, (a, b)| {
                assert!((a - b).is_finite());
                f64::max(far, (a - b).abs())
            })
        };
        let (standard, exact, mismatch) = (found("log_p"), found("log_p_exact"), found("prior_mismatch"));
        let stored = stored_as(key);
        let peer = numbers(&format!("{stored}/logp"));
        let with_exact_prior = &standard + &mismatch;
        // Where the peer has no numbers under the exact prior, the mismatch leads to those that it would have had.
        let mut peer_with_exact_prior = &peer + &mismatch;
        if key.starts_with("f64") {
            peer_with_exact_prior = numbers(&format!("{stored}/logp_exact_prior"));
            assert!(far(&exact, &numbers("logp_exact_at_eps1e-5")) < TOLERANCE, "{name}: the exact ln p");
        }
        let both = far(&standard, &peer).max(far(&with_exact_prior, &peer_with_exact_prior));
        apart = f64::max(apart, both);
        peer_error = f64::max(peer_error, far(&peer_with_exact_prior, &exact));
        own_error = f64::max(own_error, far(&with_exact_prior, &exact));
    }
    [(apart, "size"), (peer_error, "peer_error"), (own_error, "own_error")]
}
