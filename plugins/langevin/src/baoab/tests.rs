use super::{Baoab, Sampler};
use ito_kit::testing::{EDM, Given, Run};

#[test]
fn the_descriptor_is_sound() {
    assert_eq!(Baoab::INFO.faults(), Vec::<String>::new());
}

/// h = 1, γ = ln 2 (friction 2 ln 2 at sigma = 2), score = −x/5, from x = 1, v = 0.4. First step: B v = 0.4 − 0.1 = 0.3,
/// A x = 1.15, O v = 0.15 + √0.75 z, with z = 2/√3: v = 1.15, A x = 1.725. Second: B B v = 1.15 − 0.345 = 0.805,
/// A x = 2.1275, O with z = 0: v = 0.4025, A x = 2.32875.
#[test]
fn two_steps_by_hand() {
    let params =
        &[("level", Given::F64(2.0)), ("step.sigma", Given::F64(0.5)), ("friction", Given::F64(2.0 * 2.0f64.ln()))];
    let draws = &[0.4, 2.0 / 3.0f64.sqrt(), 0.0];
    let run = Run { times: &[2.0, 2.0, 2.0], draws, params, ..Run::new(&EDM, 1.0) };
    let end = run.of::<Baoab>().unwrap();
    assert!((end.path[1] - 1.725).abs() < 1e-12 && (end.x - 2.32875).abs() < 1e-12, "{:?}", end.path);
    assert_eq!(end.evaluations, 2);
}

/// Mean and variance of x after N steps of length h from x = 1: the map is affine in its N + 1 draws. N(0, s²) with
/// s² = 5 at level 2.
fn law(n: usize, h: f64) -> (f64, f64) {
    let params = &[("level", Given::F64(2.0)), ("step.absolute", Given::F64(h))];
    let times = vec![2.0; n + 1];
    let of = |x: f64, draws: &[f64]| Run { times: &times, draws, params, ..Run::new(&EDM, x) }.of::<Baoab>().unwrap().x;
    let mut draws = vec![0.0; n + 1];
    let mean = of(1.0, &draws);
    let variance = (0..=n)
        .map(|j| {
            draws[j] = 1.0;
            let end = of(0.0, &draws);
            draws[j] = 0.0;
            end * end
        })
        .sum();
    (mean, variance)
}

/// Whatever the step, the invariant law of x is right on Gaussian data; OBABO would have s²/(1 − h²/(4 s²)).
#[test]
fn gaussian_data_have_no_bias_at_any_step() {
    for h in [1.0, 2.0, 3.9] {
        let (mean, variance) = law((100.0 / h) as usize, h);
        assert!(mean.abs() < 1e-10 && (variance - 5.0).abs() < 1e-11, "h = {h}: {mean} {variance}");
    }
}

/// At a fixed end time the law converges with order 2 in h.
#[test]
fn the_weak_order_in_h_is_two() {
    let laws: Vec<(f64, f64)> = [20, 40, 80, 160].into_iter().map(|n| law(n, 4.0 / n as f64)).collect();
    let gaps: Vec<(f64, f64)> = laws.windows(2).map(|p| (p[0].0 - p[1].0, p[0].1 - p[1].1)).collect();
    for pair in gaps.windows(2) {
        let slopes = ((pair[0].0 / pair[1].0).log2(), (pair[0].1 / pair[1].1).log2());
        assert!((slopes.0 - 2.0).abs() < 0.05 && (slopes.1 - 2.0).abs() < 0.05, "{slopes:?}");
    }
}
