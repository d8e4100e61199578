//! Against the numbers of another program.

use super::*;
use ndarray::{Ix1, Ix2};
use std::path::PathBuf;

/// Arrays of another program's run, where the reference measurements lie beside the checkout.
fn peers() -> Option<PathBuf> {
    let root = std::env::var_os("ITO_REFERENCE").map_or_else(|| "../shared/reference/solvers".into(), PathBuf::from);
    Some(root.join("likelihood.npz")).filter(|file| file.exists())
}

#[test]
fn score_sde_finds_the_same_numbers() {
    let Some(file) = peers() else {
        println!("skipped: no reference measurements; set ITO_REFERENCE to their folder");
        return;
    };
    let mut npz = ndarray_npy::NpzReader::new(std::fs::File::open(file).expect("readable")).expect("an npz");
    let gauss1d = Gaussian::isotropic(vec![0.7], 0.5).expect("valid");
    let gauss2d = Gaussian::isotropic(vec![1.0, -0.5], 0.8).expect("valid");
    let ring = ring8();
    let laws: [(&str, &dyn ClosedForm); 3] = [("gauss1d", &gauss1d), ("gauss2d", &gauss2d), ("ring8", &ring)];
    let process = Vp::default();
    let t = |t: f64| Time::new(t).expect("a finite time");
    for (name, law) in laws {
        let mut rows = |key: &str| npz.by_name::<ndarray::OwnedRepr<f64>, Ix2>(&format!("{name}/{key}")).expect(key);
        let (x, z) = (rows("x"), rows("scoresde_f64_onehot_rtol1e-08/z"));
        let signs = rows("rademacher_v0");
        let mut list = |key: &str| npz.by_name::<ndarray::OwnedRepr<f64>, Ix1>(&format!("{name}/{key}")).expect(key);
        let theirs = list("scoresde_f64_onehot_rtol1e-08/logp");
        let theirs_exact = list("scoresde_f64_onehot_rtol1e-08/logp_exact_prior");
        let theirs_one_probe = list("scoresde_f64_rademacher0_rtol1e-5/logp");
        let flow = FlowDensity { score: law, closed: Some(law), process: &process, t_begin: t(1.0), t_end: t(1e-5) };
        let standard = Settings { prior: Prior::Standard, ..settings(1e-9, Trace::Exact) };
        let found = log_likelihood(flow, &standard, x.view()).expect("a likelihood");
        let mismatch = found.prior_mismatch.as_ref().expect("a closed form");
        let largest = |a: &Array1<f64>, b: &Array1<f64>| (a - b).iter().fold(0.0_f64, |m, d| m.max(d.abs()));
        let off = largest(&found.log_p, &theirs);
        let off_exact = largest(&(&found.log_p + mismatch), &theirs_exact);
        let off_z = (&found.latent - &z).iter().fold(0.0_f64, |m, d| m.max(d.abs()));
        let probes = Probes { count: 1, v: signs.iter().copied().collect() };
        let one = with_probes(flow, &standard, probes, x.view()).expect("a likelihood");
        let off_probe = largest(&one.log_p, &theirs_one_probe);
        println!("{name}: log p {off:.1e}, exact prior {off_exact:.1e}, latent {off_z:.1e}, one probe {off_probe:.1e}");
        // Their tolerances are 1e-8, and 1e-5 for the probe, over the whole batch.
        assert!(off < 2e-6 && off_exact < 2e-6 && off_z < 2e-6, "{name}: {off} {off_exact} {off_z}");
        assert!(off_probe < 2e-2, "{name}: {off_probe}");
    }
}
