//! What all methods here share: the slopes k_j of this step and of earlier ones, and
//! `x_s = carry x_t + gain sum_j w_j k_j`, the newest slope first.

use ito_kit::{Coef, Failure, History, Host, Param, Prediction, Step, Tensor, Values};

/// The parameter `order`.
pub(crate) const ORDER: Param =
    Param::i64(c"order", 4, c"predictions in use, this step's among them; the first steps have fewer").range(1.0, 4.0);

/// The value of [`ORDER`].
pub(crate) fn order(values: &Values) -> usize {
    values.i64("order") as usize
}

/// Slopes with their places in the variable of the method's polynomial.
#[derive(Debug)]
pub(crate) struct Past {
    slope: Prediction,
    history: History,
}

impl Past {
    pub(crate) fn new(order: usize, slope: Prediction) -> Self {
        Self { slope, history: History::new(order) }
    }

    pub(crate) fn begin(&mut self, host: &Host) -> Result<(), Failure> {
        self.history.begin(host)
    }

    /// Evaluates the slope at (x_t, t), which is at `at` in the variable of the polynomial.
    pub(crate) fn evaluate(&mut self, host: &Host, step: &Step, at: f64) -> Result<Tensor, Failure> {
        let k = self.history.push(at);
        host.eval(step.x, step.t()?, self.slope, k)?;
        Ok(k)
    }

    /// How many slopes there are.
    pub(crate) fn len(&self) -> usize {
        self.history.len()
    }

    /// The places of all slopes, as distances from the newest.
    pub(crate) fn nodes(&self) -> Vec<f64> {
        self.history.nodes(self.len())
    }

    /// The slope `back` steps ago: 0 is the newest.
    pub(crate) fn slope(&self, back: usize) -> Tensor {
        self.history.tensor(back)
    }

    /// `out := carry x + gain sum_j weights_j k_j`, for as many slopes as there are weights.
    pub(crate) fn advance(
        &self,
        host: &Host,
        step: &Step,
        (carry, gain): (f64, f64),
        weights: &[f64],
    ) -> Result<(), Failure> {
        let slopes = weights.iter().enumerate().map(|(j, w)| (Coef::One(gain * w), self.slope(j)));
        let terms: Vec<_> = std::iter::once((Coef::One(carry), step.x)).chain(slopes).collect();
        host.combine(step.out, &terms)
    }
}
