//! The values of a few numbers' paths, kept side by side so that one loop serves them all.

use super::bundle::Kept;
use super::tree::{Descent, LEVELS, Node, PLACES};
use crate::noise::normal::{LANES, Lanes};
use crate::noise::{Key, Stream};
use std::ops::Range;

/// Most numbers of a strip: as many as go through the generator at once.
pub(super) const WIDTH: usize = LANES;

/// Which columns of a strip move together, and whose normals they read.
pub(super) struct Run<'a> {
    pub(super) stream: Stream,
    /// The rows' keys and how many columns each has, over the whole bundle.
    pub(super) keys: &'a [Key],
    pub(super) dim: usize,
    /// In the strip.
    pub(super) columns: Range<usize>,
}

impl Run<'_> {
    /// Lanes for the columns of a strip that begins at column `origin` of its bundle, `levels` times.
    fn lanes(&self, origin: usize, levels: usize) -> Lanes {
        let mut lanes = Lanes::new(self.stream);
        let (count, begin) = (self.columns.len(), origin + self.columns.start);
        let (mut row, mut block) = (begin / self.dim, begin % self.dim);
        for i in 0..count {
            for level in 0..levels {
                lanes.set(level * count + i, self.keys[row], 0, block);
            }
            block += 1;
            if block == self.dim {
                (row, block) = (row + 1, 0);
            }
        }
        lanes
    }
}

/// Columns of the rows of a bundle: several whole rows, or a part of one. Arrays are [level, column].
pub(super) struct Strip {
    /// Its first column in the bundle.
    pub(super) origin: usize,
    pub(super) width: usize,
    /// W at the ends of nodes, `PLACES` levels; empty before the first query, as all arrays.
    w: Vec<f64>,
    /// H of the nodes on the way, root to leaf.
    h: Vec<f64>,
    /// H of the other child of each split; empty while no area was asked for.
    beside: Vec<f64>,
    /// W at the two times kept.
    ends: [Vec<f64>; 2],
}

impl Strip {
    pub(super) fn new(origin: usize, width: usize) -> Self {
        Self { origin, width, w: Vec::new(), h: Vec::new(), beside: Vec::new(), ends: Default::default() }
    }

    /// Takes the memory: 87 numbers a column, with the areas 128.
    pub(super) fn prepare(&mut self, area: bool) {
        if self.w.is_empty() {
            self.w = vec![0.0; PLACES * self.width];
            self.h = vec![0.0; (1 + LEVELS) * self.width];
            self.ends = [vec![0.0; self.width], vec![0.0; self.width]];
        }
        if area && self.beside.is_empty() {
            self.beside = vec![0.0; LEVELS * self.width];
        }
    }

    /// W at a place.
    pub(super) fn w(&self, place: usize, columns: &Range<usize>) -> &[f64] {
        &self.w[place * self.width..][columns.clone()]
    }

    /// H of the node at a level of the way.
    pub(super) fn h(&self, level: usize, columns: &Range<usize>) -> &[f64] {
        &self.h[level * self.width..][columns.clone()]
    }

    /// H of the other child of the split at a level.
    pub(super) fn beside(&self, level: usize, columns: &Range<usize>) -> &[f64] {
        &self.beside[level * self.width..][columns.clone()]
    }

    /// W at a time that is kept.
    pub(super) fn end(&self, slot: usize, columns: &Range<usize>) -> &[f64] {
        &self.ends[slot][columns.clone()]
    }

    /// Puts W at the time of `way` into the slot, if it is not there.
    pub(super) fn keep(&mut self, run: &Run<'_>, kept: &mut Kept, way: &Descent, slot: usize) {
        let Some(leaf) = way.nodes.last().filter(|_| kept.ends[slot].0 != way.t) else { return };
        let root = &way.nodes[0];
        self.start(run, kept, root);
        kept.ends[slot] = (way.t, leaf.width());
        let columns = run.columns.clone();
        // an end of the domain needs no descent
        let place = if way.t == root.upper.t { Some(1) } else { (way.t == root.lower.t).then_some(0) };
        if let Some(place) = place {
            self.ends[slot][columns.clone()].copy_from_slice(&self.w[place * self.width..][columns]);
            return;
        }
        self.descend(run, kept, way);
        let r = (way.t - leaf.lower.t) / leaf.width();
        let bend = 6.0 * r * (1.0 - r);
        let mut end = std::mem::take(&mut self.ends[slot]);
        let (lower, upper) = (self.w(leaf.lower.place, &columns), self.w(leaf.upper.place, &columns));
        let h = self.h(way.nodes.len() - 1, &columns);
        for (((w, a), b), h) in end[columns.clone()].iter_mut().zip(lower).zip(upper).zip(h) {
            *w = (1.0 - r) * a + r * b + bend * h;
        }
        self.ends[slot] = end;
    }

    /// W and H of the whole domain.
    fn start(&mut self, run: &Run<'_>, kept: &mut Kept, root: &Node) {
        if std::mem::replace(&mut kept.started, true) {
            return;
        }
        let (std_w, std_h) = (root.width().sqrt(), (root.width() / 12.0).sqrt());
        let columns = run.columns.clone();
        let mut lanes = run.lanes(self.origin, 1);
        let (z, z_area) = lanes.normals(columns.len());
        self.w[self.width..][columns.clone()].iter_mut().zip(z).for_each(|(w, z)| *w = std_w * z);
        self.h[columns].iter_mut().zip(z_area).for_each(|(h, z)| *h = std_h * z);
    }

    /// Draws the values on the way that are not kept.
    pub(super) fn descend(&mut self, run: &Run<'_>, kept: &mut Kept, way: &Descent) {
        let Some((leaf, nodes)) = way.nodes.split_last() else { return };
        self.start(run, kept, &way.nodes[0]);
        let depth = nodes.len();
        let shared = kept.shared(leaf.number, depth);
        if shared > depth {
            return;
        }
        (kept.leaf, kept.depth) = (leaf.number, depth);
        // the split of the last shared node once more, for H of its other child
        let first = shared.saturating_sub(1);
        let count = run.columns.len();
        // as many levels at once as there are lanes
        let levels = (LANES / count.max(1)).clamp(1, LEVELS);
        let mut lanes = run.lanes(self.origin, levels.min(depth - first));
        for k in (first..depth).step_by(levels) {
            let some = k..depth.min(k + levels);
            for (i, node) in nodes[some.clone()].iter().enumerate() {
                lanes.set_index(i * count..(i + 1) * count, node.number);
            }
            let (z, z_area) = lanes.normals(some.len() * count);
            for (i, k) in some.enumerate() {
                let one = i * count..(i + 1) * count;
                self.split(k, &nodes[k], way.nodes[k + 1].side(), &run.columns, [&z[one.clone()], &z_area[one]]);
            }
        }
    }

    /// W at the split of level k and H of both parts, `side` the one on the way, from the two normals.
    fn split(&mut self, k: usize, node: &Node, side: usize, columns: &Range<usize>, [z, z_area]: [&[f64]; 2]) {
        let Some(split) = &node.split else { return };
        let (n, width) = (columns.len(), self.width);
        let (ends, rest) = self.w.split_at_mut((2 + k) * width);
        let (parents, children) = self.h.split_at_mut((1 + k) * width);
        // slices of one length known here, so that the loops have no checks inside
        let a = &ends[node.lower.place * width..][columns.clone()][..n];
        let b = &ends[node.upper.place * width..][columns.clone()][..n];
        let (w, h) = (&mut rest[columns.clone()][..n], &mut children[columns.clone()][..n]);
        let whole = &parents[k * width..][columns.clone()][..n];
        let (z, z_area) = (&z[..n], &z_area[..n]);
        let (near, far) = (split.children[side], split.children[1 - side]);
        let beta = |i: usize| split.mean * whole[i] + split.std * z[i];
        for i in 0..n {
            w[i] = a[i] + split.fraction * (b[i] - a[i]) + beta(i);
            h[i] = near.mean * (whole[i] - 0.5 * beta(i)) + near.std * z_area[i];
        }
        if !self.beside.is_empty() {
            let beside = &mut self.beside[k * width..][columns.clone()][..n];
            for i in 0..n {
                beside[i] = far.mean * (whole[i] - 0.5 * beta(i)) + far.std * z_area[i];
            }
        }
    }
}
