//! Log-likelihoods by the probability flow, through the whole of ito, against the closed forms.

use crate::given_points::Law;
use crate::support::run_yaml;

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
    for (model, allowed) in [(Law::ring(), 1e-4), (Law::grid(), 1e-4), (Law::wide(), 1e-3)] {
        let found = measured(&model.yaml(), "{ prior: exact, rtol: 1.0e-8 }");
        assert!(found["nll_error"] < allowed, "{found:?}");
        assert!(found["nll_evaluations"] > 100.0 && !found.contains_key("nll_standard_error"), "{found:?}");
    }
}

#[test]
fn hutchinsons_trace_is_right_within_its_standard_errors() {
    let laws = [Law::ring(), Law::grid()].map(|law| law.yaml());
    for (model, law) in laws.iter().flat_map(|model| [(model, "gaussian"), (model, "rademacher")]) {
        let exact = measured(model, "{ prior: exact, rtol: 1.0e-8 }");
        let found = measured(
            model,
            &format!("{{ prior: exact, trace: {{ hutchinson: {{ probes: 16, law: {law} }} }}, rtol: 1.0e-6 }}"),
        );
        // On a square grid p is a product over the coordinates and the Jacobian diagonal: probes of signs are exact then,
        // and what is left is the tolerance of the flow.
        let off = (found["nll"] - exact["nll"]).abs();
        assert!(off < 3.0 * found["nll_standard_error"] + 1e-6, "{off}: {found:?}, {exact:?}");
    }
}

/// N(0, I) is its own prior under vp. Beside N(300, I) the standard prior is wrong by the mean of ln p_T − ln N.
///
/// p_T is N(m, 1) with m = 300 alpha(1), alpha(1) = e^{−10.05/2}: for y = m + z the difference is m²/2 + m z, with mean
/// 1.942 and a standard error of m/8 = 0.246 over 64 points. Zero is 7.9 of them away, the wrong sign twice that.
#[test]
fn what_the_standard_prior_adds_stands_beside_it() {
    let of = |mean: &str| measured(&format!("{{ gaussian: {{ mean: [{mean}], std: 1.0 }} }}"), "{}");
    assert!(of("0.0")["nll_prior_mismatch"].abs() < 1e-12);
    let found = of("300.0");
    let m = 300.0 * (-10.05_f64 / 2.0).exp();
    let off = (found["nll_prior_mismatch"] - m * m / 2.0) / (m / 8.0);
    assert!(off.abs() < 4.0, "{off} standard errors: {found:?}");
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
                metrics: [{ nll: { prior: exact, rtol: 1.0e-8 } }]\n";
    let done = run_yaml(yaml, &[], 1);
    assert_eq!(done.errors, Vec::<String>::new());
    let records = done.records();
    assert_eq!(records[0].metrics["nll"], records[1].metrics["nll"]);
    assert!(records[0].metrics["nll_error"] < 1e-3, "{:?}", records[0].metrics);
}
