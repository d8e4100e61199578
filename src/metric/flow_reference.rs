//! The exact end of a probability flow, to a known error: the judge of the trajectory error.
//!
//! Write `alpha = k cos φ`, `sigma = k sin φ` with `k = (alpha² + sigma²)^½`, and `z = x/k`. Then
//! `z = cos φ x0 + sin φ eps`, and along the flow `dz/dφ = cos φ eps − sin φ x0 = v/k`: the v-prediction of
//! T. Salimans and J. Ho, "Progressive distillation for fast sampling of diffusion models" (ICLR 2022),
//! appendix D, for any process.
//!
//! φ is the variable in which the flow is smooth everywhere. Only sigma/alpha appears, so kinks of a schedule in
//! t do not. φ and z stay bounded from alpha = 0 (φ = π/2), where x/alpha and ln(sigma/alpha) are infinite,
//! down to sigma = 0 (φ = 0), where ln(sigma/alpha) is infinite again and dx/d(ln sigma) vanishes; no switch of
//! variables on the way. Features of size c of the data show at φ of about c, where the error control takes
//! steps of about c: the cost grows with ln 1/c only.

use super::dop853::{A, B, C, E3, E5, STAGES, error_norm};
use super::trajectory::row_mean_squares;
use super::{MetricError, check_set};
use crate::process::{Point, Process};
use crate::score::{Prediction, Score};
use crate::units::{Sigma, Time};
use ndarray::{Array1, Array2, ArrayView2};

/// Tries a sample may take before it counts as stuck; a mixture at 1e-12 takes a few hundred.
const MOST_TRIES: u32 = 10_000;
/// The smallest step in φ; rounding of φ itself is 1e-16.
const LEAST_STEP: f64 = 1e-12;
/// How much larger the second tolerance is, whose result measures the error of the first.
const CHECK: f64 = 10.0;

/// Where the flow ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FlowEnd {
    /// At this time: the limit of samplers with `final: state`.
    At(Time),
    /// At this time, then the prediction of x0 there: the limit of samplers with `final: x0`, and of those
    /// whose grid ends with the marked clean point (`zero: true`), since nothing is evaluated at sigma = 0.
    X0At(Time),
}

/// Ends of the flow.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowEnds {
    /// x*, [n, D].
    pub x: Array2<f64>,
    /// |x* − x*'|/√D, one a sample, x*' at a tolerance ten times larger: an upper guess of the error of x*.
    pub floor: Array1<f64>,
    /// Evaluations of both runs, one a score of one sample (guidance: its cost).
    pub evaluations: u64,
}

impl FlowEnds {
    /// Root mean square of the floors: the floor of the trajectory error.
    #[must_use]
    pub fn rms_floor(&self) -> f64 {
        (self.floor.mapv(|v| v * v).sum() / self.floor.len() as f64).sqrt()
    }
}

/// The probability flow from x_t [n, D] at `t_begin` to `end`, by DOP853 with its own steps for every sample.
///
/// A step is kept when the root mean square over coordinates of error/(tol (1 + |z|)) is at most 1. For a closed
/// form tol = 1e-12 gives about 1e-12 in x; for a network in f32 the rounding noise of the score allows about 1e-6.
///
/// # Errors
/// [`MetricError::Tolerance`], [`MetricError::Ends`], [`MetricError::NotFinite`], [`MetricError::Shape`] for bad
/// input; [`MetricError::Stuck`] when the tolerance cannot be met; [`MetricError::Score`].
pub fn flow_ends(
    score: &dyn Score,
    process: &dyn Process,
    t_begin: Time,
    end: FlowEnd,
    x_t: ArrayView2<'_, f64>,
    tol: f64,
) -> Result<FlowEnds, MetricError> {
    if !(1e-13..=1e-2).contains(&tol) {
        return Err(MetricError::Tolerance(tol));
    }
    check_set("samples", x_t, 1)?;
    if x_t.ncols() != score.dim() {
        return Err(MetricError::Shape { samples: x_t.dim(), reference: (x_t.nrows(), score.dim()) });
    }
    let (FlowEnd::At(t_end) | FlowEnd::X0At(t_end)) = end;
    let (begin, last) = (process.at(t_begin), process.at(t_end));
    let falls = angle(&begin) > angle(&last);
    if !falls {
        return Err(MetricError::Ends { t_begin: t_begin.get(), t_end: t_end.get() });
    }
    let mut flow = Flow { score, process, evaluations: 0 };
    let mut run = |tol: f64| -> Result<Array2<f64>, MetricError> {
        let mut x = flow.integrate(&begin, &last, x_t, tol)?;
        if matches!(end, FlowEnd::X0At(_)) {
            let x_last = x.clone();
            let (from, to) = (x_last.as_slice(), x.as_slice_mut());
            let layout = "made in standard layout";
            score.predict(Prediction::X0, &[last], from.expect(layout), to.expect(layout))?;
            flow.evaluations += x_t.nrows() as u64 * score.cost();
        }
        Ok(x)
    };
    let (x, check) = (run(tol)?, run(CHECK * tol)?);
    let floor = row_mean_squares(x.view(), check.view()).into_iter().map(f64::sqrt).collect();
    Ok(FlowEnds { x, floor, evaluations: flow.evaluations })
}

/// φ.
fn angle(at: &Point) -> f64 {
    at.sigma.atan2(at.alpha)
}

/// k.
fn size(at: &Point) -> f64 {
    at.alpha.hypot(at.sigma)
}

struct Flow<'a> {
    score: &'a dyn Score,
    process: &'a dyn Process,
    evaluations: u64,
}

/// One try of a step from φ to φ − h for some rows, all arrays row-major [rows, D].
struct Try {
    z_new: Vec<f64>,
    /// The error in units of the tolerance, one a row.
    error: Vec<f64>,
}

impl Flow<'_> {
    /// dz/dφ of rows z, each at its own φ.
    fn slope(&mut self, phi: &[f64], z: &[f64]) -> Result<Vec<f64>, MetricError> {
        let dim = self.score.dim();
        let point = |&phi: &f64| {
            let ratio = Sigma::new(phi.tan()).expect("φ lies in [0, π/2], where no float has a negative tangent");
            self.process.at(self.process.time_from_ratio(ratio))
        };
        let points: Vec<Point> = phi.iter().map(point).collect();
        let mut x = z.to_vec();
        for (row, at) in x.chunks_mut(dim).zip(&points) {
            row.iter_mut().for_each(|v| *v *= size(at));
        }
        let mut v = vec![0.0; x.len()];
        self.score.predict(Prediction::V, &points, &x, &mut v)?;
        for (row, at) in v.chunks_mut(dim).zip(&points) {
            row.iter_mut().for_each(|v| *v /= size(at));
        }
        self.evaluations += points.len() as u64 * self.score.cost();
        Ok(v)
    }

    /// `z − h Σ_j w_j k_j`, row by row.
    fn combine(&self, z: &[f64], h: &[f64], weights: &[f64], k: &[Vec<f64>]) -> Vec<f64> {
        let dim = self.score.dim();
        let mut sum = vec![0.0; z.len()];
        for (w, k) in weights.iter().zip(k).filter(|(w, _)| **w != 0.0) {
            sum.iter_mut().zip(k).for_each(|(sum, k)| *sum += w * k);
        }
        for ((sum, z), h) in sum.chunks_mut(dim).zip(z.chunks(dim)).zip(h) {
            sum.iter_mut().zip(z).for_each(|(sum, z)| *sum = z - h * *sum);
        }
        sum
    }

    /// Tries one step from φ to φ − h; `first` is the slope at φ.
    fn try_step(&mut self, phi: &[f64], h: &[f64], z: &[f64], first: Vec<f64>, tol: f64) -> Result<Try, MetricError> {
        let mut k = vec![first];
        for stage in 1..STAGES {
            let z_stage = self.combine(z, h, A[stage], &k);
            let phi_stage: Vec<f64> = phi.iter().zip(h).map(|(phi, h)| phi - C[stage] * h).collect();
            k.push(self.slope(&phi_stage, &z_stage)?);
        }
        let z_new = self.combine(z, h, &B, &k);
        let dim = self.score.dim();
        let error = (0..phi.len()).map(|i| {
            let (mut e5, mut e3) = (0.0, 0.0);
            for d in i * dim..(i + 1) * dim {
                let scale = tol * (1.0 + z[d].abs().max(z_new[d].abs()));
                let part = |weights: &[f64]| weights.iter().zip(&k).map(|(w, k)| w * k[d]).sum::<f64>() / scale;
                let (a, b) = (part(&E5), part(&E3));
                e5 += a * a;
                e3 += b * b;
            }
            error_norm(h[i], e5, e3, dim)
        });
        let error = error.collect();
        Ok(Try { z_new, error })
    }

    /// Carries all rows to the end, [n, D]; a row leaves the work when it is there.
    fn integrate(
        &mut self,
        begin: &Point,
        end: &Point,
        x_t: ArrayView2<'_, f64>,
        tol: f64,
    ) -> Result<Array2<f64>, MetricError> {
        let (dim, phi_end) = (self.score.dim(), angle(end));
        let mut z: Vec<f64> = x_t.iter().map(|x| x / size(begin)).collect();
        let mut phi = vec![angle(begin); x_t.nrows()];
        let mut h = vec![(angle(begin) - phi_end) / 50.0; x_t.nrows()];
        let mut slopes = self.slope(&phi, &z)?;
        let mut active: Vec<usize> = (0..x_t.nrows()).collect();
        for _ in 0..MOST_TRIES {
            if active.is_empty() {
                break;
            }
            let gather = |from: &[f64]| -> Vec<f64> {
                active.iter().flat_map(|&i| &from[i * dim..(i + 1) * dim]).copied().collect()
            };
            let phi_now: Vec<f64> = active.iter().map(|&i| phi[i]).collect();
            // A rest slightly longer than the step is taken whole, not left as a crumb.
            let phi_next = |i: usize| if 1.01 * h[i] >= phi[i] - phi_end { phi_end } else { phi[i] - h[i] };
            let phi_new: Vec<f64> = active.iter().map(|&i| phi_next(i)).collect();
            let h_now: Vec<f64> = phi_now.iter().zip(&phi_new).map(|(now, new)| now - new).collect();
            let tried = self.try_step(&phi_now, &h_now, &gather(&z), gather(&slopes), tol)?;
            let (mut kept, mut going) = (Vec::new(), Vec::new());
            for (place, &i) in active.iter().enumerate() {
                let error = tried.error[place];
                // 0.9, 1/3 and 6 are the defaults of dop853.f; a NaN shrinks the step as a large error does.
                let factor = (0.9 * error.powf(-1.0 / 8.0)).clamp(1.0 / 3.0, 6.0);
                h[i] = h_now[place] * if factor.is_nan() { 1.0 / 3.0 } else { factor };
                if error <= 1.0 {
                    z[i * dim..(i + 1) * dim].copy_from_slice(&tried.z_new[place * dim..(place + 1) * dim]);
                    phi[i] = phi_new[place];
                    if phi[i] > phi_end {
                        kept.push(i);
                        going.push(i);
                    }
                } else if h[i] < LEAST_STEP {
                    return Err(self.stuck(i, phi[i], tol));
                } else {
                    going.push(i);
                }
            }
            if !kept.is_empty() {
                let phi_kept: Vec<f64> = kept.iter().map(|&i| phi[i]).collect();
                let z_kept: Vec<f64> = kept.iter().flat_map(|&i| &z[i * dim..(i + 1) * dim]).copied().collect();
                let slopes_kept = self.slope(&phi_kept, &z_kept)?;
                for (&i, slope) in kept.iter().zip(slopes_kept.chunks(dim)) {
                    slopes[i * dim..(i + 1) * dim].copy_from_slice(slope);
                }
            }
            active = going;
        }
        if let Some(&i) = active.first() {
            return Err(self.stuck(i, phi[i], tol));
        }
        z.iter_mut().for_each(|v| *v *= size(end));
        Ok(Array2::from_shape_vec(x_t.dim(), z).expect("one number in, one out"))
    }

    fn stuck(&self, sample: usize, phi: f64, tol: f64) -> MetricError {
        let ratio = Sigma::new(phi.tan().abs());
        let t = ratio.map_or(f64::NAN, |ratio| self.process.time_from_ratio(ratio).get());
        MetricError::Stuck { sample, t, tol }
    }
}

#[cfg(test)]
mod tests;
