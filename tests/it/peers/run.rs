//! An entry of `tests/peers.yaml` as an experiment.

use crate::support::{Done, run_yaml};
use ito::experiment::record::{Record, Status};
use ndarray::{Array2, Array3, ArrayD};
use serde_json::{Value as Json, json};

/// ito's number of intervals for the peer's N.
pub fn intervals(entry: &Json, n: u64) -> u64 {
    let of = |key: &str| entry["steps_of"][key].as_u64();
    (n - entry["steps_less"].as_u64().unwrap_or(0) + of("add").unwrap_or(0)) / of("by").unwrap_or(1)
}

/// The parameters of a sampler, which may be a bare name.
pub fn params(sampler: &mut Json) -> &mut serde_json::Map<String, Json> {
    if let Some(name) = sampler.as_str() {
        *sampler = json!({ name: {} });
    }
    let params = sampler.as_object_mut().and_then(|one| one.values_mut().next());
    params.and_then(Json::as_object_mut).expect("one sampler with parameters")
}

/// The states at the N + 1 times of the only cell.
pub fn path(done: &Done) -> ArrayD<f64> {
    let cell = done.dir.path().join("cells").join(&done.plan.cells[0].key);
    ito::data::io::read_tensor(&cell.join("samples.safetensors"), "path").unwrap().0
}

/// One entry's run on a problem, for each N.
pub struct Peer<'a> {
    pub entry: &'a Json,
    pub model: Json,
    pub x_t: &'a Array2<f64>,
    pub steps: &'a [u64],
    pub noise: Option<Array3<f64>>,
}

impl Peer<'_> {
    pub fn run(&self) -> Done {
        let dir = tempfile::tempdir().unwrap();
        let (start, draws) = (dir.path().join("x_T.npy"), dir.path().join("noise.npy"));
        ndarray_npy::write_npy(&start, self.x_t).unwrap();
        let mut keys = self.entry["run"].as_object().expect("keys of an experiment").clone();
        let mut sweep = json!({ "sampler": [keys.remove("sampler").expect("a sampler")] });
        if self.entry["adaptive"] != true {
            sweep["steps"] = self.steps.iter().map(|n| intervals(self.entry, *n)).collect();
        }
        if let Some(budget) = self.entry["budget"].as_str() {
            let (parameter, field) = budget.split_once('.').expect("a parameter and its alternative");
            assert_eq!(self.steps.len(), 1, "each N has parameters of its own");
            params(&mut sweep["sampler"][0]).insert(parameter.to_owned(), json!({ field: self.steps[0] }));
        }
        let mut file = json!({
            "experiment": "peer", "model": self.model, "init": { "file": start }, "samples": self.x_t.nrows(),
            "dtype": "f64", "keep": "trajectory", "sweep": sweep,
        });
        if let Some(z) = &self.noise {
            let count = |key: &str| self.entry[key].as_u64().unwrap_or(0) as usize;
            let used = count("draws_first")..z.shape()[0] - count("draws_less");
            ndarray_npy::write_npy(&draws, &z.slice(ndarray::s![used, .., ..]).to_owned()).unwrap();
            file["noise"] = json!({ "file": draws });
        }
        file.as_object_mut().expect("a map").extend(keys);
        let text = serde_json::to_string_pretty(&file).unwrap();
        let done = run_yaml(&text, &[], 2);
        let ok = |record: &Record| record.status == Status::Ok;
        assert!(done.records().iter().all(ok), "{:?}\n{text}", done.errors);
        done
    }
}
