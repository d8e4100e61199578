//! The area of any interval, from the areas of the nodes beside the ways to its ends.

use super::bundle::Kept;
use super::strip::{Run, Strip};
use super::tree::{Descent, Node};
use std::ops::Range;

/// The part of a node between one of its ends and a time.
#[derive(Clone, Copy)]
enum Part {
    /// From the node's lower end up to the time.
    Below,
    /// From the time up to the node's upper end.
    Above,
}

/// `h_1/(h_1 + h_2), h_2/(h_1 + h_2)`, 1 the part below.
fn fractions(h_1: f64, h_2: f64) -> (f64, f64) {
    (h_1 / (h_1 + h_2), h_2 / (h_1 + h_2))
}

impl Strip {
    /// H of [s, t] into `area`; `scratch` is overwritten. W(t) is kept in its slot already, W(s) then is too. Needs
    /// the areas beside the ways.
    ///
    /// The lowest node that holds the interval splits inside it, at m: [s, m] is the upper part of one child, [m, t]
    /// the lower part of the other. A part of a node is its child's part, or that and the other child, united.
    pub(super) fn area(
        &mut self,
        run: &Run<'_>,
        kept: &mut Kept,
        [way_t, way_s]: [&Descent; 2],
        slots: [usize; 2],
        [scratch, area]: [&mut [f64]; 2],
    ) {
        let shared = way_t.nodes.iter().zip(&way_s.nodes).take_while(|(a, b)| a.number == b.number).count();
        let columns = &run.columns;
        // mostly the last step ended at t, and its way is still kept
        self.descend(run, kept, way_t);
        if shared == way_t.nodes.len() {
            // both ends of one leaf
            let length = (way_t.t - way_s.t) / way_t.leaf_width();
            let h = self.h(shared - 1, columns);
            area.iter_mut().zip(h).for_each(|(area, h)| *area = length * length * h);
            return self.keep(run, kept, way_s, slots[1]);
        }
        self.part(Part::Below, columns, way_t, shared, slots[0], area);
        self.keep(run, kept, way_s, slots[1]);
        self.descend(run, kept, way_s);
        self.part(Part::Above, columns, way_s, shared, slots[1], scratch);
        let m = way_t.nodes[shared].lower;
        let (f_1, f_2) = fractions(m.t - way_s.t, way_t.t - m.t);
        let (w_m, [w_t, w_s]) = (self.w(m.place, columns), slots.map(|slot| self.end(slot, columns)));
        for ((((h_2, h_1), w_m), w_t), w_s) in area.iter_mut().zip(scratch).zip(w_m).zip(w_t).zip(w_s) {
            *h_2 = f_1 * *h_1 + f_2 * *h_2 + 0.5 * (f_2 * (w_m - w_s) - f_1 * (w_t - w_m));
        }
    }

    /// H of the part of node number `top` of the way, whose time is kept in the slot.
    fn part(&self, part: Part, columns: &Range<usize>, way: &Descent, top: usize, slot: usize, out: &mut [f64]) {
        let Some((leaf, _)) = way.nodes.split_last() else { return };
        let length = |node: &Node| match part {
            Part::Below => way.t - node.lower.t,
            Part::Above => node.upper.t - way.t,
        };
        let of_leaf = length(leaf) / leaf.width();
        let h = self.h(way.nodes.len() - 1, columns);
        out.iter_mut().zip(h).for_each(|(out, h)| *out = of_leaf * of_leaf * h);
        let w_time = self.end(slot, columns);
        for k in (top..way.nodes.len() - 1).rev() {
            let (node, child) = (&way.nodes[k], &way.nodes[k + 1]);
            let beside = self.beside(k, columns).iter();
            let (lower, upper) = (self.w(node.lower.place, columns), self.w(node.upper.place, columns));
            match (part, child.side()) {
                (Part::Below, 1) => {
                    let (f_1, f_2) = fractions(child.lower.t - node.lower.t, length(child));
                    let ends = lower.iter().zip(self.w(child.lower.place, columns)).zip(w_time);
                    for ((h_2, h_1), ((a, m), b)) in out.iter_mut().zip(beside).zip(ends) {
                        *h_2 = f_1 * h_1 + f_2 * *h_2 + 0.5 * (f_2 * (m - a) - f_1 * (b - m));
                    }
                }
                (Part::Above, 0) => {
                    let (f_1, f_2) = fractions(length(child), node.upper.t - child.upper.t);
                    let ends = w_time.iter().zip(self.w(child.upper.place, columns)).zip(upper);
                    for ((h_1, h_2), ((a, m), b)) in out.iter_mut().zip(beside).zip(ends) {
                        *h_1 = f_1 * *h_1 + f_2 * h_2 + 0.5 * (f_2 * (m - a) - f_1 * (b - m));
                    }
                }
                // the child's part is the node's
                _ => {}
            }
        }
    }
}
