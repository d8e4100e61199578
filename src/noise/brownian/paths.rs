//! The values of paths: one sample's, and a batch of them.

use super::{Descent, PLACES, Tree};
use crate::noise::{Key, NoiseError, Stream, normal, path_stream};
use std::sync::Arc;

/// Below so many numbers a query is not split between threads: handing over costs more than it saves.
const GRAIN: usize = 1 << 14;

/// The Brownian path of one sample. It remembers the values on the way to the last time asked for, so that
/// a neighbouring time costs only the part that is not shared; what it returns does not depend on that.
#[derive(Clone, Debug)]
pub struct Path {
    key: Key,
    dim: usize,
    /// [PLACES, dim]; empty before the first query.
    values: Vec<f64>,
    /// Number of the last split whose value is kept, 0 for none; those of its ancestors are kept too.
    deepest: u64,
    /// Splits kept.
    depth: usize,
    /// The last two times asked for by increments, and W there.
    ends: [(f64, Vec<f64>); 2],
    /// Ways to the two times, used where each sample has times of its own.
    ways: [Descent; 2],
}

impl Path {
    /// The path of a sample with `dim` numbers. Memory is taken at the first query: 45 dim numbers.
    #[must_use]
    pub fn new(key: Key, dim: usize) -> Self {
        let ends = [(f64::NAN, Vec::new()), (f64::NAN, Vec::new())];
        Self { key, dim, values: Vec::new(), deepest: 0, depth: 0, ends, ways: Default::default() }
    }

    /// W at the time of `way`, into `out` `[dim]`. All ways must come from one tree.
    pub fn value(&mut self, way: &Descent, out: &mut [f64]) {
        self.value_from(path_stream(), way, out);
    }

    fn value_from(&mut self, stream: Stream, way: &Descent, out: &mut [f64]) {
        let Some((leaf, nodes)) = way.nodes.split_last() else { return };
        let root = way.nodes[0];
        let dim = self.dim;
        if self.values.is_empty() {
            self.values.resize(PLACES * dim, 0.0);
            let at_upper = &mut self.values[dim..2 * dim];
            normal::fill(stream, dim, |_| (self.key, 0), at_upper);
            let std = (root.upper.t - root.lower.t).sqrt();
            at_upper.iter_mut().for_each(|w| *w *= std);
        }
        // An end of the domain is not inside the tree.
        let place = if way.t == root.upper.t { Some(1) } else { (way.t == root.lower.t).then_some(0) };
        if let Some(place) = place {
            out.copy_from_slice(&self.values[place * dim..][..dim]);
            return;
        }
        let shared = self.shared(nodes.last().map_or(0, |node| node.number), nodes.len());
        let (first, last) = ((2 + shared) * dim, (2 + nodes.len()) * dim);
        normal::fill(stream, dim, |i| (self.key, nodes[shared + i].number), &mut self.values[first..last]);
        for (k, node) in nodes.iter().enumerate().skip(shared) {
            let Some(split) = node.split else { break };
            let (known, rest) = self.values.split_at_mut((2 + k) * dim);
            let lower = &known[node.lower.place * dim..][..dim];
            let upper = &known[node.upper.place * dim..][..dim];
            for ((w, a), b) in rest[..dim].iter_mut().zip(lower).zip(upper) {
                *w = a + split.fraction * (b - a) + split.std * *w;
            }
        }
        self.deepest = nodes.last().map_or(0, |node| node.number);
        self.depth = nodes.len();
        let weight = (way.t - leaf.lower.t) / (leaf.upper.t - leaf.lower.t);
        let lower = &self.values[leaf.lower.place * dim..][..dim];
        let upper = &self.values[leaf.upper.place * dim..][..dim];
        for ((w, a), b) in out.iter_mut().zip(lower).zip(upper) {
            *w = (1.0 - weight) * a + weight * b;
        }
    }

    /// How many splits the way to node `deepest` at `depth` shares with the one whose values are kept.
    fn shared(&self, deepest: u64, depth: usize) -> usize {
        let both = depth.min(self.depth);
        if both == 0 {
            return 0;
        }
        let difference = (self.deepest >> (self.depth - both)) ^ (deepest >> (depth - both));
        // the lowest node of the two ways is the last bit of the difference
        both.saturating_sub((u64::BITS - difference.leading_zeros()) as usize)
    }

    /// `(W(s) − W(t))/sqrt(t − s)`, where `ways` lead to t and s.
    fn increment(&mut self, stream: Stream, ways: &[Descent; 2], out: &mut [f64]) {
        let (t, s) = (ways[0].t, ways[1].t);
        if self.ends[1].0 == t {
            self.ends.swap(0, 1);
        }
        for (i, way) in ways.iter().enumerate() {
            if self.ends[i].0 != way.t {
                let mut w = std::mem::take(&mut self.ends[i].1);
                w.resize(self.dim, 0.0);
                self.value_from(stream, way, &mut w);
                self.ends[i] = (way.t, w);
            }
        }
        let [(_, w_t), (_, w_s)] = &self.ends;
        let scale = (t - s).sqrt();
        for ((z, w_t), w_s) in out.iter_mut().zip(w_t).zip(w_s) {
            *z = (w_s - w_t) / scale;
        }
    }
}

/// The Brownian paths of a batch of samples.
pub struct Paths {
    tree: Arc<Tree>,
    paths: Vec<Path>,
    dim: usize,
    stream: Stream,
    /// Ways to t and s where all samples have the same.
    ways: [Descent; 2],
}

impl Paths {
    /// One path a key, each with `dim` numbers.
    #[must_use]
    pub fn new(tree: Arc<Tree>, keys: &[Key], dim: usize) -> Self {
        let paths = keys.iter().map(|&key| Path::new(key, dim)).collect();
        Self { tree, paths, dim, stream: path_stream(), ways: Default::default() }
    }

    /// The normalised increments `(W(s) − W(t))/sqrt(t − s)`, s < t, of the paths numbered `rows` (rising;
    /// all where `None`), into `out` [rows, dim] row-major. `t` and `s` hold one number for all rows or one
    /// each. Consecutive steps evaluate each time once; nothing is allocated after the first calls.
    ///
    /// # Errors
    /// [`NoiseError::NotFalling`], [`NoiseError::Outside`], [`NoiseError::TooShort`]; `out` is then partly
    /// written.
    pub fn increment(&mut self, rows: Option<&[u32]>, t: &[f64], s: &[f64], out: &mut [f64]) -> Result<(), NoiseError> {
        let Self { tree, paths, dim, stream, ways } = self;
        let (tree, stream) = (&**tree, *stream);
        if let ([t], [s]) = (t, s) {
            aim(tree, ways, *t, *s)?;
            let ways = &*ways;
            return visit(paths, rows, 0, 0, *dim, out, &|path: &mut Path, _, out: &mut [f64]| {
                path.increment(stream, ways, out);
                Ok(())
            });
        }
        let of = |times: &[f64], i: usize| times[if times.len() == 1 { 0 } else { i }];
        visit(paths, rows, 0, 0, *dim, out, &|path: &mut Path, i, out: &mut [f64]| {
            let mut ways = std::mem::take(&mut path.ways);
            let aimed = aim(tree, &mut ways, of(t, i), of(s, i));
            if aimed.is_ok() {
                path.increment(stream, &ways, out);
            }
            path.ways = ways;
            aimed
        })
    }
}

/// Leads the two ways to t and s.
fn aim(tree: &Tree, ways: &mut [Descent; 2], t: f64, s: f64) -> Result<(), NoiseError> {
    if s >= t {
        return Err(NoiseError::NotFalling { t, s });
    }
    if ways[1].t == t {
        ways.swap(0, 1);
    }
    tree.redirect(&mut ways[0], t)?;
    tree.redirect(&mut ways[1], s)?;
    let leaf = ways[0].leaf_width().max(ways[1].leaf_width());
    if t - s < leaf { Err(NoiseError::TooShort { t, s, leaf }) } else { Ok(()) }
}

/// `f(path, i, out row)` for the i-th row of the call, shared between threads where that pays. `paths`
/// starts at path number `first`, `rows` and `out` at row number `begin` of the call.
fn visit<F>(
    paths: &mut [Path],
    rows: Option<&[u32]>,
    first: usize,
    begin: usize,
    dim: usize,
    out: &mut [f64],
    f: &F,
) -> Result<(), NoiseError>
where
    F: Fn(&mut Path, usize, &mut [f64]) -> Result<(), NoiseError> + Sync,
{
    let count = rows.map_or(paths.len(), <[u32]>::len);
    let place = |i: usize| rows.map_or(i, |rows| rows[i] as usize - first);
    if count < 2 || count * dim < GRAIN {
        return (0..count).try_for_each(|i| f(&mut paths[place(i)], begin + i, &mut out[i * dim..(i + 1) * dim]));
    }
    let half = count / 2;
    let cut = place(half);
    let (low_paths, high_paths) = paths.split_at_mut(cut);
    let (low_out, high_out) = out.split_at_mut(half * dim);
    let (low, high) = rayon::join(
        || visit(low_paths, rows.map(|rows| &rows[..half]), first, begin, dim, low_out, f),
        || visit(high_paths, rows.map(|rows| &rows[half..]), first + cut, begin + half, dim, high_out, f),
    );
    low.and(high)
}
