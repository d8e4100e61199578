//! The step that all multistep solvers of this library share.
//!
//! With h = lambda_s − lambda_t, k = 1 + eta and the mean of `bracket`:
//! x0: `x_s = sigma_s/sigma_t e^{−eta h} x_t + alpha_s k h mean(z = −k h) + sigma_s √(1 − e^{−2 eta h}) z`;
//! eps: `x_s = alpha_s/alpha_t x_t − sigma_s k h mean(z = h) + sigma_s √(eta (e^{2h} − 1)) z`.
//! Both are the variation of constants of the reverse SDE with eta times the noise of the forward one,
//! `dx = (f x − (1 + eta)/2 g² score) dt + √eta g dW`, which has the marginals p_t for every eta.

use crate::bracket::{Second, Steps, mean, mean_to_the_end};
use crate::scheme::Scheme;
use ito_kit::{Failure, History, Host, Info, Noise, Plan, Point, Prediction, Problem, Sampler, Step, Values};
use std::marker::PhantomData;

/// What one sampler of this library is.
pub trait Formula: Send + 'static {
    /// As of a sampler.
    const INFO: Info;

    /// The terms of the shared step that its values choose.
    fn scheme(values: &Values) -> Scheme;
}

/// The sampler of a formula: its scheme with what is kept from step to step.
#[derive(Debug)]
pub struct Multistep<F> {
    scheme: Scheme,
    /// Predictions, each with its lambda.
    history: History,
    steps: usize,
    formula: PhantomData<F>,
}

/// Factors of x_t, of the newest predictions and of z.
#[derive(Clone, Copy, Debug)]
struct Weights {
    of_x: f64,
    of_m: [f64; 3],
    of_z: f64,
}

impl<F: Formula> Sampler for Multistep<F> {
    const INFO: Info = F::INFO;

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        F::scheme(values).plan(plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let scheme = F::scheme(values);
        Ok(Self { scheme, history: History::new(scheme.order), steps: 0, formula: PhantomData })
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.steps = problem.times.len().saturating_sub(1);
        self.history.begin(host)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let t = step.t()?;
        let made = self.history.len().min(self.scheme.order - 1) + 1;
        let left = self.steps.saturating_sub(step.index as usize);
        let order = self.scheme.order_with(made, left, self.steps);
        if step.clean() && !self.has_limit(order) {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let at_t = host.point(t)?;
        host.eval(step.x, t, self.scheme.predict, self.history.push(at_t.lambda))?;
        let weights = if step.clean() {
            self.to_the_end(order, &at_t)
        } else {
            self.weights(order, &at_t, &host.point(step.s()?)?)
        };
        let mut terms = [(weights.of_x.into(), step.x); 4];
        for back in 0..order {
            terms[back + 1] = (weights.of_m[back].into(), self.history.tensor(back));
        }
        let terms = &terms[..=order];
        if step.mean() || weights.of_z == 0.0 {
            return host.combine(step.out, terms);
        }
        let (t, s) = (step.times(), step.ends());
        host.combine_noise(step.out, terms, Noise::Path { t, s, scale: weights.of_z.into() })
    }
}

impl<F> Multistep<F> {
    fn weights(&self, order: usize, at_t: &Point, at_s: &Point) -> Weights {
        let Scheme { predict, second, form, eta, s_noise, .. } = self.scheme;
        let h = at_s.lambda - at_t.lambda;
        let (h_0, h_1) = self.last_steps(order);
        let steps = Steps { h, h_0, h_1 };
        let gain = (1.0 + eta) * h;
        let (of_x, gain, z, variance) = if predict == Prediction::X0 {
            (at_s.sigma / at_t.sigma * (-eta * h).exp(), at_s.alpha * gain, -gain, -(-2.0 * eta * h).exp_m1())
        } else {
            (at_s.alpha / at_t.alpha, -at_s.sigma * gain, h, eta * (2.0 * h).exp_m1())
        };
        let of_m = mean(order, second, form, z, steps).map(|w| gain * w);
        Weights { of_x, of_m, of_z: s_noise * at_s.sigma * variance.sqrt() }
    }

    /// Whether the step to sigma = 0 has a limit other than the prediction of x0: in eps, where lines and parabolas are
    /// integrated exactly. With eta > 0 it would have noise left at sigma = 0, and is not taken.
    fn has_limit(&self, order: usize) -> bool {
        let line = order > 2 || (order == 2 && self.scheme.second == Second::Heun);
        self.scheme.predict == Prediction::Eps && self.scheme.eta == 0.0 && line
    }

    /// The limit of [`weights`](Self::weights) for sigma_s → 0, where `sigma_s e^h = sigma_t/alpha_t`.
    fn to_the_end(&self, order: usize, at_t: &Point) -> Weights {
        let (h_0, h_1) = self.last_steps(order);
        let of_m = mean_to_the_end(order, self.scheme.form, h_0, h_1).map(|w| -at_t.ratio * w);
        Weights { of_x: 1.0 / at_t.alpha, of_m, of_z: 0.0 }
    }

    /// The last two steps in lambda; 1 for those that a lower order does not use.
    fn last_steps(&self, order: usize) -> (f64, f64) {
        let step = |back| if order > back { self.history.at(back - 1) - self.history.at(back) } else { 1.0 };
        (step(1), step(2))
    }
}
