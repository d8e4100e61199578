//! Runs of other programs, by the keys of `tests/peers.yaml`, against what the reference folder stores of them.
//!
//! The folder is `ITO_REFERENCE`, or `../shared/reference/solvers`. Where it is absent each test says so and skips;
//! where it is present nothing is skipped: a key that is not listed, or listed twice, or not run, is a failure.

mod closed;
mod densities;
mod gauss2d;
mod run;

use crate::support::{planned, registry, root};
use densities::densities;
use gauss2d::{Gauss2d, largest};
use ito::process::{Process, ProcessSpec};
use ndarray::{Array2, Array3, ArrayD, Ix2, Ix3};
use run::{Peer, params, path};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Of max(1, |x|): what peer and ito may differ by.
const TOLERANCE: f64 = 1e-9;

/// The folder of stored runs; `None` where there is none.
fn folder() -> Option<PathBuf> {
    let given = std::env::var_os("ITO_REFERENCE").map(PathBuf::from);
    let place = given.clone().unwrap_or_else(|| root().join("../shared/reference/solvers"));
    if place.join("golden_n10.json").is_file() {
        return Some(place);
    }
    assert!(given.is_none(), "ITO_REFERENCE is {}, where there is no golden_n10.json", place.display());
    eprintln!("skipped: there is no {}; ITO_REFERENCE names another folder", place.display());
    None
}

fn stored(folder: &Path, file: &str) -> Json {
    let text = std::fs::read_to_string(folder.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}"))
}

/// `tests/peers.yaml`; a key that stands twice in one map is an error of serde_yaml's own map.
fn peers() -> Json {
    let text = std::fs::read_to_string(root().join("tests/peers.yaml")).unwrap();
    serde_json::to_value(serde_yaml::from_str::<serde_yaml::Value>(&text).unwrap()).unwrap()
}

fn entries(map: &Json) -> impl Iterator<Item = (&str, &Json)> {
    map.as_object().expect("a map").iter().map(|(key, entry)| (key.as_str(), entry))
}

fn number(json: &Json) -> f64 {
    json.as_f64().unwrap_or_else(|| panic!("{json} is not a number"))
}

/// Nested lists of numbers.
fn array(json: &Json) -> ArrayD<f64> {
    fn flat(json: &Json, out: &mut Vec<f64>) {
        match json.as_array() {
            Some(list) => list.iter().for_each(|entry| flat(entry, out)),
            None => out.push(number(json)),
        }
    }
    let (mut shape, mut level, mut values) = (Vec::new(), json, Vec::new());
    while let Some(list) = level.as_array() {
        shape.push(list.len());
        level = &list[0];
    }
    flat(json, &mut values);
    ArrayD::from_shape_vec(shape, values).expect("lists of equal length")
}

fn matrix(json: &Json) -> Array2<f64> {
    array(json).into_dimensionality::<Ix2>().expect("two axes")
}

fn npz(folder: &Path, file: &str, name: &str) -> ArrayD<f64> {
    let file = std::fs::File::open(folder.join(file)).unwrap();
    let mut npz = ndarray_npy::NpzReader::new(file).unwrap();
    let array: Result<ArrayD<f64>, _> = npz.by_name(name);
    array.unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// One of the closed-form problems as an experiment has it.
fn problem(folder: &Path, name: &str) -> Json {
    let all = stored(folder, "problems.json");
    json!({ "mixture": { "weights": all[name]["weights"], "means": all[name]["means"], "std": all[name]["std"] } })
}

/// `{ name: {} }` for a bare name, as the experiment's loader reads it.
fn choice(json: &Json) -> Json {
    json.as_str().map_or_else(|| json.clone(), |name| json!({ name: {} }))
}

fn process(run: &Json) -> Arc<dyn Process> {
    serde_json::from_value::<ProcessSpec>(choice(&run["process"])).unwrap().build().unwrap()
}

/// The largest |x − x_peer|, and the largest of it over max(1, |x_peer|).
fn distance(x: &ArrayD<f64>, peer: &ArrayD<f64>) -> (f64, f64) {
    assert_eq!(x.shape(), peer.shape());
    x.iter().zip(peer).fold((0.0, 0.0), |(far, relative), (x, peer)| {
        let apart = (x - peer).abs();
        assert!(apart.is_finite());
        (f64::max(far, apart), f64::max(relative, apart / peer.abs().max(1.0)))
    })
}

/// Every stored golden state of a key: how many arrays were compared, and the largest distances.
fn golden(folder: &Path, key: &str, entry: &Json) -> (usize, f64, f64) {
    let (mut count, mut far, mut relative) = (0, 0.0, 0.0);
    let mut compare = |x: &ArrayD<f64>, peer: &ArrayD<f64>| {
        let found = distance(x, peer);
        (count, far, relative) = (count + 1, f64::max(far, found.0), f64::max(relative, found.1));
    };
    let run = |name: &str, x_t: &Array2<f64>, n: u64, noise: Option<Array3<f64>>| {
        Peer { entry, model: problem(folder, name), x_t, steps: &[n], noise }.run()
    };
    let ends = stored(folder, "golden_n10.json");
    for name in ["ring8", "gauss1d"] {
        let one = &ends[format!("{name}/{key}")];
        if let Some(n) = one["n"].as_u64() {
            let done = run(name, &matrix(&one["x_T"]), n, None);
            compare(&done.samples()[0].clone().into_dyn(), &array(&one["x_0"]));
        }
    }
    let one = &stored(folder, "golden_traj_n10.json")[key];
    if one.is_object() {
        let mut states = one["intermediates"].as_array().cloned().unwrap_or_default();
        if let Some(before) = one["x_before_step"].as_array() {
            states = before.iter().chain([&one["x_0"]]).cloned().collect();
        }
        // The official code keeps the states after each step of a singlestep method, and x_T before them otherwise.
        if one["x_T"].is_array() && one["x_T"] != states[0] {
            states.insert(0, one["x_T"].clone());
        }
        let done = run("ring8", &matrix(&states[0]), 10, None);
        // A peer whose steps are not ito's has other states between the two ends.
        let path = path(&done);
        if path.shape()[0] == states.len() {
            compare(&path, &array(&Json::Array(states)));
        } else {
            compare(&done.samples()[0].clone().into_dyn(), &array(&states[states.len() - 1]));
        }
    }
    let one = &stored(folder, "golden_noise_n10.json")[key];
    if one.is_object() {
        // score_sde has N = 100, all others 10.
        let n = if key.starts_with("ssde") { 100 } else { 10 };
        let noise = array(&one["noise"]).into_dimensionality::<Ix3>().expect("draws, samples, numbers");
        let done = run("ring8", &matrix(&one["x_T"]), n, Some(noise));
        compare(&done.samples()[0].clone().into_dyn(), &array(&one["x_0"]));
    }
    (count, far, relative)
}

/// Whether peer and ito are the same run for this N.
fn same(entry: &Json, n: u64) -> bool {
    match entry["where"].as_str() {
        None => true,
        Some("N divides 1000") => 1000_u64.is_multiple_of(n),
        Some(other) => match other.strip_prefix("N > ").map(str::parse::<u64>) {
            Some(Ok(least)) => n > least,
            _ => panic!("`where: {other}` has no meaning here"),
        },
    }
}

#[test]
fn every_stored_key_is_listed_once() {
    let Some(folder) = folder() else { return };
    let (peers, registry) = (peers(), registry());
    let known = |id: &str| registry.samplers().iter().any(|info| info.id == id);
    let mut listed: Vec<&str> =
        ["agree", "differs", "statistics"].iter().flat_map(|g| entries(&peers[g])).map(|e| e.0).collect();
    for group in peers["absent"].as_array().unwrap() {
        listed.extend(group["keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()));
        let waits = group["waits"]["sampler"].as_str();
        assert!(waits.is_none_or(|id| !known(id)), "{waits:?} is here: move its keys, {}", group["keys"]);
    }
    let files =
        ["golden_n10", "golden_traj_n10", "golden_noise_n10", "det_results", "adaptive", "langevin", "likelihood"];
    let mut stored_keys = BTreeSet::new();
    for file in files {
        let all = stored(&folder, &format!("{file}.json"));
        for (key, value) in entries(&all) {
            match file {
                "golden_n10" => stored_keys.extend(key.split_once('/').map(|(_, key)| key.to_owned())),
                "adaptive" => stored_keys.extend(entries(value).map(|e| e.0.to_owned())),
                "likelihood" => stored_keys.extend(entries(&value["runs"]).map(|e| e.0.to_owned())),
                _ => stored_keys.extend([key.to_owned()]),
            }
        }
    }
    let unique: BTreeSet<String> = listed.iter().map(|key| (*key).to_owned()).collect();
    assert_eq!(unique.len(), listed.len(), "a key is listed twice");
    let difference: Vec<&String> = unique.symmetric_difference(&stored_keys).collect();
    assert!(difference.is_empty(), "listed or stored, but not both: {difference:?}");
}

#[test]
fn agreeing_keys_give_the_peers_numbers() {
    let Some(folder) = folder() else { return };
    let (peers, gauss) = (peers(), Gauss2d::new(&folder));
    let (adaptive, det) = (stored(&folder, "adaptive.json"), stored(&folder, "det_results.json"));
    let mut wrong = Vec::new();
    let mut judge = |far: f64, slack: f64, what: String| {
        // NaN is not near either.
        if far.is_nan() || far >= slack {
            wrong.push(format!("{what}: {far:e}"));
        }
    };
    for (key, entry) in entries(&peers["agree"]) {
        let (mut count, _, relative) = golden(&folder, key, entry);
        judge(relative, TOLERANCE, format!("{key}, golden states"));
        if adaptive["gauss2d"][key].is_object() {
            let far = largest(gauss.adaptive(entry, &adaptive["gauss2d"][key]));
            judge(far, TOLERANCE, format!("{key}, errors in adaptive.json"));
            count += 1;
        }
        if det[key].is_object() {
            let slack = entry["slack"].as_f64().unwrap_or(TOLERANCE);
            for (n, differences) in gauss.det(&folder, entry, &det[key], |n| same(entry, n)) {
                judge(largest(differences), slack, format!("{key}, N = {n}, errors in det_results.json"));
                count += 1;
            }
        }
        assert!(count > 0, "{key} was not run");
    }
    assert!(wrong.is_empty(), "not the peers' numbers:\n{}", wrong.join("\n"));
}

#[test]
fn differing_keys_differ_by_what_they_say() {
    let Some(folder) = folder() else { return };
    let (peers, gauss) = (peers(), Gauss2d::new(&folder));
    let (adaptive, det) = (stored(&folder, "adaptive.json"), stored(&folder, "det_results.json"));
    let mut wrong = Vec::new();
    for (key, entry) in entries(&peers["differs"]) {
        assert!(
            entry["cause"].is_string() && (entry["reproduce"].is_object() || entry["missing"].is_string()),
            "{key}"
        );
        let mut near = |found: f64, size: f64, what: &str| {
            if found.is_nan() || (found - size).abs() >= 0.01 * size {
                wrong.push(format!("{key}: {what} is {found:.3e}, not {size:e}"));
            }
        };
        if entry["of"] == "log_p" {
            for (found, name) in densities(&folder, key, entry) {
                near(found, number(&entry[name]), name);
            }
            continue;
        }
        let (count, far, relative) = golden(&folder, key, entry);
        let peer = &adaptive["gauss2d"][key];
        let found = match (peer.is_object(), entry["at"].as_u64()) {
            (true, _) => gauss.adaptive(entry, peer)[0].abs(),
            (_, Some(at)) => {
                // The golden run has an N at which nothing differs.
                assert!(count > 0 && relative < TOLERANCE && !same(entry, at), "{key}: {relative:e}");
                gauss.det(&folder, entry, &det[key], |n| n == at)[0].1[0].abs()
            }
            _ => far,
        };
        near(found, number(&entry["size"]), "size");
        if let Some(reproduce) = entry["reproduce"].as_object() {
            let mut entry = entry.clone();
            let more = reproduce.get("params").and_then(Json::as_object).cloned().unwrap_or_default();
            params(&mut entry["run"]["sampler"]).extend(more);
            let far = largest(gauss.adaptive(&entry, peer));
            if far.is_nan() || far >= TOLERANCE {
                wrong.push(format!("{key}: {far:e} from the peer's errors when reproduced"));
            }
        }
    }
    assert!(wrong.is_empty(), "not what tests/peers.yaml says:\n{}", wrong.join("\n"));
}

/// The peers' Monte-Carlo runs are experiments of ito; their laws are tested in `langevin`.
#[test]
fn statistics_can_be_planned() {
    let start = tempfile::tempdir().unwrap();
    let file = start.path().join("x_T.npy");
    ndarray_npy::write_npy(&file, &Array2::<f64>::zeros((2, 1))).unwrap();
    for (_, entry) in entries(&peers()["statistics"]).filter(|(_, entry)| entry["run"].is_object()) {
        let mut keys = entry["run"].as_object().unwrap().clone();
        let (sampler, steps) = (keys.remove("sampler").unwrap(), entry["steps"].as_u64().unwrap_or(10));
        let mut text = json!({
            "experiment": "peer", "model": { "gaussian": { "mean": [0.0], "std": 1.0 } }, "init": { "file": file },
            "samples": 2, "sweep": { "sampler": [sampler], "steps": [steps] },
        });
        text.as_object_mut().unwrap().extend(keys);
        let plan = planned(&serde_json::to_string_pretty(&text).unwrap(), &[]);
        assert_eq!(plan.cells.len(), 1);
    }
}
