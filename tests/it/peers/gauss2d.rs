//! The problem gauss2d, whose flow is exact: the errors of ito less those that the peers recorded, over their 256 starts.

use super::run::Peer;
use super::{entries, npz, number, problem, process, stored};
use ndarray::{Array2, Ix2};
use serde_json::{Value as Json, json};
use std::path::Path;

/// The isotropic Gaussian gauss2d: its mean, std, and the starts z of all runs on it.
pub struct Gauss2d {
    mean: [f64; 2],
    std: f64,
    z: Array2<f64>,
}

impl Gauss2d {
    pub fn new(folder: &Path) -> Self {
        let all = stored(folder, "problems.json");
        let (mean, std) = (&all["gauss2d"]["means"][0], number(&all["gauss2d"]["std"]));
        let z = npz(folder, "noise_z.npz", "z_d2").into_dimensionality::<Ix2>().expect("two axes");
        Self { mean: [number(&mean[0]), number(&mean[1])], std, z }
    }

    /// Root mean square, lower median and largest distance from the exact ends of the flow between two (alpha, sigma).
    fn errors(&self, x: &Array2<f64>, x_t: &Array2<f64>, begin: [f64; 2], end: [f64; 2]) -> [f64; 3] {
        let spread = |[alpha, sigma]: [f64; 2]| (alpha * self.std).hypot(sigma);
        let stretch = spread(end) / spread(begin);
        let error = |i: usize| {
            let off = |d: usize| x[(i, d)] - end[0] * self.mean[d] - (x_t[(i, d)] - begin[0] * self.mean[d]) * stretch;
            off(0).hypot(off(1))
        };
        let mut all: Vec<f64> = (0..x.nrows()).map(error).collect();
        all.sort_by(f64::total_cmp);
        let square = all.iter().map(|e| e * e).sum::<f64>() / all.len() as f64;
        [square.sqrt(), all[(all.len() - 1) / 2], all[all.len() - 1]]
    }

    /// Those errors less the peer's, for a key of adaptive.json, whose ends are those of ito's grid.
    pub fn adaptive(&self, entry: &Json, peer: &Json) -> [f64; 3] {
        let process = process(&entry["run"]);
        let point = |t| [process.at(t).alpha, process.at(t).sigma];
        let (begin, end) = process.ends();
        let x_t = &self.z * process.prior_std().get();
        let model = json!({ "gaussian": { "mean": self.mean, "std": self.std } });
        let steps: Vec<u64> = entry["steps"].as_u64().into_iter().collect();
        let run = Peer { entry, model, x_t: &x_t, steps: &steps, noise: None }.run();
        less(self.errors(&run.samples()[0], &x_t, point(begin), point(end)), peer)
    }

    /// Those errors less the peer's for a key of det_results.json, for each stored N that `take` wants.
    pub fn det(&self, folder: &Path, entry: &Json, all: &Json, take: impl Fn(u64) -> bool) -> Vec<(u64, [f64; 3])> {
        let runs: Vec<(u64, &Json)> = entries(&all["problems"]["gauss2d"]["runs"])
            .map(|(n, run)| (n.parse().unwrap(), run))
            .filter(|(n, _)| take(*n))
            .collect();
        let scale = number(&runs[0].1["xT_scale"]);
        assert!(runs.iter().all(|(_, run)| number(&run["xT_scale"]) == scale));
        let (x_t, steps) = (&self.z * scale, runs.iter().map(|(n, _)| *n).collect::<Vec<_>>());
        // With a budget each N has parameters of its own, and so an experiment of its own.
        let alone = entry["budget"].is_string();
        let run = |steps: &[u64]| {
            Peer { entry, model: problem(folder, "gauss2d"), x_t: &x_t, steps, noise: None }.run().samples()
        };
        let x: Vec<Array2<f64>> = if alone { steps.chunks(1).flat_map(run).collect() } else { run(&steps) };
        let pair = |json: &Json| [number(&json[0]), number(&json[1])];
        let errors = |run: &Json, x: &Array2<f64>| self.errors(x, &x_t, pair(&run["start"]), pair(&run["end"]));
        runs.iter().zip(x).map(|((n, run), x)| (*n, less(errors(run, &x), run))).collect()
    }
}

fn less(errors: [f64; 3], peer: &Json) -> [f64; 3] {
    [errors[0] - number(&peer["rms"]), errors[1] - number(&peer["median"]), errors[2] - number(&peer["max"])]
}

pub fn largest(differences: [f64; 3]) -> f64 {
    differences.iter().fold(0.0, |far, d| f64::max(far, d.abs()))
}
