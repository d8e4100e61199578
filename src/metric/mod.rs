//! Errors of samples: of their distribution and of their paths, with floors and intervals.
//!
//! Every metric sums in a fixed order: the same samples give the same number on any number of threads.

#![allow(clippy::needless_pass_by_value, reason = "views of arrays go by value, as ndarray's own do")]

pub mod bound;
pub mod dop853;
mod energy;
pub mod floor;
pub mod flow_reference;
pub mod frechet;
pub mod likelihood;
mod mmd;
mod moments;
pub mod order;
mod pairs;
mod reference;
mod rows;
mod sliced_w2;
mod spec;
pub mod tempered;
mod trajectory;

pub use energy::energy_distance;
pub use flow_reference::{FlowEnd, FlowEnds, flow_ends};
pub use likelihood::{Likelihood, NllSpec, log_likelihood};
pub use mmd::mmd2;
pub use moments::{Moments, moment_errors};
pub use reference::Reference;
pub use sliced_w2::{DIRECTIONS, sliced_w2, w2_1d};
pub use spec::{MetricSpec, PointsOf};
pub use trajectory::{Trajectory, trajectory_error};

use crate::score::ScoreError;
use ndarray::ArrayView2;

/// Why something could not be measured.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MetricError {
    /// A NaN or an infinity among the samples or the reference.
    #[error("row {row} of the {which} is not finite, so no distance to it exists")]
    NotFinite {
        /// `samples` or `reference`.
        which: &'static str,
        /// The first such row.
        row: usize,
    },
    /// Too few rows for a mean over pairs.
    #[error("the {which} has {found} rows, but must have at least {least}")]
    TooFew {
        /// `samples` or `reference`.
        which: &'static str,
        /// Rows found.
        found: usize,
        /// Rows needed.
        least: usize,
    },
    /// Sets of different shapes.
    #[error("the samples have the shape {samples:?} and the reference {reference:?}, which do not fit together")]
    Shape {
        /// Rows and columns of the samples.
        samples: (usize, usize),
        /// Rows and columns of the reference.
        reference: (usize, usize),
    },
    /// The reference is one point, so that it sets no scale.
    #[error(
        "more than half of the reference's rows are the same point, so that their median distance sets no bandwidth"
    )]
    NoScale,
    /// A law at another temperature that cannot be tabulated.
    #[error(
        "p^(1/{temperature}) in {dim} dimensions cannot be tabulated, so there are no exact samples of it; allowed: one or \
         two dimensions, a temperature above 0, and modes that about 1,000 cells an axis hold"
    )]
    Tempered {
        /// τ.
        temperature: f64,
        /// Numbers a sample.
        dim: usize,
    },
    /// A metric that compares paths was asked of two sets.
    #[error("`{0}` compares each sample with its own end, not two sets")]
    NotADistribution(&'static str),
    /// A tolerance outside its range.
    #[error("the tolerance is {0}, but must be from 1e-14 to 1e-2")]
    Tolerance(f64),
    /// A time at which alpha, sigma do not make a point of the flow, or ends in the wrong order.
    #[error("the flow cannot run from t = {t_begin} to t = {t_end}: sigma/alpha must fall from one to the other")]
    Ends {
        /// Start.
        t_begin: f64,
        /// End.
        t_end: f64,
    },
    /// The error control could not go on.
    #[error(
        "the flow of sample {sample} got stuck at t = {t} with tolerance {tol}; use a larger tolerance \
         (a network in f32 allows about 1e-6)"
    )]
    Stuck {
        /// Row of the sample.
        sample: usize,
        /// Where.
        t: f64,
        /// The tolerance.
        tol: f64,
    },
    /// The exact law at t_begin was asked of a score that has none.
    #[error("`prior: exact` needs a closed form, whose density at t_begin is known; use `prior: standard`")]
    NoExactPrior,
    /// The likelihood needs derivatives of the score.
    #[error("the likelihood needs derivatives of the score, which this model does not give")]
    NoJacobian,
    /// The score failed.
    #[error(transparent)]
    Score(#[from] ScoreError),
}

/// That both sets have `least` rows, the same columns, and finite numbers.
fn check_sets(samples: ArrayView2<'_, f64>, reference: ArrayView2<'_, f64>, least: usize) -> Result<(), MetricError> {
    if samples.ncols() != reference.ncols() {
        return Err(MetricError::Shape { samples: samples.dim(), reference: reference.dim() });
    }
    check_set("samples", samples, least)?;
    check_set("reference", reference, least)
}

fn check_set(which: &'static str, x: ArrayView2<'_, f64>, least: usize) -> Result<(), MetricError> {
    if x.nrows() < least || x.ncols() == 0 {
        return Err(MetricError::TooFew { which, found: x.nrows(), least });
    }
    match x.rows().into_iter().position(|row| row.iter().any(|v| !v.is_finite())) {
        Some(row) => Err(MetricError::NotFinite { which, row }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_that_cannot_be_compared_are_refused() {
        use ndarray::array;
        let x = array![[0.0, 1.0], [2.0, 3.0]];
        let nan = array![[0.0, 1.0], [f64::NAN, 3.0]];
        let refused = |a: &ndarray::Array2<f64>, b: &ndarray::Array2<f64>| check_sets(a.view(), b.view(), 2);
        assert_eq!(refused(&x, &x), Ok(()));
        assert_eq!(refused(&nan, &x), Err(MetricError::NotFinite { which: "samples", row: 1 }));
        assert_eq!(refused(&x, &nan), Err(MetricError::NotFinite { which: "reference", row: 1 }));
        assert!(matches!(refused(&x, &array![[0.0], [1.0]]), Err(MetricError::Shape { .. })));
        assert!(matches!(refused(&array![[0.0, 1.0]], &x), Err(MetricError::TooFew { found: 1, .. })));
    }
}
