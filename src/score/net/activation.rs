//! SiLU, `x sigmoid(x)` (Elfwing et al. 2018), with its slope.

use super::DeviceKind;
use burn::tensor::{Tensor, activation};

/// SiLU of [n, width].
///
/// Where gradients are tracked, the graph gets `x s' + (SiLU − x s')` with the slope
/// `s' = s + x s (1 − s)`, s = sigmoid(x), and the bracket as constants: the value and gradient of SiLU, and s
/// is computed once instead of once each way.
pub(super) fn silu(x: Tensor<2>, kind: DeviceKind) -> Tensor<2> {
    let value = x.clone().inner();
    let s = sigmoid(value.clone(), kind);
    if !x.is_autodiff() {
        return value * s;
    }
    // slope − s; the constant is x (s − slope).
    let bend = value.clone() * (s.clone() - s.clone().square());
    let rest = value * bend.clone().neg();
    x * (s + bend) + rest
}

fn sigmoid(x: Tensor<2>, kind: DeviceKind) -> Tensor<2> {
    if !kind.is_host_memory() {
        return activation::sigmoid(x);
    }
    // The backend calls the C library number by number; this loop becomes vector instructions.
    let device = x.device();
    let mut data = x.into_data();
    data.as_mut_slice().expect("networks compute in f32").iter_mut().for_each(|x| *x = sigmoid_f32(*x));
    Tensor::from_data(data, &device)
}

/// `1/(1 + exp(−x))` within 2.5e-7 relative, without branches or calls and with the same bits on every
/// machine. `exp(y) = 2ⁿ exp(r)`, n the integer nearest to y/ln 2, `|r| <= ln 2/2`, exp(r) by its Taylor
/// polynomial. NaN stays NaN.
fn sigmoid_f32(x: f32) -> f32 {
    /// 1.5 · 2²³: its last bit is worth 1, so that adding it rounds to an integer, found in the low bits.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts, the first with trailing zeros, so that n times it is exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    // exp(±87) is still a normal number.
    let y = (-x).clamp(-87.0, 87.0);
    let shifted = y * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = y - n * LN_2[0] - n * LN_2[1];
    let taylor = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let exp_r = taylor.into_iter().fold(0.0, |sum, c| sum * r + c);
    let two_n = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    1.0 / (1.0 + two_n * exp_r)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::TensorData;

    fn grid() -> Vec<f32> {
        (-3000..=3000).map(|i| i as f32 * 0.03).collect()
    }

    #[test]
    fn the_sigmoid_agrees_with_its_definition_in_f64() {
        for x in grid() {
            let exact = 1.0 / (1.0 + f64::exp(-f64::from(x).clamp(-87.0, 87.0)));
            let found = f64::from(sigmoid_f32(x));
            assert!((found - exact).abs() <= 2.5e-7 * exact, "sigmoid({x}) = {found}, exact {exact}");
        }
        assert!(sigmoid_f32(f32::NAN).is_nan());
        assert_eq!((sigmoid_f32(f32::INFINITY), sigmoid_f32(0.0)), (1.0, 0.5));
    }

    #[test]
    fn value_and_slope_are_those_of_silu() {
        let kind = DeviceKind::Cpu;
        let device = kind.open().expect("the CPU");
        let x = Tensor::<2>::from_data(TensorData::new(grid(), [grid().len(), 1]), &device);
        let plain: Vec<f32> = silu(x.clone(), kind).into_data().try_into_vec().expect("f32");
        let leaf = x.autodiff().require_grad();
        let y = silu(leaf.clone(), kind);
        let slopes = leaf.grad(&y.clone().sum().backward()).expect("tracked");
        let slopes: Vec<f32> = slopes.into_data().try_into_vec().expect("f32");
        let y: Vec<f32> = y.into_data().try_into_vec().expect("f32");
        for (i, x) in grid().into_iter().map(f64::from).enumerate() {
            let s = 1.0 / (1.0 + (-x).exp());
            let tolerance = 5e-7 * (1.0 + x.abs());
            assert!((f64::from(plain[i]) - x * s).abs() < tolerance, "value at {x}");
            assert!((f64::from(y[i]) - x * s).abs() < tolerance, "tracked value at {x}");
            assert!((f64::from(slopes[i]) - s * (1.0 + x * (1.0 - s))).abs() < tolerance, "slope at {x}");
        }
    }
}
