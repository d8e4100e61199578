//! Many blocks at once, with the widest instructions of the machine.
//!
//! The loops are plain Rust. The compiler turns them into vector code once for each set of instructions (on x86-64
//! the baseline, SSE 4.2, AVX2 and AVX-512), and the processor's is taken when the program runs. Rust never
//! contracts a product and a sum into a fused multiply-add, and every operation used is exact or correctly rounded,
//! so all of them give the same bits.

use super::{Key, Stream, box_muller, uniform_pair};
use crate::noise::philox::philox4x32;
use macerator::{AutoArch, Simd, WithSimd};

/// Blocks that go through the generator together.
pub(in crate::noise) const LANES: usize = 64;
/// Whole groups are computed, so that no loop has a scalar rest.
const GROUP: usize = 8;

/// The counters and keys of some blocks, and their numbers.
pub(in crate::noise) struct Lanes {
    stream: u64,
    seed: [u64; LANES],
    sample: [u64; LANES],
    block: [u64; LANES],
    index: [u64; LANES],
    first: [f64; LANES],
    second: [f64; LANES],
}

impl Lanes {
    /// No block yet.
    pub(in crate::noise) fn new(stream: Stream) -> Self {
        let (words, numbers) = ([0; LANES], [0.0; LANES]);
        Self {
            stream: u64::from(stream.get()),
            seed: words,
            sample: words,
            block: words,
            index: words,
            first: numbers,
            second: numbers,
        }
    }

    /// Lane i asks for a block of (key, index).
    #[inline]
    pub(in crate::noise) fn set(&mut self, i: usize, key: Key, index: u64, block: usize) {
        self.seed[i] = u64::from(key.seed);
        self.sample[i] = u64::from(key.sample);
        self.block[i] = block as u64;
        self.index[i] = index;
    }

    /// The lanes of a range ask for their blocks of another index.
    #[inline]
    pub(in crate::noise) fn set_index(&mut self, lanes: std::ops::Range<usize>, index: u64) {
        self.index[lanes].fill(index);
    }

    /// The two normals of each of the first n lanes: cosines, sines.
    pub(in crate::noise) fn normals(&mut self, n: usize) -> (&[f64], &[f64]) {
        AutoArch::new().dispatch(UniformPairs(self, n));
        AutoArch::new().dispatch(NormalPairs(self, n));
        (&self.first[..n], &self.second[..n])
    }

    /// The same with the baseline's instructions, and how both are compared.
    #[cfg(test)]
    pub(super) fn baseline(&mut self, n: usize) {
        self.uniform_pairs(n);
        self.normal_pairs(n);
    }

    #[cfg(test)]
    pub(super) fn numbers(&self, n: usize) -> [&[f64]; 2] {
        [&self.first[..n], &self.second[..n]]
    }

    // Two loops, each compiled on its own: as one, the compiler does not turn them into vector code.
    #[inline(always)]
    fn uniform_pairs(&mut self, n: usize) {
        let stream = self.stream;
        let (mut u_1, mut u_2) = ([0.0; LANES], [0.0; LANES]);
        for i in 0..n.next_multiple_of(GROUP).min(LANES) {
            let counter = [self.block[i], stream, self.index[i] & 0xFFFF_FFFF, self.index[i] >> 32];
            (u_1[i], u_2[i]) = uniform_pair(philox4x32(counter, [self.seed[i], self.sample[i]]));
        }
        (self.first, self.second) = (u_1, u_2);
    }

    /// `(u_1, u_2)` to `(sqrt(−2 ln u_1) cos 2π u_2, … sin 2π u_2)`, in place.
    #[inline(always)]
    fn normal_pairs(&mut self, n: usize) {
        for i in 0..n.next_multiple_of(GROUP).min(LANES) {
            (self.first[i], self.second[i]) = box_muller(self.first[i], self.second[i]);
        }
    }
}

struct UniformPairs<'a>(&'a mut Lanes, usize);
struct NormalPairs<'a>(&'a mut Lanes, usize);

impl WithSimd for UniformPairs<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        self.0.uniform_pairs(self.1);
    }
}

impl WithSimd for NormalPairs<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        self.0.normal_pairs(self.1);
    }
}
