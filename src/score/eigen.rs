//! Eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations.
//!
//! Source: Golub and Van Loan, "Matrix computations", 4th edition, section 8.5. Plain f64 in a fixed order:
//! the same bits on every machine; small eigenvalues of a positive definite matrix keep their relative
//! accuracy (Demmel and Veselić 1992).

/// Sweeps after which it stops; convergence is quadratic, and ten are rare.
const SWEEPS: usize = 60;

/// `matrix = Q diag(values) Q^T`: the values, and Q row-major with an eigenvector in each column. `matrix`
/// is [dim, dim], symmetric.
pub fn eigen(matrix: &[f64], dim: usize) -> (Vec<f64>, Vec<f64>) {
    let mut a = matrix.to_vec();
    let mut q = vec![0.0; dim * dim];
    for i in 0..dim {
        q[i * dim + i] = 1.0;
    }
    for _ in 0..SWEEPS {
        let mut rotated = false;
        for p in 0..dim {
            for r in p + 1..dim {
                rotated |= rotate(&mut a, &mut q, dim, p, r);
            }
        }
        if !rotated {
            break;
        }
    }
    ((0..dim).map(|i| a[i * dim + i]).collect(), q)
}

/// Makes the entries (p, r) and (r, p) zero; `false` when they are negligible already.
fn rotate(a: &mut [f64], q: &mut [f64], dim: usize, p: usize, r: usize) -> bool {
    let (a_pp, a_pr, a_rr) = (a[p * dim + p], a[p * dim + r], a[r * dim + r]);
    // Roots first: the product of two variances may be beyond the largest number.
    if a_pr.abs() <= 1e-17 * (a_pp.abs().sqrt() * a_rr.abs().sqrt()) || a_pr.abs() < f64::MIN_POSITIVE {
        return false;
    }
    let cot = (a_rr - a_pp) / (2.0 * a_pr);
    let tan = cot.signum() / (cot.abs() + (1.0 + cot * cot).sqrt());
    let cos = 1.0 / (1.0 + tan * tan).sqrt();
    let sin = tan * cos;
    for i in 0..dim {
        let (x, y) = (a[i * dim + p], a[i * dim + r]);
        a[i * dim + p] = cos * x - sin * y;
        a[i * dim + r] = sin * x + cos * y;
    }
    for i in 0..dim {
        let (x, y) = (a[p * dim + i], a[r * dim + i]);
        a[p * dim + i] = cos * x - sin * y;
        a[r * dim + i] = sin * x + cos * y;
        let (x, y) = (q[i * dim + p], q[i * dim + r]);
        q[i * dim + p] = cos * x - sin * y;
        q[i * dim + r] = sin * x + cos * y;
    }
    a[p * dim + p] = a_pp - tan * a_pr;
    a[r * dim + r] = a_rr + tan * a_pr;
    a[p * dim + r] = 0.0;
    a[r * dim + p] = 0.0;
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_values_of_a_matrix_known_in_closed_form() {
        // The second difference has the values 2 − 2 cos(pi k/(n + 1)).
        let n = 20;
        let mut a = vec![0.0; n * n];
        for i in 0..n {
            a[i * n + i] = 2.0;
            if i + 1 < n {
                a[i * n + i + 1] = -1.0;
                a[(i + 1) * n + i] = -1.0;
            }
        }
        let (mut values, q) = eigen(&a, n);
        for i in 0..n {
            for j in 0..n {
                let back: f64 = (0..n).map(|k| q[i * n + k] * values[k] * q[j * n + k]).sum();
                assert!((back - a[i * n + j]).abs() < 1e-13);
                let dot: f64 = (0..n).map(|k| q[k * n + i] * q[k * n + j]).sum();
                assert!((dot - if i == j { 1.0 } else { 0.0 }).abs() < 1e-14);
            }
        }
        values.sort_by(f64::total_cmp);
        for (k, value) in values.iter().enumerate() {
            let exact = 2.0 - 2.0 * (std::f64::consts::PI * (k + 1) as f64 / (n + 1) as f64).cos();
            assert!((value - exact).abs() < 1e-14 * 4.0);
        }
    }

    /// [[2, 1], [1, 2]] has the values 1 and 3, in any unit.
    #[test]
    fn the_unit_does_not_matter() {
        for unit in [1e-150, 1.0, 1e200] {
            let (mut values, _) = eigen(&[2.0 * unit, unit, unit, 2.0 * unit], 2);
            values.sort_by(f64::total_cmp);
            assert!((values[0] / unit - 1.0).abs() < 1e-14 && (values[1] / unit - 3.0).abs() < 1e-14, "{values:?}");
        }
    }

    #[test]
    fn a_diagonal_matrix_is_left_alone() {
        assert_eq!(eigen(&[3.0, 0.0, 0.0, 0.0], 2), (vec![3.0, 0.0], vec![1.0, 0.0, 0.0, 1.0]));
    }
}
