//! Exact samples of the normalised `p^{1/τ}` of a closed form in one or two dimensions.
//!
//! A Langevin chain at one level with temperature τ has this law in the limit of small steps; only for one
//! Gaussian is it a rescaling of p. The density is tabulated on cells and inverted, axis by axis; inside a cell the law
//! is uniform. The cells lie where the mass is: their edges are quantiles of exact samples of p and of the table before,
//! and equal parts of a box outside which `p^{1/τ}` is negligible.

mod edges;

use super::MetricError;
use super::floor::exact_set;
use crate::process::Point;
use crate::score::ClosedForm;
use edges::edges;
use ndarray::{Array2, ArrayView1, Axis, Zip};
use rayon::prelude::*;

/// Cells an axis, about, in one and in two dimensions.
const CELLS: [usize; 2] = [1 << 14, 1 << 10];
/// Times as many cells an axis make a table too large.
const MOST: usize = 2;
/// Exact samples of p whose quantiles place the cells.
const DRAWS: u32 = 1 << 14;
/// Tables made before the law counts as too fine.
const PASSES: usize = 8;
/// Change of ln p / τ from a cell to the next, on average over the law, up to which a table is fine enough: cells of 0.3
/// standard deviations of a Gaussian, whose variance comes out 1 % too large.
const FINE: f64 = 0.25;
/// Outside the box `p^{1/τ}` is below e to the minus this of its largest value.
const NEGLIGIBLE: f64 = 40.0;

/// Whether there are samples at all: in one or two dimensions at a temperature above 0.
#[must_use]
pub fn serves(dim: usize, temperature: f64) -> bool {
    (1..=CELLS.len()).contains(&dim) && temperature > 0.0 && temperature.is_finite()
}

/// Samples [n, D] of `p^{1/τ}` from uniforms `u` [n, D].
///
/// # Errors
/// [`MetricError::Tempered`] where the law is not one that [`serves`] names, or too fine for a table.
pub fn sample(law: &dyn ClosedForm, at: &Point, temperature: f64, u: &Array2<f64>) -> Result<Array2<f64>, MetricError> {
    let dim = law.dim();
    let none = MetricError::Tempered { temperature, dim };
    if !serves(dim, temperature) {
        return Err(none);
    }
    let table = Table::of(law, at, temperature).ok_or(none)?;
    let across = cumulative(table.mass.sum_axis(Axis(1)).view());
    let along: Vec<Vec<f64>> = table.mass.rows().into_iter().map(cumulative).collect();
    let mut x = Array2::zeros(u.dim());
    for (mut x, u) in x.outer_iter_mut().zip(u.outer_iter()) {
        let mut row = 0;
        if dim == 2 {
            (row, x[0]) = place(&across, &table.edges[0], u[0]);
        }
        x[dim - 1] = place(&along[row], &table.edges[dim - 1], u[dim - 1]).1;
    }
    Ok(x)
}

/// `p^{1/τ}` on cells.
struct Table {
    /// Of the cells of each axis, rising, one more than cells.
    edges: Vec<Vec<f64>>,
    /// Density times size of each cell, to a factor: [1, cells] or [cells, cells].
    mass: Array2<f64>,
    /// Change of ln p / τ from a cell to the next, on average over the law.
    roughness: f64,
}

impl Table {
    /// `None` where no table is fine enough.
    fn of(law: &dyn ClosedForm, at: &Point, temperature: f64) -> Option<Self> {
        let draws = exact_set(law, at, DRAWS, 0, "tempered");
        let sorted = |column: ArrayView1<'_, f64>| {
            let mut column = column.to_vec();
            column.sort_by(f64::total_cmp);
            column
        };
        let draws_of: Vec<Vec<f64>> = draws.columns().into_iter().map(sorted).collect();
        let bounds = bounds(law, at, temperature, &draws)?;
        let cells = CELLS[law.dim() - 1];
        let fine = |table: &Self| table.roughness <= FINE && table.distance(law, at, &draws) <= FINE;
        let table = |of_mass: &[Vec<f64>]| {
            let all = bounds.iter().zip(&draws_of).zip(of_mass);
            let all = all.map(|((&bounds, draws), of_mass)| edges(bounds, draws, of_mass, cells));
            let edges: Vec<Vec<f64>> = all.collect();
            let few = edges.iter().all(|edges| edges.len() <= MOST * cells);
            few.then(|| Self::on(law, at, temperature, edges))
        };
        let mut last = table(&draws_of)?;
        // Later tables have their cells where this one has its mass: modes that it misses they miss too.
        if last.distance(law, at, &draws) > FINE {
            return None;
        }
        for _ in 1..PASSES {
            if fine(&last) {
                return Some(last);
            }
            last = table(&last.quantiles(4 * cells))?;
        }
        fine(&last).then_some(last)
    }

    /// The mean over draws from p of |ln p there − ln p in the middle of the cell|: large where the cells have missed modes.
    fn distance(&self, law: &dyn ClosedForm, at: &Point, draws: &Array2<f64>) -> f64 {
        let middle = |(edges, &x): (&Vec<f64>, &f64)| {
            let i = edges.partition_point(|&edge| edge <= x).clamp(1, edges.len() - 1);
            f64::midpoint(edges[i - 1], edges[i])
        };
        let middles: Vec<f64> =
            draws.outer_iter().flat_map(|x| self.edges.iter().zip(x).map(middle).collect::<Vec<_>>()).collect();
        let logs = |x: &[f64]| {
            let mut logs = vec![0.0; draws.nrows()];
            law.log_density(at, x, &mut logs);
            logs
        };
        let there = logs(&draws.iter().copied().collect::<Vec<_>>());
        let distances = there.iter().zip(logs(&middles)).map(|(a, b)| (a - b).abs());
        distances.sum::<f64>() / draws.nrows() as f64
    }

    fn on(law: &dyn ClosedForm, at: &Point, temperature: f64, edges: Vec<Vec<f64>>) -> Self {
        let middles = |edges: &[f64]| edges.windows(2).map(|e| f64::midpoint(e[0], e[1])).collect::<Vec<f64>>();
        let sizes = |edges: &[f64]| edges.windows(2).map(|e| e[1] - e[0]).collect::<Vec<f64>>();
        let (columns, widths) = (middles(&edges[edges.len() - 1]), sizes(&edges[edges.len() - 1]));
        let (rows, heights) =
            if edges.len() == 1 { (vec![], vec![1.0]) } else { (middles(&edges[0]), sizes(&edges[0])) };
        let mut logs = Array2::zeros((heights.len(), columns.len()));
        let layout = "made in standard layout";
        logs.as_slice_mut().expect(layout).par_chunks_mut(columns.len()).enumerate().for_each(|(i, row)| {
            let x: Vec<f64> = columns.iter().flat_map(|&x| rows.get(i).copied().into_iter().chain([x])).collect();
            law.log_density(at, &x, row);
        });
        let top = logs.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
        logs.mapv_inplace(|l| (l - top) / temperature);
        let mass = Array2::from_shape_fn(logs.dim(), |(i, j)| libm::exp(logs[[i, j]]) * heights[i] * widths[j]);
        let roughness = roughness(&logs, &mass);
        Self { edges, mass, roughness }
    }

    /// So many quantiles of each axis.
    fn quantiles(&self, count: usize) -> Vec<Vec<f64>> {
        let of = |(i, edges): (usize, &Vec<f64>)| {
            // The mass of an axis is the sum over the other; with one axis there is one row.
            let other = if self.edges.len() == 1 { 0 } else { 1 - i };
            let table = cumulative(self.mass.sum_axis(Axis(other)).view());
            (0..count).map(|k| place(&table, edges, (k as f64 + 0.5) / count as f64).1).collect()
        };
        self.edges.iter().enumerate().map(of).collect()
    }
}

/// The box, low and high for each axis: the draws, and as far beyond them as `p^{1/τ}` counts. `None` where that is
/// beyond a million times their extent.
fn bounds(law: &dyn ClosedForm, at: &Point, temperature: f64, draws: &Array2<f64>) -> Option<Vec<(f64, f64)>> {
    const SIDE: usize = 512;
    let extent = |column: ArrayView1<'_, f64>| {
        let (low, high) = column.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &x| (l.min(x), h.max(x)));
        (f64::midpoint(low, high), (high - low) / 2.0)
    };
    let extents: Vec<(f64, f64)> = draws.columns().into_iter().map(extent).collect();
    let largest = |x: &[f64]| {
        let mut logs = vec![0.0; x.len() / law.dim()];
        law.log_density(at, x, &mut logs);
        logs.into_iter().fold(f64::NEG_INFINITY, f64::max)
    };
    let border = |factor: f64| {
        let on = |axis: usize, part: f64| extents[axis].0 + part * factor * extents[axis].1;
        let mut x = Vec::new();
        for side in [-1.0, 1.0] {
            if law.dim() == 1 {
                x.push(on(0, side));
                continue;
            }
            for i in 0..SIDE {
                let part = 2.0 * i as f64 / (SIDE - 1) as f64 - 1.0;
                x.extend([on(0, side), on(1, part), on(0, part), on(1, side)]);
            }
        }
        largest(&x)
    };
    let best = largest(&draws.iter().copied().collect::<Vec<f64>>());
    // Each factor is looked at: the density may be lower at a border than beyond it.
    let factors: Vec<f64> = std::iter::successors(Some(1.0), |f| Some(f * 1.25)).take_while(|f| *f < 1e6).collect();
    let last = factors.iter().rposition(|&factor| (border(factor) - best) / temperature >= -NEGLIGIBLE);
    let factor = factors.get(last.map_or(0, |i| i + 1))?;
    Some(extents.iter().map(|&(middle, half)| (middle - factor * half, middle + factor * half)).collect())
}

/// The mean of |change of `logs` to the next cell|, along either axis, under the mass.
fn roughness(logs: &Array2<f64>, mass: &Array2<f64>) -> f64 {
    let along = |axis: Axis| {
        if logs.len_of(axis) < 2 {
            return 0.0;
        }
        let but_last = |of: &Array2<f64>| of.slice_axis(axis, ndarray::Slice::from(..-1)).to_owned();
        let next = logs.slice_axis(axis, ndarray::Slice::from(1..));
        let mut sum = 0.0;
        Zip::from(&but_last(logs)).and(&next).and(&but_last(mass)).for_each(|a, b, m| {
            if *m > 0.0 {
                sum += m * (a - b).abs();
            }
        });
        sum
    };
    (along(Axis(0)) + along(Axis(1))) / mass.sum()
}

/// Running sums, scaled to end at 1.
fn cumulative(weights: ArrayView1<'_, f64>) -> Vec<f64> {
    let mut sum = 0.0;
    let mut sums: Vec<f64> = weights.iter().map(|w| (sum += w, sum).1).collect();
    if sum > 0.0 {
        sums.iter_mut().for_each(|w| *w /= sum);
    }
    sums
}

/// The cell in which the running sums pass `u`, and the place there.
fn place(sums: &[f64], edges: &[f64], u: f64) -> (usize, f64) {
    let i = sums.partition_point(|&sum| sum < u).min(sums.len() - 1);
    let below = if i == 0 { 0.0 } else { sums[i - 1] };
    let inside = if sums[i] > below { (u - below) / (sums[i] - below) } else { 0.5 };
    (i, edges[i] + inside * (edges[i + 1] - edges[i]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Mixture;

    /// Two modes of weight 0.2 and 0.8, far from each other.
    fn two_modes(means: [Vec<f64>; 2], std: f64) -> Mixture {
        Mixture::isotropic(&[0.2, 0.8], &means, &[std; 2]).expect("valid")
    }

    /// A Weyl sequence fills the unit square evenly.
    fn even(n: usize, dim: usize) -> Array2<f64> {
        let steps = [0.754_877_666_246_692_7, 0.569_840_290_998_053_3];
        Array2::from_shape_fn((n, dim), |(i, j)| ((i as f64 + 0.5) * steps[j]).fract())
    }

    /// Modes that do not overlap: p^{1/τ} has weights proportional to w^{1/τ} and variances τ times as large, wherever
    /// they lie and however narrow they are.
    #[test]
    fn weights_and_variances_of_separate_modes() {
        let n = 20_000;
        let laws = [
            (vec![-5.0], vec![5.0], 0.5, 2.0),
            (vec![-5.0; 2], vec![5.0; 2], 0.5, 2.0),
            (vec![0.0, 0.0], vec![100.0, 0.0], 0.1, 2.0),
            (vec![900.0, 900.0], vec![1000.0, 900.0], 0.1, 0.5),
            (vec![-5.0], vec![5.0], 0.5, 1e-3),
        ];
        for (left, right, std, tau) in laws {
            let (dim, centre) = (left.len(), right.clone());
            let border = f64::midpoint(left[0], right[0]);
            let law = two_modes([left, right], std);
            let x = sample(&law, &Point::clean(None), tau, &even(n, dim)).expect("a table");
            let right: Vec<_> = x.outer_iter().filter(|x| x[0] > border).collect();
            let share = 1.0 / (1.0 + 0.25_f64.powf(1.0 / tau));
            assert!((right.len() as f64 / n as f64 - share).abs() < 5e-3, "{centre:?}: {}", right.len());
            for axis in 0..dim {
                let squares = right.iter().map(|x| (x[axis] - centre[axis]).powi(2)).sum::<f64>();
                let (found, expected) = (squares / right.len() as f64, tau * std * std);
                assert!((found / expected - 1.0).abs() < 0.03, "{centre:?} at {tau}: {found}, not {expected}");
            }
        }
    }

    #[test]
    fn what_has_no_table_is_refused() {
        let law = two_modes([vec![0.0; 3], vec![1.0; 3]], 0.5);
        let refused = |temperature, dim| Err(MetricError::Tempered { temperature, dim });
        assert_eq!(sample(&law, &Point::clean(None), 2.0, &even(1, 2)), refused(2.0, 3));
        let law = two_modes([vec![0.0], vec![1.0]], 0.5);
        assert_eq!(sample(&law, &Point::clean(None), 0.0, &even(1, 1)), refused(0.0, 1));
        // Modes that a table of this size cannot hold.
        let means: Vec<Vec<f64>> = (0..100).map(|k| vec![f64::from(k), f64::from(k * k % 97)]).collect();
        let law = Mixture::isotropic(&[1.0; 100], &means, &[1e-6; 100]).expect("valid");
        assert_eq!(sample(&law, &Point::clean(None), 2.0, &even(1, 2)), refused(2.0, 2));
    }
}
