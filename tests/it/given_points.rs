//! Log-likelihoods of given points, each against a closed form that this file works out by itself.

use crate::support::{Done, run_yaml};
use ito::data::io::{read_tensor, write_npy};
use ito::noise::{Key, Stream, normals};
use ndarray::{Array1, Array2};
use std::path::Path;

/// A mixture of equal weights, all components with one covariance.
pub struct Law {
    means: Vec<Vec<f64>>,
    covariance: Array2<f64>,
}

impl Law {
    fn isotropic(means: Vec<Vec<f64>>, std: f64) -> Self {
        Self { means, covariance: Array2::eye(2) * (std * std) }
    }

    pub fn ring() -> Self {
        let angle = |k: i32| f64::from(k) * std::f64::consts::TAU / 8.0;
        Self::isotropic((0..8).map(|k| vec![2.0 * angle(k).cos(), 2.0 * angle(k).sin()]).collect(), 0.2)
    }

    pub fn grid() -> Self {
        Self::isotropic((0..25).map(|k| vec![f64::from(2 * (k % 5) - 4), f64::from(2 * (k / 5) - 4)]).collect(), 0.1)
    }

    /// 64 dimensions, C_ij = 0.5^|i−j| s_i s_j.
    pub fn wide() -> Self {
        let scale = |i: usize| 0.3 + i as f64 / 100.0;
        let entry = |(i, j): (usize, usize)| 0.5_f64.powi(i.abs_diff(j) as i32) * scale(i) * scale(j);
        let mean = |k: u32| (0..64).map(|d| f64::from((7 * k + 3 * d) % 5) / 2.0 - 1.0).collect();
        Self { means: (0..4).map(mean).collect(), covariance: Array2::from_shape_fn((64, 64), entry) }
    }

    pub fn yaml(&self) -> String {
        let list = |v: &[f64]| v.iter().map(f64::to_string).collect::<Vec<_>>().join(", ");
        let rows =
            |rows: Vec<Vec<f64>>| rows.iter().map(|row| format!("[{}]", list(row))).collect::<Vec<_>>().join(", ");
        let covariance = format!("[{}]", rows(self.covariance.rows().into_iter().map(|r| r.to_vec()).collect()));
        let count = self.means.len();
        format!(
            "{{ mixture: {{ weights: [{}], means: [{}], covariances: [{}] }} }}",
            vec!["1"; count].join(", "),
            rows(self.means.clone()),
            vec![covariance; count].join(", ")
        )
    }

    /// L of the covariance L Lᵀ of a component of `alpha x_0 + sigma eps`.
    fn factor(&self, alpha: f64, sigma: f64) -> Array2<f64> {
        let noise: Array2<f64> = Array2::eye(self.covariance.nrows()) * (sigma * sigma);
        cholesky(&(&self.covariance * (alpha * alpha) + noise))
    }

    /// ln p of `alpha x_0 + sigma eps` at x.
    fn log_p(&self, alpha: f64, sigma: f64, x: &[f64]) -> f64 {
        let factor = self.factor(alpha, sigma);
        let norm: f64 = factor.diag().iter().map(|d| d.ln() + 0.5 * std::f64::consts::TAU.ln()).sum();
        let exponents: Vec<f64> = (self.means.iter())
            .map(|mean| {
                // |L⁻¹ (x − alpha mean)|², by forward substitution.
                let mut y: Vec<f64> = Vec::with_capacity(x.len());
                for i in 0..x.len() {
                    let known: f64 = (0..i).map(|j| factor[[i, j]] * y[j]).sum();
                    y.push((x[i] - alpha * mean[i] - known) / factor[[i, i]]);
                }
                -0.5 * y.iter().map(|y| y * y).sum::<f64>()
            })
            .collect();
        let most = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = exponents.iter().map(|e| (e - most).exp()).sum();
        most + (sum / self.means.len() as f64).ln() - norm
    }

    /// 64 points: draws of p, every fourth of them twice as far from its mean.
    fn points(&self, alpha: f64, sigma: f64) -> Array2<f64> {
        let dim = self.covariance.nrows();
        let factor = self.factor(alpha, sigma);
        let mut x = Array2::zeros((64, dim));
        for (i, mut row) in x.rows_mut().into_iter().enumerate() {
            let mut z = vec![0.0; dim];
            normals(Key { seed: 77, sample: i as u32 }, Stream::named("given"), 0, &mut z);
            let scale = if i % 4 == 0 { 2.0 } else { 1.0 };
            let mean = Array1::from(self.means[i % self.means.len()].clone()) * alpha;
            row.assign(&(mean + factor.dot(&Array1::from(z)) * scale));
        }
        x
    }
}

/// L of L Lᵀ.
fn cholesky(c: &Array2<f64>) -> Array2<f64> {
    let mut l = Array2::zeros(c.dim());
    for i in 0..c.nrows() {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| l[[i, k]] * l[[j, k]]).sum();
            l[[i, j]] = if i == j { (c[[i, i]] - known).sqrt() } else { (c[[i, j]] - known) / l[[j, j]] };
        }
    }
    l
}

/// alpha and sigma of `vp` with its default betas at t: ln alpha = −¼ t² (20 − 0.1) − ½ t 0.1.
fn vp(t: f64) -> (f64, f64) {
    let log_alpha = -0.25 * t * t * 19.9 - 0.05 * t;
    (log_alpha.exp(), (-(2.0 * log_alpha).exp_m1()).sqrt())
}

fn run(law: &Law, file: &Path, nll: &str) -> Done {
    let yaml = format!(
        "experiment: likelihood\nprocess: vp\nmodel: {}\nsweep: {{ sampler: euler, steps: 1 }}\nsamples: 1\n\
         metrics: [{{ nll: {{ prior: exact, t_end: 1.0e-3, points: {{ file: '{}' }}, {nll} }} }}]\n",
        law.yaml(),
        file.display()
    );
    let done = run_yaml(&yaml, &[], 1);
    assert_eq!(done.errors, Vec::<String>::new());
    done
}

/// An array beside the record of the only cell.
fn array(done: &Done, name: &str) -> Option<Array1<f64>> {
    let folder = done.dir.path().join("cells").join(&done.plan.cells[0].key);
    let (values, _) = read_tensor(&folder.join("nll.safetensors"), name).ok()?;
    values.into_dimensionality().ok()
}

#[test]
fn the_exact_trace_gives_the_closed_form_of_each_point() {
    let dir = tempfile::tempdir().unwrap();
    let (file, (alpha, sigma)) = (dir.path().join("points.npy"), vp(1e-3));
    for (law, allowed) in [(Law::ring(), 1e-4), (Law::grid(), 1e-4), (Law::wide(), 1e-3)] {
        let x = law.points(alpha, sigma);
        write_npy(&file, &x).unwrap();
        let done = run(&law, &file, "rtol: 1.0e-8");
        let found = array(&done, "log_p").unwrap();
        assert_eq!(found.len(), 64);
        let exact: Vec<f64> = x.rows().into_iter().map(|x| law.log_p(alpha, sigma, &x.to_vec())).collect();
        let error = found.iter().zip(&exact).map(|(a, b)| (a - b).abs()).sum::<f64>() / 64.0;
        assert!(error < allowed, "{} dimensions: {error}", x.ncols());
        // The program's own closed form is the same, and so is what stands in the record.
        let own = array(&done, "log_p_exact").unwrap();
        assert!(own.iter().zip(&exact).all(|(a, b)| (a - b).abs() < 1e-9), "{own} {exact:?}");
        let record = done.records().remove(0);
        assert!((record.metrics["nll"] + found.mean().unwrap()).abs() < 1e-12);
        assert_eq!(array(&done, "standard_error"), None);
    }
}

#[test]
fn hutchinsons_trace_is_right_within_the_standard_errors_of_each_point() {
    let dir = tempfile::tempdir().unwrap();
    let (file, (alpha, sigma)) = (dir.path().join("points.npy"), vp(1e-3));
    for (law, probes) in [(Law::ring(), 32), (Law::grid(), 32), (Law::wide(), 16)] {
        let x = law.points(alpha, sigma);
        write_npy(&file, &x).unwrap();
        let trace = format!("trace: {{ hutchinson: {{ probes: {probes}, law: gaussian }} }}, rtol: 1.0e-6");
        let done = run(&law, &file, &trace);
        let (found, error) = (array(&done, "log_p").unwrap(), array(&done, "standard_error").unwrap());
        let exact = x.rows().into_iter().map(|x| law.log_p(alpha, sigma, &x.to_vec()));
        let off: Vec<f64> =
            exact.zip(found.iter().zip(&error)).map(|(exact, (found, e))| (found - exact) / e).collect();
        // Student's t on 15 degrees of freedom leaves one point in a hundred beyond 3.
        let beyond = off.iter().filter(|off| off.abs() > 3.0).count();
        assert!(beyond <= 4, "{beyond} of 64 points, {} dimensions: {off:?}", x.ncols());
        let mean = off.iter().zip(&error).map(|(off, e)| off * e).sum::<f64>() / 64.0;
        let of_mean = done.records().remove(0).metrics["nll_standard_error"];
        assert!(of_mean > 0.0 && mean.abs() < 3.0 * of_mean, "{mean} ± {of_mean}");
    }
}

#[test]
fn other_points_and_settings_are_measured_again_and_the_same_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let (file, law) = (dir.path().join("points.npy"), Law::ring());
    let yaml = |nll: &str| {
        format!(
            "experiment: again\nprocess: vp\nmodel: {}\nsweep: {{ sampler: euler, steps: 1 }}\nsamples: 1\n\
             metrics: [{{ nll: {{ prior: exact, points: {{ file: points.npy }}{nll} }} }}]\n",
            law.yaml()
        )
    };
    let run = |nll: &str| {
        std::fs::write(dir.path().join("x.yaml"), yaml(nll)).unwrap();
        let said = crate::cli::ito(dir.path(), &["run", "x.yaml", "--json"]);
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let summary: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
        let record = ito::experiment::table::read(&dir.path().join("runs/again/records.csv")).unwrap().remove(0);
        (summary["ran"].as_u64().unwrap(), record.metrics)
    };
    let x = law.points(1.0, 0.0);
    write_npy(&file, &x).unwrap();
    let (ran, first) = run("");
    assert_eq!((ran, run("").0), (1, 0));
    write_npy(&file, &(&x * 1.5)).unwrap();
    let (ran, second) = run("");
    assert_eq!(ran, 1);
    assert!(second["nll"] > first["nll"] + 1.0, "{first:?} {second:?}");
    let (ran, estimated) = run(", trace: { hutchinson: {} }");
    assert_eq!(ran, 1);
    assert!(estimated.contains_key("nll_standard_error"));
    // A column that the new settings do not have is not left over from the old ones.
    let (ran, third) = run("");
    assert_eq!((ran, &third), (1, &second));
}
