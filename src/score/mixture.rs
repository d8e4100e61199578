//! Gaussian mixtures: `score = sum_k w_k(x) score_k(x)` with the posterior weights of the components,
//! `w_k(x) = pi_k N(x; alpha m_k, alpha² C_k + sigma² I)/p_t(x)`, and so for every form of prediction.

use super::components::Components;
use super::exact;
use super::gaussian::{Gaussian, checked_std};
use super::isotropic::Isotropic;
use super::jacobian;
use super::spec::ModelError;
use super::{ClosedForm, Prediction, Score, ScoreError};
use crate::process::Point;

/// `sum_k pi_k N(m_k, C_k)`.
#[derive(Clone, Debug)]
pub struct Mixture {
    weights: Vec<f64>,
    gaussians: Vec<Gaussian>,
    ln_weights: Vec<f64>,
    /// The same components side by side where all are isotropic.
    isotropic: Option<Isotropic>,
}

impl Mixture {
    /// Components N(m_k, stds_k² I) with relative weights `weights`, which are divided by their sum.
    ///
    /// # Errors
    /// [`ModelError`] when there is no component, shapes differ, or a number is outside its range.
    pub fn isotropic(weights: &[f64], means: &[Vec<f64>], stds: &[f64]) -> Result<Self, ModelError> {
        same_count("stds", stds.len(), weights.len())?;
        same_count("means", means.len(), weights.len())?;
        let gaussian = |(k, (m, &std)): (usize, (&Vec<f64>, &f64))| {
            Gaussian::isotropic(m.clone(), std).map_err(|error| error.of_component(k))
        };
        let gaussians = means.iter().zip(stds).enumerate().map(gaussian).collect::<Result<_, _>>()?;
        let mut mixture = Self::new(weights, gaussians)?;
        // One component is faster as a Gaussian.
        if weights.len() > 1 {
            let dim = mixture.dim();
            let variances = stds.iter().map(|&std| Ok(checked_std(std)?.powi(2))).collect::<Result<_, ModelError>>()?;
            let means = (0..dim).flat_map(|i| means.iter().map(move |m| m[i])).collect();
            mixture.isotropic = Some(Isotropic { dim, ln_weights: mixture.ln_weights.clone(), means, variances });
        }
        Ok(mixture)
    }

    /// Components with relative weights `weights`, which are divided by their sum.
    ///
    /// # Errors
    /// [`ModelError`] when there is no component, shapes differ, or a weight is not positive.
    pub fn new(weights: &[f64], gaussians: Vec<Gaussian>) -> Result<Self, ModelError> {
        same_count("means", gaussians.len(), weights.len())?;
        let Some(first) = gaussians.first() else { return Err(ModelError::Missing { what: "components".to_owned() }) };
        if let Some(k) = gaussians.iter().position(|g| g.dim() != first.dim()) {
            let (found, expected) =
                (gaussians[k].dim().to_string(), format!("{} numbers, as in the first", first.dim()));
            return Err(ModelError::Shape { what: format!("means[{k}]"), found, expected });
        }
        if let Some(k) = weights.iter().position(|w| !(*w > 0.0 && w.is_finite())) {
            let what = format!("weights[{k}]");
            return Err(ModelError::Value { what, found: weights[k], allowed: "positive and finite" });
        }
        let total: f64 = weights.iter().sum();
        let weights: Vec<f64> = weights.iter().map(|w| w / total).collect();
        let ln_weights = weights.iter().map(|&w| libm::log(w)).collect();
        Ok(Self { weights, gaussians, ln_weights, isotropic: None })
    }

    /// pi, `[components]`, of sum 1.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The components.
    #[must_use]
    pub fn components(&self) -> &[Gaussian] {
        &self.gaussians
    }

    fn general(&self) -> Components<'_> {
        Components { gaussians: &self.gaussians, ln_weights: &self.ln_weights }
    }
}

fn same_count(what: &'static str, found: usize, weights: usize) -> Result<(), ModelError> {
    if found == weights {
        return Ok(());
    }
    let what = what.to_owned();
    Err(ModelError::Shape { what, found: found.to_string(), expected: format!("{weights}, one a weight") })
}

impl Score for Mixture {
    fn closed_form(&self) -> Option<&dyn ClosedForm> {
        Some(self)
    }

    fn dim(&self) -> usize {
        self.gaussians[0].dim()
    }

    fn predict(&self, want: Prediction, at: &[Point], x: &[f64], out: &mut [f64]) -> Result<(), ScoreError> {
        match &self.isotropic {
            Some(isotropic) => exact::predict(isotropic, want, at, x, out),
            None => exact::predict(&self.general(), want, at, x, out),
        }
    }

    fn vjp(
        &self,
        want: Prediction,
        at: &[Point],
        x: &[f64],
        v: &[f64],
        out: &mut [f64],
    ) -> Option<Result<(), ScoreError>> {
        Some(match &self.isotropic {
            Some(isotropic) => jacobian::vjp(isotropic, want, at, (x, v), out),
            None => jacobian::vjp(&self.general(), want, at, (x, v), out),
        })
    }

    fn divergence(&self, want: Prediction, at: &[Point], x: &[f64], out: &mut [f64]) -> Option<Result<(), ScoreError>> {
        Some(match &self.isotropic {
            Some(isotropic) => jacobian::divergence(isotropic, want, at, x, out),
            None => jacobian::divergence(&self.general(), want, at, x, out),
        })
    }
}

impl ClosedForm for Mixture {
    /// NaN where x has no density: sigma = 0 with a singular covariance.
    fn log_density(&self, at: &Point, x: &[f64], out: &mut [f64]) {
        match &self.isotropic {
            Some(isotropic) => exact::log_density(isotropic, at, x, out),
            None => exact::log_density(&self.general(), at, x, out),
        }
    }

    fn sample(&self, at: &Point, z: &[f64], u: &[f64], out: &mut [f64]) {
        let dim = self.dim();
        for ((z, u), out) in z.chunks_exact(dim).zip(u).zip(out.chunks_exact_mut(dim)) {
            let mut below = 0.0;
            let component = self.weights.iter().position(|w| {
                below += w;
                *u < below
            });
            // rounding may leave the sum of all weights just below u
            self.gaussians[component.unwrap_or(self.gaussians.len() - 1)].sample_row(at, z, out);
        }
    }
}

#[cfg(test)]
mod tests;
