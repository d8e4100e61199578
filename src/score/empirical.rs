//! The empirical distribution of data points: a mixture of deltas of equal weight, whose exact denoiser is
//! what a network with enough capacity learns by heart. Karras et al. 2022, appendix B.3.

use super::spec::ModelError;
use super::{ClosedForm, Mixture, Prediction, Score, ScoreError};
use crate::process::Point;

/// `(1/n) sum_k delta(x − x_k)`.
#[derive(Clone, Debug)]
pub struct Empirical(Mixture);

impl Empirical {
    /// The distribution of `points` [n, dim] row-major.
    ///
    /// # Errors
    /// [`ModelError`] when there is no point, rows are not whole, or a number is not finite.
    pub fn new(points: &[f64], dim: usize) -> Result<Self, ModelError> {
        if dim == 0 || !points.len().is_multiple_of(dim) {
            let expected = format!("whole rows of {dim} > 0");
            return Err(ModelError::Shape {
                what: "data points".to_owned(),
                found: points.len().to_string(),
                expected,
            });
        }
        let means: Vec<Vec<f64>> = points.chunks_exact(dim).map(<[f64]>::to_vec).collect();
        let (weights, stds) = (vec![1.0; means.len()], vec![0.0; means.len()]);
        Ok(Self(Mixture::isotropic(&weights, &means, &stds)?))
    }
}

impl Score for Empirical {
    fn closed_form(&self) -> Option<&dyn ClosedForm> {
        Some(self)
    }

    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn predict(&self, want: Prediction, at: &[Point], x: &[f64], out: &mut [f64]) -> Result<(), ScoreError> {
        self.0.predict(want, at, x, out)
    }

    fn vjp(
        &self,
        want: Prediction,
        at: &[Point],
        x: &[f64],
        v: &[f64],
        out: &mut [f64],
    ) -> Option<Result<(), ScoreError>> {
        self.0.vjp(want, at, x, v, out)
    }

    fn divergence(&self, want: Prediction, at: &[Point], x: &[f64], out: &mut [f64]) -> Option<Result<(), ScoreError>> {
        self.0.divergence(want, at, x, out)
    }
}

impl ClosedForm for Empirical {
    /// NaN at sigma = 0, where there is no density.
    fn log_density(&self, at: &Point, x: &[f64], out: &mut [f64]) {
        self.0.log_density(at, x, out);
    }

    fn sample(&self, at: &Point, z: &[f64], u: &[f64], out: &mut [f64]) {
        self.0.sample(at, z, u, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denoises_to_the_weighted_mean_of_the_points() {
        let points = [0.0, 1.0, 2.0, -1.0, 0.5, 0.5];
        let law = Empirical::new(&points, 2).expect("whole rows");
        let (alpha, sigma) = (0.8, 0.6);
        let at = Point { alpha, sigma, alpha_dot: -1.0, sigma_dot: 1.0, ..Point::clean(None) };
        let x = [0.3, 0.4];
        let (mut top, mut bottom) = ([0.0; 2], 0.0);
        for p in points.chunks(2) {
            let square: f64 = p.iter().zip(x).map(|(p, x)| (x - alpha * p).powi(2)).sum();
            let weight = (-0.5 * square / (sigma * sigma)).exp();
            bottom += weight;
            top.iter_mut().zip(p).for_each(|(top, p)| *top += weight * p);
        }
        let mut x0 = [0.0; 2];
        law.predict(Prediction::X0, &[at], &x, &mut x0).expect("sigma > 0");
        for (x0, top) in x0.iter().zip(top) {
            assert!((x0 - top / bottom).abs() < 1e-14);
        }
    }

    #[test]
    fn a_score_without_noise_does_not_exist() {
        let law = Empirical::new(&[0.0, 1.0], 1).expect("whole rows");
        let at = Point::clean(None);
        let mut out = [0.0];
        assert!(law.predict(Prediction::Score, &[at], &[1.0], &mut out).is_err());
        law.predict(Prediction::X0, &[at], &[1.0], &mut out).expect("x itself");
        assert_eq!(out, [1.0]);
        law.predict(Prediction::Eps, &[at], &[1.0], &mut out).expect("no information");
        assert_eq!(out, [0.0]);
        assert!(Empirical::new(&[1.0, 2.0, 3.0], 2).is_err() && Empirical::new(&[], 2).is_err());
    }
}
