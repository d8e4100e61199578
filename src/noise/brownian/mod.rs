//! Brownian paths that agree across step counts: W(t) of a sample is a function of its key alone.
//!
//! A path lives on a binary tree over the process's whole domain [t_lo, t_hi]. W(t_lo) = 0;
//! `W(t_hi) = sqrt(t_hi − t_lo) z`; the value at a node's split point is a Brownian bridge between the
//! node's ends a < m < b (Lévy's construction):
//!
//! ```text
//! W(m) = W(a) + (m − a)/(b − a) (W(b) − W(a)) + sqrt((m − a)(b − m)/(b − a)) z
//! ```
//!
//! The root splits at t_0, the larger of t_lo and the time where sigma = 1e-6 (where t_0 = t_lo its lower
//! part is absent). Below t_0 nodes split at midpoints in t, above it at midpoints in ln sigma; each part
//! to a depth of 40. Where rounding leaves no point between in ln sigma, the midpoint in t is taken; where
//! that is none either, the leaf is reached. Inside a leaf W is interpolated linearly, and steps shorter
//! than a leaf are refused.
//!
//! The normal `z` of a node is (key, stream "path", index = the node's number): 0 for W(t_hi), then heap
//! numbering: 1 the root, 2 and 3 the parts below and above t_0, children of k are 2k and 2k + 1.
//!
//! The tree is that of Gaines and Lyons, "Variable step size control in the numerical solution of
//! stochastic differential equations", SIAM J. Appl. Math. 57 (1997), read from counters instead of memory.

mod paths;

pub use paths::{Path, Paths};

use super::NoiseError;

/// How time and the noise level of a process belong together; sigma rises strictly with t.
pub trait TimeScale: Send + Sync {
    /// Smallest and largest time.
    fn domain(&self) -> (f64, f64);
    /// ln sigma(t); −inf where sigma = 0.
    fn ln_sigma_from_time(&self, t: f64) -> f64;
    /// The time with this ln sigma, clipped to the domain.
    fn time_from_ln_sigma(&self, ln_sigma: f64) -> f64;
}

/// Splits below each part of the tree.
const DEPTH: u32 = 40;
/// Most splits on the way to a leaf: the root's and those of a part.
const LEVELS: usize = DEPTH as usize + 1;
/// Below this noise level the path is split in t.
const SIGMA_0: f64 = 1e-6;

/// Where a value of a path is kept: 0 for W(t_lo), 1 for W(t_hi), 2 + k for the split of level k.
type Place = usize;
const PLACES: usize = 2 + LEVELS;

/// One end of a node.
#[derive(Clone, Copy, Debug)]
struct End {
    t: f64,
    ln_sigma: f64,
    place: Place,
}

/// Where a node is cut, and its bridge.
#[derive(Clone, Copy, Debug)]
struct Split {
    t: f64,
    ln_sigma: f64,
    /// (m − a)/(b − a)
    fraction: f64,
    /// sqrt((m − a)(b − m)/(b − a))
    std: f64,
}

/// A node, or a leaf where `split` is `None`.
#[derive(Clone, Copy, Debug)]
struct Node {
    number: u64,
    lower: End,
    upper: End,
    split: Option<Split>,
}

/// The way from the root to the leaf that holds a time: the same for all samples.
#[derive(Clone, Debug, Default)]
pub struct Descent {
    t: f64,
    /// Root first, leaf last; empty before the first way.
    nodes: Vec<Node>,
}

impl Descent {
    /// The time it leads to.
    #[must_use]
    pub fn time(&self) -> f64 {
        self.t
    }

    /// The leaf's width in t.
    fn leaf_width(&self) -> f64 {
        self.nodes.last().map_or(f64::INFINITY, |leaf| leaf.upper.t - leaf.lower.t)
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
            tree.root.split = Some(bridge(lower, upper, t_0, ln_sigma_0));
        }
        Ok(tree)
    }

    /// Smallest and largest time of the paths.
    #[must_use]
    pub fn domain(&self) -> (f64, f64) {
        (self.root.lower.t, self.root.upper.t)
    }

    /// The way to time t.
    ///
    /// # Errors
    /// [`NoiseError::Outside`] when t is not in the domain.
    pub fn descend(&self, t: f64) -> Result<Descent, NoiseError> {
        let mut descent = Descent { t: f64::NAN, nodes: Vec::with_capacity(1 + LEVELS) };
        self.redirect(&mut descent, t)?;
        Ok(descent)
    }

    /// Leads `descent` to t instead, keeping the nodes that the two ways share.
    ///
    /// # Errors
    /// [`NoiseError::Outside`] when t is not in the domain; `descent` is then as before.
    pub fn redirect(&self, descent: &mut Descent, t: f64) -> Result<(), NoiseError> {
        let (lower, upper) = self.domain();
        if !(lower..=upper).contains(&t) {
            return Err(NoiseError::Outside { t, lower, upper });
        }
        if descent.t == t && !descent.nodes.is_empty() {
            return Ok(());
        }
        let holds = |node: &Node| node.lower.t <= t && (t < node.upper.t || node.upper.t == upper);
        let shared = descent.nodes.iter().take_while(|node| holds(node)).count();
        descent.nodes.truncate(shared);
        let mut node = *descent.nodes.last().unwrap_or(&self.root);
        if descent.nodes.is_empty() {
            descent.nodes.push(node);
        }
        while let Some(split) = node.split {
            let place = 2 + descent.nodes.len() - 1;
            let middle = End { t: split.t, ln_sigma: split.ln_sigma, place };
            node = if t < split.t {
                self.node(2 * node.number, node.lower, middle)
            } else {
                self.node(2 * node.number + 1, middle, node.upper)
            };
            descent.nodes.push(node);
        }
        descent.t = t;
        Ok(())
    }

    /// The node with its split; without one at the full depth.
    fn node(&self, number: u64, lower: End, upper: End) -> Node {
        let split = if number.ilog2() > DEPTH { None } else { self.split(lower, upper) };
        Node { number, lower, upper, split }
    }

    fn split(&self, lower: End, upper: End) -> Option<Split> {
        let between = |t: &f64| lower.t < *t && *t < upper.t;
        if lower.t >= self.t_0 {
            let ln_sigma = 0.5 * (lower.ln_sigma + upper.ln_sigma);
            let t = self.scale.time_from_ln_sigma(ln_sigma);
            if between(&t) {
                return Some(bridge(lower, upper, t, ln_sigma));
            }
        }
        let t = lower.t + 0.5 * (upper.t - lower.t);
        between(&t).then(|| bridge(lower, upper, t, self.scale.ln_sigma_from_time(t)))
    }
}

fn bridge(lower: End, upper: End, t: f64, ln_sigma: f64) -> Split {
    let fraction = (t - lower.t) / (upper.t - lower.t);
    Split { t, ln_sigma, fraction, std: (fraction * (upper.t - t)).sqrt() }
}

#[cfg(test)]
mod tests;
