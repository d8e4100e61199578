//! The forward SDE and the published Markov chain have the marginals that the processes state.

use ito::noise::{Key, Stream, normals};
use ito::process::{BetasSpec, LinearBetasSpec, Process, ProcessSpec};
use ito::units::Time;
use std::sync::Arc;

fn processes() -> Vec<Arc<dyn Process>> {
    let names = ["vp", "sub-vp", "ve", "edm", "flow", "cosine", "angle", "ddpm", "brownian", "log-quadratic"];
    let spec = |name: &str| -> ProcessSpec { serde_json::from_str(&format!("{{\"{name}\": {{}}}}")).unwrap() };
    names.iter().map(|name| spec(name).build().unwrap()).collect()
}

fn time(t: f64) -> Time {
    Time::new(t).unwrap()
}

/// `dx = f x dt + g dw` from the marginal at t_end to a later time: mean and variance of 20,000 paths are those of the
/// marginal there, within 4 standard errors.
///
/// f and g are read at the middle of each step, so the bias, O(h²), is far below the standard error of a percent.
#[test]
fn the_forward_sde_has_the_marginals() {
    const PATHS: usize = 20_000;
    const STEPS: usize = 400;
    const DATA: (f64, f64) = (1.5, 0.5);
    for process in processes() {
        let (begin, end) = process.ends();
        // To the time half-way in ln sigma, where g differs most from its values at the ends.
        let middle = (process.at(begin).sigma.ln() + process.at(end).sigma.ln()) / 2.0;
        let last = process.time_from_sigma(ito::units::Sigma::new(middle.exp().max(0.3)).unwrap());
        let marginal = |t: Time| {
            let at = process.at(t);
            (at.alpha * DATA.0, (at.alpha * DATA.1).powi(2) + at.sigma.powi(2))
        };
        let level = |i: usize| {
            let (a, b) = (process.at(end).sigma.ln(), process.at(last).sigma.ln());
            process.time_from_sigma(ito::units::Sigma::new((a + (b - a) * i as f64 / STEPS as f64).exp()).unwrap())
        };
        let mut x = vec![0.0; PATHS];
        let key = Key { seed: 5, sample: 0 };
        let (mean, variance) = marginal(level(0));
        normals(key, Stream::named("init"), 0, &mut x);
        x.iter_mut().for_each(|x| *x = mean + variance.sqrt() * *x);
        let mut z = vec![0.0; PATHS];
        for i in 0..STEPS {
            let (s, t) = (level(i).get(), level(i + 1).get());
            let at = process.at(time(f64::midpoint(s, t)));
            normals(key, Stream::named("forward"), i as u64, &mut z);
            let noise = (at.diffusion2 * (t - s)).sqrt();
            // The middle of the step for x too: x + h f (x + h f x/2).
            let h = at.drift * (t - s);
            x.iter_mut().zip(&z).for_each(|(x, z)| *x += h * (1.0 + h / 2.0) * *x + noise * z);
        }
        let n = PATHS as f64;
        let found = x.iter().sum::<f64>() / n;
        let spread = x.iter().map(|x| (x - found).powi(2)).sum::<f64>() / (n - 1.0);
        let (mean, variance) = marginal(level(STEPS));
        let of_mean = (found - mean) / (variance / n).sqrt();
        let of_variance = (spread / variance - 1.0) / (2.0 / n).sqrt();
        assert!(of_mean.abs() < 4.0, "{}: mean {found}, not {mean}: {of_mean} standard errors", process.name());
        assert!(of_variance.abs() < 4.0, "{}: variance {spread}, not {variance}: {of_variance}", process.name());
    }
}

/// `x_k = √(1 − beta_k) x_{k−1} + √beta_k z` from x_0 has mean `alpha x_0` and variance `sigma²` at t = (k+1)/K (Ho et
/// al. 2020, eq. 2 and 4), and one of its steps is the transition of the process between two knots.
#[test]
fn the_markov_chain_of_a_ddpm_table_is_the_process_at_its_knots() {
    let betas = BetasSpec::Linear(LinearBetasSpec::default()).to_vec();
    let process = ProcessSpec::Ddpm(ito::process::DdpmSpec::default()).build().unwrap();
    let (mut alpha, mut variance) = (1.0_f64, 0.0_f64);
    let mut before = None;
    for (k, beta) in betas.iter().enumerate() {
        alpha *= (1.0 - beta).sqrt();
        variance = (1.0 - beta) * variance + beta;
        let at = process.at(time((k + 1) as f64 / betas.len() as f64));
        assert!((at.alpha / alpha - 1.0).abs() < 1e-12, "alpha at knot {k}: {} and {alpha}", at.alpha);
        assert!((at.sigma.powi(2) / variance - 1.0).abs() < 1e-12, "sigma² at knot {k}");
        if let Some::<(f64, f64)>((alpha_s, sigma_s)) = before {
            let kept = at.alpha / alpha_s;
            let added = at.sigma.powi(2) - (kept * sigma_s).powi(2);
            assert!((kept.powi(2) - (1.0 - beta)).abs() < 1e-12, "knot {k}");
            assert!((added - beta).abs() < 1e-12, "beta at knot {k}: {added} and {beta}");
        }
        before = Some((at.alpha, at.sigma));
    }
}
