//! One suite for every [`State`]: each operation against plain loops, on odd shapes, with `out` among the
//! inputs and with some rows left out.

mod elementwise;
mod reductions;
mod slots;

use super::{Coef, Dtype, HostState, Mix, NoiseTerm, Norm, RowMap, Rows, Slot, State, StateError, TensorState};
use burn::Tensor;
use burn::tensor::Device;
use ndarray::{Array2, ShapeBuilder};

const SHAPES: [(usize, usize); 6] = [(1, 1), (1, 5), (7, 3), (1024, 2), (33, 64), (3, 37)];

/// What a kind of state promises.
struct Kind {
    make: fn(usize, usize) -> Box<dyn State>,
    /// Sums in f64, rounded once: results are those of the plain loops, bit for bit.
    exact: bool,
}

fn on_device(device: Device, dtype: Dtype, rows: usize, dim: usize) -> Box<dyn State> {
    Box::new(TensorState::new(device, dtype, rows, dim).expect("the device has the type"))
}

macro_rules! suite {
    ($($(#[$attribute:meta])* $name:ident: $exact:literal, $make:expr;)*) => {$(
        $(#[$attribute])*
        mod $name {
            use super::*;
            const KIND: Kind = Kind { make: $make, exact: $exact };
            suite!(@tests
                elementwise: combine, repeated_input, products_and_masks, clamp_bounds;
                reductions: reductions, nan_in_reductions, finite;
                slots: reuse, load_and_read, map, map_of_parts;
            );
        }
    )*};
    (@tests $($file:ident: $($test:ident),*;)*) => {$($(
        #[test]
        fn $test() {
            super::$file::$test(&KIND);
        }
    )*)*};
}

suite! {
    host_f32: true, |rows, dim| Box::new(HostState::<f32>::new(rows, dim));
    host_f64: true, |rows, dim| Box::new(HostState::<f64>::new(rows, dim));
    flex_f32: false, |rows, dim| on_device(Device::flex(), Dtype::F32, rows, dim);
    flex_f64: false, |rows, dim| on_device(Device::flex(), Dtype::F64, rows, dim);
    #[cfg(feature = "libtorch")]
    #[allow(deprecated, reason = "burn has deprecated LibTorch, the only backend for the devices meant here")]
    libtorch_f32: false, |rows, dim| on_device(Device::libtorch(), Dtype::F32, rows, dim);
    #[cfg(feature = "libtorch")]
    #[allow(deprecated, reason = "burn has deprecated LibTorch, the only backend for the devices meant here")]
    libtorch_f64: false, |rows, dim| on_device(Device::libtorch(), Dtype::F64, rows, dim);
}

/// Numbers in [−2, 2) that use all bits, a few of them zeros of either sign.
fn numbers(seed: usize, n: usize) -> Vec<f64> {
    let mut state = seed as u64 + 1;
    let number = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        match state >> 58 {
            0 => 0.0,
            1 => -0.0,
            _ => (state >> 11) as f64 / (1_u64 << 51) as f64 - 2.0,
        }
    };
    (0..n).map(number).collect()
}

fn rounded(dtype: Dtype, x: f64) -> f64 {
    match dtype {
        Dtype::F32 => f64::from(x as f32),
        Dtype::F64 => x,
    }
}

fn epsilon(dtype: Dtype) -> f64 {
    match dtype {
        Dtype::F32 => f64::from(f32::EPSILON),
        Dtype::F64 => f64::EPSILON,
    }
}

/// A slot with the numbers of `seed`.
fn filled(state: &mut dyn State, seed: usize) -> Slot {
    let slot = state.make().expect("there is room");
    load(state, slot, seed);
    slot
}

fn load(state: &mut dyn State, slot: Slot, seed: usize) {
    let shape = (state.rows(), state.dim());
    let x = Array2::from_shape_vec(shape, numbers(seed, shape.0 * shape.1)).expect("as many numbers");
    state.load(slot, x.view()).expect("the shape is the state's");
}

/// Lists of rows worth trying; `None` stands for [`Rows::All`].
fn row_lists(rows: usize) -> Vec<Option<Vec<u32>>> {
    let rows = rows as u32;
    vec![None, Some((0..rows).collect()), Some((0..rows).step_by(2).collect()), Some(vec![rows - 1]), Some(vec![])]
}

fn as_rows(list: &Option<Vec<u32>>) -> Rows<'_> {
    list.as_ref().map_or(Rows::All, |list| Rows::Some(list))
}

fn assert_same_bits(a: &Array2<f64>, b: &Array2<f64>) {
    assert!(a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits()), "an input has changed");
}
