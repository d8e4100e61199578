use super::super::gaussian::tests::covariance;
use super::super::{ClosedForm, Empirical, Gaussian, Mixture};
use super::*;
use Prediction::{Eps, V, Velocity, X0};
use proptest::prelude::*;

const FORMS: [Prediction; 5] = [Prediction::Score, Eps, X0, V, Velocity];
const DIM: usize = 3;

fn point(alpha: f64, sigma: f64) -> Point {
    Point { alpha, sigma, alpha_dot: -0.7 * sigma, sigma_dot: 0.7 * alpha, ..Point::clean(None) }
}

/// All code paths: one Gaussian of each spread, components side by side, full covariances, deltas.
fn laws() -> Vec<Box<dyn ClosedForm>> {
    let mean = |k: usize| (0..DIM).map(|i| 2.0 * ((k * DIM + i) as f64 * 1.7).sin()).collect::<Vec<_>>();
    let means: Vec<_> = (0..9).map(mean).collect();
    let full = |k| Gaussian::new(mean(k), &covariance(DIM, k)).expect("positive");
    let weights = [1.0, 2.0, 0.5, 0.1, 3.0, 1.0, 1.0, 1.0, 2.0];
    let stds = [0.5, 0.3, 1.0, 0.4, 0.2, 0.7, 0.3, 0.3, 0.6];
    vec![
        Box::new(Gaussian::isotropic(mean(0), 0.4).expect("valid")),
        Box::new(Gaussian::new(mean(1), &[2.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.1]).expect("valid")),
        Box::new(full(2)),
        Box::new(Mixture::isotropic(&weights, &means, &stds).expect("valid")),
        Box::new(Mixture::new(&[1.0, 2.0, 0.5], (0..3).map(full).collect()).expect("valid")),
        Box::new(Empirical::new(&means.concat(), DIM).expect("valid")),
    ]
}

fn predict(law: &dyn ClosedForm, want: Prediction, at: &[Point], x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; x.len()];
    law.predict(want, at, x, &mut out).expect("exists");
    out
}

fn product(law: &dyn ClosedForm, want: Prediction, at: &[Point], x: &[f64], v: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; x.len()];
    law.vjp(want, at, x, v, &mut out).expect("closed forms have it").expect("exists");
    out
}

fn trace(law: &dyn ClosedForm, want: Prediction, at: &[Point], x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; x.len() / DIM];
    law.divergence(want, at, x, &mut out).expect("closed forms have it").expect("exists");
    out
}

proptest! {
    #[test]
    fn products_are_derivatives(
        x in proptest::array::uniform3(-3.0_f64..3.0), v in proptest::array::uniform3(-1.0_f64..1.0),
        angle in 0.2_f64..1.5,
    ) {
        let at = point(angle.cos(), angle.sin());
        for law in laws() {
            for want in FORMS {
                // fourth order central difference along v; J is symmetric
                let h = 1e-3;
                let shifted = |shift: f64| {
                    let x: Vec<f64> = x.iter().zip(v).map(|(x, v)| x + shift * v).collect();
                    predict(&*law, want, &[at], &x)
                };
                let [a, b, c, d] = [h, -h, 2.0 * h, -2.0 * h].map(shifted);
                for (i, found) in product(&*law, want, &[at], &x, &v).into_iter().enumerate() {
                    let slope = (8.0 * (a[i] - b[i]) - (c[i] - d[i])) / (12.0 * h);
                    prop_assert!((found - slope).abs() < 1e-6 * (1.0 + slope.abs()), "{want:?}: {found} {slope}");
                }
            }
        }
    }

    #[test]
    fn the_trace_is_that_of_the_products(
        x in proptest::array::uniform3(-3.0_f64..3.0), ratio in -6.0_f64..6.0,
    ) {
        let angle = ratio.exp().atan();
        let at = point(angle.cos(), angle.sin());
        for law in laws() {
            for want in FORMS {
                let mut sum = [0.0];
                trace_of_products(&*law, want, &[at], &x, &mut sum).expect("there").expect("exists");
                let found = trace(&*law, want, &[at], &x)[0];
                let size = 1.0 + found.abs() + at.alpha / at.sigma;
                prop_assert!((found - sum[0]).abs() < 1e-11 * size, "{want:?}: {found} {}", sum[0]);
            }
        }
    }

    #[test]
    fn a_row_does_not_depend_on_its_neighbours(
        x in proptest::collection::vec(-4.0_f64..4.0, 15), v in proptest::collection::vec(-1.0_f64..1.0, 15),
        sigma in 1e-3_f64..50.0,
    ) {
        let at: Vec<Point> = (0..5).map(|i| point(0.5, sigma * (1.0 + i as f64))).collect();
        for law in laws() {
            for want in FORMS {
                let (products, traces) = (product(&*law, want, &at, &x, &v), trace(&*law, want, &at, &x));
                for i in 0..5 {
                    let row = DIM * i..DIM * (i + 1);
                    let alone = product(&*law, want, &at[i..=i], &x[row.clone()], &v[row.clone()]);
                    prop_assert_eq!(&products[row.clone()], &alone[..]);
                    prop_assert_eq!(traces[i].to_bits(), trace(&*law, want, &at[i..=i], &x[row])[0].to_bits());
                }
            }
        }
    }
}

#[test]
fn without_signal_or_noise_the_trace_is_the_limit() {
    let (noise, clean) = (point(0.0, 1.0), Point { alpha_dot: -0.5, sigma_dot: 1.0, ..point(1.0, 0.0) });
    let x = [0.3, -1.0, 0.5];
    for law in laws() {
        // At alpha = 0 the score is −x and x0 the mean.
        for (want, exact) in [(Prediction::Score, -3.0), (Eps, 3.0), (X0, 0.0), (V, 0.0)] {
            assert!((trace(&*law, want, &[noise], &x)[0] - exact).abs() < 1e-12, "{want:?}");
        }
        assert_eq!(trace(&*law, X0, &[clean], &x), [3.0]);
        assert_eq!(product(&*law, Velocity, &[clean], &x, &[1.0, 2.0, 0.0]), [-0.5, -1.0, 0.0]);
    }
}

/// A score without derivatives.
struct Opaque;

impl Score for Opaque {
    fn dim(&self) -> usize {
        DIM
    }

    fn predict(&self, _: Prediction, _: &[Point], _: &[f64], _: &mut [f64]) -> Result<(), ScoreError> {
        Ok(())
    }
}

#[test]
fn a_score_without_derivatives_says_so() {
    let (at, x) = ([point(0.6, 0.8)], [0.0; DIM]);
    assert!(Opaque.vjp(X0, &at, &x, &x, &mut [0.0; DIM]).is_none());
    assert!(Opaque.divergence(X0, &at, &x, &mut [0.0]).is_none());
}
