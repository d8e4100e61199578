//! Standard normals and uniforms as a pure function of (seed, sample, stream, index, element).
//!
//! Counter of the generator: (block, stream, index's low word, index's high word), block = element/2; key:
//! (seed, sample). With the block's words w0..w3, `u_1` comes from w0 + 2³² w1 and `u_2` from w2 + 2³² w3,
//! each `u = ((bits >> 12) + 1/2) 2⁻⁵²`, exact and inside (0, 1). Normals by Box and Muller, "A note on the
//! generation of random normal deviates", Ann. Math. Statist. 29 (1958): element 2b is
//! `sqrt(−2 ln u_1) cos 2π u_2`, element 2b + 1 the same with sin.
//!
//! The kernel has no branch, no table and no call, so the compiler turns its loop into vector
//! instructions ([`lanes`]); it uses no fused multiply-add, so that every machine gives the same bits. `ln`, `sin` and
//! `cos` follow fdlibm (Sun Microsystems 1993: `e_log.c`, `k_sin.c`, `k_cos.c`), restricted to the
//! arguments that occur; the angle is reduced to a quadrant in turns, where that is exact.

mod lanes;
mod samples;

pub(super) use lanes::{LANES, Lanes};
pub use samples::SampleNormals;

use super::philox::philox4x32;
use super::{Key, Stream};
use std::f64::consts::TAU;

/// Fills `out`, [rows, dim], with the normals of one (key, index) a row.
pub(super) fn fill(stream: Stream, dim: usize, row: impl Fn(usize) -> (Key, u64), out: &mut [f64]) {
    let mut lanes = Lanes::new(stream);
    let mut place = [0; LANES];
    let mut waiting = 0;
    for r in 0..out.len().checked_div(dim).unwrap_or(0) {
        let (key, index) = row(r);
        for block in 0..dim.div_ceil(2) {
            lanes.set(waiting, key, index, block);
            place[waiting] = r * dim + 2 * block;
            waiting += 1;
            if waiting == LANES {
                scatter(&mut lanes, &place, dim, out);
                waiting = 0;
            }
        }
    }
    scatter(&mut lanes, &place[..waiting], dim, out);
}

/// Makes the numbers of the first lanes and puts them in their places.
fn scatter(lanes: &mut Lanes, place: &[usize], dim: usize, out: &mut [f64]) {
    let (first, second) = lanes.normals(place.len());
    for ((&place, &first), &second) in place.iter().zip(first).zip(second) {
        out[place] = first;
        // an odd row leaves the last sine out
        if dim.is_multiple_of(2) || !(place + 1).is_multiple_of(dim) {
            out[place + 1] = second;
        }
    }
}

/// `u_1, u_2` of one block.
pub(super) fn uniform_block(key: Key, stream: Stream, index: u64, block: u64) -> (f64, f64) {
    let counter = [block, u64::from(stream.get()), index & 0xFFFF_FFFF, index >> 32];
    uniform_pair(philox4x32(counter, [u64::from(key.seed), u64::from(key.sample)]))
}

/// `u_1, u_2` from a block's words.
#[inline(always)]
fn uniform_pair([w0, w1, w2, w3]: [u64; 4]) -> (f64, f64) {
    (open_unit(w0 | w1 << 32), open_unit(w2 | w3 << 32))
}

/// `((bits >> 12) + 1/2) 2⁻⁵²`, exact.
#[inline(always)]
fn open_unit(bits: u64) -> f64 {
    // 1 + n 2⁻⁵² written as bits; the subtrahend is 1 − 2⁻⁵³, and the difference has 53 bits.
    f64::from_bits(0x3FF0_0000_0000_0000 | (bits >> 12)) - (1.0 - f64::EPSILON / 2.0)
}

#[inline(always)]
fn box_muller(u_1: f64, u_2: f64) -> (f64, f64) {
    let radius = (-2.0 * ln_unit(u_1)).sqrt();
    let (cos, sin) = cos_sin_turns(u_2);
    (radius * cos, radius * sin)
}

/// ln of a normal number in (0, 1); the bits are those of fdlibm's `log`.
#[inline(always)]
#[allow(clippy::excessive_precision, reason = "the published decimal forms")]
fn ln_unit(u: f64) -> f64 {
    const LN2_HI: f64 = 6.931_471_803_691_238_164_90e-01;
    const LN2_LO: f64 = 1.908_214_929_270_587_700_02e-10;
    const L: [f64; 7] = [
        6.666_666_666_666_735_130e-01,
        3.999_999_999_940_941_908e-01,
        2.857_142_874_366_239_149e-01,
        2.222_219_843_214_978_396e-01,
        1.818_357_216_161_805_012e-01,
        1.531_383_769_920_937_332e-01,
        1.479_819_860_511_658_591e-01,
    ];
    const SQRT_HALF_HEAD: u64 = 0x3FE6_A09E << 32;
    const TWO_52: u64 = 0x4330_0000_0000_0000;

    // u = 2^k (1 + f) with sqrt(1/2) < 1 + f < sqrt(2)
    let shifted = u.to_bits() + ((0x3FF0_0000 << 32) - SQRT_HALF_HEAD);
    // The biased exponent as a float through the mantissa of 2⁵², exact, without an integer conversion.
    let k = f64::from_bits(TWO_52 | (shifted >> 52)) - (f64::from_bits(TWO_52) + 1023.0);
    let f = f64::from_bits((shifted & 0x000F_FFFF_FFFF_FFFF) + SQRT_HALF_HEAD) - 1.0;
    let half_square = 0.5 * f * f;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (L[1] + w * (L[3] + w * L[5]));
    let odd = z * (L[0] + w * (L[2] + w * (L[4] + w * L[6])));
    s * (half_square + (odd + even)) + k * LN2_LO - half_square + f + k * LN2_HI
}

/// (cos 2πu, sin 2πu) for u in (0, 1).
#[inline(always)]
#[allow(clippy::excessive_precision, reason = "the published decimal forms")]
fn cos_sin_turns(u: f64) -> (f64, f64) {
    const S: [f64; 6] = [
        -1.666_666_666_666_663_243_48e-01,
        8.333_333_333_322_489_461_24e-03,
        -1.984_126_982_985_794_931_34e-04,
        2.755_731_370_707_006_767_89e-06,
        -2.505_076_025_340_686_341_95e-08,
        1.589_690_995_211_550_102_21e-10,
    ];
    const C: [f64; 6] = [
        4.166_666_666_666_660_190_37e-02,
        -1.388_888_888_887_410_957_49e-03,
        2.480_158_728_947_672_941_78e-05,
        -2.755_731_435_139_066_330_35e-07,
        2.087_572_321_298_174_827_90e-09,
        -1.135_964_755_778_819_482_65e-11,
    ];
    /// Adding it rounds to an integer, whose last bits then stand in the last bits of the sum.
    const ROUND: f64 = 6_755_399_441_055_744.0; // 1.5 · 2⁵²

    // u = q/4 + r, |r| <= 1/8, both exact
    let sum = 4.0 * u + ROUND;
    let q = sum.to_bits();
    let r = u - 0.25 * (sum - ROUND);
    let x = TAU * r;
    let z = x * x;
    let w = z * z;
    let sin = x + z * x * (S[0] + z * (S[1] + z * (S[2] + z * S[3]) + z * w * (S[4] + z * S[5])));
    let half = 0.5 * z;
    let head = 1.0 - half;
    let tail = z * (C[0] + z * (C[1] + z * C[2])) + w * w * (C[3] + z * (C[4] + z * C[5]));
    let cos = head + (((1.0 - head) - half) + z * tail);

    // odd quadrants exchange the two; signs by quadrant: cos + − − +, sin + + − −
    let exchange = (q & 1).wrapping_neg();
    let difference = (cos.to_bits() ^ sin.to_bits()) & exchange;
    let cos_sign = ((q + 1) & 2) << 62;
    let sin_sign = (q & 2) << 62;
    (f64::from_bits((cos.to_bits() ^ difference) ^ cos_sign), f64::from_bits((sin.to_bits() ^ difference) ^ sin_sign))
}

#[cfg(test)]
mod tests;
