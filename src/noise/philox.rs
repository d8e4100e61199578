//! Philox4x32-10: a bijection of 128 bits keyed by 64 bits; ten rounds of two 32×32 → 64 bit products.
//!
//! Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 4.3
//! and table 2. Known answers: Random123, `kat_vectors`.

const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u64; 2] = [0x9E37_79B9, 0xBB67_AE85];
const WORD: u64 = 0xFFFF_FFFF;

/// The four words of one counter under one key, as 32 bit numbers in `u64`.
///
/// Written out round by round and without the masks that the products make superfluous, so that a loop over
/// counters compiles to the 32×32 → 64 bit products of the vector units.
#[inline(always)]
pub(super) fn philox4x32(counter: [u64; 4], key: [u64; 2]) -> [u64; 4] {
    let c = round(counter, key, 0);
    let c = round(c, key, 1);
    let c = round(c, key, 2);
    let c = round(c, key, 3);
    let c = round(c, key, 4);
    let c = round(c, key, 5);
    let c = round(c, key, 6);
    let c = round(c, key, 7);
    let c = round(c, key, 8);
    let [c0, c1, c2, c3] = round(c, key, 9);
    [c0 & WORD, c1 & WORD, c2 & WORD, c3 & WORD]
}

/// One round; only the lower halves of its arguments and of its result have a meaning.
#[inline(always)]
fn round([c0, c1, c2, c3]: [u64; 4], [k0, k1]: [u64; 2], number: u64) -> [u64; 4] {
    let a = MULTIPLIERS[0] * (c0 & WORD);
    let b = MULTIPLIERS[1] * (c2 & WORD);
    [(b >> 32) ^ c1 ^ (k0 + number * WEYL[0]), b, (a >> 32) ^ c3 ^ (k1 + number * WEYL[1]), a]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_known_answers() {
        let answers = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([WORD; 4], [WORD; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, words) in answers {
            assert_eq!(philox4x32(counter, key), words);
        }
    }
}
