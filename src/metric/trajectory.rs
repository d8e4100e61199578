//! Trajectory error: how far each sample is from the end of its own path.

use super::{MetricError, check_sets};
use ndarray::ArrayView2;

/// Distances |x − x*|/√D over samples, in units of the data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trajectory {
    /// Their root mean square.
    pub rms: f64,
    /// Their median; of two middle ones the mean.
    pub median: f64,
}

/// Compares row i of `samples` [n, D] with row i of `ends` [n, D], the sampler's own limits from the same
/// starts.
///
/// # Errors
/// [`MetricError`] for different shapes, no rows, or numbers that are not finite.
pub fn trajectory_error(samples: ArrayView2<'_, f64>, ends: ArrayView2<'_, f64>) -> Result<Trajectory, MetricError> {
    if samples.dim() != ends.dim() {
        return Err(MetricError::Shape { samples: samples.dim(), reference: ends.dim() });
    }
    check_sets(samples, ends, 1)?;
    let mut squares = row_mean_squares(samples, ends);
    let rms = (squares.iter().sum::<f64>() / squares.len() as f64).sqrt();
    squares.sort_unstable_by(f64::total_cmp);
    let (low, high) = (squares[(squares.len() - 1) / 2], squares[squares.len() / 2]);
    Ok(Trajectory { rms, median: f64::midpoint(low.sqrt(), high.sqrt()) })
}

/// |a − b|²/D, row by row.
pub(super) fn row_mean_squares(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Vec<f64> {
    let dim = a.ncols() as f64;
    let row = |(a, b): (ndarray::ArrayView1<'_, f64>, ndarray::ArrayView1<'_, f64>)| {
        a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / dim
    };
    a.rows().into_iter().zip(b.rows()).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    #[test]
    fn by_hand() {
        let x = array![[3.0, 4.0], [0.0, 0.0], [1.0, 1.0]];
        let ends = Array2::zeros((3, 2));
        // |x|/√2: 5/√2, 0, 1.
        let found = trajectory_error(x.view(), ends.view()).expect("errors");
        assert!((found.rms - (13.5_f64 / 3.0).sqrt()).abs() < 1e-15 && (found.median - 1.0).abs() < 1e-15, "{found:?}");
        let two = trajectory_error(x.slice(ndarray::s![..2, ..]), ends.slice(ndarray::s![..2, ..])).expect("errors");
        assert!((two.median - 2.5 / 2.0_f64.sqrt()).abs() < 1e-15);
        assert_eq!(trajectory_error(x.view(), x.view()), Ok(Trajectory { rms: 0.0, median: 0.0 }));
        assert!(matches!(
            trajectory_error(x.view(), Array2::zeros((2, 2)).view()),
            Err(MetricError::Shape { samples: (3, 2), reference: (2, 2) })
        ));
    }
}
