//! A sample depends on its seed and its number alone: not on batch, not on jobs.

use crate::support::{registry, run_yaml};
use ito::plugin::{Kind, SamplerInfo};

/// An SPD matrix with correlations everywhere: C_ij = 0.5^|i−j| (1 + (i + j)/D).
fn covariance(dim: usize) -> String {
    let entry = |i: usize, j: usize| {
        let scale = |k: usize| 0.3 + k as f64 / dim as f64;
        0.5_f64.powi(i.abs_diff(j) as i32) * scale(i) * scale(j)
    };
    let row = |i| (0..dim).map(|j| entry(i, j).to_string()).collect::<Vec<_>>().join(", ");
    (0..dim).map(|i| format!("[{}]", row(i))).collect::<Vec<_>>().join(", ")
}

/// A value for each parameter that has no default.
fn with_parameters(info: &SamplerInfo) -> Option<String> {
    match info.id.as_str() {
        id if info.kind == Kind::Mcmc => Some(format!("{{ {id}: {{ level: 0.3 }} }}")),
        "org.ito.test.halves" => Some("{ org.ito.test.halves: { sampler: euler-maruyama } }".into()),
        "org.ito.test.ab2" | "org.ito.test.rk45-batch-wide" => Some(format!("\"{}\"", info.id)),
        id if id.starts_with("org.ito.test.") => None,
        id => Some(format!("\"{id}\"")),
    }
}

/// Choices of the collection under which a sample depends on its batch, and the same samplers where none does.
const WIDE: [&str; 7] = [
    "{ rk45: { over: batch-rms } }",
    "{ tsit5: { over: batch-rms } }",
    "{ dpm-solver-12: { over: batch-max } }",
    "{ dpm-solver-23: { over: batch-rms } }",
    "{ sgld: { level: 0.3, step: score-norm } }",
    "{ annealed-langevin: { step: score-norm } }",
    "{ predictor-corrector: { predictor: { annealed-langevin: { step: score-norm } } } }",
];
const NARROW: [&str; 3] = [
    "{ rk45: { over: batch-rms, control: off } }",
    "{ dpm-solver-12: { over: batch-max, control: off } }",
    "{ predictor-corrector: { predictor: annealed-langevin } }",
];

#[test]
fn batch_and_jobs_do_not_touch_the_samples() {
    let mut samplers: Vec<String> = registry().samplers().iter().filter_map(|info| with_parameters(info)).collect();
    samplers.extend(WIDE.into_iter().chain(NARROW).map(str::to_owned));
    assert!(samplers.len() >= 9, "{samplers:?}");
    let (dim, zeros) = (64, vec!["0.25"; 64].join(", "));
    for dtype in ["f64", "f32"] {
        let yaml = format!(
            "experiment: bits\nprocess: vp\nmodel: {{ gaussian: {{ mean: [{zeros}], covariance: [{}] }} }}\n\
             sweep: {{ sampler: [{}], steps: 6, seed: [0, 1] }}\nsamples: 70\ndtype: {dtype}\n",
            covariance(dim),
            samplers.join(", ")
        );
        let all = run_yaml(&yaml, &["batch=70"], 1);
        assert_eq!(all.errors, Vec::<String>::new());
        let files = all.sample_files();
        for (batch, jobs) in [(1, 1), (7, 2), (64, 2), (70, 2)] {
            let other = run_yaml(&yaml, &[&format!("batch={batch}")], jobs);
            let sampler = |i: usize| all.plan.cells[i].sampler.info().id.clone();
            for (i, (a, b)) in files.iter().zip(other.sample_files()).enumerate() {
                let (cell, place) =
                    (&all.plan.cells[i], || format!("{} at batch {batch}, jobs {jobs}, {dtype}", sampler(i)));
                let wide = cell.sampler.plan(6).expect("a plan").flags.batch_wide;
                // Whose samples depend on the batch is another cell in another batch; all others have the same bytes.
                assert_eq!(wide && batch != 70, cell.key != other.plan.cells[i].key, "{}", place());
                assert!(wide || *a == b, "{}", place());
                assert!(!wide || batch != 1 || *a != b, "{} says that it depends on its batch", place());
            }
        }
    }
}

/// Two grids that are all but the same: on one path the samples are too; with a path of its own for each cell they are not.
#[test]
fn independent_noise_is_another_path_in_each_cell() {
    let yaml = "experiment: own\nprocess: vp\nmodel: { gaussian: { mean: [0.0], std: 1.0 } }\nfinal: state\n\
                sweep: { sampler: euler-maruyama, steps: 3, noise: [paired, independent],\n  \
                grid: [{ uniform: { t_end: 0.5 } }, { uniform: { t_end: 0.5001 } }] }\nsamples: 16\n";
    let done = run_yaml(yaml, &[], 1);
    let (samples, records) = (done.samples(), done.records());
    let distance = |noise: &str| {
        let cells: Vec<_> = records.iter().zip(&samples).filter(|(record, _)| record.noise == noise).collect();
        assert_eq!(cells.len(), 2, "{noise}");
        (cells[0].1 - cells[1].1).mapv(f64::abs).sum() / 16.0
    };
    // The times differ by 1e-4, and so the path by some hundredths.
    assert!(distance("paired") < 0.1, "{}", distance("paired"));
    assert!(distance("independent") > 0.3, "{}", distance("independent"));
}

/// The grid, the variable, and whether the last step is the same formula: at a marked end `euler` asks for the prediction of
/// x0 where `picard` makes it from the slope.
#[test]
fn picard_without_a_tolerance_is_euler() {
    let ddpm = ("ddpm", "{ ddpm: { spacing: leading, zero: true } }");
    let edm = ("edm", "{ karras: { zero: true } }");
    let cases = [(("vp", "uniform"), [true, true]), (edm, [true, false]), (ddpm, [false, false])];
    for ((process, grid), same) in cases {
        for (flow, same) in ["t", "sigma"].into_iter().zip(same) {
            let yaml = format!(
                "experiment: picard\nprocess: {process}\ngrid: {grid}\n\
                 model: {{ mixture: {{ weights: [1, 2], means: [[-2, 0], [2, 1]], std: 0.3 }} }}\n\
                 sweep: {{ sampler: [{{ euler: {{ in: {flow} }} }}, {{ picard: {{ in: {flow}, tolerance: 0 }} }}], steps: 20 }}\n\
                 samples: 8\ndtype: f64\n"
            );
            let done = run_yaml(&yaml, &[], 1);
            assert_eq!(done.errors, Vec::<String>::new());
            let ends = done.samples();
            let far = (&ends[0] - &ends[1]).mapv(f64::abs).fold(0.0, |a: f64, b| a.max(*b));
            assert!(if same { far == 0.0 } else { far < 1e-12 }, "{process}, {flow}: {far:e} apart");
        }
    }
}

/// Windows of samples move at their own pace: what a sample costs, and the longest chain, are those of it alone.
#[test]
fn what_picard_costs_does_not_depend_on_the_batch() {
    let yaml = "experiment: picard\nprocess: vp\n\
                model: { mixture: { weights: [1, 2], means: [[-2, 0], [2, 1]], std: 0.3 } }\n\
                sweep: { sampler: [{ picard: { tolerance: 0.1 } }, { picard: { tolerance: 0.01, window: 5 } }], steps: 40 }\n\
                samples: 8\ndtype: f64\n";
    let [alone, three, together] = ["batch=1", "batch=3", "batch=8"].map(|batch| run_yaml(yaml, &[batch], 1));
    for other in [three, together] {
        assert_eq!(alone.sample_files(), other.sample_files());
        for (a, b) in alone.records().iter().zip(other.records()) {
            assert_eq!((a.nfe, a.nfe_per_sample, a.depth), (b.nfe, b.nfe_per_sample, b.depth), "{}", a.params);
            assert!(a.nfe_per_sample < a.nfe.map(|nfe| nfe as f64), "samples differ: {}", a.params);
        }
    }
}
