//! Weights of multistep methods on any spacing: integrals of the polynomial through known values.

use crate::phi;

/// Monomial coefficients of the Lagrange polynomials: `row j, column m` is the factor of `u^m` in the polynomial that
/// is 1 at `nodes[j]` and 0 at the others.
///
/// # Panics
/// Where two nodes are the same.
#[must_use]
pub fn lagrange(nodes: &[f64]) -> Vec<Vec<f64>> {
    let basis = |j: usize| {
        let mut coefficients = vec![1.0];
        for (i, node) in nodes.iter().enumerate().filter(|(i, _)| *i != j) {
            let gap = nodes[j] - node;
            assert!(gap != 0.0, "nodes {i} and {j} are both {node}");
            // times (u − node)/gap
            let mut grown = vec![0.0; coefficients.len() + 1];
            for (m, c) in coefficients.iter().enumerate() {
                grown[m] -= c * node / gap;
                grown[m + 1] += c / gap;
            }
            coefficients = grown;
        }
        coefficients
    };
    (0..nodes.len()).map(basis).collect()
}

/// Weights `w_j` with `sum_j w_j p(nodes_j) = int_0^h e^{rate (h − u)} p(u) du` for every polynomial of degree less
/// than the number of nodes; `nodes` are distances from the begin of the step, 0 or negative for values of the past.
///
/// With rate 0 these are the weights of the Adams methods with variable steps; with rate −1 and `u` the distance in
/// lambda those of the exponential Adams methods in x0 (`x_s = sigma_s/sigma_t x_t + alpha_s sum_j w_j x0_j`), with rate
/// 1 in eps (`x_s = alpha_s/alpha_t x_t − sigma_s sum_j w_j eps_j`).
/// Source: Hochbruck and Ostermann 2010, exponential multistep methods; Lu et al. 2022 (DPM-Solver), equation 3.4.
///
/// # Panics
/// Where two nodes are the same.
#[must_use]
pub fn adams(rate: f64, h: f64, nodes: &[f64]) -> Vec<f64> {
    let scaled: Vec<f64> = nodes.iter().map(|node| node / h).collect();
    // int_0^h e^{rate (h − u)} (u/h)^m du = h m! phi_{m+1}(rate h)
    let mut factorial = 1.0;
    let moments: Vec<f64> = (0..nodes.len())
        .map(|m| {
            factorial *= m.max(1) as f64;
            h * factorial * phi(m + 1, rate * h)
        })
        .collect();
    lagrange(&scaled).iter().map(|row| row.iter().zip(&moments).map(|(c, moment)| c * moment).sum()).collect()
}

/// Nodes in (−1, 1) and weights of the Gauss-Legendre rule of `n` points, exact for degree 2n − 1.
///
/// Newton's iteration on the Legendre polynomial; Golub and Welsch 1969 for the rule itself.
#[must_use]
pub fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    let point = |i: usize| {
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..100 {
            let (mut last, mut value) = (1.0, x);
            for k in 2..=n {
                let k = k as f64;
                (last, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * last) / k);
            }
            slope = n as f64 * (x * value - last) / (x * x - 1.0);
            let step = value / slope;
            x -= step;
            if step.abs() < 1e-16 {
                break;
            }
        }
        (x, 2.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..n).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::{adams, gauss_legendre, lagrange};

    #[test]
    fn lagrange_polynomials_are_one_at_their_own_node_and_zero_at_the_others() {
        let nodes = [0.0, -0.3, -1.0, -1.1];
        for (j, row) in lagrange(&nodes).iter().enumerate() {
            for (i, &u) in nodes.iter().enumerate() {
                let value = row.iter().rev().fold(0.0, |sum, c| sum * u + c);
                assert!((value - f64::from(u8::from(i == j))).abs() < 1e-13, "{i} {j}: {value}");
            }
        }
    }

    /// Adams-Bashforth of order 4 with equal steps: 55, −59, 37, −9 over 24 (Hairer, Nørsett and Wanner I, III.1.5).
    #[test]
    fn without_a_rate_and_with_equal_steps_they_are_adams_and_bashforths() {
        let weights = adams(0.0, 0.1, &[0.0, -0.1, -0.2, -0.3]);
        for (w, exact) in weights.iter().zip([55.0, -59.0, 37.0, -9.0]) {
            assert!((w - 0.1 * exact / 24.0).abs() < 1e-15, "{weights:?}");
        }
    }

    /// `int_0^h e^{−(h−u)} u² du = h² − 2h + 2 − 2e^{−h}`, for any nodes.
    #[test]
    fn polynomials_are_integrated_exactly_against_the_exponential() {
        let (h, nodes) = (0.7, [0.0, -0.4, -0.5]);
        let sum: f64 = adams(-1.0, h, &nodes).iter().zip(nodes).map(|(w, u)| w * u * u).sum();
        let exact = h * h - 2.0 * h + 2.0 - 2.0 * (-h).exp();
        assert!((sum - exact).abs() < 1e-15, "{sum} {exact}");
    }

    /// Eight nodes, both sides of where phi leaves its series; tests/golden.py works the integrals in 40 digits.
    #[test]
    fn eight_weights_are_accurate_to_twelve_digits() {
        let nodes = [0.0, -0.3, -0.7, -1.2, -1.6, -2.0, -2.9, -3.1];
        for (rate, h, first, last) in [
            (-1.0, 0.01, 0.010_325_014_904_627_634, -9.350_785_537_961e-6),
            (-1.0, 0.8, 9.006_370_090_872_35, -0.824_256_651_346_286),
            (-1.0, 1.52, 91.629_195_101_585_3, -14.690_059_294_054_135),
            (-1.0, 6.0, 103_455.342_287_330_41, -36_695.343_465_461_827),
            (1.0, 0.01, 0.010_427_511_788_468_842, -9.412_605_909_040_44e-6),
            (1.0, 0.8, 13.684_874_035_638_9, -1.142_053_372_740_06),
            (1.0, 1.52, 171.567_823_141_637_04, -24.908_034_146_628_706),
            (1.0, 6.0, 672_715.774_146_834_9, -209_658.840_142_485_74),
        ] {
            let weights = adams(rate, h, &nodes);
            for (w, exact) in [(weights[0], first), (weights[7], last)] {
                assert!((w / exact - 1.0).abs() < 1e-12, "rate {rate}, h = {h}: {w} {exact}");
            }
        }
        for (rate, order) in [-1.0, 1.0].into_iter().flat_map(|rate| (1..=8).map(move |order| (rate, order))) {
            // A constant: the integral of the kernel.
            let weights = adams(rate, 1.52, &nodes[..order]);
            let (sum, size) = weights.iter().fold((0.0, 0.0), |(sum, size), w| (sum + w, size + w.abs()));
            assert!((sum - (rate * 1.52f64).exp_m1() / rate).abs() < 1e-12 * size, "{rate} {order}: {sum}");
        }
    }

    #[test]
    fn gauss_rules_are_exact_to_degree_2n_minus_1() {
        for n in [1, 2, 5, 16, 40] {
            let rule = gauss_legendre(n);
            for degree in [0, 1, 2 * n - 2, 2 * n - 1] {
                let sum: f64 = rule.iter().map(|(x, w)| w * x.powi(degree as i32)).sum();
                let exact = if degree % 2 == 1 { 0.0 } else { 2.0 / (degree + 1) as f64 };
                assert!((sum - exact).abs() < 1e-14, "n = {n}, degree {degree}: {sum} {exact}");
            }
        }
    }
}
