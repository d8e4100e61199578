//! The increments and areas of a batch of paths.

use super::Tree;
use super::bundle::Bundle;
use super::tree::Descent;
use crate::noise::{Key, NoiseError, Stream, path_stream};
use std::ops::Range;
use std::sync::Arc;

/// Below so many numbers a query is not split between threads: handing over costs more than it saves.
const GRAIN: usize = 1 << 14;

/// The Brownian paths of a batch of samples.
pub struct Paths {
    tree: Arc<Tree>,
    /// Equally many paths each, the last perhaps fewer.
    bundles: Vec<Bundle>,
    dim: usize,
    stream: Stream,
    /// Ways to t and s where all samples have the same.
    ways: [Descent; 2],
}

impl Paths {
    /// One path a key, each with `dim` numbers. Memory is taken at the first query: 87 numbers of 8 bytes for each of
    /// them, 128 from the first query for areas on.
    #[must_use]
    pub fn new(tree: Arc<Tree>, keys: &[Key], dim: usize) -> Self {
        let bundles = keys.chunks(Bundle::rows_of(dim)).map(|keys| Bundle::new(keys, dim)).collect();
        Self { tree, bundles, dim, stream: path_stream(), ways: Default::default() }
    }

    /// The normalised increments `(W(s) − W(t))/sqrt(t − s)`, s < t, of the paths numbered `rows` (rising;
    /// all where `None`), into `out` [rows, dim] row-major. `t` and `s` hold one number for all rows or one
    /// each. Consecutive steps evaluate each time once; nothing is allocated after the first calls.
    ///
    /// # Errors
    /// [`NoiseError::NotFalling`], [`NoiseError::Outside`], [`NoiseError::TooShort`]; `out` is then partly
    /// written.
    pub fn increment(&mut self, rows: Option<&[u32]>, t: &[f64], s: &[f64], out: &mut [f64]) -> Result<(), NoiseError> {
        self.query(rows, t, s, out, None)
    }

    /// [`increment`](Self::increment), the same bits, and beside it the space-time Lévy areas `H/sqrt(t − s)` of the
    /// steps, [rows, dim]: normal with variance 1/12, independent of the increments and of other steps.
    ///
    /// # Errors
    /// As for [`increment`](Self::increment).
    pub fn increment_and_area(
        &mut self,
        rows: Option<&[u32]>,
        t: &[f64],
        s: &[f64],
        out: &mut [f64],
        area: &mut [f64],
    ) -> Result<(), NoiseError> {
        self.query(rows, t, s, out, Some(area))
    }

    fn query(
        &mut self,
        rows: Option<&[u32]>,
        t: &[f64],
        s: &[f64],
        out: &mut [f64],
        area: Option<&mut [f64]>,
    ) -> Result<(), NoiseError> {
        let Self { tree, bundles, dim, stream, ways } = self;
        let query = Query { tree, stream: *stream, dim: *dim, t, s };
        let share = Share { bundles, first: 0, rows, begin: 0, out, area };
        if let ([t], [s]) = (t, s) {
            aim(tree, ways, *t, *s)?;
            query.share(share, Some(ways))
        } else {
            query.share(share, None)
        }
    }
}

/// Leads the two ways to t and s.
fn aim(tree: &Tree, ways: &mut [Descent; 2], t: f64, s: f64) -> Result<(), NoiseError> {
    // the next step begins where this one ends
    if ways[1].t == t {
        ways.swap(0, 1);
    }
    tree.lead(&mut ways[0], t)?;
    tree.lead(&mut ways[1], s)?;
    long_enough(t, s, ways[0].leaf_width().max(ways[1].leaf_width()))
}

/// Refuses a step that does not fall, or is shorter than the leaves of its ends.
fn long_enough(t: f64, s: f64, leaf: f64) -> Result<(), NoiseError> {
    if s >= t {
        return Err(NoiseError::NotFalling { t, s });
    }
    if t - s < leaf { Err(NoiseError::TooShort { t, s, leaf }) } else { Ok(()) }
}

/// What is asked for.
struct Query<'a> {
    tree: &'a Tree,
    stream: Stream,
    dim: usize,
    t: &'a [f64],
    s: &'a [f64],
}

/// Some rows of a query.
struct Share<'a> {
    bundles: &'a mut [Bundle],
    /// Number of the first path in `bundles`.
    first: usize,
    /// Numbers of paths; all where `None`.
    rows: Option<&'a [u32]>,
    /// Place of the first row in the query.
    begin: usize,
    /// [rows, dim]
    out: &'a mut [f64],
    area: Option<&'a mut [f64]>,
}

impl Query<'_> {
    /// Shares the rows between threads where that pays.
    fn share(&self, share: Share<'_>, ways: Option<&[Descent; 2]>) -> Result<(), NoiseError> {
        let Share { bundles, first, rows, begin, out, area } = share;
        if bundles.len() < 2 || out.len() < GRAIN {
            return self.visit(Share { bundles, first, rows, begin, out, area }, ways);
        }
        let (low, high) = bundles.split_at_mut(bundles.len() / 2);
        let middle = first + low.len() * low[0].rows();
        let cut = rows.map_or(middle - first, |rows| rows.partition_point(|&row| (row as usize) < middle));
        let (low_rows, high_rows) = (rows.map(|rows| &rows[..cut]), rows.map(|rows| &rows[cut..]));
        let (low_out, high_out) = out.split_at_mut(cut * self.dim);
        let (low_area, high_area) = area.map(|area| area.split_at_mut(cut * self.dim)).unzip();
        let low = Share { bundles: low, first, rows: low_rows, begin, out: low_out, area: low_area };
        let high =
            Share { bundles: high, first: middle, rows: high_rows, begin: begin + cut, out: high_out, area: high_area };
        let (low, high) = rayon::join(|| self.share(low, ways), || self.share(high, ways));
        low.and(high)
    }

    /// Answers bundle by bundle, in runs of neighbouring rows that have the same history and times.
    fn visit(&self, share: Share<'_>, ways: Option<&[Descent; 2]>) -> Result<(), NoiseError> {
        let Share { bundles, first: start, rows, begin, out, mut area } = share;
        let (mut i, mut first) = (0, start);
        for bundle in bundles {
            let last = first + bundle.rows();
            let end = i + rows.map_or(bundle.rows(), |rows| rows[i..].partition_point(|&row| (row as usize) < last));
            let place = |i: usize| rows.map_or(start + i, |rows| rows[i] as usize) - first;
            while i < end {
                let row = place(i);
                let same = |j: &usize| {
                    place(*j) == row + (*j - i)
                        && bundle.kept[place(*j)] == bundle.kept[row]
                        && self.times(begin + *j) == self.times(begin + i)
                };
                let count = (i..end).take_while(same).count();
                let numbers = i * self.dim..(i + count) * self.dim;
                let area = area.as_deref_mut().map(|area| &mut area[numbers.clone()]);
                self.answer(bundle, &(row..row + count), self.times(begin + i), ways, &mut out[numbers], area)?;
                i += count;
            }
            first = last;
        }
        Ok(())
    }

    /// t and s of a row.
    fn times(&self, i: usize) -> [f64; 2] {
        [self.t, self.s].map(|times| times[if times.len() == 1 { 0 } else { i }])
    }

    /// The rows of one run, `out` and `area` theirs alone.
    fn answer(
        &self,
        bundle: &mut Bundle,
        rows: &Range<usize>,
        [t, s]: [f64; 2],
        shared: Option<&[Descent; 2]>,
        out: &mut [f64],
        area: Option<&mut [f64]>,
    ) -> Result<(), NoiseError> {
        if let Some([way_t, way_s]) = shared {
            bundle.step(self.stream, rows, (t, Some(way_t)), way_s, out, area);
            return Ok(());
        }
        let mut own = std::mem::take(&mut bundle.ways);
        let known = bundle.kept[rows.start].leaf_width(t).filter(|_| area.is_none());
        let aimed = match known {
            // mostly the last step ended at t: only the way to s is needed
            Some(leaf) => {
                self.tree.lead(&mut own[1], s).and_then(|()| long_enough(t, s, leaf.max(own[1].leaf_width())))
            }
            None => aim(self.tree, &mut own, t, s),
        };
        if aimed.is_ok() {
            let way_t = if known.is_some() { None } else { Some(&own[0]) };
            bundle.step(self.stream, rows, (t, way_t), &own[1], out, area);
        }
        bundle.ways = own;
        aimed
    }
}
