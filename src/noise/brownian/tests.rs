mod refusals;

use super::*;
use crate::noise::Key;
use proptest::prelude::*;
use std::sync::Arc;

/// sigma = t on [0, 160], the scale of the EDM process: part of it lies below sigma = 1e-6.
struct Linear;
impl TimeScale for Linear {
    fn domain(&self) -> (f64, f64) {
        (0.0, 160.0)
    }
    fn ln_sigma_from_time(&self, t: f64) -> f64 {
        t.ln()
    }
    fn time_from_ln_sigma(&self, ln_sigma: f64) -> f64 {
        ln_sigma.exp().clamp(0.0, 160.0)
    }
}

/// sigma = 0.01 · 5000^t on [0, 1], the scale of the VE process: all of it lies above.
struct Geometric;
impl TimeScale for Geometric {
    fn domain(&self) -> (f64, f64) {
        (0.0, 1.0)
    }
    fn ln_sigma_from_time(&self, t: f64) -> f64 {
        0.01_f64.ln() + t * 5000_f64.ln()
    }
    fn time_from_ln_sigma(&self, ln_sigma: f64) -> f64 {
        ((ln_sigma - 0.01_f64.ln()) / 5000_f64.ln()).clamp(0.0, 1.0)
    }
}

fn trees() -> [Arc<Tree>; 2] {
    [Arc::new(Tree::new(Linear).expect("rising")), Arc::new(Tree::new(Geometric).expect("rising"))]
}

fn keys(count: u32) -> Vec<Key> {
    (0..count).map(|sample| Key { seed: 11, sample }).collect()
}

/// A falling sequence of times inside the domain, dense near its lower end too.
fn times(tree: &Tree, fractions: &[f64]) -> Vec<f64> {
    let (lower, upper) = tree.domain();
    let mut times: Vec<f64> = fractions.iter().map(|u| lower + (upper - lower) * u.powi(4)).collect();
    times.extend([lower, upper]);
    times.sort_by(|a, b| b.total_cmp(a));
    times.dedup();
    times
}

/// (W(s) − W(t), H) of [s, t], not normalised.
fn read(paths: &mut Paths, t: f64, s: f64, count: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut w, mut h) = (vec![0.0; count], vec![0.0; count]);
    paths.increment_and_area(None, &[t], &[s], &mut w, &mut h).expect("long enough");
    let scale = (t - s).sqrt();
    w.iter_mut().chain(&mut h).for_each(|x| *x *= scale);
    (w, h)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_value_does_not_depend_on_what_was_asked_before(
        fractions in proptest::collection::vec(0.0_f64..1.0, 1..12),
        order in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..3), 1..24),
    ) {
        for tree in trees() {
            let times = times(&tree, &fractions);
            let keys = keys(3);
            let mut old = Paths::new(tree.clone(), &keys, 3);
            for (from, step, kind) in order.clone() {
                let from = from.index(times.len() - 1);
                let to = from + 1 + step.index(times.len() - 1 - from);
                let (t, s) = ([times[from]], [times[to]]);
                let mut fresh = Paths::new(tree.clone(), &keys, 3);
                let (mut z, mut h) = ([0.0; 9], [0.0; 9]);
                let expected = fresh.increment_and_area(None, &t, &s, &mut z, &mut h);
                let (mut from_old, mut area) = ([0.0; 9], [0.0; 9]);
                if kind == 0 {
                    prop_assert_eq!(&old.increment(None, &t, &s, &mut from_old), &expected);
                    if expected.is_ok() {
                        prop_assert_eq!(from_old, z, "{:?} {:?}", t, s);
                    }
                } else {
                    // now and then one row alone, so that the rows' histories differ
                    let (rows, n) = if kind == 1 { (None, 9) } else { (Some(&[1_u32][..]), 3) };
                    let first = if kind == 1 { 0 } else { 3 };
                    let result = old.increment_and_area(rows, &t, &s, &mut from_old[..n], &mut area[..n]);
                    prop_assert_eq!(&result, &expected);
                    if expected.is_ok() {
                        prop_assert_eq!(&from_old[..n], &z[first..first + n], "{:?} {:?}", t, s);
                        prop_assert_eq!(&area[..n], &h[first..first + n], "{:?} {:?}", t, s);
                    }
                }
            }
        }
    }

    /// Intervals are cut in any order: W and the union of the areas are those of the whole.
    #[test]
    fn increments_and_areas_add_up(
        fractions in proptest::collection::vec(0.01_f64..1.0, 1..12),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 12),
    ) {
        fn united(paths: &mut Paths, times: &[f64], cuts: &[prop::sample::Index]) -> (Vec<f64>, Vec<f64>) {
            let (t, s) = (times[0], times[times.len() - 1]);
            let whole = read(paths, t, s, 6);
            if times.len() == 2 {
                return whole;
            }
            let cut = 1 + cuts[times.len() % cuts.len()].index(times.len() - 2);
            let (w_1, h_1) = united(paths, &times[..=cut], cuts);
            let (w_2, h_2) = united(paths, &times[cut..], cuts);
            let (l_1, l_2) = (t - times[cut], times[cut] - s);
            for i in 0..6 {
                let w = w_1[i] + w_2[i];
                let h = (l_1 * h_1[i] + l_2 * h_2[i] + (l_2 * w_1[i] - l_1 * w_2[i]) / 2.0) / (l_1 + l_2);
                let scale = 1e-13 * t.sqrt();
                assert!((w - whole.0[i]).abs() <= scale, "W of {t} {s}: {w} {}", whole.0[i]);
                assert!((h - whole.1[i]).abs() <= scale, "H of {t} {s}: {h} {}", whole.1[i]);
            }
            whole
        }
        for tree in trees() {
            let mut times = times(&tree, &fractions);
            times.dedup_by(|s, t| *t - *s < 1e-6 * *t);
            united(&mut Paths::new(tree, &keys(2), 3), &times, &cuts);
        }
    }
}

/// Inside leaves and across them, down to the shortest steps.
#[test]
fn areas_add_up_at_the_leaves() {
    for (tree, t) in trees().into_iter().zip([1.0, 0.7]) {
        let mut leaf = 1e-12;
        let mut paths = Paths::new(tree, &keys(1), 64);
        let mut z = [0.0; 64];
        if let Err(crate::noise::NoiseError::TooShort { leaf: found, .. }) =
            paths.increment(None, &[t], &[t - 1e-14], &mut z)
        {
            leaf = found;
        }
        // rounding of t itself is a part of the lengths
        for (l_1, l_2) in [(1.5, 1.5), (1.25, 3.0), (20.0, 1.1)] {
            let times = [t, t - l_1 * leaf, t - (l_1 + l_2) * leaf];
            let (l_1, l_2) = (times[0] - times[1], times[1] - times[2]);
            let (w_1, h_1) = read(&mut paths, times[0], times[1], 64);
            let (w_2, h_2) = read(&mut paths, times[1], times[2], 64);
            let (w, h) = read(&mut paths, times[0], times[2], 64);
            for i in 0..64 {
                let union = (l_1 * h_1[i] + l_2 * h_2[i] + (l_2 * w_1[i] - l_1 * w_2[i]) / 2.0) / (l_1 + l_2);
                // W itself is of size 1 to 12
                assert!((w[i] - w_1[i] - w_2[i]).abs() < 1e-14, "W");
                assert!((h[i] - union).abs() < 1e-14 && h[i].abs() < 10.0 * (l_1 + l_2).sqrt(), "H {} {union}", h[i]);
            }
        }
    }
}

/// H against its definition: the mean distance of the falling path from its chord, by the rule of trapezoids.
#[test]
fn the_area_is_the_mean_distance_from_the_chord_in_falling_time() {
    const N: usize = 512;
    let (t, s) = (0.8, 0.2);
    for tree in trees() {
        let mut paths = Paths::new(tree, &keys(40), 1);
        let (w, h) = read(&mut paths, t, s, 40);
        let mut quadrature = [0.0; 40];
        for i in 1..N {
            let u = i as f64 / N as f64;
            let (w_u, _) = read(&mut paths, t, t - u * (t - s), 40);
            quadrature.iter_mut().zip(w_u).zip(&w).for_each(|((q, w_u), w)| *q += (w_u - u * w) / N as f64);
        }
        // the error has the standard deviation sqrt((t − s)/12)/N
        let error = h.iter().zip(quadrature).map(|(h, q)| (h - q).abs()).fold(0.0, f64::max);
        assert!(error < 4.5 * ((t - s) / 12.0_f64).sqrt() / N as f64, "{error}");
    }
}

#[test]
fn rows_and_times_of_their_own_change_nothing() {
    for tree in trees() {
        // narrow; several rows a bundle with a rest; wide enough to be split between threads
        for (dim, count) in [(1, 6), (2, 100), (3, 6), (5, 40), (2_800, 6)] {
            let rows: Vec<u32> = (0..count).filter(|row| row % 5 == 1 || row % 7 == 4).collect();
            let n = rows.len();
            let (mut all, mut some) = (vec![0.0; count as usize * dim], vec![0.0; n * dim]);
            let (mut all_h, mut some_h) = (all.clone(), some.clone());
            let steps = [(0.9, 0.5), (0.5, 0.4), (0.95, 0.01), (0.4, 0.3)];
            let mut together = Paths::new(tree.clone(), &keys(count), dim);
            let mut apart = Paths::new(tree.clone(), &keys(count), dim);
            let (mut z, mut h) = (Vec::new(), Vec::new());
            for (t, s) in steps {
                together.increment_and_area(None, &[t], &[s], &mut all, &mut all_h).expect("long enough");
                let (many_t, many_s) = (vec![t; n], vec![s; n]);
                apart.increment_and_area(Some(&rows), &many_t, &many_s, &mut some, &mut some_h).expect("long enough");
                for (i, &row) in rows.iter().enumerate() {
                    let row = row as usize;
                    assert_eq!(all[row * dim..][..dim], some[i * dim..][..dim]);
                    assert_eq!(all_h[row * dim..][..dim], some_h[i * dim..][..dim]);
                }
                z.push(all.clone());
                h.push(all_h.clone());
            }
            // rows at different times, the later half of them without a history
            let which: Vec<usize> = (0..count as usize).map(|row| row * 7 % 4).collect();
            let (t, s): (Vec<f64>, Vec<f64>) = which.iter().map(|&i| steps[i]).unzip();
            let mut mixed = Paths::new(tree.clone(), &keys(count), dim);
            mixed.increment(Some(&[0]), &[0.9], &[0.3], &mut all[..dim]).expect("long enough");
            mixed.increment_and_area(None, &t, &s, &mut all, &mut all_h).expect("long enough");
            for (row, &i) in which.iter().enumerate() {
                assert_eq!(all[row * dim..][..dim], z[i][row * dim..][..dim]);
                assert_eq!(all_h[row * dim..][..dim], h[i][row * dim..][..dim]);
            }
        }
    }
}

/// Over 20,000 paths: increments and areas have their variances and are uncorrelated, with each other and with those
/// of the step before, wherever the steps lie against the tree's nodes; all as z-scores.
#[test]
fn increments_and_areas_are_independent_and_normal() {
    const COUNT: u32 = 20_000;
    let root = f64::from(COUNT).sqrt();
    let grids: [&[f64]; 2] =
        [&[160.0, 80.0, 12.5, 1.0, 0.3, 0.29, 2e-3, 1e-5, 3e-7, 1e-9, 0.0], &[1.0, 0.71, 0.7, 0.5, 0.02, 1e-3, 0.0]];
    for (tree, times) in trees().into_iter().zip(grids) {
        let mut paths = Paths::new(tree, &keys(COUNT), 1);
        // W and H in units of their standard deviations, of the step before and of this one
        let mut numbers = vec![vec![0.0; COUNT as usize]; 4];
        for pair in times.windows(2) {
            numbers.rotate_left(2);
            let (z, h) = numbers[2..].split_at_mut(1);
            paths.increment_and_area(None, &pair[..1], &pair[1..], &mut z[0], &mut h[0]).expect("long enough");
            h[0].iter_mut().for_each(|h| *h *= 12_f64.sqrt());
            for (i, a) in numbers.iter().enumerate().skip(2) {
                let mean = a.iter().sum::<f64>() / root;
                let variance = a.iter().map(|a| a * a - 1.0).sum::<f64>() / (root * 2_f64.sqrt());
                let fourth = a.iter().map(|a| a.powi(4) - 3.0).sum::<f64>() / (root * 96_f64.sqrt());
                let worst = mean.abs().max(variance.abs()).max(fourth.abs());
                assert!(worst < 4.0, "{pair:?}, {i}: {mean} {variance} {fourth}");
                for b in &numbers[..i] {
                    let covariance = a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / root;
                    assert!(covariance.abs() < 4.0, "{pair:?}, {i}: covariance {covariance}");
                }
            }
        }
    }
}

#[test]
fn the_whole_domain_is_two_normals() {
    let tree = Arc::new(Tree::new(Linear).expect("rising"));
    let mut expected = [0.0; 8];
    crate::noise::normals(keys(1)[0], crate::noise::path_stream(), 0, &mut expected);
    let (mut z, mut h) = ([0.0; 4], [0.0; 4]);
    let mut paths = Paths::new(tree, &keys(1), 4);
    paths.increment_and_area(None, &[160.0], &[0.0], &mut z, &mut h).expect("long enough");
    for ((z, h), expected) in z.iter().zip(h).zip(expected.chunks(2)) {
        assert!((z + expected[0]).abs() < 1e-15, "W falls from W(t_hi) to 0: {z} {expected:?}");
        assert!(
            (h - expected[1] / 12_f64.sqrt()).abs() < 1e-14,
            "H does not depend on the direction: {h} {expected:?}"
        );
    }
}
