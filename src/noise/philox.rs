//! Philox4x32-10: a bijection of 128 bits keyed by 64 bits; ten rounds of two 32×32 → 64 bit products.
//!
//! Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 4.3
//! and table 2. Known answers: Random123, `kat_vectors`.

const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u64; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;
const WORD: u64 = 0xFFFF_FFFF;

/// The four words of one counter under one key.
///
/// Words are 32 bit numbers held in `u64`, upper halves zero: so a loop over counters compiles to the
/// vector units' 32×32 → 64 bit products.
#[inline(always)]
pub(super) fn philox4x32([mut c0, mut c1, mut c2, mut c3]: [u64; 4], [mut k0, mut k1]: [u64; 2]) -> [u64; 4] {
    for _ in 0..ROUNDS {
        let a = MULTIPLIERS[0] * (c0 & WORD);
        let b = MULTIPLIERS[1] * (c2 & WORD);
        (c0, c1, c2, c3) = ((b >> 32) ^ c1 ^ k0, b & WORD, (a >> 32) ^ c3 ^ k1, a & WORD);
        k0 = (k0 + WEYL[0]) & WORD;
        k1 = (k1 + WEYL[1]) & WORD;
    }
    [c0, c1, c2, c3]
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
