//! What needs no sampler: exact scores and densities, exact ends of the flow, grids, schedules.

use super::run::intervals;
use super::{array, choice, entries, folder, npz, number, peers, process, stored};
use ito::grid::GridSpec;
use ito::metric::{FlowEnd, flow_ends};
use ito::process::{Ddpm, Point, Process, ProcessSpec};
use ito::score::{ClosedForm, Gaussian, Mixture, Prediction, Score};
use ito::units::{Sigma, Steps, Time};
use ndarray::{ArrayD, Axis, Ix2, Slice, s};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

fn named(name: &str) -> Arc<dyn Process> {
    serde_json::from_value::<ProcessSpec>(choice(&json!(name))).unwrap().build().unwrap()
}

fn time(t: f64) -> Time {
    Time::new(t).unwrap()
}

fn mixture(folder: &Path, name: &str) -> Mixture {
    let read = |what: &str| npz(folder, "problems.npz", &format!("{name}/{what}"));
    let weights: Vec<f64> = read("weights").into_iter().collect();
    let means: Vec<Vec<f64>> = read("means").outer_iter().map(|mean| mean.iter().copied().collect()).collect();
    if name != "gmm64" {
        let std = read("std").into_iter().next().unwrap();
        return Mixture::isotropic(&weights, &means, &vec![std; weights.len()]).unwrap();
    }
    let covariances = read("covs");
    let gaussian = |(mean, c): (Vec<f64>, ndarray::ArrayViewD<'_, f64>)| {
        Gaussian::new(mean, &c.iter().copied().collect::<Vec<f64>>()).unwrap()
    };
    Mixture::new(&weights, means.into_iter().zip(covariances.outer_iter()).map(gaussian).collect()).unwrap()
}

/// The largest |a − b| over max(1, |b|), or over the largest |b| where that is more.
fn far(a: &[f64], b: &ArrayD<f64>) -> f64 {
    assert_eq!(a.len(), b.len());
    let size = b.iter().fold(1.0, |m, b| f64::max(m, b.abs()));
    a.iter().zip(b).fold(0.0, |m, (a, b)| f64::max(m, (a - b).abs())) / size
}

#[test]
fn scores_and_densities_are_the_exact_ones() {
    let Some(folder) = folder() else { return };
    let file = std::fs::File::open(folder.join("probes.npz")).unwrap();
    let names = ndarray_npy::NpzReader::new(file).unwrap().names().unwrap();
    let places: BTreeSet<&str> = names.iter().map(|name| name.rsplit_once('/').unwrap().0).collect();
    assert!(places.len() >= 100, "{places:?}");
    let mut last: Option<(String, Mixture)> = None;
    for place in places {
        let (name, level) = place.split_once('/').unwrap();
        if last.as_ref().is_none_or(|(made, _)| made != name) {
            last = Some((name.to_owned(), mixture(&folder, name)));
        }
        let score = &last.as_ref().unwrap().1;
        let (schedule, t) = level.split_once('=').unwrap();
        let process = named(match schedule {
            "vp_t" => "vp",
            "ve_sigma" => "edm",
            "cosine_t" => "cosine",
            "flow_t" => "flow",
            other => panic!("schedule {other}"),
        });
        let at: Point = process.at(time(t.parse().unwrap()));
        let read = |what: &str| npz(&folder, "probes.npz", &format!("{place}/{what}"));
        assert!(far(&[at.alpha, at.sigma], &read("alpha_sigma")) < 1e-13, "{place}: alpha, sigma");
        let x: Vec<f64> = read("x").into_iter().collect();
        let mut out = vec![0.0; x.len()];
        for (what, want) in [("score", Prediction::Score), ("x0hat", Prediction::X0)] {
            score.predict(want, &[at], &x, &mut out).unwrap();
            let apart = far(&out, &read(what));
            assert!(apart < 1e-9, "{place}: {what} is off by {apart:e}");
        }
        let log_density = read("logp");
        let mut out = vec![0.0; log_density.len()];
        score.log_density(&at, &x, &mut out);
        let apart = far(&out, &log_density);
        assert!(apart < 1e-9, "{place}: log density is off by {apart:e}");
    }
}

/// The judge of the trajectory error against scipy's DOP853; 8 points an end, which is what the judge is made of.
#[test]
fn the_flow_ends_where_the_exact_ends_are() {
    let Some(folder) = folder() else { return };
    let ends = stored(&folder, "exact_ends.json");
    for (key, one) in entries(&ends) {
        let (name, _) = key.split_once('/').unwrap();
        let score = mixture(&folder, name);
        let point = |which: &str| (number(&one[which][0]), number(&one[which][1]));
        let ((alpha, sigma), (alpha_end, sigma_end)) = (point("start_alpha_sigma"), point("end_alpha_sigma"));
        // The flow depends on sigma/alpha alone: x/alpha moves on the process sigma = t. Where alpha is 0, flow's own.
        let straight = alpha == 0.0;
        let process = if straight { named("flow") } else { edm(2.0 * sigma / alpha) };
        let (scale, t) = if straight { (1.0, 1.0) } else { (alpha, sigma / alpha) };
        // An end at sigma = 0 was integrated to 1e-7.
        let last = process.time_from_ratio(Sigma::new((sigma_end / alpha_end).max(1e-7)).unwrap());
        let z = npz(&folder, "noise_z.npz", &format!("z_d{}", score.dim()));
        let z = z.into_dimensionality::<Ix2>().unwrap().slice_move(s![..8, ..]);
        let x_t = z * (number(&one["xT_scale"]) / scale);
        let found = flow_ends(&score, &*process, time(t), FlowEnd::At(last), x_t.view(), 1e-12).unwrap();
        let found = found.x * (alpha_end / process.at(last).alpha);
        let exact = npz(&folder, "exact_ends.npz", key);
        let exact = exact.slice_axis(Axis(0), Slice::from(..8_usize)).to_owned();
        let apart = far(&found.into_iter().collect::<Vec<f64>>(), &exact);
        assert!(apart < 1e-9, "{key}: {apart:e}");
    }
}

fn edm(sigma_max: f64) -> Arc<dyn Process> {
    let spec = json!({ "edm": { "sigma_max": sigma_max.max(80.0) } });
    serde_json::from_value::<ProcessSpec>(spec).unwrap().build().unwrap()
}

#[test]
fn grids_are_the_peers() {
    let Some(folder) = folder() else { return };
    let (grids, peers) = (stored(&folder, "grids.json"), peers());
    let mut listed: BTreeSet<&str> = entries(&peers["grids"]).map(|(key, _)| key).collect();
    for group in peers["grids_absent"].as_array().unwrap() {
        listed.extend(group["keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()));
    }
    let mut seen = BTreeSet::new();
    for (key, peer) in entries(&grids) {
        // The others hold schedules.
        let Some((name, n)) = key.rsplit_once("/n") else { continue };
        let Ok(n) = n.trim_start_matches("fe").parse::<u64>() else { continue };
        assert!(listed.contains(name), "{name} is not in tests/peers.yaml");
        seen.insert(name);
        let entry = &peers["grids"][name];
        if entry.is_null() {
            continue;
        }
        let process = process(&entry["run"]);
        let spec: GridSpec = serde_json::from_value(choice(&entry["run"]["grid"])).unwrap();
        let steps = Steps::new(u32::try_from(intervals(entry, n)).unwrap()).unwrap();
        let grid = spec.build(&*process, Some(steps), false).unwrap();
        let points = grid.points(&*process);
        let levels = ["sigmas", "t"].iter().find_map(|name| peer.get(name)).unwrap_or(peer);
        let ratios = points.iter().map(Point::ratio);
        let (mine, theirs): (Vec<f64>, &Json) = match entry["read"].as_str().unwrap() {
            "t" => (grid.times().to_vec(), levels),
            "ratio" => (ratios.collect(), levels),
            "noisy" => (ratios.take(grid.steps()).collect(), levels),
            "index" => {
                let noisy = &grid.times()[..grid.steps()];
                (noisy.iter().map(|t| t * 1000.0 - 1.0).collect(), &peer["timesteps"])
            }
            other => panic!("`read: {other}`"),
        };
        let mut theirs = array(theirs).into_raw_vec_and_offset().0;
        if entry["read"] == "index" {
            theirs.dedup();
        }
        assert_eq!(mine.len(), theirs.len(), "{key}");
        for (mine, theirs) in mine.iter().zip(&theirs) {
            assert!((mine - theirs).abs() <= 1e-11 * theirs.abs().max(1e-3), "{key}: {mine} is not {theirs}");
        }
    }
    assert_eq!(seen, listed, "a grid of tests/peers.yaml is not stored");
}

#[test]
fn schedules_are_the_peers() {
    let Some(folder) = folder() else { return };
    let grids = stored(&folder, "grids.json");
    for (key, name) in [("vp_linear_t", "vp"), ("cosine_t", "cosine")] {
        let (process, one) = (named(name), &grids[key]);
        for (i, t) in array(&one["t"]).iter().enumerate() {
            let at = process.at(time(*t));
            let peer = array(&json!([one["alpha"][i], one["sigma"][i]]));
            assert!(far(&[at.alpha, at.sigma], &peer) < 1e-13, "{key} at {t}");
            let back = process.time_from_ratio(Sigma::new(at.ratio()).unwrap()).get();
            assert!((back - t).abs() < 1e-11, "{key}: {t} comes back as {back}");
        }
    }
    // Index k of a table stands for t = (k + 1)/1000.
    let table = |first: f64, last: f64| {
        let beta = |k: usize| first + (last - first) * k as f64 / 999.0;
        Ddpm::new(&(0..1000).map(beta).collect::<Vec<f64>>()).unwrap()
    };
    let linear = &grids["diffusers_beta_schedules_f64"]["linear"];
    let score_sde = &grids["score_sde/VPSDE_discrete"];
    let alpha2 = array(&linear["alphas_cumprod"]).mapv(f64::sqrt);
    for (process, one, alpha) in [
        (table(1e-4, 0.02), linear, alpha2),
        (table(0.1 / 1000.0, 20.0 / 1000.0), score_sde, array(&score_sde["sqrt_alphas_cumprod"])),
    ] {
        for (k, alpha) in array(&one["idx"]).iter().zip(&alpha) {
            let found = process.at(time((k + 1.0) / 1000.0)).alpha;
            assert!((found / alpha - 1.0).abs() < 1e-11, "index {k}: alpha is {found}, not {alpha}");
        }
    }
}
