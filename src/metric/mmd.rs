//! Maximum mean discrepancy, A. Gretton et al., "A kernel two-sample test", JMLR 13 (2012), eq. (3).

use super::{MetricError, Reference, pairs};
use ndarray::{ArrayView2, s};

/// Rows of the reference that set the bandwidth; more would not move the median visibly.
const MEDIAN_ROWS: usize = 1000;

/// Squared MMD, `E k(X, X') + E k(Y, Y') − 2 E k(X, Y)`, each mean within a set over the pairs i ≠ j: the
/// unbiased estimate, 0 on average for equal laws, hence sometimes negative. `samples` [n, D], `reference`
/// [m, D], n, m ≥ 2.
///
/// k(d) = mean of exp(−d²/(2 (c h)²)) over c = 1/4, 1/2, 1, 2, 4. The bandwidth h is the median Euclidean
/// distance of pairs i < j of the first 1,000 rows of the *reference* (of two middle ones the larger), so
/// that it is the same for all samples compared with it.
///
/// # Errors
/// [`MetricError`] for sets of different D, fewer than 2 rows, numbers that are not finite, or h = 0.
pub fn mmd2(samples: ArrayView2<'_, f64>, reference: ArrayView2<'_, f64>) -> Result<f64, MetricError> {
    Reference::new(reference.to_owned())?.mmd2(samples)
}

/// The kernel with its bandwidth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Kernel {
    /// −1/(2 (4 h)²).
    widest: f64,
}

impl Kernel {
    /// The kernel that belongs to a reference set.
    pub(super) fn of(reference: ArrayView2<'_, f64>) -> Result<Self, MetricError> {
        let rows = reference.nrows().min(MEDIAN_ROWS);
        let mut squares = pairs::all_within(reference.slice(s![..rows, ..]));
        let middle = squares.len() / 2;
        let (_, &mut h2, _) = squares.select_nth_unstable_by(middle, f64::total_cmp);
        if h2 > 0.0 { Ok(Self { widest: -1.0 / (32.0 * h2) }) } else { Err(MetricError::NoScale) }
    }

    /// k as a function of d². One exponential serves all five widths: a width half as large is the fourth
    /// power.
    pub(super) fn at(self, squared_distance: f64) -> f64 {
        let fourth = |v: f64| (v * v) * (v * v);
        let a = exp_of_negative(self.widest * squared_distance);
        let b = fourth(a);
        let c = fourth(b);
        let d = fourth(c);
        (a + b + c + d + fourth(d)) / 5.0
    }
}

/// exp(x) for x ≤ 0 to 1e-15, e^-708 for all below: without branches or calls, so that a loop over it works on
/// several numbers at once and gives the same bits on every machine.
fn exp_of_negative(x: f64) -> f64 {
    // Adding 1.5·2^52 rounds to a whole number, which then stands in the lowest bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    // ln 2 in two parts; the first has so few digits that n LN_2_HIGH is exact.
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const RECIPROCAL: [f64; 14] = [
        f64::NAN,
        1.0,
        0.5,
        1.0 / 3.0,
        0.25,
        0.2,
        1.0 / 6.0,
        1.0 / 7.0,
        0.125,
        1.0 / 9.0,
        0.1,
        1.0 / 11.0,
        1.0 / 12.0,
        1.0 / 13.0,
    ];
    let x = x.max(-708.0);
    let rounded = x * std::f64::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    // Taylor's series of e^r, |r| ≤ (ln 2)/2: the first term left out is below 5e-18.
    let mut series = 1.0;
    for k in (1..RECIPROCAL.len()).rev() {
        series = 1.0 + series * r * RECIPROCAL[k];
    }
    series * f64::from_bits((rounded.to_bits() << 52).wrapping_add(1.0_f64.to_bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_exact_to_rounding() {
        for i in 0..100_000 {
            let x = -f64::from(i) * 0.006_99;
            let exact = libm::exp(x);
            assert!((exp_of_negative(x) - exact).abs() <= 1e-15 * exact, "{x}");
        }
        assert_eq!((exp_of_negative(0.0), exp_of_negative(-1e9)), (1.0, exp_of_negative(-708.0)));
    }

    use ndarray::{Array2, array};

    #[test]
    fn three_points_by_hand() {
        let (x, y) = (array![[0.0], [2.0]], array![[1.0], [3.0], [4.0]]);
        // Distances of the reference: 2, 3, 1; the median is 2.
        let k =
            |d: f64| [0.5, 1.0, 2.0, 4.0, 8.0].map(|w: f64| (-d * d / (2.0 * w * w)).exp()).iter().sum::<f64>() / 5.0;
        let expected = k(2.0) + (k(2.0) + k(3.0) + k(1.0)) / 3.0
            - 2.0 * (k(1.0) + k(3.0) + k(4.0) + k(1.0) + k(1.0) + k(2.0)) / 6.0;
        let found = mmd2(x.view(), y.view()).expect("a distance");
        assert!((found - expected).abs() < 1e-15, "{found} {expected}");
    }

    #[test]
    fn the_bandwidth_belongs_to_the_reference() {
        let y = Array2::from_shape_fn((40, 3), |(i, j)| ((i * 5 + j * 3) as f64).sin());
        let kernel = Kernel::of(y.view()).expect("a scale");
        assert!((Kernel::of((&y * 3.0).view()).expect("a scale").widest * 9.0 / kernel.widest - 1.0).abs() < 1e-14);
        let far = y.mapv(|v| v + 1e3);
        // Far apart no cross term is left: the means within the two equal sets remain.
        let within = pairs::mean_within(y.view(), |d2| kernel.at(d2));
        let found = mmd2(far.view(), y.view()).expect("a distance");
        assert!((found - 2.0 * within).abs() < 1e-12, "{found} {within}");
    }

    #[test]
    fn a_reference_of_one_point_is_refused() {
        let y = Array2::<f64>::zeros((5, 2));
        assert_eq!(mmd2(y.view(), y.view()), Err(MetricError::NoScale));
    }
}
