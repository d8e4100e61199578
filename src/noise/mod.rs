//! Counter-based random numbers: a sample's noise depends on its seed and its index, on nothing else.
//!
//! Fresh normals and uniforms are named by ([`Key`], [`Stream`], index); Brownian paths that agree across
//! step counts are in [`brownian`]. Numbers are made on the CPU with the same bits on every machine.

pub mod brownian;
mod normal;
mod philox;
mod rng;
mod stream;

pub use brownian::{Paths, TimeScale, Tree};
pub use normal::SampleNormals;
pub use rng::StreamRng;
pub use stream::{Stream, streams};

/// Whose noise: the run's seed and the sample's number in the cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Seed of the run.
    pub seed: u32,
    /// Number of the sample, counted from 0 over the whole cell, whatever its batches.
    pub sample: u32,
}

/// Why noise could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NoiseError {
    /// Two streams with one number.
    #[error("the streams `{first}` and `{second}` have the same number; rename one of them")]
    Collision {
        /// One name.
        first: String,
        /// The other.
        second: String,
    },
    /// A scale that is not strictly rising, or whose ends are not finite.
    #[error("sigma must rise over the times [{lower}, {upper}] of a Brownian path, from lower to upper")]
    Scale {
        /// Lower end of the domain.
        lower: f64,
        /// Upper end of the domain.
        upper: f64,
    },
    /// A time where the path is not defined.
    #[error("the Brownian path has no time {t}; it runs over [{lower}, {upper}]")]
    Outside {
        /// The time found.
        t: f64,
        /// Lower end of the domain.
        lower: f64,
        /// Upper end of the domain.
        upper: f64,
    },
    /// A step that does not fall.
    #[error("a Brownian increment goes from t to s < t, but t = {t} and s = {s}")]
    NotFalling {
        /// Start of the step.
        t: f64,
        /// End of the step.
        s: f64,
    },
    /// A step shorter than the finest interval of the tree.
    #[error(
        "the step from {t} to {s} is shorter than {leaf}, the finest interval of the Brownian path there; use fewer steps or a larger sigma at the end"
    )]
    TooShort {
        /// Start of the step.
        t: f64,
        /// End of the step.
        s: f64,
        /// Length of the leaf.
        leaf: f64,
    },
}

/// Normals of one sample: `out[i]` is element i of (key, stream, index).
pub fn normals(key: Key, stream: Stream, index: u64, out: &mut [f64]) {
    normal::fill(stream, out.len(), |_| (key, index), out);
}

/// Normals of many samples, the same numbers as [`normals`] row by row: `out` [rows, dim] row-major for the
/// samples `keys[i]`, i in `rows` (all where `None`).
pub fn normals_rows(keys: &[Key], rows: Option<&[u32]>, stream: Stream, index: u64, out: &mut [f64]) {
    let count = rows.map_or(keys.len(), <[u32]>::len);
    debug_assert_eq!(out.len() % count.max(1), 0, "whole rows");
    let key = |r: usize| keys[rows.map_or(r, |rows| rows[r] as usize)];
    normal::fill(stream, out.len() / count.max(1), |r| (key(r), index), out);
}

/// One uniform in (0, 1): element 0 of [`uniforms`].
#[must_use]
pub fn uniform(key: Key, stream: Stream, index: u64) -> f64 {
    normal::uniform_block(key, stream, index, 0).0
}

/// Uniforms in (0, 1) of one sample: `out[2b]` and `out[2b + 1]` are `u_1` and `u_2` of block b.
pub fn uniforms(key: Key, stream: Stream, index: u64, out: &mut [f64]) {
    for (block, pair) in out.chunks_mut(2).enumerate() {
        let (u_1, u_2) = normal::uniform_block(key, stream, index, block as u64);
        pair[0] = u_1;
        if let Some(second) = pair.get_mut(1) {
            *second = u_2;
        }
    }
}

/// The stream of the Brownian paths.
#[must_use]
pub fn path_stream() -> Stream {
    Stream::named("path")
}
