use super::super::gaussian::tests::covariance;
use super::super::{Conversion, convert};
use super::*;
use Prediction::{Eps, V, Velocity, X0};
use proptest::prelude::*;

/// Two blocks of rows that are computed together, and a rest.
const ROWS: usize = 19;
const FORMS: [Prediction; 5] = [Prediction::Score, Eps, X0, V, Velocity];

fn point(alpha: f64, sigma: f64) -> Point {
    Point { alpha, sigma, alpha_dot: -0.7 * sigma, sigma_dot: 0.7 * alpha, ..Point::clean(None) }
}

fn means(count: usize, dim: usize) -> Vec<Vec<f64>> {
    (0..count).map(|k| (0..dim).map(|i| 2.0 * ((k * dim + i) as f64 * 1.7).sin()).collect()).collect()
}

/// Both code paths: isotropic components side by side, and full covariances.
fn mixtures() -> [Mixture; 2] {
    let weights = [1.0, 2.0, 0.5];
    let gaussians = means(3, 3).into_iter().enumerate().map(|(k, m)| Gaussian::new(m, &covariance(3, k)).expect("ok"));
    [
        Mixture::isotropic(&weights, &means(3, 3), &[0.5, 0.3, 1.0]).expect("valid"),
        Mixture::new(&weights, gaussians.collect()).expect("valid"),
    ]
}

fn predict(law: &Mixture, want: Prediction, at: &[Point], x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; x.len()];
    law.predict(want, at, x, &mut out).expect("exists");
    out
}

proptest! {
    #[test]
    fn the_score_is_the_gradient_of_the_log_density(
        x in proptest::array::uniform3(-3.0_f64..3.0), angle in 0.1_f64..1.5,
    ) {
        let at = point(angle.cos(), angle.sin());
        for law in mixtures() {
            let score = predict(&law, Prediction::Score, &[at], &x);
            for i in 0..3 {
                let log = |shift: f64| {
                    let mut x = x;
                    x[i] += shift;
                    let mut log = [0.0];
                    law.log_density(&at, &x, &mut log);
                    log[0]
                };
                // fourth order central difference
                let h = 1e-3;
                let gradient = (8.0 * (log(h) - log(-h)) - (log(2.0 * h) - log(-2.0 * h))) / (12.0 * h);
                prop_assert!((score[i] - gradient).abs() < 1e-6 * (1.0 + gradient.abs()), "{} {gradient}", score[i]);
            }
        }
    }

    #[test]
    fn every_form_agrees_with_every_other(
        x in proptest::array::uniform3(-3.0_f64..3.0), ratio in -6.0_f64..6.0,
    ) {
        let angle = ratio.exp().atan();
        let at = point(angle.cos(), angle.sin());
        for law in mixtures() {
            for have in FORMS {
                for want in FORMS {
                    let mut value = predict(&law, have, &[at], &x);
                    let size = value.iter().chain(&x).fold(1.0_f64, |s, v| s.max(v.abs()));
                    convert(have, want, &[at], &x, &mut value).expect("finite");
                    let rate = Conversion::new(have, want, &at).expect("finite").on_prediction.abs().max(1.0);
                    let bound = 1e-12 * 1.0_f64.max(at.alpha / at.sigma).max(at.sigma / at.alpha) * size * rate;
                    for (value, direct) in value.iter().zip(predict(&law, want, &[at], &x)) {
                        prop_assert!((value - direct).abs() <= bound, "{have:?} to {want:?}: {value} {direct}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_row_does_not_depend_on_its_neighbours(
        x in proptest::collection::vec(-4.0_f64..4.0, 3 * ROWS), sigma in prop_oneof![Just(0.0), 1e-4_f64..50.0],
    ) {
        let at: Vec<Point> = (0..ROWS).map(|i| point(0.5, sigma * (1.0 + i as f64))).collect();
        for law in mixtures() {
            for want in FORMS {
                let together = predict(&law, want, &at, &x);
                let same_point = predict(&law, want, &at[..1], &x);
                for i in 0..ROWS {
                    let row = &x[3 * i..][..3];
                    prop_assert_eq!(&together[3 * i..][..3], &predict(&law, want, &at[i..=i], row)[..]);
                    prop_assert_eq!(&same_point[3 * i..][..3], &predict(&law, want, &at[..1], row)[..]);
                }
            }
        }
    }
}

#[test]
fn one_component_is_a_gaussian() {
    let gaussian = Gaussian::new(means(1, 3).remove(0), &covariance(3, 5)).expect("positive");
    let mixture = Mixture::new(&[3.0], vec![gaussian.clone()]).expect("valid");
    let (at, x) = (point(0.4, 0.9), [1.0, -2.0, 0.3]);
    for want in FORMS {
        let mut out = [0.0; 3];
        gaussian.predict(want, &[at], &x, &mut out).expect("exists");
        assert_eq!(predict(&mixture, want, &[at], &x), out);
    }
}

#[test]
fn isotropic_components_side_by_side_are_the_general_form() {
    let (weights, stds) = ([1.0, 2.0, 0.5, 0.1, 3.0, 1.0, 1.0, 1.0, 2.0], [0.3; 9]);
    let fast = Mixture::isotropic(&weights, &means(9, 2), &stds).expect("valid");
    let slow = means(9, 2).into_iter().map(|m| Gaussian::isotropic(m, 0.3).expect("valid")).collect();
    let slow = Mixture::new(&weights, slow).expect("valid");
    let x = [0.5, 0.2, -1.0, 2.0, 30.0, -40.0];
    for sigma in [0.0, 1e-3, 0.1, 1.0, 80.0] {
        for want in FORMS {
            let at = Point { alpha_dot: 0.0, sigma_dot: 1.0, ..point(1.0, sigma) };
            for (fast, slow) in predict(&fast, want, &[at], &x).iter().zip(predict(&slow, want, &[at], &x)) {
                assert!((fast - slow).abs() <= 1e-12 * slow.abs().max(1.0), "{want:?} at {sigma}: {fast} {slow}");
            }
        }
    }
}

#[test]
fn a_nan_stays_one() {
    for law in mixtures() {
        assert!(predict(&law, X0, &[point(0.5, 0.5)], &[f64::NAN, 0.0, 0.0]).iter().all(|x| x.is_nan()));
    }
}

#[test]
fn samples_come_from_the_components_in_proportion() {
    let law = Mixture::isotropic(&[1.0, 3.0], &[vec![-1.0], vec![1.0]], &[0.0, 0.0]).expect("valid");
    let u: Vec<f64> = (0..100).map(|i| (f64::from(i) + 0.5) / 100.0).collect();
    let mut out = vec![0.0; 100];
    law.sample(&Point::clean(None), &[0.3; 100], &u, &mut out);
    assert_eq!(out.iter().filter(|x| **x == -1.0).count(), 25);
    assert_eq!(out.iter().filter(|x| **x == 1.0).count(), 75);
}

#[test]
fn wrong_numbers_are_refused() {
    let of = |weights: &[f64], stds: &[f64]| Mixture::isotropic(weights, &means(2, 2), stds).err();
    assert!(matches!(of(&[1.0, -1.0], &[0.1; 2]), Some(ModelError::Value { .. })));
    assert!(matches!(of(&[1.0, 1.0, 1.0], &[0.1; 3]), Some(ModelError::Shape { .. })));
    assert!(matches!(of(&[1.0, 1.0], &[0.1, -0.1]), Some(ModelError::Value { .. })));
    assert!(matches!(of(&[], &[]), Some(ModelError::Shape { .. })));
    assert!(matches!(Mixture::new(&[], vec![]).err(), Some(ModelError::Missing { .. })));
}
