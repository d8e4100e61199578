//! The generator as a sequence, for the distributions of `rand` and `ndarray-rand`.

use super::philox::philox4x32;
use super::{Key, Stream};
use ndarray_rand::rand::RngCore;

/// The words of one (key, stream) in the order of their counters: blocks rise first, then the index.
///
/// Use a stream of its own for it: it reads the same counters as [`normals`](super::normals).
#[derive(Clone, Debug)]
pub struct StreamRng {
    key: Key,
    stream: Stream,
    /// Number of the next word.
    next: u128,
    words: [u64; 4],
}

impl StreamRng {
    /// At the first word.
    #[must_use]
    pub fn new(key: Key, stream: Stream) -> Self {
        Self { key, stream, next: 0, words: [0; 4] }
    }
}

impl RngCore for StreamRng {
    #[allow(clippy::cast_possible_truncation, reason = "words have 32 bits")]
    fn next_u32(&mut self) -> u32 {
        let place = (self.next % 4) as usize;
        if place == 0 {
            let block = self.next / 4;
            let index = (block >> 32) as u64;
            let counter =
                [(block & 0xFFFF_FFFF) as u64, u64::from(self.stream.get()), index & 0xFFFF_FFFF, index >> 32];
            self.words = philox4x32(counter, [u64::from(self.key.seed), u64::from(self.key.sample)]);
        }
        self.next += 1;
        self.words[place] as u32
    }

    fn next_u64(&mut self) -> u64 {
        let low = u64::from(self.next_u32());
        low | u64::from(self.next_u32()) << 32
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(4) {
            chunk.copy_from_slice(&self.next_u32().to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray_rand::RandomExt;
    use ndarray_rand::rand_distr::Uniform;

    #[test]
    fn reads_the_blocks_in_order_and_draws_the_same_array_twice() {
        let key = Key { seed: 7, sample: 3 };
        let stream = Stream::named("data");
        let mut rng = StreamRng::new(key, stream);
        let words: Vec<u64> = (0..8).map(|_| u64::from(rng.next_u32())).collect();
        for block in 0..2 {
            let expected = philox4x32([block, u64::from(stream.get()), 0, 0], [7, 3]);
            assert_eq!(words[4 * block as usize..][..4], expected);
        }
        let law = Uniform::new(-1.0, 1.0).expect("a non-empty interval");
        let draw = || ndarray::Array2::<f64>::random_using((50, 3), law, &mut StreamRng::new(key, stream));
        assert_eq!(draw(), draw());
    }
}
