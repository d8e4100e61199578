//! Each sample chooses its own steps: alone or among a thousand it ends at the same bits, and it pays only for itself.

use crate::support::{Done, run_yaml};

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
