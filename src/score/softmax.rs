//! Posterior weights of the components of a mixture.

use super::lanes::Lane;

/// A sum of exponentials, `exp(max) sum`, whose logarithm only densities need.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExpSum<V> {
    max: V,
    sum: V,
}

impl ExpSum<f64> {
    /// Its logarithm.
    pub(super) fn ln(self) -> f64 {
        self.max + libm::log(self.sum)
    }
}

/// `w := exp(w)/sum exp(w)`; returns the sum. NaN where no entry is finite.
#[inline(always)]
pub(super) fn softmax<V: Lane>(w: &mut [V]) -> ExpSum<V> {
    let larger = |max: V, w: &V| w.zip(max, |w, max| if w > max { w } else { max });
    let max = w.iter().fold(V::splat(f64::NEG_INFINITY), larger);
    for w in w.iter_mut() {
        *w = (*w - max).map(exp_negative);
    }
    let sum = sum(w).map(|sum| if sum > 0.0 { sum } else { f64::NAN });
    w.iter_mut().for_each(|w| *w = *w / sum);
    ExpSum { max, sum }
}

/// exp(x) for x <= 0; 0 below −708 and for NaN. Without branches or calls, so that a loop over components
/// becomes vector code; no fused multiply-add: the same bits everywhere. After fdlibm's `e_exp.c`.
#[inline(always)]
#[allow(clippy::excessive_precision, reason = "the published decimal forms")]
fn exp_negative(x: f64) -> f64 {
    const LN2_HI: f64 = 6.931_471_803_691_238_164_90e-01;
    const LN2_LO: f64 = 1.908_214_929_270_587_700_02e-10;
    const P: [f64; 5] = [
        1.666_666_666_666_660_190_37e-01,
        -2.777_777_777_701_559_338_42e-03,
        6.613_756_321_437_934_361_17e-05,
        -1.653_390_220_546_525_153_90e-06,
        4.138_136_797_057_238_460_39e-08,
    ];
    /// Adding it rounds to an integer, whose last bits then stand in the last bits of the sum.
    const ROUND: f64 = 6_755_399_441_055_744.0; // 1.5 · 2⁵²
    const LEAST: f64 = -708.0;

    let inside = x >= LEAST;
    let x = if inside { x } else { LEAST };
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let (high, low) = (x - k * LN2_HI, k * LN2_LO);
    let r = high - low;
    let z = r * r;
    let c = r - z * (P[0] + z * (P[1] + z * (P[2] + z * (P[3] + z * P[4]))));
    let y = 1.0 + (r * c / (2.0 - c) - low + high);
    // 2^k y: k is in the last bits of `shifted`, and y 2^k is a normal number
    let scaled = f64::from_bits(y.to_bits().wrapping_add(shifted.to_bits() << 52));
    if inside { scaled } else { 0.0 }
}

/// The sum in a fixed order of eight partial sums, which vector code keeps.
#[inline(always)]
pub(super) fn sum<V: Lane>(values: &[V]) -> V {
    sum_of(values, values, |value, _| value)
}

/// `sum_i f(a_i, b_i)` in a fixed order of eight partial sums.
#[inline(always)]
pub(super) fn sum_of<V: Lane, A: Copy, B: Copy>(a: &[A], b: &[B], f: impl Fn(A, B) -> V) -> V {
    let mut partial = [V::splat(0.0); 8];
    let (a_chunks, a_rest) = a.as_chunks::<8>();
    let (b_chunks, b_rest) = b.as_chunks::<8>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..8 {
            partial[lane] += f(a[lane], b[lane]);
        }
    }
    for (lane, (a, b)) in a_rest.iter().zip(b_rest).enumerate() {
        partial[lane] += f(*a, *b);
    }
    let [a, b, c, d, e, f, g, h] = partial;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn exp_agrees_with_libm(x in -707.9_f64..0.0, small in 0.0_f64..1e-3) {
            for x in [x, -small, x * small] {
                prop_assert!((exp_negative(x) / libm::exp(x) - 1.0).abs() <= 2.0 * f64::EPSILON, "{x}");
            }
        }
    }

    #[test]
    fn weights_far_below_the_largest_are_zero() {
        let mut w = [-1e6, -1e6 - 2_f64.ln(), f64::NEG_INFINITY, -2e6];
        let log_sum = softmax(&mut w).ln();
        assert!((log_sum - (-1e6 + 1.5_f64.ln())).abs() < 1e-9);
        assert!((w[0] - 2.0 / 3.0).abs() < 1e-9 && (w[1] - 1.0 / 3.0).abs() < 1e-9);
        assert_eq!(w[2..], [0.0, 0.0]);
        assert_eq!(exp_negative(0.0), 1.0);
    }

    #[test]
    fn no_finite_entry_is_nan_and_not_a_guess() {
        let mut w = [f64::NEG_INFINITY, f64::NAN];
        assert!(softmax(&mut w).ln().is_nan() && w.iter().all(|w| w.is_nan()));
    }
}
