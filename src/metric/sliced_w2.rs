//! Sliced Wasserstein distance, N. Bonneel et al., "Sliced and Radon Wasserstein barycenters of measures",
//! J. Math. Imaging Vis. 51 (2015), eq. (8), with p = 2.

use super::{MetricError, Reference};
use crate::noise::{Key, Stream, normals};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

/// Number of directions. They are the same for every data set of one dimension, so that two samplers are
/// compared along the same lines; in 1-D one direction says all.
pub const DIRECTIONS: u32 = 256;

/// `( mean over directions θ of W2²(θ·X, θ·Y) )^½`, exact in each direction, in units of the data.
/// `samples` [n, D], `reference` [m, D], n and m may differ.
///
/// The k-th direction is uniform on the sphere: the normals of seed 0, sample k, stream `metric/sliced-w2`,
/// over their length.
///
/// # Errors
/// [`MetricError`] for sets of different D, fewer than 2 rows, or numbers that are not finite.
pub fn sliced_w2(samples: ArrayView2<'_, f64>, reference: ArrayView2<'_, f64>) -> Result<f64, MetricError> {
    Reference::new(reference.to_owned())?.sliced_w2(samples)
}

/// Squared 2-Wasserstein distance of two empirical laws on the line, from their sorted points:
/// `∫_0^1 (F⁻¹(u) − G⁻¹(u))² du`. Between two neighbouring values of i/n and j/m both quantile functions are
/// constant, so the integral is a finite sum, whatever the sizes.
#[must_use]
pub fn w2_1d(x: &[f64], y: &[f64]) -> f64 {
    let (n, m) = (x.len(), y.len());
    if n == m {
        return x.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / n as f64;
    }
    // Places on [0, 1] in units of 1/(n m): whole numbers, so no breakpoint is missed by rounding.
    let (mut i, mut j, mut place, mut sum) = (0, 0, 0, 0.0);
    while i < n && j < m {
        let next = ((i + 1) * m).min((j + 1) * n);
        sum += (next - place) as f64 * (x[i] - y[j]) * (x[i] - y[j]);
        i += usize::from(next == (i + 1) * m);
        j += usize::from(next == (j + 1) * n);
        place = next;
    }
    sum / (n as f64 * m as f64)
}

/// The directions, [count, D], unit rows.
fn directions(dim: usize) -> Array2<f64> {
    let stream = Stream::named("metric/sliced-w2");
    let count = if dim == 1 { 1 } else { DIRECTIONS };
    let mut all = Array2::zeros((count as usize, dim));
    for (sample, mut row) in (0..count).zip(all.rows_mut()) {
        let theta = row.as_slice_mut().expect("made in standard layout");
        normals(Key { seed: 0, sample }, stream, 0, theta);
        let length = theta.iter().map(|v| v * v).sum::<f64>().sqrt();
        theta.iter_mut().for_each(|v| *v /= length);
    }
    all
}

/// The points of rows `x` [n, D] along every direction, sorted.
pub(super) fn sorted_projections(x: ArrayView2<'_, f64>) -> Vec<Vec<f64>> {
    let columns = x.t().as_standard_layout().into_owned();
    let project = |theta: &[f64]| {
        let mut along = vec![0.0; x.nrows()];
        for (coordinate, c) in columns.rows().into_iter().zip(theta) {
            along.iter_mut().zip(coordinate).for_each(|(sum, v)| *sum += c * v);
        }
        along.sort_unstable_by(f64::total_cmp);
        along
    };
    let directions = directions(x.ncols());
    let rows: Vec<&[f64]> = directions.as_slice().expect("made in standard layout").chunks(x.ncols()).collect();
    rows.into_par_iter().map(project).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn quantiles_merge_for_unequal_sizes() {
        // F⁻¹ = 0 on (0, 1/2), 1 on (1/2, 1); G⁻¹ = 0, 1, 2 on thirds: differences 0, 1, 0, 1.
        assert!((w2_1d(&[0.0, 1.0], &[0.0, 1.0, 2.0]) - (1.0 / 6.0 + 1.0 / 3.0)).abs() < 1e-15);
        // Doubling every point of a set changes nothing.
        let (x, y) = ([-1.0, 0.5, 4.0], [0.0, 0.25, 2.0]);
        let twice: Vec<f64> = y.iter().flat_map(|&v| [v, v]).collect();
        assert!((w2_1d(&x, &twice) - w2_1d(&x, &y)).abs() < 1e-15);
        assert_eq!(w2_1d(&twice, &x), w2_1d(&x, &twice));
    }

    #[test]
    fn a_shift_by_a_moves_every_direction_by_its_part() {
        let x = Array2::from_shape_fn((50, 3), |(i, j)| ((i * 3 + j) as f64).sin());
        let a = array![0.3, -1.0, 2.0];
        let expected = directions(3).dot(&a).mapv(|v| v * v).mean().expect("directions").sqrt();
        let found = sliced_w2((&x + &a).view(), x.view()).expect("a distance");
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        // A uniform direction takes |a|²/D of it on average; 256 of them know that to about 6 %.
        let length = a.dot(&a);
        assert!((found * found / (length / 3.0) - 1.0).abs() < 0.2, "{found}");
        assert_eq!(sliced_w2(x.view(), x.view()), Ok(0.0));
    }

    #[test]
    fn gaussians_on_the_line() {
        // W2² of N(0, 1) and N(1, 2²) is 1² + (2 − 1)² = 2. Of the points z and 1 + 2 z it is the mean of
        // (1 + z)², whose variance is 6: four standard errors are 0.07.
        let n = 20_000;
        let mut z = vec![0.0; n];
        normals(Key { seed: 0, sample: 0 }, Stream::named("test"), 0, &mut z);
        let x = Array2::from_shape_vec((n, 1), z).expect("n numbers");
        let found = sliced_w2(x.view(), x.mapv(|z| 1.0 + 2.0 * z).view()).expect("a distance").powi(2);
        let exact = x.mapv(|z| (1.0 + z) * (1.0 + z)).mean().expect("n numbers");
        assert!((found - exact).abs() < 1e-12 && (found - 2.0).abs() < 0.07, "{found} {exact}");
    }

    #[test]
    fn directions_have_length_one_and_do_not_repeat() {
        let theta = directions(5);
        assert_eq!(theta.dim(), (256, 5));
        assert!(theta.rows().into_iter().all(|row| (row.dot(&row) - 1.0).abs() < 1e-14));
        assert_ne!(theta.row(0), theta.row(1));
        // E θθᵀ = I/D; an entry is the mean of 256 of variance at most 2/(D(D + 2)).
        let second = theta.t().dot(&theta) / 256.0;
        assert!((second - Array2::<f64>::eye(5) / 5.0).iter().all(|v| v.abs() < 5.0 * (2.0_f64 / 35.0 / 256.0).sqrt()));
    }
}
