//! Weighted Gaussians of any covariance, seen one row at a time.

use super::exact::{Exact, Form};
use super::gaussian::Gaussian;
use super::softmax::{softmax, sum, sum_of};
use std::f64::consts::TAU;

/// Gaussians with weights, one row at a time. Scratch: inverse variances, then gains, then y, each
/// [components, dim]; log of weight and norm, then posterior weight, each [components]; two rows.
pub(super) struct Components<'a> {
    pub(super) gaussians: &'a [Gaussian],
    pub(super) ln_weights: &'a [f64],
}

impl Components<'_> {
    fn cut<'s>(&self, scratch: &'s mut [f64]) -> [&'s mut [f64]; 6] {
        let (count, dim) = (self.gaussians.len(), self.dim());
        let (inverse, rest) = scratch.split_at_mut(count * dim);
        let (gain, rest) = rest.split_at_mut(count * dim);
        let (y, rest) = rest.split_at_mut(count * dim);
        let (norm, rest) = rest.split_at_mut(count);
        let (posterior, row) = rest.split_at_mut(count);
        [inverse, gain, y, norm, posterior, row]
    }

    /// y and the posterior weights; returns ln p(x).
    fn posterior(&self, form: &Form, x: &[f64], scratch: &mut [f64]) -> f64 {
        let dim = self.dim();
        let [inverse, _, y, norm, posterior, row] = self.cut(scratch);
        for (k, gaussian) in self.gaussians.iter().enumerate() {
            let y = &mut y[k * dim..][..dim];
            gaussian.to_eigenbasis(form.alpha, x, &mut row[..dim], y);
            posterior[k] = norm[k] - 0.5 * sum_of(y, &inverse[k * dim..][..dim], |y, inverse| y * y * inverse);
        }
        softmax(posterior)
    }
}

impl Exact for Components<'_> {
    fn dim(&self) -> usize {
        self.gaussians[0].mean().len()
    }

    fn scratch_len(&self) -> usize {
        (3 * self.dim() + 2) * self.gaussians.len() + self.dim()
    }

    fn prepare(&self, form: &Form, scratch: &mut [f64]) -> bool {
        let dim = self.dim();
        let [inverse, gain, log, norm, _, _] = self.cut(scratch);
        let mut exists = true;
        for (k, gaussian) in self.gaussians.iter().enumerate() {
            for i in k * dim..(k + 1) * dim {
                let l = gaussian.eigenvalue(i - k * dim);
                let variance = form.variance(l);
                exists &= variance.is_normal();
                inverse[i] = 1.0 / variance;
                gain[i] = form.numerator(l) / variance;
                log[i] = libm::log(TAU * variance);
            }
            norm[k] = self.ln_weights[k] - 0.5 * sum(&log[k * dim..][..dim]);
        }
        exists
    }

    fn predict_row(&self, form: &Form, x: &[f64], out: &mut [f64], scratch: &mut [f64]) {
        let dim = self.dim();
        self.posterior(form, x, scratch);
        let [_, gain, y, _, posterior, _] = self.cut(scratch);
        out.fill(0.0);
        for (k, (gaussian, &weight)) in self.gaussians.iter().zip(&*posterior).enumerate() {
            // a component that is out of sight adds nothing
            if weight == 0.0 {
                continue;
            }
            let y = &mut y[k * dim..][..dim];
            y.iter_mut().zip(&gain[k * dim..][..dim]).for_each(|(y, gain)| *y *= weight * gain);
            let on_mean = weight * form.mean;
            out.iter_mut().zip(gaussian.mean()).for_each(|(out, m)| *out += on_mean * m);
            gaussian.add_from_eigenbasis(y, out);
        }
    }

    fn log_density_row(&self, form: &Form, x: &[f64], scratch: &mut [f64]) -> f64 {
        self.posterior(form, x, scratch)
    }
}
