//! Exact samples of the normalised `p^{1/τ}` of a closed form in one or two dimensions.
//!
//! A Langevin chain at one level with temperature τ has this law in the limit of small steps; only for one
//! Gaussian is it a rescaling of p. The density is tabulated on a grid that covers it and inverted, axis by
//! axis; inside a grid interval the law is uniform.

use crate::process::Point;
use crate::score::ClosedForm;
use ndarray::{Array1, Array2};

/// Points an axis, in one and in two dimensions.
const POINTS: [usize; 2] = [1 << 16, 1 << 10];

/// Samples [n, D] of `p^{1/τ}` from uniforms `u` [n, D]; `None` where D is above 2.
#[must_use]
pub fn sample(law: &dyn ClosedForm, at: &Point, temperature: f64, u: &Array2<f64>) -> Option<Array2<f64>> {
    let dim = law.dim();
    let points = *POINTS.get(dim.checked_sub(1)?)?;
    let half = half_width(law, at, temperature);
    let step = 2.0 * half / points as f64;
    let centre = |i: usize| -half + (i as f64 + 0.5) * step;
    let density = density(law, at, temperature, points, dim, centre);
    let rows = density.nrows();
    let across = cumulative(density.rows().into_iter().map(|row| row.sum()).collect());
    let along: Vec<Vec<f64>> = density.rows().into_iter().map(|row| cumulative(row.to_vec())).collect();
    let place = |table: &[f64], u: f64| {
        let i = table.partition_point(|&c| c < u).min(table.len() - 1);
        let below = if i == 0 { 0.0 } else { table[i - 1] };
        let inside = if table[i] > below { (u - below) / (table[i] - below) } else { 0.5 };
        (i, -half + (i as f64 + inside) * step)
    };
    let mut x = Array2::zeros(u.dim());
    for (mut x, u) in x.outer_iter_mut().zip(u.outer_iter()) {
        let row = if rows == 1 {
            0
        } else {
            let (row, value) = place(&across, u[0]);
            x[0] = value;
            row
        };
        x[dim - 1] = place(&along[row], u[dim - 1]).1;
    }
    Some(x)
}

/// Half the width of a box around the origin outside which p^{1/τ} is below e^-40 of its largest value.
fn half_width(law: &dyn ClosedForm, at: &Point, temperature: f64) -> f64 {
    let edge = |half: f64| {
        let dim = law.dim();
        let steps = 512;
        let mut x = Vec::new();
        let along = |i: usize| -half + 2.0 * half * i as f64 / (steps - 1) as f64;
        for i in 0..steps {
            if dim == 1 {
                x.push(if i % 2 == 0 { half } else { -half });
            } else {
                for side in [-half, half] {
                    x.extend([side, along(i), along(i), side]);
                }
            }
        }
        let mut logs = vec![0.0; x.len() / dim];
        law.log_density(at, &x, &mut logs);
        logs.into_iter().fold(f64::NEG_INFINITY, f64::max)
    };
    // All boxes up to 1e6 are looked at: between two far modes the density may be lower than beyond them.
    let halves: Vec<f64> = std::iter::successors(Some(1e-3), |h| Some(h * 1.25)).take_while(|h| *h < 1e6).collect();
    let logs: Vec<f64> = halves.iter().map(|&half| edge(half)).collect();
    let best = logs.iter().copied().fold(edge(0.0), f64::max);
    let last = logs.iter().rposition(|log| (log - best) / temperature >= -40.0);
    halves[last.map_or(0, |i| i + 1).min(halves.len() - 1)]
}

/// p^{1/τ} on the grid, scaled to a largest value of 1: [1, points] or [points, points].
fn density(
    law: &dyn ClosedForm,
    at: &Point,
    temperature: f64,
    points: usize,
    dim: usize,
    centre: impl Fn(usize) -> f64,
) -> Array2<f64> {
    let rows = if dim == 1 { 1 } else { points };
    let mut logs = Array2::zeros((rows, points));
    for (i, mut out) in logs.outer_iter_mut().enumerate() {
        let x: Vec<f64> =
            (0..points).flat_map(|j| if dim == 1 { vec![centre(j)] } else { vec![centre(i), centre(j)] }).collect();
        let mut row = Array1::zeros(points);
        if let Some(row) = row.as_slice_mut() {
            law.log_density(at, &x, row);
        }
        out.assign(&row);
    }
    let top = logs.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    logs.mapv(|l| libm::exp((l - top) / temperature))
}

/// Running sums, scaled to end at 1.
fn cumulative(mut weights: Vec<f64>) -> Vec<f64> {
    let mut sum = 0.0;
    for w in &mut weights {
        sum += *w;
        *w = sum;
    }
    if sum > 0.0 {
        weights.iter_mut().for_each(|w| *w /= sum);
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Process, Vp};
    use crate::score::{Prediction, Score, ScoreError};
    use crate::units::Time;

    /// Two narrow modes at -5 and 5, the right one with weight 0.8, in every dimension alike.
    struct TwoModes(usize);

    impl Score for TwoModes {
        fn dim(&self) -> usize {
            self.0
        }
        fn predict(&self, _: Prediction, _: &[Point], _: &[f64], _: &mut [f64]) -> Result<(), ScoreError> {
            Ok(())
        }
    }

    impl ClosedForm for TwoModes {
        fn log_density(&self, _: &Point, x: &[f64], out: &mut [f64]) {
            for (x, out) in x.chunks_exact(self.0).zip(out) {
                let mode = |m: f64| x.iter().map(|x| -0.5 * (x - m).powi(2) / 0.25).sum::<f64>();
                *out = (0.2 * mode(-5.0).exp() + 0.8 * mode(5.0).exp()).max(1e-300).ln();
            }
        }
        fn sample(&self, _: &Point, _: &[f64], _: &[f64], _: &mut [f64]) {}
    }

    /// Modes that do not overlap: p^{1/τ} has weights proportional to w^{1/τ} and variances τ times as large.
    #[test]
    fn weights_and_variances_of_separate_modes() {
        let at = Vp::default().at(Time::new(0.5).unwrap());
        let tau: f64 = 2.0;
        let n = 20_000;
        for dim in [1, 2] {
            // A Weyl sequence fills the unit square evenly.
            let u = Array2::from_shape_fn((n, dim), |(i, j)| {
                ((i as f64 + 0.5) * [0.754_877_666_246_692_7, 0.569_840_290_998_053_3][j]).fract()
            });
            let x = sample(&TwoModes(dim), &at, tau, &u).unwrap();
            let right: Vec<f64> = x.column(dim - 1).iter().copied().filter(|x| *x > 0.0).collect();
            let share = 0.8_f64.sqrt() / (0.8_f64.sqrt() + 0.2_f64.sqrt());
            assert!((right.len() as f64 / n as f64 - share).abs() < 5e-3, "{dim}: {}", right.len());
            let variance = right.iter().map(|x| (x - 5.0).powi(2)).sum::<f64>() / right.len() as f64;
            assert!((variance - tau * 0.25).abs() < 0.02, "{dim}: {variance}");
        }
    }

    #[test]
    fn three_dimensions_are_not_served() {
        let at = Vp::default().at(Time::new(0.5).unwrap());
        assert!(sample(&TwoModes(3), &at, 2.0, &Array2::zeros((1, 3))).is_none());
    }
}
