//! Mixtures of isotropic Gaussians: N(m_k, l_k I), all components side by side.
//!
//! The inner loops run over the components: vector code for a single row too where there are many, as for a thousand
//! data points.

use super::exact::{Exact, Form};
use super::jacobian::Smooth;
use super::lanes::Lane;
use super::softmax::{ExpSum, softmax, sum, sum_of};
use std::f64::consts::TAU;

/// The components. Prepared: inverse variance, gain, norm; work: squared distance and then posterior weight, weight on
/// the mean; each [components].
#[derive(Clone, Debug)]
pub(super) struct Isotropic {
    pub(super) dim: usize,
    pub(super) ln_weights: Vec<f64>,
    /// [dim, components]
    pub(super) means: Vec<f64>,
    /// l_k
    pub(super) variances: Vec<f64>,
}

impl Isotropic {
    fn cut<'s>(&self, scratch: &'s mut [f64]) -> [&'s mut [f64]; 5] {
        let count = self.ln_weights.len();
        let (inverse, rest) = scratch.split_at_mut(count);
        let (gain, rest) = rest.split_at_mut(count);
        let (norm, rest) = rest.split_at_mut(count);
        let (posterior, on_mean) = rest.split_at_mut(count);
        [inverse, gain, norm, posterior, on_mean]
    }

    /// The posterior weights; returns p(x).
    #[inline(always)]
    fn posterior<V: Lane>(&self, form: &Form, x: &[V], prepared: &[f64], posterior: &mut [V]) -> ExpSum<V> {
        let count = posterior.len();
        let (inverse, norm) = (&prepared[..count], &prepared[2 * count..]);
        posterior.fill(V::splat(0.0));
        for (x, means) in x.iter().zip(self.means.chunks_exact(count)) {
            for (square, m) in posterior.iter_mut().zip(means) {
                let r = *x - V::splat(form.alpha * m);
                *square += r * r;
            }
        }
        for ((p, inverse), norm) in posterior.iter_mut().zip(inverse).zip(norm) {
            *p = V::splat(*norm) - V::splat(0.5) * *p * V::splat(*inverse);
        }
        softmax(posterior)
    }

    /// [`posterior`](Self::posterior) of one row in its scratch.
    fn posterior_row(&self, form: &Form, x: &[f64], scratch: &mut [f64]) -> ExpSum<f64> {
        let (prepared, work) = scratch.split_at_mut(self.prepared_len());
        self.posterior(form, x, prepared, &mut work[..self.ln_weights.len()])
    }
}

impl Exact for Isotropic {
    fn dim(&self) -> usize {
        self.dim
    }

    fn prepared_len(&self) -> usize {
        3 * self.ln_weights.len()
    }

    fn work_len(&self) -> usize {
        2 * self.ln_weights.len()
    }

    fn prepare(&self, form: &Form, scratch: &mut [f64]) -> bool {
        let [inverse, gain, norm, _, _] = self.cut(scratch);
        let mut exists = true;
        let mut last = (f64::NAN, f64::NAN);
        for (k, &l) in self.variances.iter().enumerate() {
            let variance = form.variance(l);
            // many components share one variance
            if variance != last.0 {
                last = (variance, 0.5 * self.dim as f64 * libm::log(TAU * variance));
            }
            exists &= variance.is_normal();
            inverse[k] = 1.0 / variance;
            gain[k] = form.numerator(l) / variance;
            norm[k] = self.ln_weights[k] - last.1;
        }
        exists
    }

    #[inline(always)]
    fn predict<V: Lane>(&self, form: &Form, x: &[V], out: &mut [V], prepared: &[f64], work: &mut [V]) {
        let count = self.ln_weights.len();
        let (gain, (posterior, on_mean)) = (&prepared[count..2 * count], work.split_at_mut(count));
        self.posterior(form, x, prepared, posterior);
        // out_i = sum_k w_k (a m_ki + gain_k (x_i − alpha m_ki)), first without and then with the gains
        if form.mean == 0.0 {
            out.fill(V::splat(0.0));
        } else {
            on_mean.iter_mut().zip(&*posterior).for_each(|(on_mean, w)| *on_mean = *w * V::splat(form.mean));
            for (out, means) in out.iter_mut().zip(self.means.chunks_exact(count)) {
                *out = sum_of(on_mean, means, |w: V, m| w * V::splat(m));
            }
        }
        posterior.iter_mut().zip(gain).for_each(|(w, gain)| *w = *w * V::splat(*gain));
        for ((out, x), means) in out.iter_mut().zip(x).zip(self.means.chunks_exact(count)) {
            *out += sum_of(posterior, means, |w: V, m| w * (*x - V::splat(form.alpha * m)));
        }
    }

    fn log_density_row(&self, form: &Form, x: &[f64], scratch: &mut [f64]) -> f64 {
        self.posterior_row(form, x, scratch).ln()
    }
}

/// Extra: one coordinate of the scores, then of the predictions, each [components].
impl Smooth for Isotropic {
    fn extra_len(&self) -> usize {
        2 * self.ln_weights.len()
    }

    fn product_row(&self, form: &Form, x: &[f64], v: &[f64], out: &mut [f64], scratch: &mut [f64]) {
        self.posterior_row(form, x, scratch);
        let (scratch, extra) = scratch.split_at_mut(self.scratch_len());
        let [inverse, gain, _, posterior, on_mean] = self.cut(scratch);
        let count = posterior.len();
        // s_k·v = −inverse_k (x − alpha m_k)·v
        let along = &mut extra[..count];
        along.fill(0.0);
        for ((x, v), means) in x.iter().zip(v).zip(self.means.chunks_exact(count)) {
            along.iter_mut().zip(means).for_each(|(along, m)| *along += (x - form.alpha * m) * v);
        }
        along.iter_mut().zip(inverse).for_each(|(along, inverse)| *along *= -*inverse);
        let mean = sum_of(posterior, along, |w, along| w * along);
        let on_v = sum_of(posterior, gain, |w, gain| w * gain);
        along.iter_mut().zip(&*posterior).for_each(|(along, w)| *along = w * (*along - mean));
        on_mean.iter_mut().zip(&*along).for_each(|(on_mean, along)| *on_mean = along * form.mean);
        along.iter_mut().zip(gain).for_each(|(along, gain)| *along *= *gain);
        for (((out, x), v), means) in out.iter_mut().zip(x).zip(v).zip(self.means.chunks_exact(count)) {
            let on_means = sum_of(on_mean, means, |w, m| w * m);
            *out = on_v * v + on_means + sum_of(along, means, |w, m| w * (x - form.alpha * m));
        }
    }

    fn trace_row(&self, form: &Form, x: &[f64], scratch: &mut [f64]) -> f64 {
        self.posterior_row(form, x, scratch);
        let (scratch, extra) = scratch.split_at_mut(self.scratch_len());
        let [inverse, gain, _, posterior, term] = self.cut(scratch);
        let count = posterior.len();
        let mut trace = self.dim as f64 * sum_of(posterior, gain, |w, gain| w * gain);
        let (score, prediction) = extra.split_at_mut(count);
        for (x, means) in x.iter().zip(self.means.chunks_exact(count)) {
            for (k, m) in means.iter().enumerate() {
                let off = x - form.alpha * m;
                score[k] = -inverse[k] * off;
                prediction[k] = form.mean * m + gain[k] * off;
            }
            let s = sum_of(posterior, score, |w, s| w * s);
            let f = sum_of(posterior, prediction, |w, f| w * f);
            for (k, term) in term.iter_mut().enumerate() {
                *term = posterior[k] * (prediction[k] - f) * (score[k] - s);
            }
            trace += sum(term);
        }
        trace
    }
}
