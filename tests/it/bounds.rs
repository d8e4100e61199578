//! Bounds of the likelihood against numbers worked out here: by quadrature, and in closed form for Gaussian data.

use crate::support::{Done, run_yaml};
use ito::data::io::{read_tensor, write_npy};
use ndarray::{Array1, Array2};
use std::f64::consts::{LN_2, TAU};
use std::path::Path;

/// Mean and standard deviation of the data, in one dimension.
const LAW: (f64, f64) = (0.2, 0.6);

/// alpha and sigma of `vp` with its default betas at t: ln alpha = −¼ t² (20 − 0.1) − ½ t 0.1.
fn vp(t: f64) -> (f64, f64) {
    let log_alpha = -0.25 * t * t * 19.9 - 0.05 * t;
    (log_alpha.exp(), (-(2.0 * log_alpha).exp_m1()).sqrt())
}

fn run(steps: u32, sampler: &str, metric: &str) -> Done {
    let (mean, std) = LAW;
    let yaml = format!(
        "experiment: bounds\nprocess: vp\nmodel: {{ gaussian: {{ mean: [{mean}], std: {std} }} }}\n\
         sweep: {{ sampler: {sampler}, steps: {steps} }}\nsamples: 1\nmetrics: [{metric}]\n"
    );
    let done = run_yaml(&yaml, &[], 1);
    assert_eq!(done.errors, Vec::<String>::new());
    done
}

/// An array beside the record of the first cell.
fn array(done: &Done, metric: &str, name: &str) -> Option<ndarray::ArrayD<f64>> {
    let folder = done.dir.path().join("cells").join(&done.plan.cells[0].key);
    read_tensor(&folder.join(format!("{metric}.safetensors")), name).ok().map(|(values, _)| values)
}

/// Five levels from −1 to 1, each `count` times.
fn levels(file: &Path, count: usize) -> Array2<f64> {
    let x = Array2::from_shape_fn((5 * count, 1), |(i, _)| (i % 5) as f64 / 2.0 - 1.0);
    write_npy(file, &x).unwrap();
    x
}

/// Mean, and its standard error.
fn mean_and_error(values: &Array1<f64>) -> (f64, f64) {
    (values.mean().unwrap(), values.std(1.0) / (values.len() as f64).sqrt())
}

/// That numbers, one a point of [`levels`], are those expected of their levels within 4 standard errors; the error.
fn near(found: &Array1<f64>, expected: impl Fn(f64) -> f64) -> f64 {
    let of_level: Vec<f64> = (0..5).map(|n| expected(f64::from(n) / 2.0 - 1.0)).collect();
    let off = Array1::from_iter(found.iter().enumerate().map(|(i, found)| found - of_level[i % 5]));
    let (mean, error) = mean_and_error(&off);
    assert!(mean.abs() < 4.0 * error, "{mean} ± {error}, levels {of_level:?}");
    error
}

/// −log2 of the mean of p over `draws` places in the cell about x, on average over places: by the midpoint rule; minus
/// log2 of the cell's width.
fn bits(x: f64, draws: u32) -> f64 {
    let (alpha, sigma) = vp(1e-3);
    let (mean, variance) = (alpha * LAW.0, (alpha * LAW.1).powi(2) + sigma * sigma);
    let density = |x: f64| (-0.5 * (x - mean).powi(2) / variance).exp() / (TAU * variance).sqrt();
    let places: Vec<f64> = (0..400).map(|i| density(x - 0.25 + 0.5 * (f64::from(i) + 0.5) / 400.0)).collect();
    let mean = match draws {
        1 => places.iter().map(|p| p.log2()).sum::<f64>() / 400.0,
        2 => places.iter().flat_map(|p| places.iter().map(move |q| (0.5 * (p + q)).log2())).sum::<f64>() / 160_000.0,
        _ => (places.iter().sum::<f64>() / 400.0).log2(),
    };
    -mean - 0.5_f64.log2()
}

#[test]
fn dequantised_bits_are_those_of_quadrature() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("levels.npy");
    levels(&file, 800);
    for draws in [1, 2] {
        let nll = format!(
            "{{ nll: {{ prior: exact, t_end: 1.0e-3, rtol: 1.0e-7, points: {{ file: '{}' }}, \
             dequantize: {{ levels: 5, draws: {draws} }} }} }}",
            file.display()
        );
        let done = run(1, "euler", &nll);
        let metrics = done.records().remove(0).metrics;
        assert_eq!(metrics["nll_draws"], f64::from(draws));
        assert!(metrics["nll_error"] < 1e-5 && !metrics.contains_key("nll_bits_per_dim"), "{metrics:?}");
        assert_eq!(array(&done, "nll", "log_p").unwrap().shape(), [4000, draws as usize]);
        let of = |name: &str| array(&done, "nll", name).map(|a| a.into_dimensionality().unwrap());
        let elbo: Array1<f64> = of("elbo_bits_per_dim").unwrap();
        assert!((elbo.mean().unwrap() - metrics["nll_elbo_bits_per_dim"]).abs() < 1e-12);
        assert!(near(&elbo, |x| bits(x, 1)) < 0.01);
        let weighted: Option<Array1<f64>> = of("importance_weighted_bits_per_dim");
        assert_eq!(weighted.is_some(), draws == 2);
        let Some(weighted) = weighted else { continue };
        assert!((weighted.mean().unwrap() - metrics["nll_importance_weighted_bits_per_dim"]).abs() < 1e-12);
        near(&weighted, |x| bits(x, 2));
        // What the second draw gains is larger than what the draws leave open.
        let error = near(&(&elbo - &weighted), |x| bits(x, 1) - bits(x, 2));
        let gain = (0..5).map(|n| f64::from(n) / 2.0 - 1.0).map(|x| bits(x, 1) - bits(x, 2)).sum::<f64>() / 5.0;
        assert!(gain > 8.0 * error && bits(0.5, 2) > bits(0.5, 0), "{gain} ± {error}");
    }
}

#[test]
fn the_terms_of_the_variational_bound_are_those_of_gaussian_data() {
    let count = 4000.0_f64;
    for variance in ["fixed-small", "fixed-large"] {
        let done = run(6, "euler", &format!("{{ bound: {{ samples: 4000, draws: 2, variance: {variance} }} }}"));
        let metrics = done.records().remove(0).metrics;
        let terms = |name: &str| array(&done, "bound", name).unwrap().into_raw_vec_and_offset().0;
        let (t, steps, total) = (terms("t"), terms("steps"), terms("total"));
        assert_eq!((t.len(), steps.len(), total.len()), (7, 6, 4000));
        // E |x_0 − E[x_0 | x_t]|² = Var(x_0 | x_t), by which every term is known.
        let (mean, std) = LAW;
        let left = |(alpha, sigma): (f64, f64)| (std * sigma).powi(2) / ((alpha * std).powi(2) + sigma * sigma);
        let near = |name: &str, found: f64, fixed: f64, square: f64| {
            let (exact, error) = ((fixed + square) / LN_2, square / LN_2 * (2.0 / count).sqrt());
            assert!((found - exact).abs() < 4.0 * error + 1e-9, "{variance}, {name}: {found}, exact {exact} ± {error}");
        };
        for (i, found) in steps.iter().enumerate() {
            let ((alpha_t, sigma_t), (alpha_s, sigma_s)) = (vp(t[i]), vp(t[i + 1]));
            // Ho et al. 2020: beta of the step, beta-tilde, and the coefficient of x_0 in the mean.
            let beta = 1.0 - (alpha_t / alpha_s).powi(2);
            let tilde = (sigma_s / sigma_t).powi(2) * beta;
            let coefficient = alpha_s * beta / (sigma_t * sigma_t);
            let of_p = if variance == "fixed-small" { tilde } else { beta };
            let fixed = 0.5 * (tilde / of_p - 1.0 - (tilde / of_p).ln());
            near("step", *found, fixed, 0.5 * coefficient * coefficient * left((alpha_t, sigma_t)) / of_p);
        }
        let (alpha, sigma) = vp(t[0]);
        let second = alpha * alpha * (mean * mean + std * std);
        near("prior", metrics["bound_prior"], 0.5 * (sigma * sigma - 1.0 - (sigma * sigma).ln()), 0.5 * second);
        // On `vp`, alpha² + sigma² = 1: the decoder's variance is sigma².
        let (alpha, sigma) = vp(t[6]);
        let square = 0.5 * left((alpha, sigma)) / (sigma * sigma);
        near("decoder", metrics["bound_decoder"], 0.5 * (TAU * sigma * sigma).ln(), square);
        let sum = metrics["bound_prior"] + steps.iter().sum::<f64>() + metrics["bound_decoder"];
        assert!((metrics["bound"] - sum).abs() < 1e-9 * sum.abs());
        assert!((metrics["bound_steps"] - steps.iter().sum::<f64>()).abs() < 1e-12);
        let (mean, error) = mean_and_error(&Array1::from(total));
        assert!((metrics["bound"] - mean).abs() < 1e-12 && (metrics["bound_standard_error"] - error).abs() < 1e-12);
        // A bound: not below the entropy of the data.
        assert!(mean + 4.0 * error > (0.5 * (TAU * std * std).ln() + 0.5) / LN_2);
    }
}

/// For exact scores of a Gaussian and many steps, all but the decoder is KL(q(x_t | x_0) ‖ p_t) at the end.
#[test]
fn the_bound_of_levels_is_a_divergence_and_the_mass_of_their_cells() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("levels.npy");
    levels(&file, 200);
    let metric = format!(
        "{{ bound: {{ points: {{ file: '{}' }}, draws: 4, decoder: {{ discretised: {{ levels: 5 }} }} }} }}",
        file.display()
    );
    let (mean, std) = LAW;
    let yaml = format!(
        "experiment: bounds\nprocess: vp\ngrid: {{ log-snr: {{ t_end: 0.1 }} }}\n\
         model: {{ gaussian: {{ mean: [{mean}], std: {std} }} }}\n\
         sweep: {{ sampler: euler, steps: 400 }}\nsamples: 1\nmetrics: [{metric}]\n"
    );
    let done = run_yaml(&yaml, &[], 1);
    assert_eq!(done.errors, Vec::<String>::new());
    let metrics = done.records().remove(0).metrics;
    let (alpha, sigma) = vp(0.1);
    let variance = (alpha * std).powi(2) + sigma * sigma;
    let divergence = |x: f64| {
        let ratio = sigma * sigma / variance;
        (0.5 * (ratio - 1.0 - ratio.ln() + (alpha * (x - mean)).powi(2) / variance)) / LN_2
    };
    // Φ((x ± ¼ − x̂_0)/sigma), x̂_0 of eps, whose law the midpoint rule integrates; the outer cells reach to infinity.
    let below = |z: f64| 0.5 * libm::erfc(-z / 2.0_f64.sqrt());
    let decoder = |x: f64| {
        let bits = |eps: f64| {
            let x_t = alpha * x + sigma * eps;
            let predicted = mean + alpha * std * std / variance * (x_t - alpha * mean);
            let upper = if x > 0.9 { 1.0 } else { below((x + 0.25 - predicted) / sigma) };
            let lower = if x < -0.9 { 0.0 } else { below((x - 0.25 - predicted) / sigma) };
            -(upper - lower).log2()
        };
        let eps = (-600..600).map(|i| (f64::from(i) + 0.5) / 100.0);
        eps.map(|eps| 0.01 * (-0.5 * eps * eps).exp() / TAU.sqrt() * bits(eps)).sum::<f64>()
    };
    let of = |f: &dyn Fn(f64) -> f64| (0..5).map(|n| f(f64::from(n) / 2.0 - 1.0)).sum::<f64>() / 5.0;
    let error = metrics["bound_standard_error"];
    let off = metrics["bound_decoder"] - of(&decoder);
    assert!(off.abs() < 4.0 * error && error < 0.05, "{off} ± {error}: {metrics:?}");
    let over = metrics["bound_prior"] + metrics["bound_steps"] - of(&divergence);
    assert!(over > -4.0 * error && over < 0.1 + 4.0 * error, "{over} ± {error}: {metrics:?}");
    // No model gives five levels of equal chance fewer bits.
    assert!(metrics["bound"] > 5.0_f64.log2());
}

#[test]
fn samplers_without_a_grid_have_no_bound_and_are_done() {
    let dir = tempfile::tempdir().unwrap();
    let yaml = "experiment: x\nmodel: { gaussian: { mean: [0.0], std: 1.0 } }\nsweep: { sampler: [rk45, heun], steps: 3 }\n\
                samples: 1\nmetrics: [bound]\n";
    std::fs::write(dir.path().join("x.yaml"), yaml).unwrap();
    for expected in [2, 0] {
        let said = crate::cli::ito(dir.path(), &["run", "x.yaml", "--json"]);
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let summary: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
        assert_eq!(summary["ran"], expected);
    }
    let records = ito::experiment::table::read(&dir.path().join("runs/x/records.csv")).unwrap();
    for record in records {
        assert_eq!(record.metrics.contains_key("bound"), record.sampler == "heun");
    }
}
