//! Butcher tableaus of explicit Runge-Kutta methods, as data that checks itself.

/// Coefficients of an explicit Runge-Kutta method of S stages, row by row:
/// `k_i = f(x + h sum_j a_ij k_j, t + c_i h)`, `x_new = x + h sum_i b_i k_i`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tableau {
    /// `a`: row i has i entries, so that the first is empty.
    pub a: &'static [&'static [f64]],
    /// Weights of the result.
    pub b: &'static [f64],
    /// Nodes.
    pub c: &'static [f64],
    /// Order of the result.
    pub order: usize,
    /// Weights of a second result whose difference estimates the error, and its order.
    pub embedded: Option<(&'static [f64], usize)>,
}

impl Tableau {
    /// The tableau itself, once it is consistent: rows of the right length that sum to c, weights that sum
    /// to 1. In a `const` a wrong table does not compile.
    ///
    /// # Panics
    /// Where the table is not consistent.
    #[must_use]
    pub const fn checked(self) -> Self {
        let stages = self.b.len();
        assert!(stages > 0 && self.a.len() == stages && self.c.len() == stages, "a, b and c differ in length");
        let mut i = 0;
        while i < stages {
            assert!(self.a[i].len() == i, "row i of an explicit tableau has i entries");
            assert!((sum(self.a[i]) - self.c[i]).abs() < 1e-14, "a row of a does not sum to c");
            i += 1;
        }
        assert!((sum(self.b) - 1.0).abs() < 1e-14, "the weights do not sum to 1");
        if let Some((b, order)) = self.embedded {
            assert!(b.len() == stages, "b and the embedded weights differ in length");
            assert!((sum(b) - 1.0).abs() < 1e-14, "the embedded weights do not sum to 1");
            assert!(order != self.order, "results of the same order do not estimate an error");
        }
        self
    }

    /// Number of stages.
    #[must_use]
    pub const fn stages(&self) -> usize {
        self.b.len()
    }

    /// First same as last: the last stage is the result, so that its slope is the first of the next step.
    #[must_use]
    pub fn fsal(&self) -> bool {
        let last = self.stages() - 1;
        self.c[last] == 1.0 && self.b[last] == 0.0 && self.a[last] == &self.b[..last]
    }

    /// `b` minus the embedded weights: those of the error estimate; empty where there are none.
    #[must_use]
    pub fn error_weights(&self) -> Vec<f64> {
        self.embedded.map_or(Vec::new(), |(embedded, _)| self.b.iter().zip(embedded).map(|(b, e)| b - e).collect())
    }

    /// The largest defect of the order conditions up to `order`: over all rooted trees,
    /// `|sum_i b_i Phi_i(tree) − 1/gamma(tree)|`; Hairer, Nørsett and Wanner, Solving Ordinary Differential
    /// Equations I, theorem II.2.13. `weights` is `b` or the embedded one; a method of order p has a defect of
    /// rounding size for p and a large one for p + 1.
    #[must_use]
    pub fn order_defect(&self, weights: &[f64], order: usize) -> f64 {
        let mut trees: Vec<Tree> = Vec::new();
        for n in 1..=order {
            let mut new = Vec::new();
            let root = Tree { order: 1, phi: vec![1.0; self.stages()], gamma: 1.0 };
            self.graft(&trees, n, root, &mut new);
            trees.extend(new);
        }
        let defect = |tree: &Tree| (dot(weights, &tree.phi) - 1.0 / tree.gamma).abs();
        trees.iter().map(defect).fold(0.0, f64::max)
    }

    /// Collects in `out` the trees of order `n` that `tree` becomes when trees of `children` are grafted to its
    /// root; each call uses up the children before the one it has grafted, so that no tree comes twice.
    fn graft(&self, children: &[Tree], n: usize, tree: Tree, out: &mut Vec<Tree>) {
        if tree.order == n {
            out.push(Tree { gamma: tree.gamma * n as f64, ..tree });
            return;
        }
        for (i, child) in children.iter().enumerate().filter(|(_, child)| tree.order + child.order <= n) {
            let phi = tree.phi.iter().zip(self.a).map(|(phi, row)| phi * dot(row, &child.phi)).collect();
            let grown = Tree { order: tree.order + child.order, phi, gamma: tree.gamma * child.gamma };
            self.graft(&children[i..], n, grown, out);
        }
    }
}

/// A rooted tree: number of nodes, elementary weight of each stage, density.
#[derive(Clone, Debug)]
struct Tree {
    order: usize,
    phi: Vec<f64>,
    gamma: f64,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

const fn sum(row: &[f64]) -> f64 {
    let (mut total, mut i) = (0.0, 0);
    while i < row.len() {
        total += row[i];
        i += 1;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::{Tableau, Tree};

    const RK4: Tableau = Tableau {
        a: &[&[], &[0.5], &[0.0, 0.5], &[0.0, 0.0, 1.0]],
        b: &[1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0],
        c: &[0.0, 0.5, 0.5, 1.0],
        order: 4,
        embedded: None,
    }
    .checked();

    #[test]
    fn classical_method_has_order_four_and_no_more() {
        assert!(RK4.order_defect(RK4.b, 4) < 1e-15);
        assert!(RK4.order_defect(RK4.b, 5) > 1e-3);
        assert!(!RK4.fsal());
    }

    /// 1, 1, 2, 4, 9, 20, 48, 115 rooted trees of order 1 to 8 (table II.2.1), and the densities of order 4.
    #[test]
    fn trees_are_counted_once_each() {
        let mut trees: Vec<Tree> = Vec::new();
        for (n, count) in (1..).zip([1, 1, 2, 4, 9, 20, 48, 115]) {
            let mut new = Vec::new();
            RK4.graft(&trees, n, Tree { order: 1, phi: vec![1.0; 4], gamma: 1.0 }, &mut new);
            assert_eq!(new.len(), count, "order {n}");
            if n == 4 {
                let mut gamma: Vec<f64> = new.iter().map(|t| t.gamma).collect();
                gamma.sort_by(f64::total_cmp);
                assert_eq!(gamma, [4.0, 8.0, 12.0, 24.0]);
            }
            trees.extend(new);
        }
    }

    #[test]
    #[should_panic(expected = "a row of a does not sum to c")]
    fn a_wrong_entry_is_found() {
        let _ = Tableau { a: &[&[], &[0.5], &[0.0, 0.5], &[0.0, 0.1, 1.0]], ..RK4 }.checked();
    }
}
