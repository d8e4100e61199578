//! Derivatives of a network.

use crate::score::net::tests::{trained, vp};
use crate::score::{Prediction, Score};

#[test]
fn products_with_vectors_are_derivatives() {
    let network = trained(40);
    let (x, v) = ([0.3, -0.4, 1.1, 0.2], [0.7, -0.2, -1.0, 0.5]);
    let at = [vp(0.3), vp(0.6)];
    for want in [Prediction::V, Prediction::Eps] {
        let mut products = [0.0; 4];
        network.vjp(want, &at, &x, &v, &mut products).expect("networks have it").expect("runs");
        let mut traces = [0.0; 2];
        network.divergence(want, &at, &x, &mut traces).expect("networks have it").expect("runs");
        let mut differences = [0.0; 2];
        // In single precision a step of 1e-2 leaves about 1e-4 of curvature and 1e-5 of rounding.
        let h = 1e-2;
        for j in 0..2 {
            let shifted = |by: f64| {
                let (mut x, mut out) = (x, [0.0; 4]);
                x[j] += by;
                x[2 + j] += by;
                network.predict(want, &at, &x, &mut out).expect("runs");
                out
            };
            let (up, down) = (shifted(h), shifted(-h));
            let slope = |i: usize| (up[i] - down[i]) / (2.0 * h);
            for row in 0..2 {
                let exact = v[2 * row] * slope(2 * row) + v[2 * row + 1] * slope(2 * row + 1);
                let found = products[2 * row + j];
                assert!((found - exact).abs() < 1e-3 * (1.0 + exact.abs()), "{want:?}: {found} {exact}");
                differences[row] += slope(2 * row + j);
            }
        }
        for (found, exact) in traces.iter().zip(differences) {
            assert!((found - exact).abs() < 2e-3 * (1.0 + exact.abs()), "{want:?}: {found} {exact}");
        }
    }
}
