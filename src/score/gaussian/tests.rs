use super::*;
use Prediction::{Eps, V, Velocity, X0};

const FORMS: [Prediction; 5] = [Prediction::Score, Eps, X0, V, Velocity];

fn point(alpha: f64, sigma: f64) -> Point {
    Point { alpha, sigma, alpha_dot: -0.7, sigma_dot: 1.3, ..Point::clean(None) }
}

/// A covariance with a spread of eigenvalues, B B^T/dim + 0.01 I, from a fixed sequence.
pub(crate) fn covariance(dim: usize, shift: usize) -> Vec<f64> {
    let b: Vec<f64> = (0..dim * dim).map(|i| ((i + shift) as f64 * 0.754_877_666).fract() * 2.0 - 1.0).collect();
    let entry = |i: usize, j: usize| (0..dim).map(|k| b[i * dim + k] * b[j * dim + k]).sum::<f64>() / dim as f64;
    (0..dim * dim).map(|k| entry(k / dim, k % dim) + if k / dim == k % dim { 0.01 } else { 0.0 }).collect()
}

fn mean(dim: usize) -> Vec<f64> {
    (0..dim).map(|i| (i as f64 * 1.3).sin()).collect()
}

/// The solution of `matrix x = rhs` by Gaussian elimination with pivots: a different road to the answer.
fn solve(matrix: &[f64], rhs: &[f64]) -> Vec<f64> {
    let n = rhs.len();
    let mut rows: Vec<Vec<f64>> =
        (0..n).map(|i| matrix[i * n..][..n].iter().copied().chain([rhs[i]]).collect()).collect();
    for i in 0..n {
        let pivot = (i..n).max_by(|&a, &b| rows[a][i].abs().total_cmp(&rows[b][i].abs())).expect("not empty");
        rows.swap(i, pivot);
        let top = rows[i].clone();
        for row in &mut rows[i + 1..] {
            let factor = row[i] / top[i];
            row.iter_mut().zip(&top).for_each(|(r, t)| *r -= factor * t);
        }
    }
    let mut x = vec![0.0; n];
    for i in (0..n).rev() {
        let rest: f64 = (i + 1..n).map(|j| rows[i][j] * x[j]).sum();
        x[i] = (rows[i][n] - rest) / rows[i][i];
    }
    x
}

#[test]
fn full_covariance_agrees_with_a_direct_solve() {
    for (dim, alpha, sigma) in [(1, 0.9, 0.3), (5, 0.2, 1.1), (19, 1.0, 0.05), (19, 0.0, 1.0)] {
        let (m, c) = (mean(dim), covariance(dim, 0));
        let law = Gaussian::new(m.clone(), &c).expect("positive");
        let x: Vec<f64> = (0..dim).map(|i| (i as f64).cos() * 2.0).collect();
        let at = point(alpha, sigma);
        let marginal: Vec<f64> = (0..dim * dim)
            .map(|k| alpha * alpha * c[k] + if k / dim == k % dim { sigma * sigma } else { 0.0 })
            .collect();
        let residual: Vec<f64> = x.iter().zip(&m).map(|(x, m)| x - alpha * m).collect();
        let w = solve(&marginal, &residual);
        let x0: Vec<f64> =
            (0..dim).map(|i| m[i] + alpha * (0..dim).map(|j| c[i * dim + j] * w[j]).sum::<f64>()).collect();
        for want in FORMS {
            let mut out = vec![0.0; dim];
            law.predict(want, &[at], &x, &mut out).expect("sigma > 0");
            for i in 0..dim {
                let exact = match want {
                    Prediction::Score => -w[i],
                    Eps => sigma * w[i],
                    X0 => x0[i],
                    V => alpha * sigma * w[i] - sigma * x0[i],
                    Velocity => at.alpha_dot * x0[i] + at.sigma_dot * sigma * w[i],
                };
                let size = 1.0 + w.iter().fold(0.0_f64, |s, w| s.max(w.abs()));
                assert!((out[i] - exact).abs() < 1e-11 * size, "{want:?}, dim {dim}: {} {exact}", out[i]);
            }
        }
    }
}

#[test]
fn the_three_kinds_of_covariance_are_one_law() {
    let m = mean(3);
    let isotropic = Gaussian::isotropic(m.clone(), 0.5).expect("valid");
    let diagonal = Gaussian::new(m.clone(), &[0.25, 0.0, 0.0, 0.0, 0.25, 0.0, 0.0, 0.0, 0.25]).expect("valid");
    assert!(matches!(diagonal.spread, Spread::Diagonal(_)));
    let tiny = 1e-300;
    let full = Gaussian::new(m, &[0.25, tiny, 0.0, tiny, 0.25, 0.0, 0.0, 0.0, 0.25]).expect("valid");
    assert!(matches!(full.spread, Spread::Full { .. }));
    let x = [0.3, -1.2, 2.0];
    for want in FORMS {
        let of = |law: &Gaussian| {
            let mut out = [0.0; 3];
            law.predict(want, &[point(0.6, 0.8)], &x, &mut out).expect("sigma > 0");
            out
        };
        for (a, b, c) in (0..3).map(|i| (of(&isotropic)[i], of(&diagonal)[i], of(&full)[i])) {
            assert!((a - b).abs() < 1e-15 && (a - c).abs() < 1e-14);
        }
    }
}

#[test]
fn ends_of_the_process() {
    let law = Gaussian::new(vec![1.0, 2.0], &[1.0, 0.6, 0.6, 1.0]).expect("positive");
    let x = [0.5, -0.5];
    let mut out = [0.0; 2];
    // pure noise: nothing is known of x0, and x is eps
    law.predict(X0, &[point(0.0, 1.0)], &x, &mut out).expect("exists");
    assert_eq!(out, [1.0, 2.0]);
    law.predict(Eps, &[point(0.0, 1.0)], &x, &mut out).expect("exists");
    assert!((out[0] - 0.5).abs() < 1e-15 && (out[1] + 0.5).abs() < 1e-15);
    // clean: x is x0, its score is the data's
    law.predict(X0, &[Point::clean(None)], &x, &mut out).expect("exists");
    assert_eq!(out, x);
    law.predict(Prediction::Score, &[Point::clean(None)], &x, &mut out).expect("exists");
    let exact = solve(&[1.0, 0.6, 0.6, 1.0], &[0.5, 2.5]);
    assert!(out.iter().zip(&exact).all(|(out, exact)| (out - exact).abs() < 1e-14));
    assert!(law.predict(Velocity, &[Point::clean(None)], &x, &mut out).is_err(), "no derivative there");
    law.predict(Velocity, &[point(1.0, 0.0)], &x, &mut out).expect("exists");
    assert_eq!(out, [-0.7 * 0.5, 0.7 * 0.5]);
    assert!(law.predict(X0, &[point(0.0, 0.0)], &x, &mut out).is_err());
    // a singular covariance has no density without noise
    let flat = Gaussian::new(vec![0.0, 0.0], &[1.0, 1.0, 1.0, 1.0]).expect("semidefinite");
    assert!(flat.predict(Prediction::Score, &[Point::clean(None)], &x, &mut out).is_err());
    let mut log = [0.0];
    flat.log_density(&Point::clean(None), &x, &mut log);
    assert!(log[0].is_nan());
}

/// d x/dt = velocity along the exact flow, by a central difference over the process alpha = 1 − t,
/// sigma = t; and the flow carries p_t to p_s.
#[test]
fn flow_end_follows_the_velocity() {
    let law = Gaussian::new(vec![1.0, -2.0, 0.5], &covariance(3, 7)).expect("positive");
    let flow = |t: f64| Point { t, alpha_dot: -1.0, sigma_dot: 1.0, ..point(1.0 - t, t) };
    let x = [0.4, -0.3, 1.7];
    let (mut before, mut after, mut velocity) = ([0.0; 3], [0.0; 3], [0.0; 3]);
    let h = 1e-5;
    law.flow_end(&flow(0.6), &flow(0.6 + h), &x, &mut after);
    law.flow_end(&flow(0.6), &flow(0.6 - h), &x, &mut before);
    law.predict(Velocity, &[flow(0.6)], &x, &mut velocity).expect("exists");
    for i in 0..3 {
        assert!(((after[i] - before[i]) / (2.0 * h) - velocity[i]).abs() < 1e-8);
    }
    let mut end = [0.0; 3];
    law.flow_end(&flow(1.0), &flow(0.0), &x, &mut end);
    let mut through = [0.0; 3];
    law.flow_end(&flow(1.0), &flow(0.3), &x, &mut through);
    let middle = through;
    law.flow_end(&flow(0.3), &flow(0.0), &middle, &mut through);
    assert!(end.iter().zip(through).all(|(a, b)| (a - b).abs() < 1e-13));
}

#[test]
fn samples_have_the_mean_and_the_covariance_of_the_marginal() {
    // unit vectors replayed: the map from z is affine, so its matrix A gives the covariance A A^T exactly
    let dim = 9;
    let (m, c) = (mean(dim), covariance(dim, 3));
    let law = Gaussian::new(m.clone(), &c).expect("positive");
    let at = point(0.7, 0.4);
    let mut z = vec![0.0; (dim + 1) * dim];
    (0..dim).for_each(|i| z[(i + 1) * dim + i] = 1.0);
    let mut out = vec![0.0; z.len()];
    law.sample(&at, &z, &[0.5; 10], &mut out);
    for i in 0..dim {
        assert!((out[i] - 0.7 * m[i]).abs() < 1e-15);
        for j in 0..dim {
            let a = |row: usize, i: usize| out[(row + 1) * dim + i] - out[i];
            let found: f64 = (0..dim).map(|row| a(row, i) * a(row, j)).sum();
            let exact = 0.49 * c[i * dim + j] + if i == j { 0.16 } else { 0.0 };
            assert!((found - exact).abs() < 1e-13);
        }
    }
}

#[test]
fn wrong_covariances_are_refused() {
    let of = |c: &[f64]| Gaussian::new(vec![0.0, 0.0], c).err();
    assert!(matches!(of(&[1.0, 2.0, 2.0, 1.0]), Some(ModelError::NotPositive { .. })));
    assert!(matches!(of(&[1.0, 0.5, 0.4, 1.0]), Some(ModelError::NotSymmetric { row: 1, column: 0, .. })));
    assert!(matches!(of(&[1.0, 0.5]), Some(ModelError::Shape { .. })));
    assert!(matches!(of(&[1.0, f64::NAN, 0.0, 1.0]), Some(ModelError::Value { .. })));
    assert!(Gaussian::isotropic(vec![0.0], -1.0).is_err() && Gaussian::isotropic(vec![], 1.0).is_err());
}
