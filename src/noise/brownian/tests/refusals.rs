//! What a tree refuses.

use super::*;
use crate::noise::NoiseError;

#[test]
fn what_the_tree_cannot_resolve_is_refused() {
    let tree = Arc::new(Tree::new(Linear).expect("rising"));
    let mut way = tree::Descent::default();
    tree.lead(&mut way, 1.0).expect("inside");
    let leaf = way.leaf_width();
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
