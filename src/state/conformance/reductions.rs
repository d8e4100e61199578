//! Operations that give numbers a row.

use super::elementwise::coefficient;
use super::*;

/// All reductions: of slots x (four of them), and by plain loops of one row of each.
type Reduction = (fn(&mut dyn State, Rows<'_>, &[Slot], &mut [f64]) -> Result<(), StateError>, fn(&[Vec<f64>]) -> f64);

const REDUCTIONS: [Reduction; 6] = [
    (|state, rows, x, out| state.norm(rows, x[0], Norm::L2, out), |x| dot(&x[0], &x[0]).sqrt()),
    (|state, rows, x, out| state.norm(rows, x[0], Norm::Rms, out), |x| (dot(&x[0], &x[0]) / x[0].len() as f64).sqrt()),
    (
        |state, rows, x, out| state.norm(rows, x[0], Norm::Max, out),
        |x| x[0].iter().fold(0.0, |m: f64, x| if x.is_nan() { f64::NAN } else { m.max(x.abs()) }),
    ),
    (|state, rows, x, out| state.dot(rows, x[0], x[1], out), |x| dot(&x[0], &x[1])),
    (
        |state, rows, x, out| state.error_norm(rows, (x[0], x[1]), (x[2], x[3]), (0.1, 0.2), Mix::Max, out),
        |x| error_norm(x, |m| (0.2 * m).max(0.1)),
    ),
    (
        |state, rows, x, out| state.error_norm(rows, (x[0], x[1]), (x[2], x[3]), (0.1, 0.2), Mix::Sum, out),
        |x| error_norm(x, |m| 0.1 + 0.2 * m),
    ),
];

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn error_norm(x: &[Vec<f64>], tol: impl Fn(f64) -> f64) -> f64 {
    let error = |e: usize| (x[0][e] - x[1][e]) / tol(x[2][e].abs().max(x[3][e].abs()));
    let n = x[0].len();
    ((0..n).map(|e| error(e).powi(2)).sum::<f64>() / n as f64).sqrt()
}

pub fn reductions(kind: &Kind) {
    for (rows, dim) in SHAPES {
        let mut state = (kind.make)(rows, dim);
        let slots: Vec<Slot> = (0..4).map(|seed| filled(state.as_mut(), seed)).collect();
        let x: Vec<_> = slots.iter().map(|slot| state.read(*slot).expect("readable")).collect();
        // A device sums in its own type; the host in f64, but in another order than the plain loops.
        let tolerance = 4.0 * dim as f64 * if kind.exact { f64::EPSILON } else { epsilon(state.dtype()) };
        for list in row_lists(rows) {
            for (case, (reduce, naive)) in REDUCTIONS.iter().enumerate() {
                let mut out = vec![f64::NAN; as_rows(&list).count(rows)];
                reduce(state.as_mut(), as_rows(&list), &slots, &mut out).expect("no failure");
                for (i, got) in out.iter().enumerate() {
                    let row: Vec<Vec<f64>> = x.iter().map(|x| x.row(as_rows(&list).row(i)).to_vec()).collect();
                    let want = naive(&row);
                    let scale = 1.0 + want.abs();
                    assert!((got - want).abs() <= tolerance * scale, "{case} at {rows} x {dim}: {got}, want {want}");
                }
            }
        }
    }
}

pub fn nan_in_reductions(kind: &Kind) {
    for dim in [1, 2, 3, 9, 64] {
        for at in [0, dim / 2, dim - 1] {
            // The second row of one input has the NaN.
            for (case, (reduce, _)) in REDUCTIONS.iter().enumerate() {
                for input in 0..[1, 1, 1, 2, 4, 4][case] {
                    let mut state = (kind.make)(3, dim);
                    let slots: Vec<Slot> = (0..4).map(|seed| filled(state.as_mut(), seed)).collect();
                    let mut x = state.read(slots[input]).expect("readable");
                    x[(1, at)] = f64::NAN;
                    state.load(slots[input], x.view()).expect("the same shape");
                    let mut out = [0.0; 3];
                    reduce(state.as_mut(), Rows::All, &slots, &mut out).expect("no failure");
                    let nan = out.map(f64::is_nan);
                    assert_eq!(nan, [false, true, false], "reduction {case}, input {input}, dim {dim}, element {at}");
                }
            }
        }
    }
}

pub fn finite(kind: &Kind) {
    for (rows, dim) in SHAPES {
        let mut state = (kind.make)(rows, dim);
        let slot = filled(state.as_mut(), 1);
        let clean = state.read(slot).expect("readable");
        let mut finite = vec![false; rows];
        assert_eq!(state.finite(Rows::All, slot, &mut finite), Ok(true));
        assert!(finite.iter().all(|finite| *finite));
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut x = clean.clone();
            x[(rows - 1, dim - 1)] = bad;
            state.load(slot, x.view()).expect("the same shape");
            finite.fill(true);
            assert_eq!(state.finite(Rows::All, slot, &mut finite), Ok(false));
            assert!(finite[..rows - 1].iter().all(|finite| *finite) && !finite[rows - 1], "{bad} at {rows} x {dim}");
            let others: Vec<u32> = (0..rows as u32 - 1).collect();
            assert_eq!(state.finite(Rows::Some(&others), slot, &mut finite), Ok(true));
            assert_eq!(state.finite(Rows::Some(&[rows as u32 - 1]), slot, &mut finite), Ok(false));
            assert!(!finite[0]);
        }
        // Numbers whose sum overflows are finite all the same; opposite infinities are not.
        let large = if state.dtype() == Dtype::F32 { f64::from(f32::MAX) } else { f64::MAX };
        state.load(slot, Array2::from_elem((rows, dim), large).view()).expect("the same shape");
        assert_eq!(state.finite(Rows::All, slot, &mut finite), Ok(true));
        assert!(finite.iter().all(|finite| *finite));
        let infinities =
            Array2::from_shape_fn((rows, dim), |(r, e)| if (r + e) % 2 == 0 { f64::INFINITY } else { -f64::INFINITY });
        state.load(slot, infinities.view()).expect("the same shape");
        assert_eq!(state.finite(Rows::All, slot, &mut finite), Ok(false));
        assert!(finite.iter().all(|finite| !*finite));
    }
}

/// On the host a row's bits do not depend on the other rows of the call.
#[test]
fn a_row_does_not_depend_on_the_others_on_the_host() {
    for (rows, dim) in SHAPES {
        rows_alone(&mut HostState::<f32>::new(rows, dim));
        rows_alone(&mut HostState::<f64>::new(rows, dim));
    }
}

fn rows_alone(state: &mut dyn State) {
    let (rows, dim) = (state.rows(), state.dim());
    let slots: Vec<Slot> = (0..6).map(|seed| filled(state, seed)).collect();
    for (reduce, _) in REDUCTIONS {
        let (mut all, mut one) = (vec![0.0; rows], [0.0]);
        reduce(state, Rows::All, &slots, &mut all).expect("no failure");
        for (r, all) in all.iter().enumerate() {
            reduce(state, Rows::Some(&[r as u32]), &slots, &mut one).expect("no failure");
            assert_eq!(one[0].to_bits(), all.to_bits());
        }
    }
    let (z, [at_once, one_by_one]) = (numbers(9, rows * dim), [slots[4], slots[5]]);
    for k in 1..=4 {
        let terms: Vec<_> = (0..k).map(|j| (Coef::One(coefficient(j, 3)), slots[j])).collect();
        let scale = Coef::One(0.3);
        state.combine(Rows::All, at_once, &terms, Some(NoiseTerm { z: &z, scale })).expect("no failure");
        for (r, z) in z.chunks_exact(dim).enumerate() {
            let row = [r as u32];
            state.combine(Rows::Some(&row), one_by_one, &terms, Some(NoiseTerm { z, scale })).expect("no failure");
        }
        let [a, b] = [at_once, one_by_one].map(|slot| state.read(slot).expect("readable"));
        assert_same_bits(&a, &b);
    }
}
