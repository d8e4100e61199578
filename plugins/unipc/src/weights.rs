//! Weights of a step: `int_0^h e^{rate (h − u)} m(u) du` as `sum_j w_j m_j`, exactly and as published.
//!
//! `nodes` are the distances in lambda from the begin of the step, the newest first: `[0, u_1, …]` for a predictor,
//! `[h, 0, u_1, …]` for a corrector.

use ito_kit::{adams, lagrange, phi};

/// The factor B(h) that takes the place of the exact weight where two values are known: the slope between them is
/// weighted with h B(h)/2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    /// B(h) = h
    Bh1,
    /// B(h) = int_0^h e^{rate (h − u)} du: 1 − e^{−h} in x0, e^h − 1 in eps
    Bh2,
}

/// Which weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// The polynomial through all values, integrated exactly: exponential Adams.
    Exact,
    /// As exact, but for two values the slope with h B(h)/2. With more values the conditions on the weights are as
    /// many as the weights, so that B(h) cancels.
    Halved(Half),
    /// UniPC's `vary_coeff` corrector in the code of its authors, see [`one_row`].
    OneRow,
}

impl Rule {
    /// The weights of the predictor.
    pub(crate) fn predictor(self, rate: f64, h: f64, nodes: &[f64]) -> Vec<f64> {
        match self {
            Self::Halved(half) if nodes.len() == 2 => halved(half, rate, h, nodes),
            _ => adams(rate, h, nodes),
        }
    }

    /// The weights of the corrector.
    pub(crate) fn corrector(self, rate: f64, h: f64, nodes: &[f64]) -> Vec<f64> {
        match self {
            Self::OneRow if nodes.len() > 2 => one_row(rate, h, nodes),
            _ => self.predictor(rate, h, nodes),
        }
    }
}

/// `m_0 int_0^h e^{rate (h − u)} du + h B(h)/2 (m_a − m_b)/(a − b)`, one of the nodes a, b being 0.
fn halved(half: Half, rate: f64, h: f64, nodes: &[f64]) -> Vec<f64> {
    let whole = h * phi(1, rate * h);
    let b_h = if half == Half::Bh1 { h } else { whole };
    let slope = h * b_h / 2.0 / (nodes[0] - nodes[1]);
    nodes.iter().zip([slope, -slope]).map(|(u, w)| w + if *u == 0.0 { whole } else { 0.0 }).collect()
}

/// With `r_j = u_j/h` and c_j,k the factor of `r^k` in the Lagrange polynomial of node j, the exact weight of
/// `m_j − m_0` is `h sum_k k! phi_{k+1}(rate h) c_j,k`, k from 1 to the number K of differences. The published code
/// stops at K − 1 for values of the past, and for the value at s takes the one term `h (K − 1)! phi_{K+1} c_{s,K−1}`:
/// the integrand's slope is then wrong by O(1), the step by O(h²), and the order is 1.
fn one_row(rate: f64, h: f64, nodes: &[f64]) -> Vec<f64> {
    let scaled: Vec<f64> = nodes.iter().map(|u| u / h).collect();
    let last = nodes.len() - 1;
    let factorial = |k: usize| (1..=k).map(|i| i as f64).product::<f64>();
    let mut weights: Vec<f64> = lagrange(&scaled)
        .iter()
        .map(|c| h * (1..last).map(|k| factorial(k) * phi(k + 1, rate * h) * c[k]).sum::<f64>())
        .collect();
    weights[0] = h * factorial(last - 1) * phi(last + 1, rate * h) * lagrange(&scaled)[0][last - 1];
    // The value at t, the second, is in every difference.
    weights[1] = 0.0;
    weights[1] = h * phi(1, rate * h) - weights.iter().sum::<f64>();
    weights
}

#[cfg(test)]
mod tests {
    use super::{Half, Rule};

    /// B(h) does not matter to the first order: constants are integrated exactly by all rules, lines but for O(h³).
    #[test]
    fn constants_are_exact_and_lines_to_the_third_order() {
        let constant = |rate: f64, h: f64| (rate * h).exp_m1() / rate;
        // int_0^h e^{rate (h − u)} u du
        let line = |rate: f64, h: f64| ((rate * h).exp_m1() / rate - h) / rate;
        for (rate, half) in [(-1.0, Half::Bh1), (-1.0, Half::Bh2), (1.0, Half::Bh2), (-2.0, Half::Bh1)] {
            for h in [0.1, 0.01] {
                for nodes in [[0.0, -0.7 * h], [h, 0.0]] {
                    let w = Rule::Halved(half).predictor(rate, h, &nodes);
                    assert!((w[0] + w[1] - constant(rate, h)).abs() < 1e-15);
                    let far = (w[0] * nodes[0] + w[1] * nodes[1] - line(rate, h)).abs();
                    assert!(far < 0.4 * rate * rate * h.powi(3) && far > 0.01 * h.powi(3), "{far:e}");
                }
            }
        }
    }

    /// In x0 with h = 1/2, nodes 1/2, 0, −1/2 (r = 1, −1): phi_1(−1/2) = 0.786938680574733, phi_2 = 2(1 − phi_1) =
    /// 0.426122638850534, phi_3 = 2(1/2 − phi_2) = 0.147754722298931. The Lagrange polynomials of s and of the past are
    /// (r² ± r)/2. Past: h phi_2 (−1/2) = −0.106530659712633; at s: the one term h 1! phi_3/2 = 0.0369386805747332.
    #[test]
    fn one_row_by_hand() {
        let w = Rule::OneRow.corrector(-1.0, 0.5, &[0.5, 0.0, -0.5]);
        let (whole, past, new) = (0.393469340287366, -0.106530659712633, 0.036938680574733);
        for (w, expected) in w.iter().zip([new, whole - past - new, past]) {
            assert!((w - expected).abs() < 1e-14, "{w} {expected}");
        }
    }
}
