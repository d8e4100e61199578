//! Weighted Gaussians of any covariance, seen one row at a time.

use super::exact::{Exact, Form};
use super::gaussian::Gaussian;
use super::jacobian::Smooth;
use super::lanes::Lane;
use super::softmax::{ExpSum, softmax, sum, sum_of};
use std::f64::consts::TAU;

/// Gaussians with weights. Prepared: inverse variances, then gains, each [components, dim]; log of weight and norm
/// [components]. Work: y [components, dim]; posterior weights [components]; a row.
pub(super) struct Components<'a> {
    pub(super) gaussians: &'a [Gaussian],
    pub(super) ln_weights: &'a [f64],
}

/// The scratch of one row: prepared, work, what is behind.
type Cut<'s> = ([&'s [f64]; 3], [&'s mut [f64]; 3], &'s mut [f64]);

impl Components<'_> {
    /// The prepared inverse variances, gains and norms.
    fn prepared<'s>(&self, prepared: &'s [f64]) -> [&'s [f64]; 3] {
        let (inverse, rest) = prepared.split_at(self.gaussians.len() * self.dim());
        let (gain, norm) = rest.split_at(self.gaussians.len() * self.dim());
        [inverse, gain, norm]
    }

    /// y, the posterior weights, a row.
    fn work<'s, V>(&self, work: &'s mut [V]) -> [&'s mut [V]; 3] {
        let (y, rest) = work.split_at_mut(self.gaussians.len() * self.dim());
        let (posterior, row) = rest.split_at_mut(self.gaussians.len());
        [y, posterior, row]
    }

    /// y and the posterior weights; returns p(x).
    #[inline(always)]
    fn posterior<V: Lane>(&self, form: &Form, x: &[V], prepared: &[f64], work: &mut [V]) -> ExpSum<V> {
        let dim = self.dim();
        let [inverse, _, norm] = self.prepared(prepared);
        let [y, posterior, row] = self.work(work);
        for (k, gaussian) in self.gaussians.iter().enumerate() {
            let y = &mut y[k * dim..][..dim];
            gaussian.to_eigenbasis(form.alpha, x, &mut row[..dim], y);
            let square = sum_of(y, &inverse[k * dim..][..dim], |y: V, inverse| y * y * V::splat(inverse));
            posterior[k] = V::splat(norm[k]) - V::splat(0.5) * square;
        }
        softmax(posterior)
    }

    /// A row's scratch with its posterior weights: prepared, work, what is behind.
    fn posterior_row<'s>(&self, form: &Form, x: &[f64], scratch: &'s mut [f64]) -> Cut<'s> {
        let (prepared, rest) = scratch.split_at_mut(self.prepared_len());
        let (work, extra) = rest.split_at_mut(self.work_len());
        self.posterior(form, x, prepared, work);
        (self.prepared(prepared), self.work(work), extra)
    }
}

impl Exact for Components<'_> {
    fn dim(&self) -> usize {
        self.gaussians[0].mean().len()
    }

    fn prepared_len(&self) -> usize {
        (2 * self.dim() + 1) * self.gaussians.len()
    }

    fn work_len(&self) -> usize {
        (self.dim() + 1) * self.gaussians.len() + self.dim()
    }

    fn prepare(&self, form: &Form, scratch: &mut [f64]) -> bool {
        let dim = self.dim();
        let count = self.gaussians.len();
        let (inverse, rest) = scratch.split_at_mut(count * dim);
        let (gain, rest) = rest.split_at_mut(count * dim);
        let (norm, log) = rest.split_at_mut(count);
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

    #[inline(always)]
    fn predict<V: Lane>(&self, form: &Form, x: &[V], out: &mut [V], prepared: &[f64], work: &mut [V]) {
        let dim = self.dim();
        let [_, gain, _] = self.prepared(prepared);
        if let [gaussian] = self.gaussians {
            // The same bits as below with the weight 1.
            let [y, _, row] = self.work(work);
            gaussian.to_eigenbasis(form.alpha, x, &mut row[..dim], y);
            y.iter_mut().zip(gain).for_each(|(y, gain)| *y = *y * V::splat(*gain));
            out.iter_mut().zip(gaussian.mean()).for_each(|(out, m)| *out = V::splat(form.mean * m));
            gaussian.add_from_eigenbasis(y, out);
            return;
        }
        self.posterior(form, x, prepared, work);
        let [y, posterior, _] = self.work(work);
        out.fill(V::splat(0.0));
        for (k, (gaussian, &weight)) in self.gaussians.iter().zip(&*posterior).enumerate() {
            // a component that is out of sight adds nothing
            if weight.is_zero() {
                continue;
            }
            let y = &mut y[k * dim..][..dim];
            y.iter_mut().zip(&gain[k * dim..][..dim]).for_each(|(y, gain)| *y = *y * (weight * V::splat(*gain)));
            let on_mean = weight * V::splat(form.mean);
            out.iter_mut().zip(gaussian.mean()).for_each(|(out, m)| *out += on_mean * V::splat(*m));
            gaussian.add_from_eigenbasis(y, out);
        }
    }

    fn log_density_row(&self, form: &Form, x: &[f64], scratch: &mut [f64]) -> f64 {
        let (prepared, work) = scratch.split_at_mut(self.prepared_len());
        self.posterior(form, x, prepared, work).ln()
    }
}

/// Extra: scores, then predictions of the components, each [components, dim].
impl Smooth for Components<'_> {
    fn extra_len(&self) -> usize {
        2 * self.gaussians.len() * self.dim()
    }

    fn product_row(&self, form: &Form, x: &[f64], v: &[f64], out: &mut [f64], scratch: &mut [f64]) {
        let dim = self.dim();
        let ([inverse, gain, _], [y, posterior, row], extra) = self.posterior_row(form, x, scratch);
        // In the eigenbasis s_k·v = −(inverse y)·(Q^T v).
        let (c, along) = extra.split_at_mut(self.gaussians.len() * dim);
        let mut mean = 0.0;
        for (k, (gaussian, &weight)) in self.gaussians.iter().zip(&*posterior).enumerate() {
            let part = k * dim..(k + 1) * dim;
            let c = &mut c[part.clone()];
            gaussian.vector_to_eigenbasis(v, c);
            row.iter_mut().zip(&y[part.clone()]).zip(&inverse[part]).for_each(|((r, y), i)| *r = y * i);
            along[k] = -sum_of(row, c, |r, c| r * c);
            mean += weight * along[k];
        }
        out.fill(0.0);
        for (k, (gaussian, &weight)) in self.gaussians.iter().zip(&*posterior).enumerate() {
            if weight == 0.0 {
                continue;
            }
            let part = k * dim..(k + 1) * dim;
            let off = along[k] - mean;
            for (((y, c), gain), r) in y[part.clone()].iter().zip(&c[part.clone()]).zip(&gain[part]).zip(&mut *row) {
                *r = weight * gain * (c + off * y);
            }
            gaussian.add_from_eigenbasis(row, out);
            let on_mean = weight * off * form.mean;
            out.iter_mut().zip(gaussian.mean()).for_each(|(out, m)| *out += on_mean * m);
        }
    }

    fn trace_row(&self, form: &Form, x: &[f64], scratch: &mut [f64]) -> f64 {
        let dim = self.dim();
        let ([inverse, gain, _], [y, posterior, row], extra) = self.posterior_row(form, x, scratch);
        let mut trace = 0.0;
        for (k, &weight) in posterior.iter().enumerate() {
            trace += weight * sum(&gain[k * dim..][..dim]);
        }
        // One component has no second part.
        if self.gaussians.len() == 1 {
            return trace;
        }
        let (scores, predictions) = extra.split_at_mut(self.gaussians.len() * dim);
        scores.fill(0.0);
        predictions.fill(0.0);
        for (k, gaussian) in self.gaussians.iter().enumerate().filter(|(k, _)| posterior[*k] != 0.0) {
            let part = k * dim..(k + 1) * dim;
            let (score, prediction) = (&mut scores[part.clone()], &mut predictions[part.clone()]);
            row.iter_mut().zip(&y[part.clone()]).zip(&inverse[part.clone()]).for_each(|((r, y), i)| *r = -y * i);
            gaussian.add_from_eigenbasis(row, score);
            row.iter_mut().zip(&y[part.clone()]).zip(&gain[part]).for_each(|((r, y), gain)| *r = y * gain);
            prediction.iter_mut().zip(gaussian.mean()).for_each(|(f, m)| *f = form.mean * m);
            gaussian.add_from_eigenbasis(row, prediction);
        }
        for i in 0..dim {
            let at = |values: &[f64], k: usize| values[k * dim + i];
            let (mut s, mut f) = (0.0, 0.0);
            for (k, weight) in posterior.iter().enumerate() {
                s += weight * at(scores, k);
                f += weight * at(predictions, k);
            }
            for (k, weight) in posterior.iter().enumerate() {
                trace += weight * (at(predictions, k) - f) * (at(scores, k) - s);
            }
        }
        trace
    }
}
