//! The loop of a predictor-corrector method with one evaluation a step: predict, evaluate, correct (PEC).
//!
//! The state that the host holds between steps is the corrected one, as in the papers' algorithms. The evaluation at s is
//! made at the predicted state before the correction and serves as the next step's value at its begin; the last step
//! is not corrected, so that N steps make N evaluations. Where the host has set the state anew the value is made
//! again there.

use crate::interval::Interval;
use crate::weights::Rule;
use ito_kit::{Coef, Failure, History, Host, Noise, Prediction, Step, Tensor};

/// How many values each part takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Orders {
    /// Values of the predictor, its order.
    pub(crate) predictor: usize,
    /// Values of the corrector, that at s among them; 0 for none.
    pub(crate) corrector: usize,
    /// Fewer values towards the end, one in the last step.
    pub(crate) lower_order_final: bool,
    /// Evaluate and correct at the end of the last step too.
    pub(crate) correct_last: bool,
}

impl Orders {
    /// Order of the whole on the probability flow. Of a last step of order k remains an error of O(h^{k+1}).
    pub(crate) fn order(&self) -> usize {
        let last = if self.lower_order_final { 2 + usize::from(self.correct_last) } else { usize::MAX };
        self.of_steps().min(last)
    }

    /// The same without the last steps: a value at s that is wrong by O(h^{p+1}) weighs O(h).
    pub(crate) fn of_steps(&self) -> usize {
        if self.corrector == 0 { self.predictor } else { self.corrector.min(self.predictor + 1) }
    }

    /// The values used by predictor and corrector with `known` values of the past and `left` steps, this one included.
    fn now(&self, known: usize, left: usize) -> (usize, usize) {
        let left = if self.lower_order_final { left + usize::from(self.correct_last) } else { known };
        (self.predictor.min(known).min(left), self.corrector.min(known + 1).min(left + 1))
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Pec {
    orders: Orders,
    prediction: Prediction,
    history: History,
    steps: usize,
    /// The newest value was made at the begin of the next step.
    ready: bool,
}

impl Pec {
    pub(crate) fn new(orders: Orders, prediction: Prediction) -> Self {
        // The correction takes back what the predictor gave: its values must still be there beside the one at s.
        let history = History::new(orders.corrector.max(orders.predictor + 1));
        Self { orders, prediction, history, steps: 0, ready: false }
    }

    pub(crate) fn begin(&mut self, host: &Host, steps: usize) -> Result<(), Failure> {
        (self.steps, self.ready) = (steps, false);
        self.history.begin(host)
    }

    /// The prediction of x0 at the marked end, the limit of order 1: x0 itself, or (x_t − sigma_t eps)/alpha_t.
    pub(crate) fn clean(&mut self, host: &Host, step: &Step) -> Result<(), Failure> {
        let at_t = host.point(step.t()?)?;
        let m = self.value(host, step, at_t.lambda)?;
        match self.prediction {
            Prediction::X0 => host.combine(step.out, &[(1.0.into(), m)]),
            _ => {
                let terms = [((1.0 / at_t.alpha).into(), step.x), ((-at_t.ratio).into(), m)];
                host.combine(step.out, &terms)
            }
        }
    }

    /// One step; `draw`: ask for noise, even of scale 0.
    pub(crate) fn step(
        &mut self,
        host: &Host,
        step: &Step,
        interval: &Interval,
        rule: Rule,
        draw: bool,
    ) -> Result<(), Failure> {
        let Interval { lambda: (lambda, lambda_s), h, carry, gain, rate, noise } = *interval;
        self.value(host, step, lambda)?;
        let left = self.steps.saturating_sub(step.index as usize).max(1);
        let (p, c) = self.orders.now(self.history.len(), left);
        let predictor = rule.predictor(rate, h, &self.nodes(p, lambda));
        let mut terms: Vec<(Coef, Tensor)> = vec![(carry.into(), step.x)];
        terms.extend(predictor.iter().enumerate().map(|(j, w)| ((gain * w).into(), self.history.tensor(j))));
        if draw {
            let path = Noise::Path { t: step.times(), s: step.ends(), scale: noise.into() };
            host.combine_noise(step.out, &terms, path)?;
        } else {
            host.combine(step.out, &terms)?;
        }
        if c == 0 || step.last() && !self.orders.correct_last {
            return Ok(());
        }
        let m_s = self.history.push(lambda_s);
        host.eval(step.out, step.ends(), self.prediction, m_s)?;
        self.ready = true;
        let corrector = rule.corrector(rate, h, &self.nodes(c, lambda));
        let mut change = vec![0.0; c.max(p + 1)];
        for (j, w) in corrector.iter().enumerate() {
            change[j] += gain * w;
        }
        for (j, w) in predictor.iter().enumerate() {
            change[j + 1] -= gain * w;
        }
        let mut terms: Vec<(Coef, Tensor)> = vec![(1.0.into(), step.out)];
        terms.extend(change.iter().enumerate().map(|(j, w)| ((*w).into(), self.history.tensor(j))));
        host.combine(step.out, &terms)
    }

    /// The value at t, evaluated unless the last step has made it.
    fn value(&mut self, host: &Host, step: &Step, lambda: f64) -> Result<Tensor, Failure> {
        let ready = std::mem::take(&mut self.ready);
        let m = if ready { self.history.tensor(0) } else { self.history.push(lambda) };
        if !ready || step.given() {
            host.eval(step.x, step.times(), self.prediction, m)?;
        }
        Ok(m)
    }

    /// Where the newest `count` values were made, from t.
    fn nodes(&self, count: usize, lambda: f64) -> Vec<f64> {
        (0..count).map(|back| self.history.at(back) - lambda).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Orders;

    #[test]
    fn orders_rise_with_the_history_and_fall_to_the_end() {
        let orders = Orders { predictor: 3, corrector: 4, lower_order_final: true, correct_last: false };
        // Five steps: the predictor takes 1, 2, 3, 2, 1 values, the corrector one more.
        let now: Vec<_> = (0..5).map(|i| orders.now((i + 1).min(4), 5 - i)).collect();
        assert_eq!(now, [(1, 2), (2, 3), (3, 4), (2, 3), (1, 2)]);
        let free = Orders { lower_order_final: false, ..orders };
        assert_eq!([free.now(1, 1), free.now(4, 1)], [(1, 2), (3, 4)]);
        // One more step of length zero: the last but one order is 2.
        assert_eq!(Orders { correct_last: true, ..orders }.now(4, 1), (2, 3));
    }

    #[test]
    fn a_corrector_gains_one_order_and_no_more() {
        let orders = |predictor, corrector, lower_order_final| {
            Orders { predictor, corrector, lower_order_final, correct_last: false }.order()
        };
        assert_eq!([orders(3, 0, false), orders(3, 4, false), orders(1, 4, false), orders(3, 2, false)], [3, 4, 2, 2]);
        assert_eq!([orders(3, 4, true), orders(1, 0, true)], [2, 1]);
    }
}
