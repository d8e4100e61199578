//! Fréchet distance of Gaussians, D. C. Dowson and B. V. Landau, J. Multivariate Anal. 12 (1982), eq. (4):
//! `|m − m*|² + tr(C + C* − 2 (C*^½ C C*^½)^½)`, the squared 2-Wasserstein distance of N(m, C) and N(m*, C*).
//!
//! On features of a network it would be a Fréchet inception distance; here it is taken of the samples
//! themselves. It is biased upwards for few samples: read it against its floor.

use super::moments::MeanCovariance;
use crate::score::eigen;
use ndarray::{Array2, ArrayView2};

/// The squared distance from means and covariances, at least 0 up to rounding.
pub(super) fn distance(a: &MeanCovariance, b: &MeanCovariance) -> f64 {
    let mean = (&a.mean - &b.mean).mapv(|v| v * v).sum();
    let root = square_root(b.covariance.view());
    let inner = product(product(root.view(), a.covariance.view()).view(), root.view());
    let cross: f64 = eigen(&flat(inner.view()), inner.nrows()).0.iter().map(|v| v.max(0.0).sqrt()).sum();
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
    let (values, vectors) = eigen(&flat(a), a.nrows());
    let vectors = Array2::from_shape_fn(a.dim(), |(i, j)| vectors[i * a.nrows() + j]);
    let mut scaled = vectors.clone();
    for (mut column, v) in scaled.columns_mut().into_iter().zip(&values) {
        column *= v.max(0.0).sqrt();
    }
    product(scaled.view(), vectors.t())
}

/// Row by row.
fn flat(a: ArrayView2<'_, f64>) -> Vec<f64> {
    a.iter().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, array};

    fn near(a: &Array2<f64>, b: &Array2<f64>, tol: f64) -> bool {
        (a - b).iter().all(|v| v.abs() < tol)
    }

    #[test]
    fn roots() {
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
