//! The tableau of DOP853: order 8 in 12 stages with two embedded error estimates.
//!
//! E. Hairer, S. P. Nørsett and G. Wanner, Solving Ordinary Differential Equations I (1993), section II.5 (the
//! formula of P. J. Prince and J. R. Dormand) and II.10; numbers from the authors' `dop853.f`. The tests check
//! all 200 conditions of order 8.

/// Evaluations a step; the first is the last of the step before.
pub const STAGES: usize = 12;

/// Places of the stages in the step.
pub const C: [f64; STAGES] = [
    0.0,
    0.05260015195876773,
    0.0789002279381516,
    0.1183503419072274,
    0.2816496580927726,
    0.3333333333333333,
    0.25,
    0.3076923076923077,
    0.6512820512820513,
    0.6,
    0.8571428571428571,
    1.0,
];

/// Row i: the weights of stages 0..i in stage i.
pub const A: [&[f64]; STAGES] = [
    &[],
    &[0.05260015195876773],
    &[0.0197250569845379, 0.0591751709536137],
    &[0.02958758547680685, 0.0, 0.08876275643042054],
    &[0.2413651341592667, 0.0, -0.8845494793282861, 0.924834003261792],
    &[0.037037037037037035, 0.0, 0.0, 0.17082860872947386, 0.12546768756682242],
    &[0.037109375, 0.0, 0.0, 0.17025221101954405, 0.06021653898045596, -0.017578125],
    &[
        0.03709200011850479,
        0.0,
        0.0,
        0.17038392571223998,
        0.10726203044637328,
        -0.015319437748624402,
        0.008273789163814023,
    ],
    &[
        0.6241109587160757,
        0.0,
        0.0,
        -3.3608926294469414,
        -0.868219346841726,
        27.59209969944671,
        20.154067550477894,
        -43.48988418106996,
    ],
    &[
        0.47766253643826434,
        0.0,
        0.0,
        -2.4881146199716677,
        -0.590290826836843,
        21.230051448181193,
        15.279233632882423,
        -33.28821096898486,
        -0.020331201708508627,
    ],
    &[
        -0.9371424300859873,
        0.0,
        0.0,
        5.186372428844064,
        1.0914373489967295,
        -8.149787010746927,
        -18.52006565999696,
        22.739487099350505,
        2.4936055526796523,
        -3.0467644718982196,
    ],
    &[
        2.273310147516538,
        0.0,
        0.0,
        -10.53449546673725,
        -2.0008720582248625,
        -17.9589318631188,
        27.94888452941996,
        -2.8589982771350235,
        -8.87285693353063,
        12.360567175794303,
        0.6433927460157636,
    ],
];

/// Weights of the result, order 8.
pub const B: [f64; STAGES] = [
    0.054293734116568765,
    0.0,
    0.0,
    0.0,
    0.0,
    4.450312892752409,
    1.8915178993145003,
    -5.801203960010585,
    0.3111643669578199,
    -0.1521609496625161,
    0.20136540080403034,
    0.04471061572777259,
];

/// Result less an embedded one of order 5.
pub const E5: [f64; STAGES] = [
    0.01312004499419488,
    0.0,
    0.0,
    0.0,
    0.0,
    -1.2251564463762044,
    -0.4957589496572502,
    1.6643771824549864,
    -0.35032884874997366,
    0.3341791187130175,
    0.08192320648511571,
    -0.022355307863886294,
];

/// Result less an embedded one of order 3.
pub const E3: [f64; STAGES] = [
    -0.18980075407240762,
    0.0,
    0.0,
    0.0,
    0.0,
    4.450312892752409,
    1.8915178993145003,
    -5.801203960010585,
    -0.4226823213237919,
    -0.1521609496625161,
    0.20136540080403034,
    0.02265179219836082,
];

/// Size of an error from its two estimates: `h |e5|²/(|e5|² + |e3|²/100)^½`, of order 8 as the result is
/// (section II.10); `e5`, `e3` are sums of squares over the scaled components, `count` of them.
#[must_use]
pub fn error_norm(h: f64, e5: f64, e3: f64, count: usize) -> f64 {
    if e5 == 0.0 { 0.0 } else { h.abs() * e5 / ((e5 + 0.01 * e3) * count as f64).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rooted tree: its order, its density gamma, and its inner weights a stage.
    struct Tree {
        order: usize,
        gamma: f64,
        phi: [f64; STAGES],
    }

    /// All rooted trees up to an order, J. C. Butcher's theory: the children of a root are a multiset of
    /// smaller trees.
    fn trees(most: usize) -> Vec<Tree> {
        let mut all = Vec::new();
        for order in 1..=most {
            let mut found = Vec::new();
            grow(&all, order - 1, 0, &Tree { order, gamma: order as f64, phi: [1.0; STAGES] }, &mut found);
            all.extend(found);
        }
        all
    }

    fn grow(all: &[Tree], left: usize, from: usize, root: &Tree, found: &mut Vec<Tree>) {
        if left == 0 {
            found.push(Tree { ..*root });
            return;
        }
        for (i, child) in all.iter().enumerate().skip(from).filter(|(_, child)| child.order <= left) {
            let mut phi = root.phi;
            for (p, row) in phi.iter_mut().zip(A) {
                *p *= row.iter().zip(child.phi).map(|(a, c)| a * c).sum::<f64>();
            }
            let root = Tree { order: root.order, gamma: root.gamma * child.gamma, phi };
            grow(all, left - child.order, i, &root, found);
        }
    }

    fn residual(weights: impl Fn(usize) -> f64, tree: &Tree) -> f64 {
        (0..STAGES).map(|i| weights(i) * tree.phi[i]).sum::<f64>() - 1.0 / tree.gamma
    }

    #[test]
    fn all_conditions_of_order_8_hold_and_not_all_of_order_9() {
        let all = trees(9);
        let count = |order| all.iter().filter(|tree| tree.order == order).count();
        assert_eq!((1..=9).map(count).collect::<Vec<_>>(), [1, 1, 2, 4, 9, 20, 48, 115, 286]);
        let worst = |weights: &dyn Fn(usize) -> f64, orders: std::ops::RangeInclusive<usize>| {
            let among = all.iter().filter(|tree| orders.contains(&tree.order));
            among.map(|tree| residual(weights, tree).abs()).fold(0.0, f64::max)
        };
        assert!(worst(&|i| B[i], 1..=8) < 1e-14, "{}", worst(&|i| B[i], 1..=8));
        assert!(worst(&|i| B[i], 9..=9) > 1e-6);
        assert!(worst(&|i| B[i] - E5[i], 1..=5) < 1e-14);
        assert!(worst(&|i| B[i] - E5[i], 6..=6) > 1e-6);
        assert!(worst(&|i| B[i] - E3[i], 1..=3) < 1e-14);
        assert!(worst(&|i| B[i] - E3[i], 4..=4) > 1e-6);
    }

    #[test]
    fn rows_sum_to_their_places() {
        for (row, c) in A.iter().zip(C) {
            assert!((row.iter().sum::<f64>() - c).abs() < 1e-14);
        }
    }
}
