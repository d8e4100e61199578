//! Log-likelihoods by the probability flow, through the whole of ito, against the closed forms.

use crate::support::run_yaml;

/// A mixture as YAML: components of equal weight, all with one covariance.
fn mixture(means: &[Vec<f64>], spread: &str) -> String {
    let list = |v: &[f64]| v.iter().map(f64::to_string).collect::<Vec<_>>().join(", ");
    let means: Vec<String> = means.iter().map(|mean| format!("[{}]", list(mean))).collect();
    format!(
        "{{ mixture: {{ weights: [{}], means: [{}], {spread} }} }}",
        vec!["1"; means.len()].join(", "),
        means.join(", ")
    )
}

fn ring() -> String {
    let angle = |k: usize| k as f64 * std::f64::consts::TAU / 8.0;
    let means: Vec<_> = (0..8).map(|k| vec![2.0 * angle(k).cos(), 2.0 * angle(k).sin()]).collect();
    mixture(&means, "std: 0.2")
}

fn grid() -> String {
    let means: Vec<_> = (0..25).map(|k| vec![f64::from(2 * (k % 5) - 4), f64::from(2 * (k / 5) - 4)]).collect();
    mixture(&means, "std: 0.1")
}

/// Four components in 64 dimensions; C_ij = 0.5^|i−j| s_i s_j.
fn wide() -> String {
    let means: Vec<Vec<f64>> =
        (0..4).map(|k| (0..64).map(|d| f64::from((7 * k + 3 * d) % 5) / 2.0 - 1.0).collect()).collect();
    let scale = |i: i32| 0.3 + f64::from(i) / 100.0;
    let entry = |i: i32, j: i32| 0.5_f64.powi((i - j).abs()) * scale(i) * scale(j);
    let row = |i| format!("[{}]", (0..64).map(|j| entry(i, j).to_string()).collect::<Vec<_>>().join(", "));
    let covariance = format!("[{}]", (0..64).map(row).collect::<Vec<_>>().join(", "));
    mixture(&means, &format!("covariances: [{}]", [covariance.as_str(); 4].join(", ")))
}

/// The metrics of one cell.
fn measured(model: &str, nll: &str) -> std::collections::BTreeMap<String, f64> {
    let yaml = format!(
        "experiment: likelihood\nprocess: vp\nmodel: {model}\nsweep: {{ sampler: euler, steps: 1 }}\nsamples: 1\n\
         metrics: [{{ nll: {nll} }}]\n"
    );
    let done = run_yaml(&yaml, &[], 1);
    assert_eq!(done.errors, Vec::<String>::new());
    done.records().remove(0).metrics
}

#[test]
fn the_exact_trace_gives_the_closed_form() {
    for (model, allowed) in [(ring(), 1e-4), (grid(), 1e-4), (wide(), 1e-3)] {
        let found = measured(&model, "{ prior: exact, rtol: 1.0e-8 }");
        assert!(found["nll_error"] < allowed, "{found:?}");
        assert!(found["nll_evaluations"] > 100.0 && !found.contains_key("nll_standard_error"), "{found:?}");
    }
}

#[test]
fn hutchinsons_trace_is_right_within_its_standard_errors() {
    for (model, law) in [(ring(), "gaussian"), (grid(), "gaussian"), (ring(), "rademacher"), (grid(), "rademacher")] {
        let exact = measured(&model, "{ prior: exact, rtol: 1.0e-8 }");
        let found = measured(
            &model,
            &format!("{{ prior: exact, trace: {{ hutchinson: {{ probes: 16, law: {law} }} }}, rtol: 1.0e-6 }}"),
        );
        // On a square grid p is a product over the coordinates and the Jacobian diagonal: probes of signs are exact then,
        // and what is left is the tolerance of the flow.
        let off = (found["nll"] - exact["nll"]).abs();
        assert!(off < 3.0 * found["nll_standard_error"] + 1e-6, "{off}: {found:?}, {exact:?}");
    }
}

/// N(0, I) is its own prior under vp; beside N(3, I) the standard prior is wrong by the mean of ln p_T − ln N.
#[test]
fn what_the_standard_prior_adds_stands_beside_it() {
    let of = |mean: &str| measured(&format!("{{ gaussian: {{ mean: [{mean}], std: 1.0 }} }}"), "{}");
    assert!(of("0.0")["nll_prior_mismatch"].abs() < 1e-12);
    let found = of("30.0");
    // alpha(1)·30 = 0.197: E ln(p_T/N) = 0.197²/2 = 0.0194, give or take that of 64 points.
    assert!((found["nll_prior_mismatch"] - 0.0194).abs() < 0.1 && found["nll_prior_mismatch"] != 0.0, "{found:?}");
    assert!((found["nll_bits_per_dim"] * 2.0_f64.ln() - found["nll"]).abs() < 1e-12, "{found:?}");
}

#[test]
fn what_cannot_be_is_refused_at_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let yaml = "experiment: x\nmodel: { gaussian: { mean: [0.0], std: 1.0 } }\nsweep: { sampler: euler, steps: 1 }\n\
                samples: 1\nmetrics: [{ nll: { rtol: 1.0 } }]\n";
    std::fs::write(dir.path().join("x.yaml"), yaml).unwrap();
    let said = crate::cli::ito(dir.path(), &["check", "x.yaml"]);
    let text = String::from_utf8_lossy(&said.stderr).into_owned();
    assert_eq!(said.status.code(), Some(2), "{text}");
    assert!(
        text.contains("x.yaml:5:") && text.contains("rtol") && text.contains("allowed: from 1e-14 to 1e-2"),
        "{text}"
    );
}

/// One interval to the marked end begins where the grid begins: the likelihood is asked for at the same time as with ten.
#[test]
fn one_step_to_the_marked_end_has_the_likelihood_of_ten() {
    let yaml = "experiment: likelihood\nprocess: edm\nmodel: { gaussian: { mean: [1.0], std: 0.5 } }\n\
                grid: { karras: { zero: true } }\nsweep: { sampler: euler, steps: [1, 10], seed: 0 }\nsamples: 2\n\
                metrics: [nll]\n";
    let done = run_yaml(yaml, &[], 1);
    assert_eq!(done.errors, Vec::<String>::new());
    let records = done.records();
    assert_eq!(records[0].metrics["nll"], records[1].metrics["nll"]);
    assert!(records[0].metrics["nll_error"] < 1e-3, "{:?}", records[0].metrics);
}
