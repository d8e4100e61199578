//! The functions that exponential integrators are made of.

/// Beyond this |z| the recurrence is accurate; below it the series is.
const SERIES: f64 = 1.5;
/// Terms of the series: at |z| = 1.5 the first one left out is below 1e-17 of the first.
const TERMS: usize = 22;

/// `phi_k(z)`: `phi_0 = e^z`, `phi_{k+1}(z) = (phi_k(z) − 1/k!)/z`, so that `phi_k(0) = 1/k!` and
/// `int_0^h e^{z (h − u)/h} u^{k−1}/(k−1)! du = h^k phi_k(z)` for k ≥ 1.
///
/// Accurate to a few units in the last place times k at any z: a series near 0, the recurrence elsewhere.
/// Source: Hochbruck and Ostermann 2010, Exponential integrators.
#[must_use]
pub fn phi(k: usize, z: f64) -> f64 {
    match k {
        0 => z.exp(),
        1 if z == 0.0 => 1.0,
        1 => z.exp_m1() / z,
        _ if z.abs() <= SERIES => series(k, z),
        _ => {
            (1..k)
                .fold((phi(1, z), 1.0), |(value, factorial), j| {
                    let factorial = factorial * j as f64;
                    ((value - 1.0 / factorial) / z, factorial)
                })
                .0
        }
    }
}

/// `sum_j z^j/(j + k)!`, the smallest terms first.
fn series(k: usize, z: f64) -> f64 {
    let factorial: f64 = (1..=k).map(|j| j as f64).product();
    (1..=TERMS).rev().fold(1.0, |sum, j| 1.0 + z / (j + k) as f64 * sum) / factorial
}

#[cfg(test)]
mod tests {
    use super::{SERIES, phi};

    /// Taylor by hand: phi_2(1) = e − 2, phi_3(1) = e − 5/2, phi_2(−1) = e⁻¹, phi_3(−1) = 1/2 − e⁻¹.
    #[test]
    fn known_values() {
        let e = std::f64::consts::E;
        for (k, z, value) in [
            (1, 0.0, 1.0),
            (1, 1.0, e - 1.0),
            (2, 1.0, e - 2.0),
            (3, 1.0, e - 2.5),
            (2, -1.0, 1.0 / e),
            (4, 0.0, 1.0 / 24.0),
        ] {
            assert!((phi(k, z) - value).abs() < 1e-15, "phi_{k}({z}) = {}", phi(k, z));
        }
        assert!((phi(3, -1.0) - (0.5 - 1.0 / e)).abs() < 1e-15);
    }

    #[test]
    fn the_recurrence_holds_everywhere_and_both_branches_meet() {
        for z in
            [-30.0, -3.0, -SERIES - 1e-9, -SERIES + 1e-9, -0.4, -1e-9, 1e-12, 0.7, SERIES - 1e-9, SERIES + 1e-9, 8.0]
        {
            let mut factorial = 1.0;
            for k in 0..6 {
                let (value, next) = (phi(k, z), phi(k + 1, z));
                let defect = (z * next - (value - 1.0 / factorial)).abs();
                assert!(defect <= 4e-15 * (value.abs() + 1.0 / factorial), "k = {k}, z = {z}: {defect:e}");
                factorial *= (k + 1) as f64;
            }
        }
    }
}
