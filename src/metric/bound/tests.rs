use super::*;
use crate::process::{Edm, Flow, Vp};
use crate::score::Gaussian;
use crate::units::Lambda;
use ndarray::array;
use std::f64::consts::{LN_2, TAU};

fn time(t: f64) -> Time {
    Time::new(t).expect("a finite time")
}

/// Uniform in lambda.
fn log_snr(process: &dyn Process, steps: u32) -> Vec<Time> {
    let (begin, end) = process.ends();
    let [from, to] = [begin, end].map(|t| process.at(t).lambda);
    let between = |i: u32| Lambda::new(from + f64::from(i) / f64::from(steps) * (to - from)).expect("a number");
    (0..=steps).map(|i| process.time_from_lambda(between(i))).collect()
}

/// The bound of one number x_0 of N(0, variance), in nats, each expectation exact: all terms are quadratic in
/// eps, so that eps = ±1 of equal chance gives them.
fn exact(chain: Chain<'_>, x_0: f64) -> f64 {
    let points: Vec<Point> = chain.times.iter().map(|&t| chain.process.at(t)).collect();
    let mut sum = prior_kl(&points[0], chain.process.prior_std().get(), [x_0].into_iter());
    for (i, t) in points.iter().enumerate() {
        for eps in [1.0, -1.0] {
            let mut predicted = [0.0];
            let x_t = [t.alpha * x_0 + t.sigma * eps];
            chain.score.predict(Prediction::X0, &[*t], &x_t, &mut predicted).expect("exists");
            sum += 0.5
                * match points.get(i + 1) {
                    Some(s) => step_kl(t, s, chain.variance, 1, (x_0 - predicted[0]).powi(2)),
                    None => chain.decoder.nats(t, [(x_0, predicted[0])].into_iter()),
                };
        }
    }
    sum
}

#[test]
fn the_bound_is_tight_for_standard_normal_data_with_the_large_variance() {
    // There p(x_s | x_t) is the true reverse transition and the prior the true law, for any number of steps.
    let (score, process) = (Gaussian::isotropic(vec![0.0], 1.0).expect("valid"), Vp::default());
    for steps in [1, 3, 20] {
        let times = log_snr(&process, steps);
        let (variance, decoder) = (Variance::FixedLarge, Decoder::Gaussian);
        let chain = Chain { score: &score, process: &process, times: &times, variance, decoder };
        for x_0 in [0.0, 0.7, -2.5] {
            let log_p = -0.5 * x_0 * x_0 - 0.5 * TAU.ln();
            assert!((exact(chain, x_0) + log_p).abs() < 1e-11, "{steps} steps at {x_0}: {}", exact(chain, x_0));
        }
        let small = Chain { variance: Variance::FixedSmall, ..chain };
        assert!(exact(small, 0.7) > exact(chain, 0.7) + 1e-4);
    }
}

#[test]
fn the_bound_falls_to_the_entropy_as_the_steps_grow() {
    let std: f64 = 2.0;
    let (score, process) = (Gaussian::isotropic(vec![0.0], std).expect("valid"), Vp::default());
    // Mean over x_0 ~ N(0, std²) of a number that is quadratic in x_0.
    let entropy = 0.5 * (TAU * std * std).ln() + 0.5;
    for variance in [Variance::FixedSmall, Variance::FixedLarge] {
        let gaps = [100, 200, 400].map(|steps| {
            let times = log_snr(&process, steps);
            let chain = Chain { score: &score, process: &process, times: &times, variance, decoder: Decoder::Gaussian };
            f64::midpoint(exact(chain, std), exact(chain, -std)) - entropy
        });
        assert!(gaps[2] > 0.0 && gaps[0] < 0.6, "{gaps:?}");
        for pair in gaps.windows(2) {
            let order = (pair[0] / pair[1]).log2();
            assert!((order - 1.0).abs() < 0.1, "{variance:?}: {gaps:?}");
        }
    }
}

#[test]
fn draws_have_the_exact_mean() {
    let (score, process) = (Gaussian::isotropic(vec![0.0, 0.0], 2.0).expect("valid"), Flow);
    let times = [0.999, 0.7, 0.4, 0.1, 1e-3].map(time);
    let (variance, decoder) = (Variance::FixedLarge, Decoder::Gaussian);
    let chain = Chain { score: &score, process: &process, times: &times, variance, decoder };
    let x_0 = array![[0.5, -1.0], [2.0, 3.0]];
    let seed = Seed::new(1).expect("any seed");
    let found = variational_bound(chain, x_0.view(), 4000, seed).expect("terms");
    assert_eq!((found.steps.len(), found.total.len()), (4, 2));
    let one = Gaussian::isotropic(vec![0.0], 2.0).expect("valid");
    let nats = |row: usize| x_0.row(row).iter().map(|&x| exact(Chain { score: &one, ..chain }, x)).sum::<f64>();
    for (row, bits) in found.total.iter().enumerate() {
        assert!((bits - nats(row) / (2.0 * LN_2)).abs() < 0.1, "{bits} {}", nats(row) / (2.0 * LN_2));
    }
    let mean = found.prior + found.steps.iter().sum::<f64>() + found.decoder;
    assert!((mean - found.total.mean().expect("rows")).abs() < 1e-12);
    // A row does not depend on the others.
    let alone = variational_bound(chain, x_0.slice(ndarray::s![..1, ..]), 7, seed).expect("terms");
    assert_eq!(alone.total[0], variational_bound(chain, x_0.view(), 7, seed).expect("terms").total[0]);
}

#[test]
fn steps_do_not_depend_on_how_the_process_scales_x() {
    let score = Gaussian::isotropic(vec![0.3, -0.2], 0.7).expect("valid");
    let (vp, edm) = (Vp::default(), Edm::default());
    let x_0 = array![[0.5, -1.0]];
    let of = |process: &dyn Process, variance| {
        let times: Vec<Time> = [-3.0, -1.0, 0.5, 2.0, 3.0]
            .map(|lambda| process.time_from_lambda(Lambda::new(lambda).expect("a number")))
            .to_vec();
        let chain = Chain { score: &score, process, times: &times, variance, decoder: Decoder::Gaussian };
        let found = variational_bound(chain, x_0.view(), 3, Seed::new(2).expect("any seed")).expect("terms");
        [found.steps, vec![found.decoder]].concat()
    };
    for variance in [Variance::FixedSmall, Variance::FixedLarge] {
        for (a, b) in of(&vp, variance).into_iter().zip(of(&edm, variance)) {
            assert!((a - b).abs() < 1e-10 * (1.0 + a.abs()), "{variance:?}: {a} {b}");
        }
    }
}

#[test]
fn steps_are_the_divergence_of_two_gaussians() {
    let process = Vp::default();
    let (t, s) = (process.at(time(0.5)), process.at(time(0.45)));
    // By hand, with Ho et al.'s letters: beta_t, beta-tilde and the mean's coefficient on x_0.
    let ratio = t.alpha / s.alpha;
    let beta = 1.0 - ratio * ratio;
    let tilde = s.sigma * s.sigma / (t.sigma * t.sigma) * beta;
    let mean = s.alpha * beta / (t.sigma * t.sigma);
    let (dim, square) = (3, 0.8);
    for (variance, of_p) in [(Variance::FixedSmall, tilde), (Variance::FixedLarge, beta)] {
        let by_hand = 0.5 * (3.0 * (tilde / of_p - 1.0 - (tilde / of_p).ln()) + mean * mean * square / of_p);
        let found = step_kl(&t, &s, variance, dim, square);
        assert!((found - by_hand).abs() < 1e-12 * by_hand, "{variance:?}: {found} {by_hand}");
    }
    // From alpha = 0, as on the flow process at t = 1.
    let (t, s) = (Flow.at(time(1.0)), Flow.at(time(0.5)));
    assert!((step_kl(&t, &s, Variance::FixedSmall, 1, 2.0) - 1.0).abs() < 1e-15);
    assert!(step_kl(&t, &s, Variance::FixedLarge, 1, 2.0).is_finite());
}

#[test]
fn grids_that_do_not_fall_are_refused() {
    let (score, process) = (Gaussian::isotropic(vec![0.0], 1.0).expect("valid"), Vp::default());
    let run = |times: &[f64], draws| {
        let times: Vec<Time> = times.iter().map(|&t| time(t)).collect();
        let (variance, decoder) = (Variance::default(), Decoder::Gaussian);
        let chain = Chain { score: &score, process: &process, times: &times, variance, decoder };
        variational_bound(chain, array![[0.0]].view(), draws, Seed::new(0).expect("any seed"))
    };
    assert_eq!(run(&[1.0, 0.5, 0.6], 1), Err(MetricError::Ends { t_begin: 0.5, t_end: 0.6 }));
    assert_eq!(run(&[1.0, 0.0], 1), Err(MetricError::Ends { t_begin: 1.0, t_end: 0.0 }));
    assert_eq!(run(&[1.5, 0.1], 1), Err(MetricError::Ends { t_begin: 1.5, t_end: 1.5 }));
    assert!(run(&[], 1).is_err() && run(&[1.0, 0.1], 0).is_err() && run(&[0.5], 1).is_ok());
}
