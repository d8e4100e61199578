//! Weights of multistep methods whose kernel has no integral in closed form: `w_j = sum_i g_i L_j(z_i)`, with points
//! z_i of a quadrature, weights g_i with the kernel in them, and the Lagrange polynomials L_j of the nodes.

use ito_kit::gauss_legendre;

/// Gauss points in a panel: with panels as below the error is below 1e-15 of the integral.
const POINTS: usize = 16;

/// The rule of [`POINTS`] points, for panels.
#[derive(Debug)]
pub(crate) struct Rule(Vec<(f64, f64)>);

impl Rule {
    pub(crate) fn new() -> Self {
        Self(gauss_legendre(POINTS))
    }

    /// The same for `a < b` over the fewest equal panels that are no longer than `panel`.
    pub(crate) fn panels(&self, a: f64, b: f64, panel: f64) -> Vec<(f64, f64)> {
        let panels = ((b - a) / panel).ceil() as usize;
        let cuts: Vec<f64> = (1..panels).map(|i| a + (b - a) * i as f64 / panels as f64).collect();
        self.points(a, b, &cuts)
    }

    /// Points and weights of the integral from `a` to `b`, either of which may be the larger, over panels whose
    /// inner ends are `cuts`.
    pub(crate) fn points(&self, a: f64, b: f64, cuts: &[f64]) -> Vec<(f64, f64)> {
        let ends: Vec<f64> = std::iter::once(a).chain(cuts.iter().copied()).chain([b]).collect();
        let panel = |ends: &[f64]| {
            let (middle, half) = (ends[0].midpoint(ends[1]), (ends[1] - ends[0]) / 2.0);
            self.0.iter().map(move |(x, w)| (middle + half * x, half * w))
        };
        ends.windows(2).flat_map(panel).collect()
    }
}

/// `w_j = sum_i g_i L_j(z_i)` for the points `(z_i, g_i)`.
pub(crate) fn weights(nodes: &[f64], points: impl Iterator<Item = (f64, f64)>) -> Vec<f64> {
    let mut sums = vec![0.0; nodes.len()];
    for point in points {
        sums.iter_mut().zip(terms(nodes, point)).for_each(|(sum, term)| *sum += term);
    }
    sums
}

/// `g L_j(z)` for each node j.
pub(crate) fn terms(nodes: &[f64], (z, g): (f64, f64)) -> impl Iterator<Item = f64> {
    (0..nodes.len()).map(move |j| {
        let others = nodes.iter().enumerate().filter(|(i, _)| *i != j);
        others.fold(g, |product, (_, node)| product * (z - node) / (nodes[j] - node))
    })
}

#[cfg(test)]
mod tests {
    use super::{Rule, weights};
    use ito_kit::adams;

    /// With kernel 1 they are the weights of Adams, whatever the panels.
    #[test]
    fn without_a_kernel_they_are_adams_weights() {
        let (h, nodes) = (-0.7, [0.0, 0.4, 0.5, 1.1]);
        let exact = adams(0.0, h, &nodes);
        for cuts in [&[][..], &[-0.1, -0.4]] {
            let found = weights(&nodes, Rule::new().points(0.0, h, cuts).into_iter());
            assert!(found.iter().zip(&exact).all(|(a, b)| (a - b).abs() < 1e-14), "{found:?} {exact:?}");
        }
    }
}
