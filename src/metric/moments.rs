//! Errors of the mean and of the covariance.

use super::{MetricError, Reference};
use ndarray::{Array1, Array2, ArrayView2, Axis};

/// How far mean and covariance are off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// |mean − mean*|/√D, in units of the data.
    pub mean: f64,
    /// |C − C*|/|C*| in the Frobenius norm; infinite where C* = 0 and C is not.
    pub covariance: f64,
}

/// Compares the moments of `samples` [n, D] with those of `reference` [m, D], n, m ≥ 2. Covariances divide by
/// the number of rows less one.
///
/// # Errors
/// [`MetricError`] for sets of different D, fewer than 2 rows, or numbers that are not finite.
pub fn moment_errors(samples: ArrayView2<'_, f64>, reference: ArrayView2<'_, f64>) -> Result<Moments, MetricError> {
    Reference::new(reference.to_owned())?.moments(samples)
}

/// Mean [D] and covariance [D, D].
pub(super) struct MeanCovariance {
    pub(super) mean: Array1<f64>,
    pub(super) covariance: Array2<f64>,
}

/// The moments of at least two rows.
pub(super) fn of(x: ArrayView2<'_, f64>) -> MeanCovariance {
    let mean = x.sum_axis(Axis(0)) / x.nrows() as f64;
    let columns = (&x - &mean).t().as_standard_layout().into_owned();
    let dim = x.ncols();
    let mut covariance = Array2::zeros((dim, dim));
    for i in 0..dim {
        for j in 0..=i {
            let c = columns.row(i).dot(&columns.row(j)) / (x.nrows() - 1) as f64;
            covariance[[i, j]] = c;
            covariance[[j, i]] = c;
        }
    }
    MeanCovariance { mean, covariance }
}

/// The errors of one pair of moments against another.
pub(super) fn compare(found: &MeanCovariance, exact: &MeanCovariance) -> Moments {
    let norm = |sum: f64| sum.sqrt();
    let squares = |x: &Array2<f64>| x.iter().map(|v| v * v).sum::<f64>();
    let off = squares(&(&found.covariance - &exact.covariance));
    let mean = (&found.mean - &exact.mean).mapv(|v| v * v).sum() / found.mean.len() as f64;
    let covariance = if off == 0.0 { 0.0 } else { norm(off) / norm(squares(&exact.covariance)) };
    Moments { mean: norm(mean), covariance }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn by_hand() {
        let y = array![[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]];
        assert_eq!(of(y.view()).covariance, array![[4.0 / 3.0, 0.0], [0.0, 4.0 / 3.0]]);
        let shifted = moment_errors((&y + &array![3.0, 4.0]).view(), y.view()).expect("errors");
        assert!((shifted.mean - 5.0 / 2.0_f64.sqrt()).abs() < 1e-15 && shifted.covariance < 1e-15, "{shifted:?}");
        let doubled = moment_errors((&y * 2.0).view(), y.view()).expect("errors");
        assert!((doubled.covariance - 3.0).abs() < 1e-15 && (doubled.mean - 1.0).abs() < 1e-15, "{doubled:?}");
    }
}
