//! What a closed-form score costs: nanoseconds a row with 256 rows together, and with each row asked for alone.
//!
//! Both are measured in turn in one run; printed are medians and 10th to 90th percentiles. The numbers are the same bit
//! for bit, which is checked.

use ito::process::Point;
use ito::score::{Empirical, Gaussian, Mixture, Prediction, Score};
use std::time::Instant;

const ROWS: usize = 256;
const RUNS: usize = 31;
/// Numbers a run goes through, about.
const WORK: usize = 4_000_000;

fn main() {
    println!("{:<38} {:>24} {:>24} {:>6}", "law", "together, ns a row", "alone, ns a row", "ratio");
    for (name, components, law) in laws() {
        let dim = law.dim();
        let x: Vec<f64> = (0..ROWS * dim).map(|i| 1.5 * (7919.0 * i as f64).sin()).collect();
        let (mut together, mut alone) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        let repeat = (WORK / (ROWS * dim * components)).max(1);
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..RUNS {
            times[0].push(time(repeat, || predict(&*law, &x, &mut together)));
            times[1].push(time(repeat, || {
                x.chunks(dim).zip(alone.chunks_mut(dim)).for_each(|(x, out)| predict(&*law, x, out));
            }));
        }
        assert_eq!(together, alone, "{name}: the same bits");
        let [together, alone] = times.map(quantiles);
        let show = |[low, median, high]: [f64; 3]| format!("{median:.0} ({low:.0} to {high:.0})");
        println!("{name:<38} {:>24} {:>24} {:>6.1}", show(together), show(alone), alone[1] / together[1]);
    }
}

/// Name, components, law.
fn laws() -> Vec<(&'static str, usize, Box<dyn Score>)> {
    let means = |count: usize, dim: usize| -> Vec<Vec<f64>> {
        (0..count).map(|k| (0..dim).map(|i| 2.0 * (1.7 * (k * dim + i) as f64).sin()).collect()).collect()
    };
    let gaussian = |mean: Vec<f64>| {
        let dim = mean.len();
        let covariance: Vec<f64> = (0..dim * dim).map(|i| if i % (dim + 1) == 0 { 1.0 } else { 0.3 }).collect();
        Gaussian::new(mean, &covariance).expect("a covariance")
    };
    let isotropic = |count| Mixture::isotropic(&vec![1.0; count], &means(count, 2), &vec![0.4; count]);
    let full = Mixture::new(&[1.0, 2.0, 0.5], means(3, 64).into_iter().map(gaussian).collect());
    let points = Empirical::new(&means(1797, 64).concat(), 64);
    vec![
        ("Gaussian, 2-D, full covariance", 1, Box::new(gaussian(vec![0.5, -0.25]))),
        ("mixture of 3, 2-D, isotropic", 3, Box::new(isotropic(3).expect("a mixture"))),
        ("mixture of 25, 2-D, isotropic", 25, Box::new(isotropic(25).expect("a mixture"))),
        ("mixture of 3, 64-D, full covariances", 3, Box::new(full.expect("a mixture"))),
        ("1,797 points, 64-D", 1797, Box::new(points.expect("points"))),
    ]
}

fn predict(law: &dyn Score, x: &[f64], out: &mut [f64]) {
    let at = Point { alpha: 0.8, sigma: 0.6, alpha_dot: -0.4, sigma_dot: 0.5, ..Point::clean(None) };
    law.predict(Prediction::Eps, &[at], x, out).expect("a prediction");
}

/// Nanoseconds a row.
fn time(repeat: usize, mut f: impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..repeat).for_each(|_| f());
    start.elapsed().as_secs_f64() * 1e9 / (repeat * ROWS) as f64
}

/// 10 %, 50 %, 90 %.
fn quantiles(mut times: Vec<f64>) -> [f64; 3] {
    times.sort_by(f64::total_cmp);
    [RUNS / 10, RUNS / 2, RUNS - 1 - RUNS / 10].map(|i| times[i])
}
