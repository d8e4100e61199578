//! The Jacobian of a prediction, `J = d prediction/dx` [dim, dim]: products with vectors, and its trace.
//!
//! Every form is `b I` plus a multiple of the Jacobian of the score, the Hessian of log p_t, so for an exact
//! score J is symmetric. For a mixture the prediction is `sum_k w_k f_k` with f_k that of component k and w_k(x)
//! its posterior weight, whose gradient is `w_k (s_k − s)`, s_k the score of component k and s that of the
//! mixture. With the constant matrix G_k of component k,
//!
//! ```text
//! J v = sum_k w_k (G_k v + f_k (s_k − s)·v),    tr J = sum_k w_k (tr G_k + (f_k − f)·(s_k − s))
//! ```
//!
//! where f, the prediction itself, may be subtracted because the weighted s_k − s sum to 0: then each factor is
//! small where one component has all the weight, and nothing cancels.

use super::exact::{Exact, Form, with_form, with_scratch};
use super::{Prediction, Score, ScoreError};
use crate::process::Point;

/// A closed form whose Jacobian is known. Scratch is that of [`Exact`] with `extra_len` more numbers behind.
pub(super) trait Smooth: Exact {
    fn extra_len(&self) -> usize;
    /// `out := J v`, one row.
    fn product_row(&self, form: &Form, x: &[f64], v: &[f64], out: &mut [f64], scratch: &mut [f64]);
    /// tr J, one row.
    fn trace_row(&self, form: &Form, x: &[f64], scratch: &mut [f64]) -> f64;
}

/// [`Score::vjp`] of a closed form.
pub(super) fn vjp(
    law: &impl Smooth,
    want: Prediction,
    at: &[Point],
    (x, v): (&[f64], &[f64]),
    out: &mut [f64],
) -> Result<(), ScoreError> {
    let dim = law.dim();
    with_scratch(law.scratch_len() + law.extra_len(), |scratch| {
        let mut rows = x.chunks_exact(dim).zip(v.chunks_exact(dim)).zip(out.chunks_exact_mut(dim));
        with_form(law, want, at, x.len() / dim, scratch, |on, scratch| {
            let Some(((x, v), out)) = rows.next() else { return };
            match on {
                Ok(form) => law.product_row(&form, x, v, out, scratch),
                Err(on_x) => out.iter_mut().zip(v).for_each(|(out, v)| *out = on_x * v),
            }
        })
    })
}

/// [`Score::divergence`] of a closed form.
pub(super) fn divergence(
    law: &impl Smooth,
    want: Prediction,
    at: &[Point],
    x: &[f64],
    out: &mut [f64],
) -> Result<(), ScoreError> {
    let dim = law.dim();
    with_scratch(law.scratch_len() + law.extra_len(), |scratch| {
        let mut rows = x.chunks_exact(dim).zip(out);
        with_form(law, want, at, x.len() / dim, scratch, |on, scratch| {
            let Some((x, out)) = rows.next() else { return };
            *out = match on {
                Ok(form) => law.trace_row(&form, x, scratch),
                Err(on_x) => on_x * dim as f64,
            };
        })
    })
}

/// The trace from `dim` products with unit vectors: [`Score::divergence`] of a score that has only
/// [`Score::vjp`]. `None` where it has not.
pub(super) fn trace_of_products<S: Score + ?Sized>(
    score: &S,
    want: Prediction,
    at: &[Point],
    x: &[f64],
    out: &mut [f64],
) -> Option<Result<(), ScoreError>> {
    let dim = score.dim();
    let (mut v, mut row) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    out.fill(0.0);
    for i in 0..dim {
        v.chunks_exact_mut(dim).for_each(|v| {
            v.fill(0.0);
            v[i] = 1.0;
        });
        if let Err(error) = score.vjp(want, at, x, &v, &mut row)? {
            return Some(Err(error));
        }
        out.iter_mut().zip(row.chunks_exact(dim)).for_each(|(out, row)| *out += row[i]);
    }
    Some(Ok(()))
}

#[cfg(test)]
mod tests;
