//! The bias of a Markov chain at one level, from the invariant law of its own transition kernel.
//!
//! No sampling. The chain moves x by one step with normals z that are replayed: from every state x_i of a uniform
//! grid, for every node z_j of a quadrature of N(0, 1) with weights w_j, the plugin gives y_ij. For functions f on the
//! grid, read between its points by Lagrange polynomials of degree 7 (eight points, weights l_k),
//!
//! ```text
//! (P f)(x_i) = sum_j w_j f(y_ij) = sum_k P_ik f(x_k),    P_ik = sum_j w_j l_k(y_ij)
//! ```
//!
//! and the invariant law π, as a measure on the grid, solves `π P = π`, `sum π = 1`. The degree is high enough that x²
//! itself is exact. The quadrature is the trapezoidal rule, whose error for a Gaussian weight is e^{−2π²/h²}. The grid
//! ends 9 standard deviations outside the means; what would leave is put on its end. All of it is done once more on
//! a grid of twice the density with a finer quadrature, and the difference must be below 1 % of the bias.

use super::job::{Job, Runner};
use super::problem::Case;
use super::variant::LEVEL;
use super::{Row, What};
use crate::sampler::{Init, NoiseMode};
use crate::units::Steps;
use ndarray::{Array2, Array3};
use serde_json::{Value, json};
use std::sync::Arc;

/// The parameter that sets the step size itself.
const STEP: &str = "step.absolute";
/// The largest step in units of the smallest variance, and how often it is halved.
const LARGEST: f64 = 0.1;
const STEPS: i32 = 4;
/// How far a slope may be from the declared order.
const WITHIN: f64 = 0.3;
/// The error of the discretisation in units of the bias.
const SHARE: f64 = 0.01;
/// Points of a Lagrange polynomial.
const STENCIL: usize = 8;
/// Half-width of the quadrature: the rest of N(0, 1) weighs 2e-17.
const WIDTH: f64 = 8.5;

/// How the states and the normals are discretised.
#[derive(Clone, Copy)]
struct Mesh {
    /// Points of the grid a standard deviation.
    density: f64,
    /// Distance of the quadrature's nodes.
    spacing: f64,
}

const COARSE: Mesh = Mesh { density: 6.0, spacing: 0.5 };
const FINE: Mesh = Mesh { density: 12.0, spacing: 0.35 };

/// The slope of the bias of `E[x²]` in the step size.
pub(super) fn bias(job: &Job<'_>) -> Result<Vec<Row>, String> {
    let declared = job.claimed(|plan| plan.weak_order)?;
    if job.variant.param(STEP).is_none() {
        return Err(format!("a Markov chain is measured through its parameter `{STEP}`, which this one does not have"));
    }
    let case = job.case()?;
    let (at, level) = (case.setting.end(), Value::from(case.setting.t_end.get()));
    let exact = case.problem.moments(&at)[0].1;
    let variance = (at.alpha * case.problem.std()).powi(2) + at.sigma.powi(2);
    let steps: Vec<f64> = (0..STEPS).map(|k| LARGEST * variance * 0.5_f64.powi(k)).collect();
    let (mut errors, mut floors) = (Vec::new(), Vec::new());
    for &a in &steps {
        let runner = job.runner(&[(LEVEL, level.clone()), ("step", json!({ "absolute": a }))])?;
        let (coarse, fine) = (second_moment(&runner, case, COARSE)?, second_moment(&runner, case, FINE)?);
        errors.push((fine - exact).abs());
        floors.push((fine - coarse).abs());
    }
    let slopes: Vec<f64> = errors.windows(2).map(|pair| (pair[0] / pair[1]).log2()).collect();
    let resolved = errors.iter().zip(&floors).all(|(error, floor)| *floor <= SHARE * error);
    let right = slopes.iter().all(|slope| (slope - declared).abs() <= WITHIN);
    let note = match (resolved, right) {
        (false, _) => "the discretised kernel does not resolve the bias to 1 %".to_owned(),
        (_, false) => format!("slopes must be {declared} ± {WITHIN}"),
        _ => String::new(),
    };
    let row = job.row(What::Bias, declared);
    Ok(vec![Row { at: steps, errors, floors, slopes, pass: resolved && right, note, ..row }])
}

/// `E[x²]` under the invariant law of the discretised kernel.
fn second_moment(runner: &Runner<'_>, case: &Case, mesh: Mesh) -> Result<f64, String> {
    let at = case.setting.end();
    let std = (at.alpha * case.problem.std()).hypot(at.sigma);
    let reach = case.problem.components().1.iter().map(|m| (at.alpha * m[0]).abs()).fold(0.0, f64::max) + 9.0 * std;
    let (count, width) = ((2.0 * reach / std * mesh.density).ceil() as usize + 1, 2.0 * reach);
    let spacing = width / (count - 1) as f64;
    let state = |i: usize| -reach + i as f64 * spacing;
    let half = (WIDTH / mesh.spacing).ceil() as i32;
    let nodes: Vec<f64> = (-half..=half).map(|j| f64::from(j) * mesh.spacing).collect();
    let density: Vec<f64> = nodes.iter().map(|z| (-0.5 * z * z).exp()).collect();
    let total: f64 = density.iter().sum();

    let rows = count * nodes.len();
    let x = Array2::from_shape_fn((rows, 1), |(row, _)| state(row / nodes.len()));
    let z = Array3::from_shape_fn((1, rows, 1), |(_, row, _)| nodes[row % nodes.len()]);
    let one = Steps::new(1).map_err(|e| e.to_string())?;
    let y = runner.run(&runner.level(one)?, Init::Given(Arc::new(x)), NoiseMode::File(Arc::new(z)), (0, rows))?;
    let mut kernel = Array2::zeros((count, count));
    for (row, y) in y.iter().enumerate() {
        let (i, w) = (row / nodes.len(), density[row % nodes.len()] / total);
        let place = ((y + reach) / spacing).clamp(0.0, (count - 1) as f64);
        let first = (place.floor() as usize).saturating_sub(STENCIL / 2 - 1).min(count - STENCIL);
        for (k, l) in lagrange(place - first as f64).into_iter().enumerate() {
            kernel[[i, first + k]] += w * l;
        }
    }
    let law = invariant(kernel)?;
    Ok(law.iter().enumerate().map(|(i, p)| p * state(i).powi(2)).sum())
}

/// Values at u of the Lagrange polynomials on 0, 1, …, STENCIL − 1.
fn lagrange(u: f64) -> [f64; STENCIL] {
    std::array::from_fn(|k| {
        let factor = |m: usize| (u - m as f64) / (k as f64 - m as f64);
        (0..STENCIL).filter(|&m| m != k).map(factor).product()
    })
}

/// π with `π P = π` and `sum π = 1`, by elimination with row pivots.
fn invariant(kernel: Array2<f64>) -> Result<Vec<f64>, String> {
    let n = kernel.nrows();
    let mut a = kernel.reversed_axes();
    for i in 0..n {
        a[[i, i]] -= 1.0;
    }
    // The equations are dependent: the sum takes the place of one of them.
    a.row_mut(n - 1).fill(1.0);
    let mut b = vec![0.0; n];
    b[n - 1] = 1.0;
    let mut a: Vec<Vec<f64>> = a.outer_iter().map(|row| row.to_vec()).collect();
    for k in 0..n {
        let pivot = (k..n).max_by(|&i, &j| a[i][k].abs().total_cmp(&a[j][k].abs())).unwrap_or(k);
        a.swap(k, pivot);
        b.swap(k, pivot);
        if a[k][k].abs() < 1e-300 {
            return Err("the transition kernel has more than one invariant law".into());
        }
        let (above, below) = a.split_at_mut(k + 1);
        let (row, b_k) = (&above[k], b[k]);
        for (i, other) in below.iter_mut().enumerate() {
            let factor = other[k] / row[k];
            if factor != 0.0 {
                other[k..].iter_mut().zip(&row[k..]).for_each(|(o, r)| *o -= factor * r);
                b[k + 1 + i] -= factor * b_k;
            }
        }
    }
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|j| a[k][j] * b[j]).sum();
        b[k] = (b[k] - known) / a[k][k];
    }
    Ok(b)
}

#[cfg(test)]
mod tests {
    use super::{invariant, lagrange};
    use ndarray::array;

    #[test]
    fn polynomials_of_degree_seven_are_read_exactly() {
        let f = |u: f64| 1.0 - 2.0 * u + u.powi(3) - 0.01 * u.powi(7);
        for u in [0.0, 3.0, 3.4, 6.9] {
            let read: f64 = lagrange(u).iter().enumerate().map(|(k, l)| l * f(k as f64)).sum();
            assert!((read - f(u)).abs() < 1e-9 * (1.0 + f(u).abs()), "{u}: {read} {}", f(u));
        }
    }

    /// π = (b, a)/(a + b) for the chain that leaves 0 with probability a and 1 with probability b.
    #[test]
    fn two_states_by_hand() {
        let law = invariant(array![[0.9, 0.1], [0.3, 0.7]]).expect("one law");
        assert!((law[0] - 0.75).abs() < 1e-15 && (law[1] - 0.25).abs() < 1e-15, "{law:?}");
    }
}
