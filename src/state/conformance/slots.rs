//! Slots, the way to and from the host, and functions of the caller.

use super::*;

pub fn reuse(kind: &Kind) {
    let mut state = (kind.make)(7, 3);
    let zeros = Array2::<f64>::zeros((7, 3));
    let (a, b) = (filled(state.as_mut(), 1), filled(state.as_mut(), 2));
    assert_ne!(a, b);
    let kept = state.read(b).expect("readable");
    state.free(a);
    let c = state.make().expect("there is room");
    assert_eq!(c, a, "a freed slot is used again");
    assert_eq!(state.read(c).expect("readable"), zeros);
    assert_same_bits(&state.read(b).expect("readable"), &kept);
    let d = state.make().expect("there is room");
    assert!(d != b && d != c);
    assert_eq!(state.read(d).expect("readable"), zeros);
}

pub fn load_and_read(kind: &Kind) {
    for (rows, dim) in SHAPES {
        let mut state = (kind.make)(rows, dim);
        let slot = state.make().expect("there is room");
        // Columns first in memory.
        let x = Array2::from_shape_vec((rows, dim).f(), numbers(5, rows * dim)).expect("as many numbers");
        state.load(slot, x.view()).expect("the same shape");
        assert_same_bits(&state.read(slot).expect("readable"), &x.mapv(|x| rounded(state.dtype(), x)));
    }
    let mut state = (kind.make)(3, 2);
    let slot = state.make().expect("there is room");
    let error = state.load(slot, Array2::zeros((2, 3)).view()).expect_err("another shape");
    assert_eq!(
        error.to_string(),
        "the tensor backend failed: the state holds 3 x 2 numbers, found 2 x 3: load all of them"
    );
}

/// `x ↦ 2 x + first element of its row`, or a failure.
struct Affine {
    fails: bool,
}

impl RowMap for Affine {
    fn f64(&self, x: &[f64], out: &mut [f64]) -> Result<(), String> {
        if self.fails {
            return Err("the network failed: no such layer".into());
        }
        // `map` below marks first elements by their size.
        let mut first = 0.0;
        for (out, x) in out.iter_mut().zip(x) {
            if *x > 50.0 {
                first = *x;
            }
            *out = 2.0 * x + first;
        }
        Ok(())
    }
}

pub fn map(kind: &Kind) {
    for (rows, dim) in SHAPES {
        for list in row_lists(rows) {
            for in_place in [false, true] {
                let mut state = (kind.make)(rows, dim);
                let (x, y) = (filled(state.as_mut(), 1), filled(state.as_mut(), 2));
                let mut values = state.read(x).expect("readable");
                values.column_mut(0).iter_mut().enumerate().for_each(|(r, x)| *x = 100.0 + r as f64);
                state.load(x, values.view()).expect("the same shape");
                let out = if in_place { x } else { y };
                let before = state.read(out).expect("readable");
                assert_eq!(
                    state.map(&[(as_rows(&list), x, out)], &Affine { fails: true }).is_err(),
                    as_rows(&list).count(rows) > 0
                );
                state.load(out, before.view()).expect("the same shape");
                state.map(&[(as_rows(&list), x, out)], &Affine { fails: false }).expect("no failure");
                for ((r, e), got) in state.read(out).expect("readable").indexed_iter() {
                    let active = list.as_ref().is_none_or(|list| list.contains(&(r as u32)));
                    let want = rounded(state.dtype(), 2.0 * values[(r, e)] + values[(r, 0)]);
                    assert_eq!(*got, if active { want } else { before[(r, e)] }, "{rows} x {dim}, {list:?}");
                }
            }
        }
    }
    let mut state = (kind.make)(1, 1);
    let x = filled(state.as_mut(), 1);
    let error = state.map(&[(Rows::All, x, x)], &Affine { fails: true });
    assert_eq!(error, Err(StateError::Map("the network failed: no such layer".into())));
}

/// One call for parts with rows of their own, in place and not; the function does not see the other rows.
pub fn map_of_parts(kind: &Kind) {
    let mut state = (kind.make)(3, 1);
    let [x, y, z] = [1, 2, 3].map(|seed| filled(state.as_mut(), seed));
    let (before, kept) = (state.read(x).expect("readable"), state.read(y).expect("readable"));
    let parts = [(Rows::Some(&[0, 2]), x, y), (Rows::Some(&[]), y, z), (Rows::Some(&[1]), x, x), (Rows::All, x, z)];
    state.map(&parts, &Affine { fails: false }).expect("no failure");
    let [new_x, new_y, new_z] = [x, y, z].map(|slot| state.read(slot).expect("readable"));
    let double = before.mapv(|x| 2.0 * x);
    assert_eq!((new_y[(0, 0)], new_y[(1, 0)], new_y[(2, 0)]), (double[(0, 0)], kept[(1, 0)], double[(2, 0)]));
    assert_eq!((new_x[(0, 0)], new_x[(1, 0)], new_x[(2, 0)]), (before[(0, 0)], double[(1, 0)], before[(2, 0)]));
    assert_eq!(new_z, double);
    state.map(&[(Rows::Some(&[]), x, y)], &Affine { fails: true }).expect("nothing is asked for");
}

/// Works on tensors only: does what it is told to the tensor.
struct OnTensors(fn(Tensor<2>) -> Tensor<2>);

impl RowMap for OnTensors {
    fn f64(&self, _: &[f64], _: &mut [f64]) -> Result<(), String> {
        Err("called on host numbers".into())
    }

    fn tensor(&self, x: Tensor<2>) -> Option<Result<Tensor<2>, String>> {
        Some(Ok((self.0)(x)))
    }
}

#[test]
fn a_map_on_tensors_stays_on_the_device() {
    for dtype in [Dtype::F32, Dtype::F64] {
        let mut state = on_device(Device::flex(), dtype, 3, 2);
        let x = filled(state.as_mut(), 1);
        let before = state.read(x).expect("readable");
        // A network in f32 under a state in f64 is widened.
        let double = OnTensors(|x| x.cast(burn::tensor::FloatDType::F32).mul_scalar(2.0));
        state.map(&[(Rows::Some(&[1]), x, x)], &double).expect("no failure");
        let after = state.read(x).expect("readable");
        for ((r, e), got) in after.indexed_iter() {
            let x = before[(r, e)];
            assert_eq!(*got, if r == 1 { 2.0 * f64::from(x as f32) } else { x });
        }
    }
}

#[test]
fn failures_of_the_backend_are_errors_and_change_nothing() {
    let mut state = on_device(Device::flex(), Dtype::F32, 3, 2);
    let x = filled(state.as_mut(), 1);
    let before = state.read(x).expect("readable");
    let mut fails = |f| state.map(&[(Rows::All, x, x)], &OnTensors(f));
    assert_eq!(fails(|_| panic!("no kernel")), Err(StateError::Backend("no kernel".into())));
    let no_room = Err(StateError::OutOfMemory { rows: 3, dim: 2 });
    assert_eq!(fails(|_| panic!("CUDA out of memory. Tried to allocate 2 GiB")), no_room);
    let other_shape = "a function of 3 x 2 numbers returned 2 x 3";
    assert_eq!(fails(|x| x.transpose()), Err(StateError::Map(other_shape.into())));
    // Shapes that do not fit: burn's own panic.
    assert!(matches!(fails(|x| x.clone().matmul(x)), Err(StateError::Backend(_))));
    assert_same_bits(&state.read(x).expect("readable"), &before);
}

#[test]
fn a_state_without_room_says_so() {
    let mut state = HostState::<f64>::new(usize::MAX, 2);
    assert_eq!(state.make(), Err(StateError::OutOfMemory { rows: usize::MAX, dim: 2 }));
    let mut state = HostState::<f32>::new(usize::MAX / 16, 2);
    assert_eq!(state.make(), Err(StateError::OutOfMemory { rows: usize::MAX / 16, dim: 2 }));
}
