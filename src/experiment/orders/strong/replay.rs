//! One Brownian path for many grids, made once on the union of all the times that a sampler reads.
//!
//! The host's paths are exact at every time, which costs some forty normals a time and sample: nearly all the work of a
//! strong order. Which times a sampler reads on a grid does not depend on the state, so a run of one sample tells them
//! for all grids at once. Between neighbours of their union the path gets one normal, or two where areas are read, and
//! what a grid reads is joined from those.

use crate::noise::{Key, Stream, normals_rows};
use crate::sampler::Read;
use ndarray::{Array3, ArrayView2, Axis};

/// The stream of the increments and areas between neighbouring times.
const STREAM: &str = "orders-path";

/// An increment or area that one grid reads.
struct Piece {
    /// Position among the reads of its grid.
    read: usize,
    area: bool,
    /// Its ends among the times of the union.
    from: usize,
    to: usize,
}

/// What every grid reads, on the union of the times.
pub(super) struct Union {
    /// All times, falling.
    times: Vec<f64>,
    /// For each grid its pieces, by where they begin.
    grids: Vec<Vec<Piece>>,
    /// Whether any is an area.
    areas: bool,
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
        let grids = found.iter().map(|reads| {
            let piece = |(read, &(area, t, s))| Piece { read, area, from: place(t), to: place(s) };
            let mut pieces: Vec<Piece> = reads.iter().enumerate().map(piece).collect();
            pieces.sort_by_key(|piece| piece.from);
            pieces
        });
        let areas = found.iter().flatten().any(|&(area, ..)| area);
        Some(Self { grids: grids.collect(), times, areas })
    }

    /// For each grid its normals [reads, rows, dim] in the order in which it reads them, for the samples of these keys.
    pub(super) fn normals(&self, keys: &[Key], dim: usize) -> Vec<Array3<f64>> {
        let mut joins: Vec<Join<'_>> = self.grids.iter().map(|pieces| Join::new(pieces, keys.len(), dim)).collect();
        let width = keys.len() * dim;
        let (mut w, mut h) = (vec![0.0; width], vec![0.0; width]);
        let stream = Stream::named(STREAM);
        for (i, times) in (0_u64..).zip(self.times.windows(2)) {
            let length = times[0] - times[1];
            normals_rows(keys, None, stream, 2 * i, &mut w);
            w.iter_mut().for_each(|z| *z *= length.sqrt());
            if self.areas {
                normals_rows(keys, None, stream, 2 * i + 1, &mut h);
                h.iter_mut().for_each(|z| *z *= (length / 12.0).sqrt());
            }
            joins.iter_mut().for_each(|join| join.add(i as usize, length, &w, &h));
        }
        joins.into_iter().map(|join| join.normals).collect()
    }
}

/// A piece that has begun.
struct Open<'a> {
    piece: &'a Piece,
    /// Length, and for an area the increment, of what was added.
    length: f64,
    w: Vec<f64>,
}

/// The normals of one grid, as they are joined.
struct Join<'a> {
    /// Pieces that have not begun.
    rest: &'a [Piece],
    open: Vec<Open<'a>>,
    /// [reads, rows, dim]: W/√h, and √(12/h) H for areas.
    normals: Array3<f64>,
}

impl<'a> Join<'a> {
    fn new(pieces: &'a [Piece], rows: usize, dim: usize) -> Self {
        Self { rest: pieces, open: Vec::new(), normals: Array3::zeros((pieces.len(), rows, dim)) }
    }

    /// Appends the interval number `i`, of length l, with increment w and area h, to all pieces that hold it.
    ///
    /// With W and H of the part passed first, of length L: W + w, and `(L H + l h + (l W − L w)/2)/(L + l)`.
    fn add(&mut self, i: usize, l: f64, w: &[f64], h: &[f64]) {
        while let Some((piece, rest)) = self.rest.split_first().filter(|(piece, _)| piece.from == i) {
            let increment = if piece.area { vec![0.0; w.len()] } else { Vec::new() };
            self.open.push(Open { piece, length: 0.0, w: increment });
            self.rest = rest;
        }
        let normals = &mut self.normals;
        self.open.retain_mut(|open| {
            let mut slot = normals.index_axis_mut(Axis(0), open.piece.read);
            let both = open.length + l;
            if open.piece.area {
                for (area, ((w_all, w), h)) in slot.iter_mut().zip(open.w.iter_mut().zip(w).zip(h)) {
                    *area = (open.length * *area + l * h + (l * *w_all - open.length * w) / 2.0) / both;
                    *w_all += w;
                }
            } else if let Ok(w) = ArrayView2::from_shape(slot.raw_dim(), w) {
                slot += &w;
            }
            open.length = both;
            let whole = open.piece.to == i + 1;
            if whole {
                slot *= if open.piece.area { (12.0 / both).sqrt() } else { both.sqrt().recip() };
            }
            !whole
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{Join, Piece, Union};
    use crate::noise::Key;
    use crate::sampler::Read;

    /// Intervals of these lengths joined to one piece.
    fn joined(area: bool, intervals: &[(f64, f64, f64)]) -> f64 {
        let pieces = [Piece { read: 0, area, from: 0, to: intervals.len() }];
        let mut join = Join::new(&pieces, 1, 1);
        for (i, &(l, w, h)) in intervals.iter().enumerate() {
            join.add(i, l, &[w], &[h]);
        }
        join.normals[[0, 0, 0]]
    }

    /// (1 z_0 + √3 z_1)/√4.
    #[test]
    fn increments_join_by_hand() {
        let found = joined(false, &[(1.0, 0.3, 0.0), (3.0, -(3.0_f64.sqrt()), 0.0)]);
        assert!((found - (0.3 - 3.0_f64.sqrt()) / 2.0).abs() < 1e-15, "{found}");
    }

    /// W = 0.3, H = 0.5/√12 over length 1, then w = −√3, h = √3·0.7/√12 = 0.35 over 3:
    /// (1·H + 3·0.35 + (3·0.3 + 1·√3)/2)/4, normalised by √(12/4).
    #[test]
    fn areas_join_by_hand() {
        let found = joined(true, &[(1.0, 0.3, 0.5 / 12.0_f64.sqrt()), (3.0, -(3.0_f64.sqrt()), 0.35)]);
        let area = (0.5 / 12.0_f64.sqrt() + 3.0 * 0.35 + (0.9 + 3.0_f64.sqrt()) / 2.0) / 4.0;
        assert!((found - area * 3.0_f64.sqrt()).abs() < 1e-15, "{found}");
    }

    /// Of one path: the halves of a step add up to the whole, and pieces that overlap share what they share.
    #[test]
    fn grids_share_one_path() {
        let fine = vec![Read::Increment(1.0, 0.75), Read::Increment(0.75, 0.5), Read::Increment(0.5, 0.0)];
        let coarse = vec![Read::Increment(1.0, 0.5), Read::Increment(1.0, 0.0), Read::Increment(0.5, 0.0)];
        let keys = [Key { seed: 3, sample: 0 }, Key { seed: 3, sample: 1 }];
        let union = Union::new(&[fine, coarse]).expect("reads of a path");
        assert_eq!(union.times, [1.0, 0.75, 0.5, 0.0]);
        let normals = union.normals(&keys, 1);
        for row in 0..2 {
            let w = |grid: usize, read: usize, h: f64| normals[grid][[read, row, 0]] * f64::sqrt(h);
            assert!((w(0, 0, 0.25) + w(0, 1, 0.25) - w(1, 0, 0.5)).abs() < 1e-15);
            assert!((w(1, 0, 0.5) + w(1, 2, 0.5) - w(1, 1, 1.0)).abs() < 1e-15);
            assert!(w(0, 2, 0.5) == w(1, 2, 0.5) && w(0, 0, 0.25) != w(0, 1, 0.25));
        }
        assert!(Union::new(&[vec![Read::Draw]]).is_none());
    }
}
