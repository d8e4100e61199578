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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_value_does_not_depend_on_what_was_asked_before(
        fractions in proptest::collection::vec(0.0_f64..1.0, 1..12),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 1..24),
    ) {
        for tree in trees() {
            let times = times(&tree, &fractions);
            let mut old = Path::new(Key { seed: 1, sample: 2 }, 3);
            for i in order.iter().map(|i| i.index(times.len())) {
                let way = tree.descend(times[i]).expect("inside");
                let (mut from_old, mut from_new) = ([0.0; 3], [0.0; 3]);
                old.value(&way, &mut from_old);
                Path::new(Key { seed: 1, sample: 2 }, 3).value(&way, &mut from_new);
                prop_assert_eq!(from_old, from_new, "t = {}", times[i]);
            }
        }
    }

    #[test]
    fn increments_add_up(fractions in proptest::collection::vec(0.01_f64..1.0, 1..12), from in 0_usize..3) {
        for tree in trees() {
            let times = times(&tree, &fractions);
            let mut paths = Paths::new(tree.clone(), &keys(2), 3);
            let mut sum = [0.0; 6];
            let mut z = [0.0; 6];
            let start = from.min(times.len() - 2);
            for pair in times[start..].windows(2) {
                paths.increment(None, &pair[..1], &pair[1..], &mut z).expect("long enough");
                sum.iter_mut().zip(z).for_each(|(sum, z)| *sum += (pair[0] - pair[1]).sqrt() * z);
            }
            let (t, s) = (times[start], times[times.len() - 1]);
            Paths::new(tree, &keys(2), 3).increment(None, &[t], &[s], &mut z).expect("long enough");
            for (sum, z) in sum.iter().zip(z) {
                prop_assert!((sum - (t - s).sqrt() * z).abs() <= 1e-12 * t.sqrt());
            }
        }
    }
}

#[test]
fn rows_and_times_of_their_own_change_nothing() {
    for tree in trees() {
        // wide enough to be split between threads
        let dim = 5_000;
        let (mut all, mut some) = (vec![0.0; 6 * dim], vec![0.0; 2 * dim]);
        let steps = [(0.9, 0.5), (0.5, 0.4), (0.95, 0.01), (0.4, 0.3)];
        let mut together = Paths::new(tree.clone(), &keys(6), dim);
        let mut apart = Paths::new(tree.clone(), &keys(6), dim);
        for (t, s) in steps {
            together.increment(None, &[t], &[s], &mut all).expect("long enough");
            apart.increment(Some(&[1, 4]), &[t, t], &[s, s], &mut some).expect("long enough");
            assert_eq!(all[dim..2 * dim], some[..dim]);
            assert_eq!(all[4 * dim..5 * dim], some[dim..]);
        }
        // rows at different times
        apart.increment(Some(&[0, 5]), &[0.9, 0.4], &[0.5, 0.3], &mut some).expect("long enough");
        assert_eq!(all[5 * dim..], some[dim..]);
        together.increment(Some(&[0]), &[0.9], &[0.5], &mut all[..dim]).expect("long enough");
        assert_eq!(all[..dim], some[..dim]);
    }
}

/// Over 20,000 paths: every increment is standard normal in its first two moments, and neighbouring ones
/// are uncorrelated, wherever the steps lie against the tree's nodes; all as z-scores.
#[test]
fn increments_are_independent_and_normal() {
    const COUNT: u32 = 20_000;
    let root = f64::from(COUNT).sqrt();
    let grids: [&[f64]; 2] =
        [&[160.0, 80.0, 12.5, 1.0, 0.3, 0.29, 2e-3, 1e-5, 3e-7, 1e-9, 0.0], &[1.0, 0.71, 0.7, 0.5, 0.02, 1e-3, 0.0]];
    for (tree, times) in trees().into_iter().zip(grids) {
        let mut paths = Paths::new(tree, &keys(COUNT), 1);
        let mut before = vec![0.0; COUNT as usize];
        for pair in times.windows(2) {
            let mut z = vec![0.0; COUNT as usize];
            paths.increment(None, &pair[..1], &pair[1..], &mut z).expect("long enough");
            let mean = z.iter().sum::<f64>() / root;
            let variance = z.iter().map(|z| z * z - 1.0).sum::<f64>() / (root * 2_f64.sqrt());
            let covariance = z.iter().zip(&before).map(|(a, b)| a * b).sum::<f64>() / root;
            assert!(mean.abs() < 4.0, "{pair:?}: mean {mean}");
            assert!(variance.abs() < 4.0, "{pair:?}: variance {variance}");
            assert!(covariance.abs() < 4.0, "{pair:?}: covariance {covariance}");
            before = z;
        }
    }
}

#[test]
fn the_whole_domain_is_one_normal() {
    let tree = Arc::new(Tree::new(Linear).expect("rising"));
    let mut expected = [0.0; 4];
    crate::noise::normals(keys(1)[0], crate::noise::path_stream(), 0, &mut expected);
    let mut z = [0.0; 4];
    Paths::new(tree, &keys(1), 4).increment(None, &[160.0], &[0.0], &mut z).expect("long enough");
    for (z, expected) in z.iter().zip(expected) {
        assert!((z + expected).abs() < 1e-15, "W falls from W(t_hi) to 0: {z} {expected}");
    }
}

#[test]
fn what_the_tree_cannot_resolve_is_refused() {
    let tree = Arc::new(Tree::new(Linear).expect("rising"));
    let leaf = tree.descend(1.0).expect("inside").leaf_width();
    // the depth is 40: the whole width in ln sigma over 2⁴⁰ at sigma = 1
    let expected = (160_f64.ln() - 1e-6_f64.ln()) / 2_f64.powi(40);
    assert!((leaf / expected - 1.0).abs() < 1e-3, "{leaf} {expected}");
    let mut paths = Paths::new(tree, &keys(1), 1);
    let mut z = [0.0];
    assert!(paths.increment(None, &[1.0], &[1.0 - 2.1 * leaf], &mut z).is_ok());
    let s = 1.0 - 0.5 * leaf;
    let error = paths.increment(None, &[1.0], &[s], &mut z);
    assert!(matches!(error, Err(NoiseError::TooShort { .. })), "{error:?}");
    assert_eq!(paths.increment(None, &[0.5], &[0.5], &mut z), Err(NoiseError::NotFalling { t: 0.5, s: 0.5 }));
    let outside = NoiseError::Outside { t: 161.0, lower: 0.0, upper: 160.0 };
    assert_eq!(paths.increment(None, &[161.0], &[1.0], &mut z), Err(outside));
    assert!(paths.increment(None, &[f64::NAN], &[1.0], &mut z).is_err());
    assert!(paths.increment(None, &[1.0], &[f64::NAN], &mut z).is_err());
}

#[test]
fn a_scale_that_does_not_rise_is_refused() {
    struct Falling;
    impl TimeScale for Falling {
        fn domain(&self) -> (f64, f64) {
            (0.0, 1.0)
        }
        fn ln_sigma_from_time(&self, t: f64) -> f64 {
            -t
        }
        fn time_from_ln_sigma(&self, ln_sigma: f64) -> f64 {
            (-ln_sigma).clamp(0.0, 1.0)
        }
    }
    assert!(matches!(Tree::new(Falling), Err(NoiseError::Scale { .. })));
}
