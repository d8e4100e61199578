//! The line of every stage of an exponential integrator in lambda, and the weights in it.
//!
//! The probability flow from t to s is, exactly, with h = lambda_s − lambda_t and u the distance in lambda from t,
//! `x_s = alpha_s/alpha_t x_t − sigma_s int_0^h e^{h − u} eps du = sigma_s/sigma_t x_t + alpha_s int_0^h e^{u − h} x0
//! du` (Lu et al. 2022, DPM-Solver, equation 3.4, and DPM-Solver++). A stage replaces the prediction by
//! a polynomial through known ones:
//!
//! | predict | carry | gain | rate | weights: integral of `e^{rate (h − u)} p(u)` |
//! |---|---|---|---|---|
//! | eps | alpha_s/alpha_t | −sigma_s | 1 | DPM-Solver |
//! | x0 | sigma_s/sigma_t | alpha_s | −1 | DPM-Solver++ |

use crate::place::Place;
use ito_kit::{Coef, Failure, Host, Param, Prediction, Tensor, Values, adams, phi};

/// Which prediction the polynomial goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Predict {
    /// DPM-Solver.
    Eps,
    /// DPM-Solver++.
    X0,
}

impl Predict {
    /// The parameter `predict`, by default `eps`.
    pub(crate) const PARAM: Param = Param::choice(
        c"predict",
        &[c"eps", c"x0"],
        0,
        c"the prediction that is integrated: eps as DPM-Solver, or x0 as DPM-Solver++",
    );

    /// The value of [`Predict::PARAM`].
    pub(crate) fn read(values: &Values) -> Self {
        if values.choice("predict") == 0 { Self::Eps } else { Self::X0 }
    }

    /// What the host is asked for.
    pub(crate) fn form(self) -> Prediction {
        if self == Self::Eps { Prediction::Eps } else { Prediction::X0 }
    }

    fn rate(self) -> f64 {
        if self == Self::Eps { 1.0 } else { -1.0 }
    }

    /// Carry and gain of one row.
    fn line(self, from: &Place, to: &Place, row: usize) -> (f64, f64) {
        match self {
            Self::Eps => (to.alpha[row] / from.alpha[row], -to.sigma[row]),
            Self::X0 => (to.sigma[row] / from.sigma[row], to.alpha[row]),
        }
    }
}

/// How predictions at several nodes are weighted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// `type: dpmsolver`. Two nodes: `h phi_1/(2r)` for the second, its exact weight as for h → 0. Three: the exact
    /// integral of the line through the first and the third.
    Half,
    /// `type: taylor`: the exact integral of the polynomial through all.
    Exact,
}

impl Rule {
    /// The parameter `type`, by default `dpmsolver`.
    pub(crate) const PARAM: Param = Param::choice(
        c"type",
        &[c"dpmsolver", c"taylor"],
        0,
        c"solver type of the official code: weights of the paper, or the exact integral of the polynomial through all predictions",
    );

    /// The value of [`Rule::PARAM`].
    pub(crate) fn read(values: &Values) -> Self {
        if values.choice("type") == 0 { Self::Half } else { Self::Exact }
    }

    /// Weights of up to three predictions at the distances `nodes` from the begin of a step of length h, the first 0.
    /// Rows with steps of their own come here by the million: one and two nodes need no polynomial.
    fn weights(self, rate: f64, h: f64, nodes: &[f64]) -> [f64; 3] {
        let all = h * phi(1, rate * h);
        // The line through the first node and one at u.
        let line = |u: f64| h * phi(2, rate * h) * h / u;
        match (self, nodes) {
            (_, [_]) => [all, 0.0, 0.0],
            (Self::Half, &[_, u]) => {
                let second = all * h / (2.0 * u);
                [all - second, second, 0.0]
            }
            (Self::Exact, &[_, u]) => [all - line(u), line(u), 0.0],
            (Self::Half, &[_, _, u]) => [all - line(u), 0.0, line(u)],
            _ => {
                let mut out = [0.0; 3];
                out.iter_mut().zip(adams(rate, h, nodes)).for_each(|(w, exact)| *w = exact);
                out
            }
        }
    }
}

/// `out := carry x + gain sum_j w_j model_j`, the step from `models[0]`'s place, where `x` is, to `to`.
pub(crate) fn advance(
    host: &Host,
    (predict, rule): (Predict, Rule),
    (x, out): (Tensor, Tensor),
    models: &[(&Place, Tensor)],
    to: &Place,
) -> Result<(), Failure> {
    let (from, rows) = (models[0].0, to.t.len());
    let mut carries = Vec::with_capacity(rows);
    let mut weights = vec![Vec::with_capacity(rows); models.len()];
    for row in 0..rows {
        let mut nodes = [0.0; 3];
        for (node, (place, _)) in nodes.iter_mut().zip(models) {
            *node = place.lambda[row] - from.lambda[row];
        }
        let (carry, gain) = predict.line(from, to, row);
        carries.push(carry);
        let h = to.lambda[row] - from.lambda[row];
        for (list, w) in weights.iter_mut().zip(rule.weights(predict.rate(), h, &nodes[..models.len()])) {
            list.push(gain * w);
        }
    }
    let mut terms = vec![(Coef::Each(&carries), x)];
    terms.extend(weights.iter().zip(models).map(|(list, (_, model))| (Coef::Each(list), *model)));
    host.combine(out, &terms)
}

#[cfg(test)]
mod tests {
    use super::Rule;

    /// Order 2 of the official code by hand: rate 1, h = 1, r = 1/2, e − 1 = 1.718281828459045: `dpmsolver` gives the
    /// second prediction (e − 1)/(2r) and the first nothing; `taylor` gives it ((e − 1)/h − 1)/r = 2e − 4.
    #[test]
    fn weights_by_hand() {
        let e = std::f64::consts::E;
        let close = |w: [f64; 3], hand: [f64; 2]| w.iter().zip(hand).all(|(w, hand)| (w - hand).abs() < 1e-14);
        assert!(close(Rule::Half.weights(1.0, 1.0, &[0.0, 0.5]), [0.0, e - 1.0]));
        assert!(close(Rule::Exact.weights(1.0, 1.0, &[0.0, 0.5]), [(e - 1.0) - (2.0 * e - 4.0), 2.0 * e - 4.0]));
        // x0, h = 2, r = 1/4: −(0.5/r)(e^{−2} − 1) and (1/r)((e^{−2} − 1)/2 + 1).
        let a = 1.0 - (-2.0f64).exp();
        assert!(close(Rule::Half.weights(-1.0, 2.0, &[0.0, 0.5]), [-a, 2.0 * a]));
        assert!(close(Rule::Exact.weights(-1.0, 2.0, &[0.0, 0.5]), [a - 4.0 + 2.0 * a, 4.0 - 2.0 * a]));
    }
}
