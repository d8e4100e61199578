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

use super::rows::{Field, integrate};
use super::trajectory::row_mean_squares;
use super::{MetricError, check_set};
use crate::process::{Point, Process};
use crate::score::{Prediction, Score};
use crate::units::{Sigma, Time};
use ndarray::{Array1, Array2, ArrayView2};

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
    if !(1e-14..=1e-2).contains(&tol) {
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
        let mut x = flow.ends(&begin, &last, x_t, tol)?;
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
pub(super) fn angle(at: &Point) -> f64 {
    at.sigma.atan2(at.alpha)
}

/// k.
pub(super) fn size(at: &Point) -> f64 {
    at.alpha.hypot(at.sigma)
}

/// The flow in φ, at which `z = x/k`.
struct Flow<'a> {
    score: &'a dyn Score,
    process: &'a dyn Process,
    evaluations: u64,
}

/// What the process says at φ.
pub(super) fn point(process: &dyn Process, phi: f64) -> Point {
    let ratio = Sigma::new(phi.tan()).expect("φ lies in [0, π/2], where no float has a negative tangent");
    process.at(process.time_from_ratio(ratio))
}

impl Field for Flow<'_> {
    fn state(&self) -> usize {
        self.score.dim()
    }

    fn width(&self) -> usize {
        self.score.dim()
    }

    /// dz/dφ.
    fn slope(&mut self, _rows: &[usize], phi: &[f64], z: &[f64]) -> Result<Vec<f64>, MetricError> {
        let dim = self.score.dim();
        let points: Vec<Point> = phi.iter().map(|&phi| point(self.process, phi)).collect();
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

    fn time(&self, phi: f64) -> f64 {
        point(self.process, phi.abs()).t
    }
}

impl Flow<'_> {
    /// Carries all rows to the end, [n, D].
    fn ends(
        &mut self,
        begin: &Point,
        end: &Point,
        x_t: ArrayView2<'_, f64>,
        tol: f64,
    ) -> Result<Array2<f64>, MetricError> {
        let mut z: Vec<f64> = x_t.iter().map(|x| x / size(begin)).collect();
        integrate(self, angle(begin), angle(end), &mut z, tol)?;
        z.iter_mut().for_each(|v| *v *= size(end));
        Ok(Array2::from_shape_vec(x_t.dim(), z).expect("one number in, one out"))
    }
}

#[cfg(test)]
mod tests;
