//! Increments, or increments and space-time Lévy areas, of long steps out of those of the short steps they consist of.

use crate::grid::Grid;
use crate::sampler::NoiseMode;
use ndarray::{Array3, ArrayView3, Axis, Zip};
use std::sync::Arc;

/// The noise of a grid whose steps are made of equally many short ones.
pub(super) struct Joined {
    /// Short steps a step.
    parts: usize,
    /// Normals [draws a step · steps, rows, dim]: for each step W/√h, then √(12/h) H where two are drawn.
    noise: Array3<f64>,
    draws: usize,
    /// Short steps added so far.
    added: usize,
    /// Length of those that belong to the present step.
    length: f64,
}

impl Joined {
    /// Nothing added yet; [draws, rows, dim] are drawn in each short step.
    pub(super) fn new(short: &Grid, long: &Grid, (draws, rows, dim): (usize, usize, usize)) -> Self {
        let noise = Array3::zeros((draws * long.steps(), rows, dim));
        Self { parts: short.steps() / long.steps(), noise, draws, added: 0, length: 0.0 }
    }

    /// Appends a short step of length l with normals z, and y where areas are drawn, [draws, rows, dim].
    ///
    /// With W and H of the part passed first, of length L, and w = √l z, h = √(l/12) y:
    /// W + w, and `(L H + l h + (l W − L w)/2)/(L + l)`.
    pub(super) fn add(&mut self, l: f64, short: &ArrayView3<'_, f64>) {
        let (step, length) = (self.added / self.parts, self.length);
        let both = length + l;
        let mut slot = self.noise.slice_axis_mut(Axis(0), (step * self.draws..(step + 1) * self.draws).into());
        let (mut w, mut rest) = slot.view_mut().split_at(Axis(0), 1);
        let of = |which: usize| short.index_axis(Axis(0), which);
        if self.draws == 2 {
            let area = rest.index_axis_mut(Axis(0), 0);
            Zip::from(area).and(w.index_axis(Axis(0), 0)).and(of(0)).and(of(1)).for_each(|area, w, z, y| {
                let (w_l, h_l) = (l.sqrt() * z, (l / 12.0).sqrt() * y);
                *area = (length * *area + l * h_l + (l * w - length * w_l) / 2.0) / both;
            });
        }
        w.index_axis_mut(Axis(0), 0).scaled_add(l.sqrt(), &of(0));
        self.added += 1;
        self.length = both;
        if self.added.is_multiple_of(self.parts) {
            w.mapv_inplace(|w| w / both.sqrt());
            rest.mapv_inplace(|h| h * (12.0 / both).sqrt());
            self.length = 0.0;
        }
    }

    /// The noise of this grid joined over the longer steps of another.
    pub(super) fn over(&self, grid: &Grid, long: &Grid) -> Self {
        let (_, rows, dim) = self.noise.dim();
        let mut out = Self::new(grid, long, (self.draws, rows, dim));
        for (short, step) in self.noise.axis_chunks_iter(Axis(0), self.draws).zip(grid.times().windows(2)) {
            out.add(step[0] - step[1], &short);
        }
        out
    }

    /// The noise to replay, as of samples 0 on.
    pub(super) fn noise(self) -> NoiseMode {
        NoiseMode::File(Arc::new(self.noise))
    }
}

#[cfg(test)]
mod tests {
    use super::Joined;
    use ndarray::{Array3, ArrayView3};

    /// Short steps of these lengths joined to one, from normals [draws] a short step.
    fn joined(draws: usize, lengths: &[f64], normals: &[&[f64]]) -> Vec<f64> {
        let noise = Array3::zeros((draws, 1, 1));
        let mut join = Joined { parts: lengths.len(), noise, draws, added: 0, length: 0.0 };
        for (l, z) in lengths.iter().zip(normals) {
            let z = ArrayView3::from_shape((draws, 1, 1), z).expect("normals of one row");
            join.add(*l, &z);
        }
        join.noise.into_raw_vec_and_offset().0
    }

    /// (1 z_0 + √3 z_1)/√4.
    #[test]
    fn increments_join_by_hand() {
        let found = joined(1, &[1.0, 3.0], &[&[0.3], &[-1.0]]);
        assert!((found[0] - (0.3 - 3.0_f64.sqrt()) / 2.0).abs() < 1e-15, "{found:?}");
    }

    /// W = 0.3, H = 0.5/√12 over length 1, then w = −√3, h = √3·0.7/√12 = 0.35 over 3:
    /// (1·H + 3·0.35 + (3·0.3 + 1·√3)/2)/4, normalised by √(12/4).
    #[test]
    fn areas_join_by_hand() {
        let found = joined(2, &[1.0, 3.0], &[&[0.3, 0.5], &[-1.0, 0.7]]);
        let area = (0.5 / 12.0_f64.sqrt() + 3.0 * 0.35 + (0.9 + 3.0_f64.sqrt()) / 2.0) / 4.0;
        assert!((found[0] - (0.3 - 3.0_f64.sqrt()) / 2.0).abs() < 1e-15, "{found:?}");
        assert!((found[1] - area * 3.0_f64.sqrt()).abs() < 1e-15, "{found:?}");
    }
}
