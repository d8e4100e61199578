//! Brownian paths that agree across step counts: W(t) of a sample, and the area between W and its chord, are
//! functions of the sample's key alone.
//!
//! # The area
//!
//! Beside the increment W of an interval of length h stands its space-time Lévy area, the mean distance of the
//! path from its chord:
//!
//! ```text
//! H = 1/h ∫ (W_u − u/h W_h) du  over u in [0, h],   H ~ N(0, h/12), independent of W
//! ```
//!
//! (Foster, Lyons, Oberhauser, "An optimal polynomial approximation of Brownian motion", SIAM J. Numer. Anal. 58
//! (2020).) Of two neighbouring intervals, 1 the first in the direction of integration,
//!
//! ```text
//! W = W_1 + W_2,   H = (h_1 H_1 + h_2 H_2 + (h_2 W_1 − h_1 W_2)/2)/(h_1 + h_2)      (union)
//! ```
//!
//! A path that is read backwards has −W_2, −W_1 for W_1, W_2, and its distance from the chord stays: H does not
//! depend on the direction. The tree is built in rising time; integration falls in time.
//!
//! # The tree
//!
//! A path lives on a binary tree over the process's whole domain [t_lo, t_hi]. W(t_lo) = 0;
//! `W(t_hi) = sqrt(t_hi − t_lo) z`, `H = sqrt((t_hi − t_lo)/12) z'` of the whole. A node with W, H and ends
//! a < m < b, h = b − a, p = (m − a)/h, q = (b − m)/h splits at m. Of independent W_1, H_1, W_2, H_2 given W, the
//! bridge's β = W_1 − pW ~ N(0, pqh), H_1 ~ N(0, ph/12), H_2 ~ N(0, qh/12) are independent, and the union says
//! H = pH_1 + qH_2 + β/2. Conditioning these Gaussians on H, then pH_1 + qH_2 = H − β/2 = R, with two fresh normals
//! z, z' and d = p³ + q³ = 1 − 3pq:
//!
//! ```text
//! β   = 6pq H + sqrt(pqh d) z              Cov(β, H) = pqh/2, Var H = h/12, Var(β|H) = pqh − 3p²q²h
//! H_1 = p²/d R + sqrt(pq³h/(12d)) z'       Cov(H_1, R) = p²h/12, Var R = dh/12
//! H_2 = q²/d R − sqrt(p³qh/(12d)) z'
//! ```
//!
//! At p = q = 1/2 the variances are those of Foster, Lyons, Oberhauser, h/16 and h/48; for any point see Jelinčič, Tao, Turner, Cass,
//! Foster, Ni, "Single-seed generation of Brownian paths and integrals for adaptive and high order SDE solvers"
//! (2024). W and H must be drawn together: H of a node depends on all the values of W inside it, so that a tree that
//! draws W first would have to descend to all leaves for one H. So every sampler's W comes from this tree, whether
//! it reads H or not.
//!
//! The root splits at t_0, the larger of t_lo and the time where sigma = 1e-6 (where t_0 = t_lo its lower
//! part is absent). Below t_0 nodes split at midpoints in t, above it at midpoints in ln sigma; each part
//! to a depth of 40. Where rounding leaves no point between in ln sigma, the midpoint in t is taken; where
//! that is none either, the leaf is reached. Steps shorter than a leaf are refused. Inside a leaf the path is its
//! own mean given W and H of the leaf, a parabola that keeps both: `W(a + rh) = W(a) + rW + 6r(1 − r)H`; the area
//! of a part of length lh is l²H.
//!
//! The normals of a node are (key, stream "path", index = the node's number), elements 2i and 2i + 1 for z and z' of
//! coordinate i. Numbers: 0 for the whole, then heap numbering: 1 the root, 2 and 3 the parts below and above t_0,
//! children of k are 2k and 2k + 1.
//!
//! The tree is that of Gaines and Lyons, "Variable step size control in the numerical solution of
//! stochastic differential equations", SIAM J. Appl. Math. 57 (1997), read from counters instead of memory.

mod area;
mod bundle;
mod paths;
mod strip;
mod tree;

pub use paths::Paths;
pub use tree::Tree;

/// How time and the noise level of a process belong together; sigma rises strictly with t.
pub trait TimeScale: Send + Sync {
    /// Smallest and largest time.
    fn domain(&self) -> (f64, f64);
    /// ln sigma(t); −inf where sigma = 0.
    fn ln_sigma_from_time(&self, t: f64) -> f64;
    /// The time with this ln sigma, clipped to the domain.
    fn time_from_ln_sigma(&self, ln_sigma: f64) -> f64;
}

#[cfg(test)]
mod tests;
