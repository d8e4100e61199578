//! The loops of [`HostState`](super::HostState), in shapes that the compiler turns into vector instructions.

use super::real::Real;

/// Elements summed in registers at a time by [`sum`]: eight SSE2 registers of f64.
const BLOCK: usize = 16;
/// Elements at a time of [`sum_flat`]: this length is vectorised best for f32 and f64.
const FLAT_BLOCK: usize = 32;
/// Partial results of a reduction; they decide bits of results.
const LANES: usize = 8;

/// `out := sum_j c_j x_j + scale z` in f64, rounded once, for any number of terms. `out` is the part of a
/// tensor that starts at element `first`, `x` are whole tensors; an empty one stands for `out` itself.
///
/// The sum starts at −0, the neutral element of IEEE addition (0 would turn −0 into 0).
#[inline]
pub fn sum<T: Real>(out: &mut [T], first: usize, x: &[&[T]], c: &[f64], noise: Option<(&[f64], f64)>) {
    let (blocks, rest) = out.as_chunks_mut::<BLOCK>();
    let done = blocks.len() * BLOCK;
    for (b, out) in blocks.iter_mut().enumerate() {
        let at = b * BLOCK;
        let mut acc = [-0.0; BLOCK];
        for (x, c) in x.iter().zip(c) {
            let x = x.get(first + at..).and_then(|x| x.first_chunk()).unwrap_or(out);
            for (acc, x) in acc.iter_mut().zip(x) {
                *acc += c * x.wide();
            }
        }
        if let Some((z, scale)) = noise {
            for (acc, z) in acc.iter_mut().zip(&z[at..at + BLOCK]) {
                *acc += scale * T::round(*z).wide();
            }
        }
        *out = acc.map(T::round);
    }
    for (out, at) in rest.iter_mut().zip(done..) {
        let mut acc = -0.0;
        for (x, c) in x.iter().zip(c) {
            acc += c * x.get(first + at).unwrap_or(out).wide();
        }
        if let Some((z, scale)) = noise {
            acc += scale * T::round(z[at]).wide();
        }
        *out = T::round(acc);
    }
}

/// [`sum`] of a whole tensor, bit for bit, unrolled for K terms.
pub fn sum_flat<T: Real, const K: usize>(out: &mut [T], x: [&[T]; K], c: [f64; K], noise: Option<(&[f64], f64)>) {
    let done = out.len() - out.len() % FLAT_BLOCK;
    let (blocks, rest) = out.as_chunks_mut::<FLAT_BLOCK>();
    let x_blocks = x.map(|x| x.as_chunks::<FLAT_BLOCK>().0);
    let z_blocks = noise.map(|(z, scale)| (z.as_chunks::<FLAT_BLOCK>().0, scale));
    for (b, out) in blocks.iter_mut().enumerate() {
        let x = x_blocks.map(|x| x.get(b).unwrap_or(out));
        let terms = |e: usize| (0..K).fold(-0.0, |acc, j| acc + c[j] * x[j][e].wide());
        let mut sums = [T::default(); FLAT_BLOCK];
        match z_blocks.map(|(z, scale)| (&z[b], scale)) {
            None => sums.iter_mut().enumerate().for_each(|(e, sum)| *sum = T::round(terms(e))),
            Some((z, scale)) => {
                for (e, sum) in sums.iter_mut().enumerate() {
                    *sum = T::round(terms(e) + scale * T::round(z[e]).wide());
                }
            }
        }
        *out = sums;
    }
    sum(rest, done, &x, &c, noise.map(|(z, scale)| (&z[done..], scale)));
}

/// `join` of `f` over all elements, from 0, in [`LANES`] partial results whose order depends on the length
/// alone.
#[inline]
pub fn fold<T: Real, const N: usize>(x: [&[T]; N], f: impl Fn([f64; N]) -> f64, join: impl Fn(f64, f64) -> f64) -> f64 {
    let n = x[0].len();
    let done = n - n % LANES;
    let rest = (done..n).fold(0.0, |acc, e| join(acc, f(x.map(|x| x[e].wide()))));
    if done == 0 {
        return rest;
    }
    let mut lanes = [0.0; LANES];
    let blocks = x.map(|x| x.as_chunks::<LANES>().0);
    for b in 0..done / LANES {
        let x = blocks.map(|x| &x[b]);
        for (l, lane) in lanes.iter_mut().enumerate() {
            *lane = join(*lane, f(x.map(|x| x[l].wide())));
        }
    }
    lanes.into_iter().fold(rest, join)
}

/// The larger one, or NaN if either is: `f64::max` would drop it.
#[inline]
pub fn max(a: f64, b: f64) -> f64 {
    if a > b || a.is_nan() { a } else { b }
}

/// Whether all are finite. The sum is not finite if one of them is not; it may also overflow, so only yes is
/// an answer.
pub fn surely_finite<T: Real>(x: &[T]) -> bool {
    let (blocks, rest) = x.as_chunks::<BLOCK>();
    let mut lanes = [T::default(); BLOCK];
    for x in blocks {
        for (lane, x) in lanes.iter_mut().zip(x) {
            *lane = *lane + *x;
        }
    }
    lanes.iter().chain(rest).fold(T::default(), |sum, x| sum + *x).wide().is_finite()
}
