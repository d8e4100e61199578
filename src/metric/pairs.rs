//! Distances of all pairs of two sets.
//!
//! The inner loop runs over the second set, whose coordinates lie one after the other, so that it works on as
//! many pairs at once as the machine can. Differences are squared directly: |x|² + |y|² − 2 x·y would be
//! faster still, but loses the small distances.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis, aview1};
use rayon::prelude::*;

/// Pairs worked on at once, so that their sums stay in the fastest cache.
const BLOCK: usize = 512;

/// A set laid out for the inner loop, [D, count].
pub(super) struct Columns(Array2<f64>);

impl Columns {
    /// Turns rows [count, D] over.
    pub(super) fn new(y: ArrayView2<'_, f64>) -> Self {
        Self(y.t().as_standard_layout().into_owned())
    }

    /// Number of points.
    pub(super) fn count(&self) -> usize {
        self.0.ncols()
    }

    /// `out[j] := |x − y_{first + j}|²`.
    fn squared_distances(&self, x: &[f64], first: usize, out: &mut [f64]) {
        let count = out.len();
        let all = self.0.as_slice().expect("made in standard layout");
        let part = |d: usize| {
            let start = d * self.count() + first;
            &all[start..start + count]
        };
        out.fill(0.0);
        for (group, x) in x.chunks(4).enumerate() {
            let d = 4 * group;
            if let &[x_0, x_1, x_2, x_3] = x {
                // Four coordinates a pass save three of four round trips of the sums.
                let others = part(d).iter().zip(part(d + 1)).zip(part(d + 2)).zip(part(d + 3));
                for (sum, (((y_0, y_1), y_2), y_3)) in out.iter_mut().zip(others) {
                    let [a, b, c, e] = [y_0 - x_0, y_1 - x_1, y_2 - x_2, y_3 - x_3];
                    *sum += (a * a + b * b) + (c * c + e * e);
                }
            } else {
                for (k, &x) in x.iter().enumerate() {
                    for (sum, y) in out.iter_mut().zip(part(d + k)) {
                        *sum += (y - x) * (y - x);
                    }
                }
            }
        }
    }

    /// Calls `see` with the squared distances from x to points `first..`, block by block, in order.
    fn blocks(&self, x: ArrayView1<'_, f64>, first: usize, mut see: impl FnMut(&mut [f64])) {
        let x = x.to_vec();
        let mut buffer = [0.0; BLOCK];
        for start in (first..self.count()).step_by(BLOCK) {
            let block = &mut buffer[..BLOCK.min(self.count() - start)];
            self.squared_distances(&x, start, block);
            see(block);
        }
    }

    /// Sum of f(|x_i − y_j|²) over the pairs; the sum of a row has a fixed order, and so has the sum of the
    /// rows, whatever the number of threads.
    fn sum(&self, x: ArrayView2<'_, f64>, first: impl Fn(usize) -> usize + Sync, f: impl Fn(f64) -> f64 + Sync) -> f64 {
        let row_sum = |i: usize| {
            let mut sum = 0.0;
            self.blocks(x.index_axis(Axis(0), i), first(i), |block| {
                block.iter_mut().for_each(|v| *v = f(*v));
                sum += aview1(block).sum();
            });
            sum
        };
        let sums: Vec<f64> = (0..x.nrows()).into_par_iter().map(row_sum).collect();
        sums.iter().sum()
    }

    /// Mean of f(|x_i − y_j|²) over all pairs of rows x_i and points y_j.
    pub(super) fn mean_to(&self, x: ArrayView2<'_, f64>, f: impl Fn(f64) -> f64 + Sync) -> f64 {
        self.sum(x, |_| 0, f) / (x.nrows() as f64 * self.count() as f64)
    }
}

/// Mean of f(|x_i − x_j|²) over all pairs i ≠ j of rows: the U-statistic.
pub(super) fn mean_within(x: ArrayView2<'_, f64>, f: impl Fn(f64) -> f64 + Sync) -> f64 {
    let n = x.nrows() as f64;
    Columns::new(x).sum(x, |i| i + 1, f) / (n * (n - 1.0) / 2.0)
}

/// Squared distances of all pairs i < j of rows.
pub(super) fn all_within(x: ArrayView2<'_, f64>) -> Vec<f64> {
    let columns = Columns::new(x);
    let mut all = Vec::with_capacity(x.nrows() * x.nrows().saturating_sub(1) / 2);
    for (i, row) in x.rows().into_iter().enumerate() {
        columns.blocks(row, i + 1, |block| all.extend_from_slice(block));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spread-out numbers without a pattern of the sizes used here.
    fn points(count: usize, dim: usize, shift: f64) -> Array2<f64> {
        Array2::from_shape_fn((count, dim), |(i, j)| ((i * 7 + j * 13) as f64 * 0.37 + shift).sin())
    }

    #[test]
    fn all_pairs_are_there_once_in_every_dimension() {
        for dim in [1, 3, 4, 6, 9] {
            let (x, y) = (points(5, dim, 0.0), points(1100, dim, 0.5));
            let direct = |i: usize, j: usize| (&x.row(i) - &y.row(j)).mapv(|v| v * v).sum().sqrt();
            let expected = (0..5).flat_map(|i| (0..1100).map(move |j| (i, j))).map(|(i, j)| direct(i, j)).sum::<f64>();
            let found = Columns::new(y.view()).mean_to(x.view(), f64::sqrt) * 5500.0;
            assert!((found / expected - 1.0).abs() < 1e-13, "{dim}: {found} {expected}");
        }
    }

    #[test]
    fn pairs_within_a_set_are_counted_once() {
        let x = ndarray::array![[0.0], [1.0], [3.0]];
        assert_eq!(all_within(x.view()), [1.0, 9.0, 4.0]);
        assert_eq!(mean_within(x.view(), f64::sqrt), 2.0);
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let (x, y) = (points(300, 5, 0.0), points(700, 5, 0.5));
        let mean = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| Columns::new(y.view()).mean_to(x.view(), f64::sqrt)).to_bits()
        };
        assert_eq!(mean(1), mean(3));
    }
}
