//! A Gaussian with any covariance: its score under every process, its likelihood, its probability flow.
//!
//! `x_t ~ N(alpha m, alpha² C + sigma² I)`, in the eigenbasis of C a product of one-dimensional laws, so
//! `score = −(alpha² C + sigma² I)⁻¹ (x − alpha m)` and
//! `E[x0 | x] = m + alpha C (alpha² C + sigma² I)⁻¹ (x − alpha m)`.
//! Karras et al., "Elucidating the design space of diffusion-based generative models", 2022, appendix B.3.

use super::components::Components;
use super::eigen::eigen;
use super::exact;
use super::jacobian;
use super::lanes::Lane;
use super::spec::ModelError;
use super::{ClosedForm, Prediction, Score, ScoreError};
use crate::process::Point;

/// N(m, C).
#[derive(Clone, Debug)]
pub struct Gaussian {
    mean: Vec<f64>,
    spread: Spread,
}

/// C by its eigenvalues.
#[derive(Clone, Debug)]
enum Spread {
    Isotropic(f64),
    Diagonal(Vec<f64>),
    /// Both matrices [dim, dim] row-major: Q with the eigenvectors in columns, and its transpose.
    Full {
        values: Vec<f64>,
        q: Vec<f64>,
        q_transposed: Vec<f64>,
    },
}

impl Gaussian {
    /// N(m, std² I).
    ///
    /// # Errors
    /// [`ModelError`] when there are no numbers, one is not finite, or `std` is negative.
    pub fn isotropic(mean: Vec<f64>, std: f64) -> Result<Self, ModelError> {
        let mean = checked_mean(mean)?;
        Ok(Self { mean, spread: Spread::Isotropic(checked_std(std)?.powi(2)) })
    }

    /// N(m, C) with `covariance` [dim, dim] row-major.
    ///
    /// # Errors
    /// [`ModelError`] when shapes do not fit or C is not symmetric and positive semidefinite.
    pub fn new(mean: Vec<f64>, covariance: &[f64]) -> Result<Self, ModelError> {
        let mean = checked_mean(mean)?;
        let dim = mean.len();
        let what = || "covariance".to_owned();
        if covariance.len() != dim * dim {
            let expected = format!("{dim} x {dim} numbers");
            return Err(ModelError::Shape { what: what(), found: covariance.len().to_string(), expected });
        }
        let size = covariance.iter().fold(0.0_f64, |size, c| size.max(c.abs()));
        if !covariance.iter().all(|c| c.is_finite()) {
            return Err(ModelError::Value { what: what(), found: f64::NAN, allowed: "finite" });
        }
        let mut symmetric = covariance.to_vec();
        for i in 0..dim {
            for j in 0..i {
                let (a, b) = (covariance[i * dim + j], covariance[j * dim + i]);
                if (a - b).abs() > 1e-10 * size {
                    return Err(ModelError::NotSymmetric { what: what(), row: i, column: j, found: a, other: b });
                }
                symmetric[i * dim + j] = 0.5 * (a + b);
                symmetric[j * dim + i] = 0.5 * (a + b);
            }
        }
        let is_diagonal = (0..dim).all(|i| (0..dim).all(|j| i == j || symmetric[i * dim + j] == 0.0));
        let (values, q) = eigen(&symmetric, dim);
        // What rounding makes of a zero eigenvalue is zero; what is below is the caller's mistake.
        if let Some(&found) = values.iter().find(|&&l| l < -1e-12 * size) {
            return Err(ModelError::NotPositive { what: what(), found });
        }
        let values: Vec<f64> = values.into_iter().map(|l| l.max(0.0)).collect();
        let spread = if is_diagonal {
            Spread::Diagonal(values)
        } else {
            let q_transposed = (0..dim * dim).map(|k| q[(k % dim) * dim + k / dim]).collect();
            Spread::Full { values, q, q_transposed }
        };
        Ok(Self { mean, spread })
    }

    /// m, `[dim]`.
    #[must_use]
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The end of the probability flow that starts in `x` [n, dim] at `from`, into `out` [n, dim]:
    ///
    /// ```text
    /// x_s = alpha_s m + Q diag(sqrt((alpha_s² l + sigma_s²)/(alpha_t² l + sigma_t²))) Q^T (x_t − alpha_t m)
    /// ```
    ///
    /// exact under every process, because the flow keeps each coordinate's place in its own marginal.
    /// sigma at `from` must be positive.
    pub fn flow_end(&self, from: &Point, to: &Point, x: &[f64], out: &mut [f64]) {
        let variance = |at: &Point, l: f64| at.alpha * at.alpha * l + at.sigma * at.sigma;
        let dim = self.mean.len();
        let (mut residual, mut y) = (vec![0.0; dim], vec![0.0; dim]);
        for (x, out) in x.chunks_exact(dim).zip(out.chunks_exact_mut(dim)) {
            self.to_eigenbasis(from.alpha, x, &mut residual, &mut y);
            for (i, y) in y.iter_mut().enumerate() {
                *y *= (variance(to, self.eigenvalue(i)) / variance(from, self.eigenvalue(i))).sqrt();
            }
            out.iter_mut().zip(&self.mean).for_each(|(out, m)| *out = to.alpha * m);
            self.add_from_eigenbasis(&y, out);
        }
    }

    pub(super) fn eigenvalue(&self, i: usize) -> f64 {
        match &self.spread {
            Spread::Isotropic(l) => *l,
            Spread::Diagonal(values) | Spread::Full { values, .. } => values[i],
        }
    }

    /// `y := Q^T (x − alpha m)`, one row a lane.
    #[inline(always)]
    pub(super) fn to_eigenbasis<V: Lane>(&self, alpha: f64, x: &[V], residual: &mut [V], y: &mut [V]) {
        let full = if let Spread::Full { q, .. } = &self.spread { Some(q) } else { None };
        let target = if full.is_some() { &mut *residual } else { &mut *y };
        for ((r, x), m) in target.iter_mut().zip(x).zip(&self.mean) {
            *r = *x - V::splat(alpha * m);
        }
        if let Some(q) = full {
            y.fill(V::splat(0.0));
            add_product(residual, q, y);
        }
    }

    /// `y := Q^T v`, one row.
    pub(super) fn vector_to_eigenbasis(&self, v: &[f64], y: &mut [f64]) {
        match &self.spread {
            Spread::Full { q, .. } => {
                y.fill(0.0);
                add_product(v, q, y);
            }
            _ => y.copy_from_slice(v),
        }
    }

    /// `out += Q w`, one row a lane.
    #[inline(always)]
    pub(super) fn add_from_eigenbasis<V: Lane>(&self, w: &[V], out: &mut [V]) {
        match &self.spread {
            Spread::Full { q_transposed, .. } => add_product(w, q_transposed, out),
            _ => out.iter_mut().zip(w).for_each(|(out, w)| *out += *w),
        }
    }

    /// A sample of p_t from standard normals `z` [dim], one row.
    pub(super) fn sample_row(&self, at: &Point, z: &[f64], out: &mut [f64]) {
        let std = |i| (at.alpha * at.alpha * self.eigenvalue(i) + at.sigma * at.sigma).sqrt();
        out.iter_mut().zip(&self.mean).for_each(|(out, m)| *out = at.alpha * m);
        match &self.spread {
            Spread::Full { q_transposed, .. } => {
                for (i, (z, column)) in z.iter().zip(q_transposed.chunks_exact(self.mean.len())).enumerate() {
                    let scaled = std(i) * z;
                    out.iter_mut().zip(column).for_each(|(out, q)| *out += scaled * q);
                }
            }
            _ => out.iter_mut().zip(z).enumerate().for_each(|(i, (out, z))| *out += std(i) * z),
        }
    }
}

/// `out_j += sum_i v_i matrix[i][j]`, the sum over rising i for every j.
#[inline(always)]
fn add_product<V: Lane>(v: &[V], matrix: &[f64], out: &mut [V]) {
    let dim = v.len();
    // Eight sums at a time stay in registers while i runs.
    let (tiles, rest) = out.as_chunks_mut::<8>();
    let first_rest = 8 * tiles.len();
    for (t, tile) in tiles.iter_mut().enumerate() {
        let mut sums = *tile;
        for (i, v) in v.iter().enumerate() {
            if let Some(row) = matrix[i * dim + 8 * t..].first_chunk::<8>() {
                for lane in 0..8 {
                    sums[lane] += *v * V::splat(row[lane]);
                }
            }
        }
        *tile = sums;
    }
    // No iterator over rows: its division by dim would cost more than a row of two numbers.
    if !rest.is_empty() {
        for (i, v) in v.iter().enumerate() {
            rest.iter_mut().zip(&matrix[i * dim + first_rest..]).for_each(|(out, m)| *out += *v * V::splat(*m));
        }
    }
}

impl Gaussian {
    fn alone(&self) -> Components<'_> {
        Components { gaussians: std::slice::from_ref(self), ln_weights: &[0.0] }
    }
}

impl Score for Gaussian {
    fn closed_form(&self) -> Option<&dyn ClosedForm> {
        Some(self)
    }

    fn dim(&self) -> usize {
        self.mean.len()
    }

    fn predict(&self, want: Prediction, at: &[Point], x: &[f64], out: &mut [f64]) -> Result<(), ScoreError> {
        exact::predict(&self.alone(), want, at, x, out)
    }

    fn vjp(
        &self,
        want: Prediction,
        at: &[Point],
        x: &[f64],
        v: &[f64],
        out: &mut [f64],
    ) -> Option<Result<(), ScoreError>> {
        Some(jacobian::vjp(&self.alone(), want, at, (x, v), out))
    }

    fn divergence(&self, want: Prediction, at: &[Point], x: &[f64], out: &mut [f64]) -> Option<Result<(), ScoreError>> {
        Some(jacobian::divergence(&self.alone(), want, at, x, out))
    }
}

impl ClosedForm for Gaussian {
    /// NaN where x has no density: sigma = 0 with a singular covariance.
    fn log_density(&self, at: &Point, x: &[f64], out: &mut [f64]) {
        exact::log_density(&self.alone(), at, x, out);
    }

    fn sample(&self, at: &Point, z: &[f64], _u: &[f64], out: &mut [f64]) {
        let dim = self.mean.len();
        for (z, out) in z.chunks_exact(dim).zip(out.chunks_exact_mut(dim)) {
            self.sample_row(at, z, out);
        }
    }
}

fn checked_mean(mean: Vec<f64>) -> Result<Vec<f64>, ModelError> {
    match mean.iter().position(|m| !m.is_finite()) {
        Some(i) => Err(ModelError::Value { what: format!("mean[{i}]"), found: mean[i], allowed: "finite" }),
        None if mean.is_empty() => Err(ModelError::Missing { what: "the numbers of mean".to_owned() }),
        None => Ok(mean),
    }
}

pub(super) fn checked_std(std: f64) -> Result<f64, ModelError> {
    if std >= 0.0 && std.is_finite() {
        Ok(std)
    } else {
        Err(ModelError::Value { what: "std".to_owned(), found: std, allowed: "at least 0 and finite" })
    }
}

#[cfg(test)]
pub(super) mod tests;
