//! The normals of the same samples at many indices.

use super::{LANES, Lanes, scatter};
use crate::noise::{Key, Stream};

/// The numbers of [`normals_rows`](crate::noise::normals_rows) for all of some samples, whose keys are laid out once.
pub struct SampleNormals {
    dim: usize,
    /// Full lanes but for the last ones, and where their numbers belong.
    lanes: Vec<(Lanes, Vec<usize>)>,
}

impl SampleNormals {
    /// For rows of `dim` numbers, one a key.
    #[must_use]
    pub fn new(keys: &[Key], stream: Stream, dim: usize) -> Self {
        let mut lanes: Vec<(Lanes, Vec<usize>)> = Vec::new();
        for (r, &key) in keys.iter().enumerate() {
            for block in 0..dim.div_ceil(2) {
                if lanes.last().is_none_or(|(_, place)| place.len() == LANES) {
                    lanes.push((Lanes::new(stream), Vec::with_capacity(LANES)));
                }
                if let Some((lanes, place)) = lanes.last_mut() {
                    lanes.set(place.len(), key, 0, block);
                    place.push(r * dim + 2 * block);
                }
            }
        }
        Self { dim, lanes }
    }

    /// Fills `out` [keys, dim] with the normals of an index.
    pub fn fill(&mut self, index: u64, out: &mut [f64]) {
        for (lanes, place) in &mut self.lanes {
            lanes.set_index(0..place.len(), index);
            scatter(lanes, place, self.dim, out);
        }
    }
}
