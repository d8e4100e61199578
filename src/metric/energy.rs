//! Energy distance, G. J. Székely and M. L. Rizzo, "Energy statistics: a class of statistics based on
//! distances", J. Stat. Plan. Inference 143 (2013), eq. (5).

use super::{MetricError, Reference};
use ndarray::ArrayView2;

/// `2 E|X − Y| − E|X − X'| − E|Y − Y'|` with Euclidean distances, each mean within a set over the pairs
/// i ≠ j, so that the estimate is unbiased: 0 on average for equal laws, hence sometimes negative.
/// In units of the data. `samples` [n, D], `reference` [m, D], n, m ≥ 2.
///
/// # Errors
/// [`MetricError`] for sets of different D, fewer than 2 rows, or numbers that are not finite.
pub fn energy_distance(samples: ArrayView2<'_, f64>, reference: ArrayView2<'_, f64>) -> Result<f64, MetricError> {
    Reference::new(reference.to_owned())?.energy_distance(samples)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn small_sets_by_hand() {
        let (x, y) = (array![[0.0], [1.0], [3.0]], array![[1.0], [2.0]]);
        // E|X−Y| = (1 + 2 + 0 + 1 + 2 + 1)/6, E|X−X'| = (1 + 3 + 2)/3, E|Y−Y'| = 1.
        let expected = 2.0 * 7.0 / 6.0 - 2.0 - 1.0;
        for (a, b) in [(&x, &y), (&y, &x)] {
            let found = energy_distance(a.view(), b.view()).expect("a distance");
            assert!((found - expected).abs() < 1e-15, "{found}");
        }
        // In the plane: all distances of a 3-4-5 triangle's corners.
        let (x, y) = (array![[0.0, 0.0], [3.0, 0.0]], array![[3.0, 4.0], [3.0, 4.0]]);
        assert_eq!(energy_distance(x.view(), y.view()), Ok(2.0 * 4.5 - 3.0));
    }
}
