//! Operations that write a tensor.

use super::*;

/// Writes `out` on these rows, from the inputs.
type Operation<'a> = dyn Fn(&mut dyn State, Rows<'_>, Slot, &[Slot]) + 'a;

/// Compares `op(state, rows, out, inputs)` with `naive(i, e, inputs)` at the i-th row of the call, element e,
/// on all shapes and lists of rows, with `out` apart from and among the inputs.
fn check(kind: &Kind, inputs: usize, op: &Operation<'_>, naive: &dyn Fn(usize, usize, &[f64]) -> f64) {
    for (rows, dim) in SHAPES {
        let mut state = (kind.make)(rows, dim);
        let (dtype, state) = (state.dtype(), state.as_mut());
        let slots: Vec<Slot> = (0..=inputs).map(|_| state.make().expect("there is room")).collect();
        for list in row_lists(rows) {
            // With many inputs, the first and the last of them are enough.
            for &out in slots.iter().take(5).chain(slots.iter().skip(5).rev().take(2)) {
                for (seed, &slot) in slots.iter().enumerate() {
                    load(state, slot, seed);
                }
                let before: Vec<_> = slots.iter().map(|slot| state.read(*slot).expect("readable")).collect();
                op(state, as_rows(&list), out, &slots[..inputs]);
                for (&slot, before) in slots.iter().zip(&before).filter(|(slot, _)| **slot != out) {
                    assert_same_bits(&state.read(slot).expect("readable"), before);
                }
                let mut place = vec![None; rows];
                (0..as_rows(&list).count(rows)).for_each(|i| place[as_rows(&list).row(i)] = Some(i));
                let was = &before[slots.iter().position(|slot| *slot == out).expect("one of them")];
                for ((r, e), got) in state.read(out).expect("readable").indexed_iter() {
                    let Some(i) = place[r] else {
                        assert_eq!(got.to_bits(), was[(r, e)].to_bits(), "row {r} is not active");
                        continue;
                    };
                    let x: Vec<f64> = before[..inputs].iter().map(|x| x[(r, e)]).collect();
                    let want = rounded(dtype, naive(i, e, &x));
                    let same = if kind.exact {
                        got.to_bits() == want.to_bits()
                    } else {
                        (got - want).abs() <= 100.0 * epsilon(dtype)
                    };
                    assert!(
                        same,
                        "{rows} x {dim}, {list:?}, out {out} of {slots:?}, at ({r}, {e}): {got}, want {want}"
                    );
                }
            }
        }
    }
}

/// Coefficient of term j on the i-th row of the call.
pub fn coefficient(j: usize, i: usize) -> f64 {
    0.7 - 0.3 * j as f64 / (1 + i % 5) as f64
}

pub fn combine(kind: &Kind) {
    for k in [0, 1, 2, 3, 4, 5, 16] {
        for noisy in [false, true] {
            for each in [false, true] {
                let of = |j, i| coefficient(j, if each { i } else { 0 });
                // 67 is no multiple of any dim: every row has its own z.
                let z = |i: usize, e: usize| (((i * 67 + e) % 1009) as f64).sin();
                let op = |state: &mut dyn State, rows: Rows<'_>, out, x: &[Slot]| {
                    let (n, dim) = (rows.count(state.rows()), state.dim());
                    let c: Vec<Vec<f64>> = (0..=k).map(|j| (0..n).map(|i| of(j, i)).collect()).collect();
                    let coef = |j: usize| if each { Coef::Each(&c[j]) } else { Coef::One(of(j, 0)) };
                    let terms: Vec<_> = x.iter().enumerate().map(|(j, x)| (coef(j), *x)).collect();
                    let z: Vec<f64> = (0..n * dim).map(|at| z(at / dim, at % dim)).collect();
                    let noise = noisy.then_some(NoiseTerm { z: &z, scale: coef(k) });
                    state.combine(rows, out, &terms, noise).expect("no failure");
                };
                let dtype = (kind.make)(1, 1).dtype();
                let naive = |i: usize, e: usize, x: &[f64]| {
                    let terms = x.iter().enumerate().map(|(j, x)| of(j, i) * x);
                    let noise = noisy.then(|| of(k, i) * rounded(dtype, z(i, e)));
                    terms.chain(noise).reduce(|sum, term| sum + term).unwrap_or(0.0)
                };
                check(kind, k, &op, &naive);
            }
        }
    }
}

pub fn repeated_input(kind: &Kind) {
    let mut state = (kind.make)(7, 37);
    let (x, out) = (filled(state.as_mut(), 3), filled(state.as_mut(), 4));
    let [a, b] = [x, out].map(|slot| state.read(slot).expect("readable"));
    let terms = [(Coef::One(0.3), x), (Coef::One(1.0), out), (Coef::One(-0.9), x), (Coef::One(0.1), out)];
    state.combine(Rows::All, out, &terms, None).expect("no failure");
    for ((got, a), b) in state.read(out).expect("readable").iter().zip(&a).zip(&b) {
        let want = rounded(state.dtype(), 0.3 * a + b + -0.9 * a + 0.1 * b);
        let tolerance = if kind.exact { 0.0 } else { 100.0 * epsilon(state.dtype()) };
        assert!((got - want).abs() <= tolerance, "{got}, want {want}");
    }
}

pub fn products_and_masks(kind: &Kind) {
    let multiply = |state: &mut dyn State, rows: Rows<'_>, out, x: &[Slot]| {
        state.multiply(rows, out, x[0], x[1]).expect("no failure");
    };
    check(kind, 2, &multiply, &|_, _, x| x[0] * x[1]);
    let square = |state: &mut dyn State, rows: Rows<'_>, out, x: &[Slot]| {
        state.multiply(rows, out, x[0], x[0]).expect("no failure");
    };
    check(kind, 1, &square, &|_, _, x| x[0] * x[0]);
    let clamp = |state: &mut dyn State, rows: Rows<'_>, out, x: &[Slot]| {
        state.clamp(rows, out, x[0], -0.3, 1.1).expect("no failure");
    };
    check(kind, 1, &clamp, &|_, _, x| x[0].clamp(-0.3, 1.1));
    let select = |state: &mut dyn State, rows: Rows<'_>, out, x: &[Slot]| {
        let mask: Vec<u32> = (0..rows.count(state.rows()) as u32).map(|i| i % 3).collect();
        state.select(rows, out, &mask, x[0], x[1]).expect("no failure");
    };
    check(kind, 2, &select, &|i, _, x| if i % 3 != 0 { x[0] } else { x[1] });
}

pub fn clamp_bounds(kind: &Kind) {
    let mut state = (kind.make)(1, 5);
    let x = state.make().expect("there is room");
    let clamp = |state: &mut dyn State, lo, hi| {
        let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.5, -0.5];
        state.load(x, Array2::from_shape_vec((1, 5), values.to_vec()).expect("five").view()).expect("the same shape");
        state.clamp(Rows::All, x, x, lo, hi).expect("no failure");
        state.read(x).expect("readable").into_raw_vec_and_offset().0
    };
    let got = clamp(state.as_mut(), -1.0, 0.25);
    assert!(got[0].is_nan());
    assert_eq!(got[1..], [0.25, -1.0, 0.25, -0.5]);
    let got = clamp(state.as_mut(), f64::NEG_INFINITY, f64::INFINITY);
    assert!(got[0].is_nan());
    assert_eq!(got[1..], [f64::INFINITY, f64::NEG_INFINITY, 0.5, -0.5]);
    let got = clamp(state.as_mut(), 2.0, 1.0);
    assert!(got[0].is_nan());
    assert_eq!(got[1..], [1.0; 4]);
}
