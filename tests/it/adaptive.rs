//! Each sample chooses its own steps: alone or among a thousand it ends at the same bits, and it pays only for itself.

use crate::support::{Done, run_yaml};
use ito::data::io::read_tensor;
use ndarray::{Axis, Ix1, Ix3};

/// 25 modes on a grid.
fn yaml(sampler: &str, samples: u32) -> String {
    let means: Vec<String> = (0..25).map(|k| format!("[{}, {}]", 2 * (k % 5) - 4, 2 * (k / 5) - 4)).collect();
    format!(
        "experiment: adaptive\nprocess: vp\nmodel: {{ mixture: {{ weights: [{}], means: [{}], stds: [{}] }} }}\n\
         sweep: {{ sampler: [{{ \"{sampler}\": {{ rtol: 1.0e-6, atol: 1.0e-6 }} }}] }}\nsamples: {samples}\ndtype: f64\n",
        ["1"; 25].join(", "),
        means.join(", "),
        ["0.1"; 25].join(", ")
    )
}

fn ran(sampler: &str, samples: u32, batch: u32) -> Done {
    let done = run_yaml(&yaml(sampler, samples), &[&format!("batch={batch}")], 1);
    assert_eq!(done.errors, Vec::<String>::new());
    done
}

#[test]
fn a_sample_ends_at_the_same_bits_alone_and_among_a_thousand() {
    let many = ran("rk45", 1024, 1024).samples().remove(0);
    let alone = ran("rk45", 1024, 1).samples().remove(0);
    assert_eq!(many, alone);
    let few = ran("rk45", 3, 1024).samples().remove(0);
    assert_eq!(many.slice(ndarray::s![..3, ..]), few);
}

/// With FSAL and without (`fehlberg2`, `dop853`): what a sample costs depends on its own tries alone.
#[test]
fn a_sample_pays_only_for_its_own_tries() {
    let a_try = [
        ("bogacki-shampine", 3),
        ("rk45", 6),
        ("tsit5", 6),
        ("dopri8", 13),
        ("adaptive-heun", 2),
        ("fehlberg2", 3),
        ("dop853", 12),
    ];
    for (sampler, evaluations) in a_try {
        let counted = |batch| {
            let yaml = yaml(sampler, 64).replace("1.0e-6", "1.0e-4");
            let done = run_yaml(&yaml, &[&format!("batch={batch}")], 1);
            assert_eq!(done.errors, Vec::<String>::new());
            let record = done.records().remove(0);
            (record.nfe_per_sample.unwrap(), record.rejected.unwrap(), done.samples().remove(0))
        };
        let (together, alone) = (counted(64), counted(1));
        assert_eq!(together, alone, "{sampler}");
        assert!(together.1 > 0, "{sampler}: no try was rejected, so nothing is tested");
        // Two slopes before the first try; without FSAL one of them is the first slope of that try.
        let before = if ["adaptive-heun", "fehlberg2", "dop853"].contains(&sampler) { 1.0 } else { 2.0 };
        let tries = 64.0 * (together.0 - before) / f64::from(evaluations);
        assert!((tries - tries.round()).abs() < 1e-6, "{sampler}: {tries} tries of {evaluations} evaluations");
    }
}

/// The same pair, the same tolerances; one step for all must be the smallest that any of them needs.
#[test]
fn steps_of_its_own_cost_each_sample_less_than_one_step_for_all() {
    let evaluations = |sampler| ran(sampler, 1024, 1024).records()[0].nfe_per_sample.unwrap();
    let (own, shared) = (evaluations("rk45"), evaluations("org.ito.test.rk45-batch-wide"));
    assert!(own < shared, "{own} evaluations a sample with an error of its own, {shared} with one for the batch");
}

/// With `keep: trajectory` the states stand at the stops, which are the times of the file.
#[test]
fn the_path_of_a_sampler_with_steps_of_its_own_is_kept_at_its_stops() {
    let stops = ["sweep.steps=[4]", "stops=true"];
    for (grid, sets, count) in [
        ("uniform", &[][..], 2),
        ("uniform", &stops[..], 5),
        ("{ uniform: { zero: true } }", &stops[..], 5),
        ("{ uniform: { zero: true } }", &[][..], 3),
    ] {
        let grid = format!("grid={grid}");
        let of = |sets: &[&str]| run_yaml(&yaml("rk45", 6), &[&[grid.as_str(), "keep=trajectory"], sets].concat(), 1);
        let done = of(sets);
        assert_eq!(done.errors, Vec::<String>::new());
        let key = &done.plan.cells[0].key;
        let file = done.dir.path().join("cells").join(key).join("samples.safetensors");
        let t = read_tensor(&file, "t").unwrap().0.into_dimensionality::<Ix1>().unwrap();
        let path = read_tensor(&file, "path").unwrap().0.into_dimensionality::<Ix3>().unwrap();
        assert_eq!((t.len(), path.dim()), (count, (count, 6, 2)));
        assert_eq!(path.index_axis(Axis(0), count - 1), done.samples()[0]);
        // A run that ends at an inner stop finds the same states there, within the tolerance.
        let (first, inner) = (path.index_axis(Axis(0), 0), path.index_axis(Axis(0), 1));
        assert!(first.iter().all(|x| x.is_finite() && *x != 0.0), "{first}");
        let end = format!("grid={{ uniform: {{ t_end: {} }} }}", t[1]);
        let there = run_yaml(&yaml("rk45", 6), &[&end], 1).samples().remove(0);
        let off = (&inner - &there).iter().fold(0.0_f64, |worst, d| worst.max(d.abs()));
        assert!(off < 1e-3, "{off} at {}", t[1]);
    }
}

/// N = 1 to the marked end leaves no way before it: the sample is the prediction of x0, as `ddim` gives it.
#[test]
fn one_interval_to_the_marked_end_is_the_prediction_of_x0() {
    let marked = "grid={ uniform: { zero: true } }";
    let steps = ["sweep.steps=[1]", "stops=true"];
    let of = |sampler: &str, sets: &[&str]| {
        let done = run_yaml(&yaml(sampler, 4).replace("{ rtol: 1.0e-6, atol: 1.0e-6 }", "{}"), sets, 1);
        assert_eq!((&done.errors, done.plan.cells[0].refused.as_ref()), (&Vec::<String>::new(), None), "{sampler}");
        done.samples().remove(0)
    };
    let expected = of("ddim", &["sweep.steps=[1]", marked]);
    for sampler in ["rk45", "dop853", "dpm-solver-12", "dpm-solver-23", "gotta-go-fast"] {
        let found = of(sampler, &[steps[0], steps[1], marked]);
        let off = (&found - &expected).iter().fold(0.0_f64, |worst, d| worst.max(d.abs()));
        assert!(off < 1e-12, "{sampler}: {off}");
    }
    let listed = of("rk45", &["grid={ times: [1.0, 0.0] }"]);
    assert_eq!(listed, of("rk45", &[steps[0], steps[1], marked]));
}

/// The last noise of steps that each sample chooses cannot be left out; `check` says so.
#[test]
fn the_mean_of_the_last_step_is_refused_where_the_step_is_chosen_with_its_noise() {
    let refused = |sampler: &str, set: &str| {
        let plan = crate::support::planned(&yaml("rk45", 4), &[&format!("sweep.sampler=[{sampler}]"), set]);
        plan.cells[0].refused.clone()
    };
    let why = refused("gotta-go-fast", "final=mean").unwrap();
    assert!(why.contains("`final: mean`") && why.contains("allowed: state, x0"), "{why}");
    assert_eq!(refused("gotta-go-fast", "final=x0"), None);
    assert_eq!(refused("rk45", "final=mean"), None, "it has no noise");
}

/// A plan asks no sampler of its own steps for a step of a fixed grid, whose arrays it would not find.
#[test]
fn a_grid_to_the_marked_end_is_planned_for_samplers_with_steps_of_their_own() {
    for sets in [&["sweep.steps=[4]", "stops=true"][..], &[]] {
        let all = [sets, &["grid={ karras: { zero: true } }", "sweep.sampler=[rk45, gotta-go-fast, dpm-solver-12]"]];
        let plan = crate::support::planned(&yaml("rk45", 4), &all.concat());
        assert!(plan.cells.iter().all(|cell| cell.refused.is_none() && cell.evaluations.is_none()));
    }
}
