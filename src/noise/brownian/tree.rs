//! The geometry of the paths: where the nodes lie and how they split, the same for all samples of a process.

use super::TimeScale;
use crate::noise::NoiseError;

/// Splits below each part of the tree.
const DEPTH: u32 = 40;
/// Most splits on the way to a leaf: the root's and those of a part.
pub(super) const LEVELS: usize = DEPTH as usize + 1;
/// Below this noise level the path is split in t.
const SIGMA_0: f64 = 1e-6;

/// sqrt(12)
const SQRT_12: f64 = 2.0 * 1.732_050_807_568_877_2;

/// Where a value of W is kept: 0 for W(t_lo), 1 for W(t_hi), 2 + k for the split of level k.
pub(super) type Place = usize;
pub(super) const PLACES: usize = 2 + LEVELS;

/// One end of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) t: f64,
    ln_sigma: f64,
    pub(super) place: Place,
}

/// The law of a child's area: `H = mean R + std z'`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Child {
    pub(super) mean: f64,
    pub(super) std: f64,
}

/// Where a node is cut, and the law of what is drawn there; letters as in the module's head.
#[derive(Clone, Copy, Debug)]
pub(super) struct Split {
    t: f64,
    ln_sigma: f64,
    /// p = (m − a)/(b − a)
    pub(super) fraction: f64,
    /// 6pq, the mean of β for H = 1
    pub(super) mean: f64,
    /// sqrt(pqhd), the deviation of β from its mean
    pub(super) std: f64,
    /// Below and above m; the deviations have opposite signs.
    pub(super) children: [Child; 2],
}

/// A node, or a leaf where `split` is `None`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) number: u64,
    pub(super) lower: End,
    pub(super) upper: End,
    pub(super) split: Option<Split>,
}

impl Node {
    pub(super) fn width(&self) -> f64 {
        self.upper.t - self.lower.t
    }

    /// 0 for the lower child of its parent, 1 for the upper.
    pub(super) fn side(&self) -> usize {
        usize::from(!self.number.is_multiple_of(2))
    }
}

/// The way from the root to the leaf that holds a time.
#[derive(Clone, Debug, Default)]
pub(super) struct Descent {
    pub(super) t: f64,
    /// Root first, leaf last; empty before the first way.
    pub(super) nodes: Vec<Node>,
}

impl Descent {
    /// The leaf's width in t.
    pub(super) fn leaf_width(&self) -> f64 {
        self.nodes.last().map_or(f64::INFINITY, Node::width)
    }
}

/// The geometry of all paths over one process.
pub struct Tree {
    scale: Box<dyn TimeScale>,
    root: Node,
    t_0: f64,
}

impl Tree {
    /// The tree over the whole domain of `scale`.
    ///
    /// # Errors
    /// [`NoiseError::Scale`] when the domain is empty or not finite, or sigma does not rise over it.
    pub fn new(scale: impl TimeScale + 'static) -> Result<Self, NoiseError> {
        let (lower, upper) = scale.domain();
        let ln_sigma_0 = SIGMA_0.ln();
        let ln_sigma_lower = scale.ln_sigma_from_time(lower);
        let ln_sigma_upper = scale.ln_sigma_from_time(upper);
        let starts_above = ln_sigma_lower >= ln_sigma_0;
        let t_0 = if starts_above { lower } else { scale.time_from_ln_sigma(ln_sigma_0) };
        let bottom = if starts_above { ln_sigma_lower } else { ln_sigma_0 };
        let rises = upper.is_finite() && ln_sigma_upper.is_finite() && bottom < ln_sigma_upper;
        if !rises || lower.is_nan() || lower > t_0 || t_0 >= upper || (t_0 == lower && !starts_above) {
            return Err(NoiseError::Scale { lower, upper });
        }
        let lower = End { t: lower, ln_sigma: ln_sigma_lower, place: 0 };
        let upper = End { t: upper, ln_sigma: ln_sigma_upper, place: 1 };
        let mut tree = Self { scale: Box::new(scale), root: Node { number: 1, lower, upper, split: None }, t_0 };
        if starts_above {
            tree.root = tree.node(3, lower, upper);
        } else {
            tree.root.split = Some(cut(lower, upper, t_0, ln_sigma_0));
        }
        Ok(tree)
    }

    /// Smallest and largest time of the paths.
    #[must_use]
    pub fn domain(&self) -> (f64, f64) {
        (self.root.lower.t, self.root.upper.t)
    }

    /// Leads `way` to t, keeping the nodes that it shares with the way before.
    ///
    /// # Errors
    /// [`NoiseError::Outside`] when t is not in the domain; `way` is then as before.
    pub(super) fn lead(&self, way: &mut Descent, t: f64) -> Result<(), NoiseError> {
        let (lower, upper) = self.domain();
        if !(lower..=upper).contains(&t) {
            return Err(NoiseError::Outside { t, lower, upper });
        }
        if way.t == t && !way.nodes.is_empty() {
            return Ok(());
        }
        if way.nodes.is_empty() {
            way.nodes.reserve_exact(1 + LEVELS);
        }
        let holds = |node: &Node| node.lower.t <= t && (t < node.upper.t || node.upper.t == upper);
        let shared = way.nodes.iter().take_while(|node| holds(node)).count();
        way.nodes.truncate(shared);
        if way.nodes.is_empty() {
            way.nodes.push(self.root);
        }
        while let Some(Node { number, lower, upper, split: Some(split) }) = way.nodes.last() {
            let middle = End { t: split.t, ln_sigma: split.ln_sigma, place: 2 + way.nodes.len() - 1 };
            let (number, lower, upper) =
                if t < split.t { (2 * number, *lower, middle) } else { (2 * number + 1, middle, *upper) };
            way.nodes.push(self.node(number, lower, upper));
        }
        way.t = t;
        Ok(())
    }

    /// The node with its split; without one at the full depth.
    #[inline]
    fn node(&self, number: u64, lower: End, upper: End) -> Node {
        let split = if number.ilog2() > DEPTH { None } else { self.split(lower, upper) };
        Node { number, lower, upper, split }
    }

    #[inline]
    fn split(&self, lower: End, upper: End) -> Option<Split> {
        let between = |t: &f64| lower.t < *t && *t < upper.t;
        if lower.t >= self.t_0 {
            let ln_sigma = 0.5 * (lower.ln_sigma + upper.ln_sigma);
            let t = self.scale.time_from_ln_sigma(ln_sigma);
            if between(&t) {
                return Some(cut(lower, upper, t, ln_sigma));
            }
        }
        let t = lower.t + 0.5 * (upper.t - lower.t);
        between(&t).then(|| cut(lower, upper, t, self.scale.ln_sigma_from_time(t)))
    }
}

#[inline]
fn cut(lower: End, upper: End, t: f64, ln_sigma: f64) -> Split {
    let h = upper.t - lower.t;
    let per_h = 1.0 / h;
    law(h, (t - lower.t) * per_h, (upper.t - t) * per_h, t, ln_sigma)
}

/// The law of W(m), H_1, H_2 given W and H. Divisions and roots are few: where each row has times of its own, this is
/// done for each.
#[inline]
fn law(h: f64, p: f64, q: f64, t: f64, ln_sigma: f64) -> Split {
    let pq = p * q;
    let d = 1.0 - 3.0 * pq;
    let per_d = 1.0 / d;
    // sqrt(pqh/(12d)), of which sqrt(pqhd) is sqrt(12) d times as much
    let scale = (pq * h * per_d * (1.0 / 12.0)).sqrt();
    let children = [Child { mean: p * p * per_d, std: scale * q }, Child { mean: q * q * per_d, std: -scale * p }];
    Split { t, ln_sigma, fraction: p, mean: 6.0 * pq, std: SQRT_12 * d * scale, children }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// W, H of a node and z, z' are independent with variances h, h/12, 1, 1; the parts' W_1, H_1, W_2, H_2 must
        /// come out independent with variances ph, ph/12, qh, qh/12, and their union must be W and H.
        #[test]
        fn the_parts_are_independent_and_their_union_is_the_whole(p in 1e-9_f64..1.0, h in 1e-6_f64..100.0) {
            let q = 1.0 - p;
            let split = law(h, p, q, 0.0, 0.0);
            // each of W_1, H_1, W_2, H_2 as its weights of W, H, z, z'
            let beta = [0.0, split.mean, split.std, 0.0];
            let rest = [0.0, 1.0 - beta[1] / 2.0, -beta[2] / 2.0, 0.0];
            let area = |child: Child| [0.0, child.mean * rest[1], child.mean * rest[2], child.std];
            let (h_1, h_2) = (area(split.children[0]), area(split.children[1]));
            let w_1 = [p, beta[1], beta[2], 0.0];
            let w_2 = [1.0 - p, -beta[1], -beta[2], 0.0];
            let variances = [h, h / 12.0, 1.0, 1.0];
            let parts = [(w_1, p * h), (h_1, p * h / 12.0), (w_2, q * h), (h_2, q * h / 12.0)];
            for (i, (a, expected)) in parts.iter().enumerate() {
                for (j, (b, other)) in parts.iter().enumerate() {
                    let covariance: f64 = (0..4).map(|k| a[k] * b[k] * variances[k]).sum();
                    let wanted = if i == j { *expected } else { 0.0 };
                    let scale = (expected * other).sqrt();
                    prop_assert!((covariance - wanted).abs() <= 1e-14 * scale + 1e-15 * h, "{i} {j} {covariance}");
                }
            }
            for k in 0..4 {
                let union = p * h_1[k] + q * h_2[k] + (q * w_1[k] - p * w_2[k]) / 2.0;
                let wanted = if k == 1 { 1.0 } else { 0.0 };
                prop_assert!((union - wanted).abs() <= 1e-14 * h.sqrt().max(1.0), "{k} {union}");
            }
        }
    }
}
