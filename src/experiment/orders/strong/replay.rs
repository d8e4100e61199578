//! One Brownian path for many grids, made on the union of all the times that a sampler reads.
//!
//! The host's paths are exact at every time, which costs some forty normals a time and sample: nearly all the work of a
//! strong order. Which times a sampler reads on a grid does not depend on the state, so a run of one sample tells them
//! for all grids at once. Between neighbours of their union the path gets one normal, or two where areas are read, each a
//! function of its place and the sample; what a grid reads is joined from those. The coarse grids are joined together in
//! one pass ([`Union::normals`]); a fine grid, whose reads are no longer than an interval or two, makes them as it goes
//! ([`OnGrid`]), so that nothing of it is kept.

use crate::noise::{Key, SampleNormals, Stream};
use crate::sampler::{Read, Source};
use ndarray::{Array3, Axis};
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// The stream of the increments and areas between neighbouring times.
const STREAM: &str = "orders-path";

/// An increment or area that one grid reads.
#[derive(Clone, Copy)]
struct Piece {
    area: bool,
    /// Its ends among the times of the union.
    from: usize,
    to: usize,
}

/// What every grid reads, on the union of the times.
pub(super) struct Union {
    /// All times, falling.
    times: Vec<f64>,
    /// For each grid its pieces, in the order in which it reads them.
    grids: Vec<Vec<Piece>>,
}

impl Union {
    /// `None` where one of the reads is not of the path.
    pub(super) fn new(reads: &[Vec<Read>]) -> Option<Self> {
        let ends = |read: &Read| match *read {
            Read::Draw => None,
            Read::Increment(t, s) => Some((false, t, s)),
            Read::Area(t, s) => Some((true, t, s)),
        };
        let of_grid = |reads: &Vec<Read>| reads.iter().map(ends).collect::<Option<Vec<_>>>();
        let found = reads.iter().map(of_grid).collect::<Option<Vec<_>>>()?;
        let mut times: Vec<f64> = found.iter().flatten().flat_map(|&(_, t, s)| [t, s]).collect();
        times.sort_by(|a, b| b.total_cmp(a));
        times.dedup();
        let place = |time: f64| times.partition_point(|&other| other > time);
        let piece = |&(area, t, s): &(bool, f64, f64)| Piece { area, from: place(t), to: place(s) };
        let grids = found.iter().map(|reads| reads.iter().map(piece).collect()).collect();
        Some(Self { grids, times })
    }

    /// For each of the first `grids` grids its normals [reads, rows, dim] in the order in which it reads them, for the
    /// samples of these keys.
    pub(super) fn normals(&self, grids: usize, keys: &[Key], dim: usize) -> Vec<Array3<f64>> {
        let grids = &self.grids[..grids];
        let mut joins: Vec<Join<'_>> = grids.iter().map(|pieces| Join::new(pieces, keys.len(), dim)).collect();
        let areas = grids.iter().flatten().any(|piece| piece.area);
        let mut ends = vec![false; self.times.len()];
        grids.iter().flatten().for_each(|piece| (ends[piece.from], ends[piece.to]) = (true, true));
        let mut path = Path::new(keys, dim);
        // What lies between two ends is joined before it goes to all grids.
        let mut part = Part::default();
        for i in 0..self.times.len().saturating_sub(1) {
            if ends[i] {
                part.clear();
                joins.iter_mut().for_each(|join| join.open(i));
            }
            path.append(self, i, areas, &mut part);
            if ends[i + 1] {
                joins.iter_mut().for_each(|join| join.add(i + 1, &part));
            }
        }
        joins.into_iter().map(|join| join.normals).collect()
    }

    /// The normals of one grid for the samples of these keys, made as they are read.
    pub(super) fn on(self: &Arc<Self>, grid: usize, keys: &[Key], dim: usize) -> Arc<dyn Source> {
        let state = Mutex::new((Path::new(keys, dim), Part::default()));
        Arc::new(OnGrid { union: Arc::clone(self), grid, rows: keys.len(), state })
    }
}

/// The path between neighbours of the union.
struct Path {
    normals: SampleNormals,
    interval: Part,
    width: usize,
}

impl Path {
    fn new(keys: &[Key], dim: usize) -> Self {
        let normals = SampleNormals::new(keys, Stream::named(STREAM), dim);
        Self { normals, interval: Part::default(), width: keys.len() * dim }
    }

    /// The normal of the increment of interval number i, or of its area.
    fn normal(&mut self, i: usize, area: bool, out: &mut [f64]) {
        self.normals.fill(2 * i as u64 + u64::from(area), out);
    }

    /// Appends interval number i to `part`.
    fn append(&mut self, union: &Union, i: usize, area: bool, part: &mut Part) {
        let mut interval = std::mem::take(&mut self.interval);
        interval.length = union.times[i] - union.times[i + 1];
        let kinds = [(&mut interval.w, true, interval.length), (&mut interval.h, area, interval.length / 12.0)];
        for (is_area, (numbers, wanted, variance)) in [false, true].into_iter().zip(kinds) {
            numbers.resize(if wanted { self.width } else { 0 }, 0.0);
            if wanted {
                self.normal(i, is_area, numbers);
                numbers.iter_mut().for_each(|z| *z *= variance.sqrt());
            }
        }
        part.append(&interval);
        self.interval = interval;
    }
}

/// Increment and area of a part of the path, [rows, dim] each.
#[derive(Clone, Default)]
struct Part {
    /// 0 for a part that has not begun.
    length: f64,
    w: Vec<f64>,
    /// Empty where no area is asked for.
    h: Vec<f64>,
}

impl Part {
    fn clear(&mut self) {
        self.length = 0.0;
    }

    /// Appends a part of length l, with increment w and area h: W + w, and `(L H + l h + (l W − L w)/2)/(L + l)`.
    fn append(&mut self, Self { length: l, w, h }: &Self) {
        if self.length == 0.0 {
            self.length = *l;
            self.w.clone_from(w);
            self.h.clone_from(h);
            return;
        }
        let both = self.length + l;
        for ((area, h), (w_all, w)) in self.h.iter_mut().zip(h).zip(self.w.iter().zip(w)) {
            *area = (self.length * *area + l * h + (l * w_all - self.length * w) / 2.0) / both;
        }
        self.w.iter_mut().zip(w).for_each(|(w_all, w)| *w_all += w);
        self.length = both;
    }

    /// The normals of it: W/√L, or √(12/L) H.
    fn normal(&self, area: bool, out: &mut [f64]) {
        let (numbers, variance) = if area { (&self.h, self.length / 12.0) } else { (&self.w, self.length) };
        out.iter_mut().zip(numbers).for_each(|(out, number)| *out = number / variance.sqrt());
    }
}

/// The normals of one grid, as they are joined.
struct Join<'a> {
    pieces: &'a [Piece],
    /// Numbers of the pieces that have not begun, by where they begin, the first one last.
    rest: Vec<usize>,
    open: Vec<(usize, Part)>,
    /// [reads, rows, dim]
    normals: Array3<f64>,
}

impl<'a> Join<'a> {
    fn new(pieces: &'a [Piece], rows: usize, dim: usize) -> Self {
        let mut rest: Vec<usize> = (0..pieces.len()).collect();
        rest.sort_by_key(|&read| std::cmp::Reverse(pieces[read].from));
        Self { pieces, rest, open: Vec::new(), normals: Array3::zeros((pieces.len(), rows, dim)) }
    }

    /// Begins the pieces that begin at time number i.
    fn open(&mut self, i: usize) {
        while let Some(read) = self.rest.pop_if(|read| self.pieces[*read].from == i) {
            self.open.push((read, Part::default()));
        }
    }

    /// Appends a part of the path that ends at time number i to all pieces that are open.
    fn add(&mut self, i: usize, part: &Part) {
        let (pieces, normals) = (self.pieces, &mut self.normals);
        self.open.retain_mut(|(read, sum)| {
            sum.append(part);
            let whole = pieces[*read].to == i;
            if let (true, Some(out)) = (whole, normals.index_axis_mut(Axis(0), *read).into_slice()) {
                sum.normal(pieces[*read].area, out);
            }
            !whole
        });
    }
}

/// The normals of one grid.
struct OnGrid {
    union: Arc<Union>,
    grid: usize,
    rows: usize,
    state: Mutex<(Path, Part)>,
}

impl fmt::Debug for OnGrid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the path on grid {}", self.grid)
    }
}

impl Source for OnGrid {
    fn fill(&self, read: usize, samples: Range<usize>, out: &mut [f64]) {
        let piece = self.union.grids[self.grid].get(read).filter(|_| samples == (0..self.rows));
        let Some(&Piece { area, from, to }) = piece else {
            // More is read than in the run that was noted: the result is not finite, and so its row fails.
            return out.fill(f64::NAN);
        };
        let (path, part) = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if to == from + 1 {
            return path.normal(from, area, out);
        }
        part.clear();
        (from..to).for_each(|i| path.append(&self.union, i, area, part));
        part.normal(area, out);
    }
}

#[cfg(test)]
mod tests;
