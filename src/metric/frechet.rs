//! Fréchet distance of Gaussians, D. C. Dowson and B. V. Landau, J. Multivariate Anal. 12 (1982), eq. (4):
//! `|m − m*|² + tr(C + C* − 2 (C*^½ C C*^½)^½)`, the squared 2-Wasserstein distance of N(m, C) and N(m*, C*).
//!
//! On features of a network it would be a Fréchet inception distance; here it is taken of the samples
//! themselves. It is biased upwards for few samples: read it against its floor.

use super::moments::MeanCovariance;
use ndarray::{Array2, ArrayView2};

/// The squared distance from means and covariances, at least 0 up to rounding.
pub(super) fn distance(a: &MeanCovariance, b: &MeanCovariance) -> f64 {
    let mean = (&a.mean - &b.mean).mapv(|v| v * v).sum();
    let root = square_root(b.covariance.view());
    let inner = product(product(root.view(), a.covariance.view()).view(), root.view());
    let cross: f64 = eigen(inner.view()).0.iter().map(|v| v.max(0.0).sqrt()).sum();
    mean + a.covariance.diag().sum() + b.covariance.diag().sum() - 2.0 * cross
}

/// Matrix product in a fixed order of summation.
fn product(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Array2<f64> {
    let mut c = Array2::zeros((a.nrows(), b.ncols()));
    for (row, mut out) in a.rows().into_iter().zip(c.rows_mut()) {
        for (v, b) in row.iter().zip(b.rows()) {
            out.scaled_add(*v, &b);
        }
    }
    c
}

/// The symmetric root of a symmetric matrix with no negative eigenvalue beyond rounding.
fn square_root(a: ArrayView2<'_, f64>) -> Array2<f64> {
    let (values, vectors) = eigen(a);
    let mut scaled = vectors.clone();
    for (mut column, v) in scaled.columns_mut().into_iter().zip(&values) {
        column *= v.max(0.0).sqrt();
    }
    product(scaled.view(), vectors.t())
}

/// Eigenvalues and eigenvectors (columns) of a symmetric matrix by cyclic Jacobi rotations, G. H. Golub and
/// C. F. Van Loan, Matrix Computations (2013), algorithm 8.5.3: slow for large D, but accurate and short.
fn eigen(a: ArrayView2<'_, f64>) -> (Vec<f64>, Array2<f64>) {
    let n = a.nrows();
    // One row a rotation touches holds a row of the matrix; vectors are kept as rows until the end.
    let (mut a, mut v) = (a.as_standard_layout().into_owned(), Array2::<f64>::eye(n));
    let scale: f64 = a.iter().map(|x| x * x).sum();
    // Rotations converge quadratically; thirty sweeps are far beyond any case, and the loop must end.
    for _ in 0..30 {
        let off: f64 = a.indexed_iter().filter(|((i, j), _)| i != j).map(|(_, x)| x * x).sum();
        if off <= 1e-30 * scale {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                if a[[p, q]] == 0.0 {
                    continue;
                }
                let tau = (a[[q, q]] - a[[p, p]]) / (2.0 * a[[p, q]]);
                let t = tau.signum() / (tau.abs() + tau.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                let s = c * t;
                rotate_rows(&mut a, p, q, c, s);
                for mut row in a.rows_mut() {
                    (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
                }
                rotate_rows(&mut v, p, q, c, s);
            }
        }
    }
    (a.diag().to_vec(), v.reversed_axes())
}

fn rotate_rows(a: &mut Array2<f64>, p: usize, q: usize, c: f64, s: f64) {
    let (mut p, mut q) = a.multi_slice_mut((ndarray::s![p, ..], ndarray::s![q, ..]));
    for (x, y) in p.iter_mut().zip(q.iter_mut()) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, array};

    fn near(a: &Array2<f64>, b: &Array2<f64>, tol: f64) -> bool {
        (a - b).iter().all(|v| v.abs() < tol)
    }

    #[test]
    fn roots_and_eigenvalues() {
        let (mut values, _) = eigen(array![[2.0, 1.0], [1.0, 2.0]].view());
        values.sort_by(f64::total_cmp);
        assert!((values[0] - 1.0).abs() < 1e-15 && (values[1] - 3.0).abs() < 1e-15, "{values:?}");
        let b = Array2::from_shape_fn((12, 12), |(i, j)| ((i * 12 + j) as f64).sin());
        let a = product(b.view(), b.t());
        let root = square_root(a.view());
        assert!(near(&product(root.view(), root.view()), &a, 1e-12));
        // A matrix without full rank, as covariances of few samples are.
        let b = b.slice(ndarray::s![.., ..3]).to_owned();
        let a = product(b.view(), b.t());
        let root = square_root(a.view());
        assert!(near(&product(root.view(), root.view()), &a, 1e-12));
    }

    #[test]
    fn gaussians_by_hand() {
        let law = |mean: [f64; 2], covariance| MeanCovariance { mean: Array1::from(mean.to_vec()), covariance };
        // Commuting covariances: |m − m*|² + Σ (s − s*)².
        let (a, b) =
            (law([1.0, 2.0], array![[9.0, 0.0], [0.0, 1.0]]), law([0.0, 0.0], array![[4.0, 0.0], [0.0, 0.25]]));
        assert!((distance(&a, &b) - (5.0 + 1.0 + 0.25)).abs() < 1e-14);
        // 2×2 in general: tr (A B)^½ = (tr(A B) + 2 √(det A det B))^½.
        let (a, b) = (law([0.0; 2], array![[2.0, 0.5], [0.5, 1.0]]), law([0.0; 2], array![[1.0, -0.3], [-0.3, 3.0]]));
        let trace = a.covariance.dot(&b.covariance).diag().sum();
        let expected = 3.0 + 4.0 - 2.0 * (trace + 2.0 * (1.75_f64 * 2.91).sqrt()).sqrt();
        assert!((distance(&a, &b) - expected).abs() < 1e-14);
        assert!(distance(&a, &a).abs() < 1e-14);
    }
}
