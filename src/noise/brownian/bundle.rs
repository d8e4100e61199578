//! The paths of a few neighbouring samples, and what is remembered of them.

use super::strip::{Run, Strip, WIDTH};
use super::tree::Descent;
use crate::noise::{Key, Stream};
use std::ops::Range;

/// What is remembered of one row; the values themselves are in the strips.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Kept {
    /// Whether W and H of the whole domain are there.
    pub(super) started: bool,
    /// Number of the leaf whose way is kept, 0 for none.
    pub(super) leaf: u64,
    /// Splits above it.
    pub(super) depth: usize,
    /// Times whose W is kept, +inf for none, and the widths of the leaves that hold them.
    pub(super) ends: [(f64, f64); 2],
}

impl Kept {
    const NOTHING: Self = Self { started: false, leaf: 0, depth: 0, ends: [(f64::INFINITY, 0.0); 2] };

    /// How many nodes the way to a leaf below `depth` splits shares with the one that is kept.
    pub(super) fn shared(&self, leaf: u64, depth: usize) -> usize {
        if self.leaf == 0 {
            return 0;
        }
        let both = depth.min(self.depth);
        let difference = (self.leaf >> (self.depth - both)) ^ (leaf >> (depth - both));
        // the lowest node of the two ways is the last bit of the difference
        (both + 1).saturating_sub((u64::BITS - difference.leading_zeros()) as usize)
    }

    /// The width of the leaf that holds t, where W(t) is kept.
    pub(super) fn leaf_width(&self, t: f64) -> Option<f64> {
        self.ends.iter().find(|end| end.0 == t).map(|end| end.1)
    }

    /// Slots for W(t) and W(s), those that hold them where one does.
    fn slots(&self, t: f64, s: f64) -> [usize; 2] {
        let [first, second] = self.ends.map(|(time, _)| time);
        if second == t || (first == s && first != t) { [1, 0] } else { [0, 1] }
    }
}

/// Some paths. Each remembers the values on the way to the last time asked for, so that a neighbouring time costs
/// only the part that is not shared; what is returned does not depend on that. Rows with the same history move
/// together.
pub(super) struct Bundle {
    keys: Vec<Key>,
    dim: usize,
    /// One a row.
    pub(super) kept: Vec<Kept>,
    /// Whether the areas beside the ways are kept too.
    areas: bool,
    strips: Vec<Strip>,
    /// Ways to t and s, used where each sample has times of its own. Neighbours share much of them, and pairs for each
    /// row would be far larger than the values.
    pub(super) ways: [Descent; 2],
}

impl Bundle {
    /// How many rows of `dim` numbers make a bundle: one strip, or one row of several strips.
    pub(super) fn rows_of(dim: usize) -> usize {
        (WIDTH / dim.max(1)).max(1)
    }

    pub(super) fn new(keys: &[Key], dim: usize) -> Self {
        let width = keys.len() * dim;
        let strips = (0..width).step_by(WIDTH).map(|origin| Strip::new(origin, WIDTH.min(width - origin))).collect();
        let kept = vec![Kept::NOTHING; keys.len()];
        Self { keys: keys.to_vec(), dim, kept, areas: false, strips, ways: Default::default() }
    }

    pub(super) fn rows(&self) -> usize {
        self.keys.len()
    }

    /// The normalised increments, and the areas if asked for, of rows with the same history: [rows, dim]. The way to t
    /// may be left out where W(t) is kept and no area is asked for.
    pub(super) fn step(
        &mut self,
        stream: Stream,
        rows: &Range<usize>,
        (t, way_t): (f64, Option<&Descent>),
        way_s: &Descent,
        out: &mut [f64],
        mut area: Option<&mut [f64]>,
    ) {
        if area.is_some() && !self.areas {
            self.areas = true;
            // the ways that are kept lack the areas beside them
            self.kept.iter_mut().for_each(|kept| kept.leaf = 0);
        }
        let scale = (t - way_s.t).sqrt();
        let before = self.kept[rows.start];
        let slots = before.slots(t, way_s.t);
        let mut after = before;
        let (first, last) = (rows.start * self.dim, rows.end * self.dim);
        for strip in &mut self.strips {
            // of several strips, each has a part of the one row
            let columns = first.max(strip.origin)..last.min(strip.origin + strip.width);
            let place = columns.start - first..columns.end - first;
            let columns = columns.start - strip.origin..columns.end - strip.origin;
            let run = Run { stream, keys: &self.keys, dim: self.dim, columns };
            let out = &mut out[place.clone()];
            after = before;
            strip.prepare(self.areas);
            if let Some(way_t) = way_t {
                strip.keep(&run, &mut after, way_t, slots[0]);
            }
            if let (Some(way_t), Some(area)) = (way_t, &mut area) {
                let area = &mut area[place];
                strip.area(&run, &mut after, [way_t, way_s], slots, [&mut *out, &mut *area]);
                area.iter_mut().for_each(|h| *h /= scale);
            } else {
                strip.keep(&run, &mut after, way_s, slots[1]);
            }
            let [w_t, w_s] = slots.map(|slot| strip.end(slot, &run.columns));
            for ((z, w_t), w_s) in out.iter_mut().zip(w_t).zip(w_s) {
                *z = (w_s - w_t) / scale;
            }
        }
        self.kept[rows.clone()].fill(after);
    }
}
